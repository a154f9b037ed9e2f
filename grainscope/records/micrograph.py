"""A micrograph and the pixel size it was born with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.records.record import freeze, record

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Sources of a pixel size, in the order in which the first one that exists wins.
PIXEL_SIZE_SOURCES = (
    "option",  # --pixel-size-nm, or a settings entry
    "sidecar",  # STEM.toml, Hitachi .txt, TESCAN .hdr, JEOL .txt
    "vendor",  # tags of the instrument's maker
    "ome",
    "imagej",
    "resolution",  # TIFF/PNG/JPEG resolution with a unit
    "scale_bar",
    "nominal",  # declared by the user as a guess: physical headlines are marked
)


@dataclass(frozen=True)
class PixelSize:
    """Edge of one square pixel. It has no default anywhere.

    Attributes
    ----------
    value_nm : float
        Edge length in nm, positive and finite.
    uncertainty_nm : float
        One standard deviation in nm; 0 where the source states none.
    source : str
        One of ``PIXEL_SIZE_SOURCES``, optionally followed by a detail after a
        colon (``vendor:zeiss AP_WIDTH``).

    Examples
    --------
    >>> PixelSize(5.0, 0.05, "option").um
    0.005
    """

    value_nm: float
    uncertainty_nm: float
    source: str

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value_nm) and self.value_nm > 0):
            raise ValueError(f"pixel size: got {self.value_nm} nm, expected a positive number")
        if not (math.isfinite(self.uncertainty_nm) and self.uncertainty_nm >= 0):
            raise ValueError(
                f"pixel size uncertainty: got {self.uncertainty_nm} nm, expected zero or more"
            )
        if self.kind not in PIXEL_SIZE_SOURCES:
            raise ValueError(f"pixel size source: got {self.source!r}")

    @property
    def kind(self) -> str:
        """The source without its detail."""
        return self.source.split(":", 1)[0]

    @property
    def um(self) -> float:
        """Edge length in µm."""
        return self.value_nm / 1000

    @property
    def is_nominal(self) -> bool:
        """Whether the size is a declared guess."""
        return self.kind == "nominal"


@dataclass(frozen=True)
class Frame:
    """The rectangle of the image that shows film, in pixels; stops are exclusive.

    Databars lie outside it. Everything is measured inside it; label images keep
    the full height and width of the input.

    Examples
    --------
    >>> Frame(0, 3, 0, 4).shape_px
    (3, 4)
    """

    row_start: int
    row_stop: int
    column_start: int
    column_stop: int

    def __post_init__(self) -> None:
        if not (0 <= self.row_start < self.row_stop and 0 <= self.column_start < self.column_stop):
            raise ValueError(f"frame: got {self}, expected a non-empty rectangle")

    @property
    def shape_px(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.row_stop - self.row_start, self.column_stop - self.column_start

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index that cuts the frame out of an (H, W) array."""
        return slice(self.row_start, self.row_stop), slice(self.column_start, self.column_stop)

    @classmethod
    def whole(cls, shape_px: tuple[int, int]) -> Frame:
        """Return the frame that covers an image of this shape."""
        return cls(0, shape_px[0], 0, shape_px[1])


@dataclass(frozen=True)
class Databar:
    """Rows of the instrument's information strip, and the scale bar found on it.

    Attributes
    ----------
    row_start, row_stop : int
        Rows of the strip, stop exclusive.
    scale_bar_px : float or None
        Length of the scale bar in pixels.
    scale_bar_label : str or None
        What its label says, such as ``"100 nm"``, where it could be read.
    """

    row_start: int
    row_stop: int
    scale_bar_px: float | None = None
    scale_bar_label: str | None = None


@record
class Micrograph:
    """One grey-level image of a film.

    Attributes
    ----------
    name : str
        Stem of the file.
    intensity : ndarray of uint8, uint16 or float32, shape (H, W)
        Grey levels of the whole image, databar included; finite.
    pixel_size : PixelSize
        Physical size of a pixel, with source and uncertainty.
    frame : Frame
        The part that shows film.
    databar : Databar or None
        The strip found, if any.
    warnings : tuple of str
        What the reader noticed (other pages dropped, nominal size, …).
    masked : ndarray of bool, shape (H, W), or None
        True where the picture was drawn on (letters, scale bars, boxes): no film
        there. None where nothing was.
    """

    name: str
    intensity: NDArray[Any]
    pixel_size: PixelSize
    frame: Frame
    databar: Databar | None = None
    warnings: tuple[str, ...] = ()
    masked: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        kind = np.asarray(self.intensity).dtype
        freeze(self, "intensity", 2, kind if kind in (np.uint8, np.uint16) else np.float32)
        height, width = self.intensity.shape
        if self.frame.row_stop > height or self.frame.column_stop > width:
            raise ValueError(f"frame {self.frame} does not fit the image {self.intensity.shape}")
        if self.masked is not None:
            freeze(self, "masked", 2, np.bool_, rows=height)
            if self.masked.shape != self.intensity.shape:
                raise ValueError(
                    f"masked: got shape {self.masked.shape}, expected {self.intensity.shape}"
                )

    @property
    def film_intensity(self) -> NDArray[Any]:
        """Grey levels inside the frame, a view of shape ``frame.shape_px``."""
        return self.intensity[self.frame.slices]
