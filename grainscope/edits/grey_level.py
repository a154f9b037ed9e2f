"""The grey level between grains and film near a place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.opencv import cv2

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import Frame

#: The neighbourhood begins so wide to each side and doubles until it holds enough grains.
_NEAR_PX = 32
_ENOUGH_GRAINS = 3
_NOISE_PX = 1.0


@dataclass(frozen=True)
class Neighbourhood:
    """A window around a place with what parts grains from film there.

    Attributes
    ----------
    box : tuple of slice
        Rows and columns of the window.
    grey : ndarray of float32, shape (h, w)
        Grey levels of it, smoothed over a pixel.
    level : float
        Halfway between the medians of grains and of film, which is where the
        edge of a blurred step lies; without grains, Otsu's.
    brighter : bool
        Whether grains are brighter than film.
    source : str
        ``"grains near by"`` or ``"otsu"``.
    """

    box: tuple[slice, slice]
    grey: NDArray[np.float32]
    level: float
    brighter: bool
    source: str

    @property
    def like_grain(self) -> NDArray[np.bool_]:
        """Pixels on the grains' side of the level."""
        return self.grey > self.level if self.brighter else self.grey < self.level


def neighbourhood_of(
    labels: NDArray[np.int32], intensity: NDArray[Any], place: tuple[int, int], frame: Frame
) -> Neighbourhood:
    """Find the level around a place.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        0 is film.
    intensity : ndarray, shape (H, W)
        Grey levels.
    place : tuple of int
        Row and column, inside the frame.
    frame : Frame
        Where film is.

    Raises
    ------
    ValueError
        Grey levels are all the same.
    """
    reach, box = _NEAR_PX, _window(place, _NEAR_PX, frame)
    while box != frame.slices and len(np.unique(labels[box])) <= _ENOUGH_GRAINS:
        reach *= 2
        box = _window(place, reach, frame)
    grey = cv2.GaussianBlur(intensity[box].astype(np.float32), (0, 0), _NOISE_PX)
    grain = labels[box] > 0
    if grain.any() and not grain.all():
        on, off = float(np.median(grey[grain])), float(np.median(grey[~grain]))
        level, source, brighter = (on + off) / 2, "grains near by", on > off
        flat = on == off
    else:
        box = _window(place, 4 * _NEAR_PX, frame)
        grey = cv2.GaussianBlur(intensity[box].astype(np.float32), (0, 0), _NOISE_PX)
        level, source, brighter = _otsu(grey), "otsu", True
        flat = float(grey.min()) == float(grey.max())
    if flat:
        raise ValueError("reclassify: grains and film near by are equally bright; draw the grain")
    return Neighbourhood(box, grey, level, brighter, source)


def _window(place: tuple[int, int], reach_px: int, frame: Frame) -> tuple[slice, slice]:
    row, column = place
    return (
        slice(max(row - reach_px, frame.row_start), min(row + reach_px + 1, frame.row_stop)),
        slice(
            max(column - reach_px, frame.column_start),
            min(column + reach_px + 1, frame.column_stop),
        ),
    )


def _otsu(grey: NDArray[np.float32]) -> float:
    from skimage.filters import threshold_otsu

    return float(threshold_otsu(grey)) if grey.min() < grey.max() else float(grey.min())
