"""Which pixel size counts: the order of sources, and what happens where two disagree."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from grainscope.errors import PixelSizeConflictError
from grainscope.records import PixelSize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grainscope.settings import InputSettings

#: Two sources further apart than this (beyond their own uncertainties) are an error.
TOLERANCE = 0.01
#: Standard deviations granted to each source on top.
_SIGMAS = 2.0


@dataclass(frozen=True)
class FoundSize:
    """A pixel size as one source gives it.

    Attributes
    ----------
    source : str
        As in ``PixelSize.source``.
    width_nm, height_nm : float
        Size of a pixel along a row and along a column, in nm.
    uncertainty_nm : float
        One standard deviation in nm; 0 where the source states none.
    """

    source: str
    width_nm: float
    height_nm: float
    uncertainty_nm: float = 0.0

    @property
    def is_usable(self) -> bool:
        """Whether it is a length at all; some programs write 0."""
        return all(math.isfinite(v) and v > 0 for v in (self.width_nm, self.height_nm))

    @property
    def is_square(self) -> bool:
        """Whether width and height agree."""
        return abs(self.width_nm - self.height_nm) <= TOLERANCE * self.width_nm

    @property
    def text(self) -> str:
        """How a message names it."""
        if self.is_square:
            return f"{self.width_nm:.5g} nm ({self.source})"
        return f"{self.width_nm:.5g} × {self.height_nm:.5g} nm ({self.source})"

    def as_pixel_size(self) -> PixelSize:
        """Return the record."""
        return PixelSize(self.width_nm, self.uncertainty_nm, self.source)


def square(source: str, value_nm: float, uncertainty_nm: float = 0.0) -> FoundSize:
    """Return a found size whose source gives one number only.

    Examples
    --------
    >>> square("ome", 5.0).text
    '5 nm (ome)'
    """
    return FoundSize(source, value_nm, value_nm, uncertainty_nm)


def declared_size(settings: InputSettings) -> PixelSize | None:
    """Return the pixel size that the user gives, None where none is given."""
    if settings.pixel_size_nm is None:
        return None
    return PixelSize(settings.pixel_size_nm, 0.0, settings.pixel_size_source)


def choose_pixel_size(
    found: Sequence[FoundSize], declared: PixelSize | None, name: str
) -> tuple[PixelSize | None, tuple[str, ...]]:
    """Choose the pixel size: what the user declares, else the first source of all that agree.

    Parameters
    ----------
    found : sequence of FoundSize
        Sources in their order.
    declared : PixelSize or None
        The option or settings entry; it wins, and a warning tells of other sources.
    name : str
        File name for messages.

    Returns
    -------
    PixelSize or None
        None where there is no source.
    tuple of str
        Warnings.

    Raises
    ------
    PixelSizeConflictError
        Pixels are not square, or two sources are more than 1 % apart.

    Examples
    --------
    >>> choose_pixel_size([square("ome", 5.0), square("resolution", 5.01)], None, "a.tif")
    (PixelSize(value_nm=5.0, uncertainty_nm=0.0, source='ome'), ())
    """
    if declared is not None:
        return declared, tuple(_overruled(declared, found))
    for one in found:
        if not one.is_square:
            raise PixelSizeConflictError(
                f"{name}: pixels are not square: {one.text}; resample the image, "
                "or give --pixel-size-nm if the tag is wrong"
            )
    for first, second in combinations(found, 2):
        if _disagree(first, second):
            raise PixelSizeConflictError(
                f"{name}: two pixel sizes disagree: {first.text} and {second.text}; "
                "decide with --pixel-size-nm or a [[files]] entry pixel_size_nm"
            )
    return (found[0].as_pixel_size() if found else None), ()


def _overruled(declared: PixelSize, found: Sequence[FoundSize]) -> list[str]:
    given = square(declared.source, declared.value_nm)
    return [
        f"the given pixel size {given.text} overrules {other.text}"
        for other in found
        if not other.is_square or _disagree(given, other)
    ]


def _disagree(first: FoundSize, second: FoundSize) -> bool:
    allowed = TOLERANCE * min(first.width_nm, second.width_nm)
    allowed += _SIGMAS * math.hypot(first.uncertainty_nm, second.uncertainty_nm)
    return abs(first.width_nm - second.width_nm) > allowed
