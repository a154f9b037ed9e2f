"""The nouns: a film as it grew, and the micrograph of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.records.record import freeze, record

if TYPE_CHECKING:
    from numpy.typing import NDArray


@record
class Film:
    """A film as it grew, free of everything that a microscope adds.

    Attributes
    ----------
    labels : ndarray of int32, shape (H, W)
        True grains 1…n, each one 8-connected region; 0 is bare film.
    relief_px : ndarray of float32, shape (H, W)
        Height above the substrate, in pixels; 0 on bare film.
    centres_px : ndarray of float64, shape (n, 2)
        Row and column of each cap's axis, before the outlines are warped; a
        grain cut by the image's edge may have it outside.
    radii_nm : ndarray of float64, shape (n,)
        Radius of each cap's outline as seen from above.
    pixel_size_nm : float
        Edge of a pixel.
    """

    labels: NDArray[np.int32]
    relief_px: NDArray[np.float32]
    centres_px: NDArray[np.float64]
    radii_nm: NDArray[np.float64]
    pixel_size_nm: float

    def __post_init__(self) -> None:
        freeze(self, "labels", 2, np.int32)
        freeze(self, "relief_px", 2, np.float32, rows=len(self.labels))
        freeze(self, "centres_px", 2, np.float64)
        freeze(self, "radii_nm", 1, np.float64, rows=len(self.centres_px))

    @property
    def coverage(self) -> float:
        """Area fraction of grains."""
        return float(np.count_nonzero(self.labels) / self.labels.size)


@record
class FilmImage:
    """A micrograph of a synthetic film with its truth.

    Attributes
    ----------
    intensity : ndarray of uint8, shape (H, W)
        Film, and the databar below it where one was asked for.
    labels : ndarray of int32, shape (H, W)
        True grains 1…n; 0 on bare film and in the databar.
    scale_bar_px : int
        Drawn length of the scale bar; 0 without a databar.
    scale_bar_label : str
        The length written beside it; empty without a databar.
    pixel_size_nm : float
        Edge of a pixel.
    """

    intensity: NDArray[np.uint8]
    labels: NDArray[np.int32]
    scale_bar_px: int
    scale_bar_label: str
    pixel_size_nm: float

    def __post_init__(self) -> None:
        freeze(self, "intensity", 2, np.uint8)
        freeze(self, "labels", 2, np.int32, rows=len(self.intensity))
