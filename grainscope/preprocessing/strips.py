"""Preprocessing of an image that is read strip by strip, with the same result as ``prepare``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.errors import SettingsError
from grainscope.laws.strips import Shrunk, Strip, shrink
from grainscope.opencv import cv2
from grainscope.preprocessing.illumination import REDUCTION, shading_of, without_shading
from grainscope.preprocessing.line_noise import LEAST_ROWS, row_offsets, row_steps

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from grainscope.laws.strips import Rows
    from grainscope.settings import PreprocessingSettings

    Reader = Callable[[Strip], NDArray[np.float32]]


def preprocess_in_strips(
    raw: Rows, film: Rows, settings: PreprocessingSettings, strips: Sequence[Strip]
) -> None:
    """Do what :func:`prepare.preprocess` does with an image that is film all over.

    Parameters
    ----------
    raw : Rows
        Grey levels as stored.
    film : Rows of float32
        Filled with grey levels on a level film, grains bright.
    settings : PreprocessingSettings
        Polarity must be told, and annotations are not looked for: both are decided on
        the picture as a whole.
    strips : sequence of Strip
        From top to bottom.

    Raises
    ------
    SettingsError
        ``polarity`` is auto, or ``annotations`` is true.

    Examples
    --------
    >>> from grainscope.laws.strips import RowsInMemory, strips_of
    >>> from grainscope.settings import PreprocessingSettings
    >>> dark = np.full((48, 40), 200, np.uint8)
    >>> dark[10:20, 10:20] = 40
    >>> film = RowsInMemory(np.zeros(dark.shape, np.float32))
    >>> settings = PreprocessingSettings(polarity="dark", annotations=False)
    >>> preprocess_in_strips(RowsInMemory(dark), film, settings, strips_of(48, 16))
    >>> bool(film.image[15, 15] > film.image[2, 2])
    True
    """
    if settings.polarity == "auto":
        raise SettingsError(
            "preprocessing.polarity = 'auto' looks at the whole image: "
            "say 'bright' or 'dark' for one that is taken in strips"
        )
    if settings.annotations:
        raise SettingsError(
            "preprocessing.annotations looks at the whole image: "
            "set it to false for one that is taken in strips"
        )
    read = _without_rows(_level(_bright(raw, settings, strips), settings, strips), settings, strips)
    reach = _gaussian_reach(settings.denoise_sigma_px)
    for strip in strips:
        outer = strip.around(reach)
        rows = read(outer)
        if settings.denoise_sigma_px > 0:
            rows = cv2.GaussianBlur(rows, (0, 0), settings.denoise_sigma_px)
        film.write(strip.first, rows[strip.rows_in(outer)])


def _bright(raw: Rows, settings: PreprocessingSettings, strips: Sequence[Strip]) -> Reader:
    def read(strip: Strip) -> NDArray[np.float32]:
        return raw.read(strip.first, strip.stop).astype(np.float32)

    if settings.polarity == "bright":
        return read
    low = min(read(strip).min() for strip in strips)
    high = max(read(strip).max() for strip in strips)
    return lambda strip: low + high - read(strip)


def _level(read: Reader, settings: PreprocessingSettings, strips: Sequence[Strip]) -> Reader:
    if settings.illumination_scale_px <= 0:
        return read
    parts: list[NDArray[np.float32]] = []
    done = 0
    for outer in (strip.around(REDUCTION) for strip in strips):
        small = shrink(read(outer), outer, REDUCTION)
        parts.append(small.rows[done - small.first :])
        done = small.first + len(small.rows)
    whole = Shrunk(np.concatenate(parts), 0, REDUCTION)
    shading = shading_of(whole, settings.illumination_scale_px)
    return lambda strip: without_shading(read(strip), shading, strip)


def _without_rows(read: Reader, settings: PreprocessingSettings, strips: Sequence[Strip]) -> Reader:
    if not settings.line_noise or strips[-1].stop < LEAST_ROWS:
        return read
    # A strip and the row above it hold the steps that end in its rows.
    rows = (Strip(max(s.first - 1, 0), s.stop, s.height) for s in strips)
    offset = row_offsets(np.concatenate([row_steps(read(strip)) for strip in rows]))
    return lambda strip: read(strip) - offset[strip.first : strip.stop]


def _gaussian_reach(sigma_px: float) -> int:
    """Return how far cv2's Gaussian of a float image reaches."""
    return int(np.ceil(4 * sigma_px)) + 1 if sigma_px > 0 else 0
