"""What is said of the sizes of all grains together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.records.record import freeze, freeze_columns, record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

#: How grains may count, see `SizeStatistics`.
CORRECTIONS = ("corrected", "excluded", "naive")


@dataclass(frozen=True)
class SizeFigure:
    """One figure of the sizes.

    Attributes
    ----------
    value : float
        NaN where there is nothing to take it from.
    low, high : float
        68 % interval; NaN where none is known.
    unit : str
        Unit, empty for pure numbers.
    """

    value: float
    low: float
    high: float
    unit: str


@record
class SizeStatistics:
    """The sizes of the grains above the resolution cut in a few numbers, one row a figure.

    Attributes
    ----------
    figure : ndarray of str
        Its name, which ends in its unit.
    correction : ndarray of str
        *corrected*: grains off the frame's edge, with edge weights, and divided
        by their completeness where that is known. *excluded*: the same grains,
        each counted once. *naive*: all grains, cut ones as they are seen.
    value, low, high : ndarray of float64
        The figure and its 68 % interval; NaN where not known.
    unit : ndarray of str
        Unit, empty for pure numbers.
    cut_um2 : float
        Grains below this area do not count.
    n_grains : int
        Grains above the cut.
    n_whole : int
        Those of them that do not touch the frame.
    n_effective : float
        (Σw)²/Σw² of the corrected weights.
    n_pieces : int
        Tiles or micrographs that the intervals come from.
    """

    figure: NDArray[np.str_]
    correction: NDArray[np.str_]
    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    unit: NDArray[np.str_]
    cut_um2: float
    n_grains: int
    n_whole: int
    n_effective: float
    n_pieces: int

    def __post_init__(self) -> None:
        for name in ("figure", "correction", "unit"):
            freeze(self, name, 1, np.str_)
        for name in ("value", "low", "high"):
            freeze(self, name, 1, np.float64, len(self.figure))

    def of(self, figure: str, correction: str = "corrected") -> SizeFigure:
        """Return one figure by its name."""
        row = int(np.flatnonzero((self.figure == figure) & (self.correction == correction))[0])
        value, low, high = (float(column[row]) for column in (self.value, self.low, self.high))
        return SizeFigure(value, low, high, str(self.unit[row]))


@dataclass(frozen=True)
class SizeDistances:
    """How far two distributions of size are apart.

    Attributes
    ----------
    ks, ad : float
        Kolmogorov–Smirnov and Anderson–Darling distance of the corrected sizes.
    ks_p, ad_p : float
        How often two samples of one film would be as far apart; NaN where not known.
    """

    ks: float
    ks_p: float
    ad: float
    ad_p: float


@record
class MicrographSizes:
    """What pooling needs of one micrograph's N grains.

    Attributes
    ----------
    y_um, x_um : ndarray of float64, shape (N,)
        Centroids, from the frame's first pixel.
    area_um2, size_weight : ndarray of float64, shape (N,)
        As in `GrainTable`.
    touches_border : ndarray of bool, shape (N,)
        As in `GrainTable`.
    frame_um : tuple of float
        Height and width of the frame.
    cut_um2 : float
        The resolution cut.
    pixel_um2 : float
        Area of a pixel, in steps of which areas are known.
    """

    y_um: NDArray[np.float64]
    x_um: NDArray[np.float64]
    area_um2: NDArray[np.float64]
    size_weight: NDArray[np.float64]
    touches_border: NDArray[np.bool_]
    frame_um: tuple[float, float]
    cut_um2: float
    pixel_um2: float

    def __post_init__(self) -> None:
        for name in ("y_um", "x_um", "area_um2", "size_weight"):
            freeze(self, name, 1, np.float64)
        freeze(self, "touches_border", 1, np.bool_, len(self.area_um2))


@record
class SizedGrains:
    """The sizes of N grains in P pieces of film, and how much each counts.

    Attributes
    ----------
    log_diameter : ndarray of float64, shape (N,)
        Natural logarithm of the equivalent diameter in µm, ascending.
    piece : ndarray of int64, shape (N,)
        Which piece the grain lies in: 0 … P − 1.
    weight : mapping of correction to ndarray of float64, shape (N,)
        0 below the resolution cut.
    area_um2 : ndarray of float64, shape (P,)
        Film in each piece.
    covered_um2 : mapping of correction to ndarray of float64, shape (P,)
        Film under grains in each piece.
    cut_um2 : float
        The resolution cut.
    pixel_um2 : float
        Area of a pixel, in steps of which areas are known; 0 where they are exact.
    """

    log_diameter: NDArray[np.float64]
    piece: NDArray[np.int64]
    weight: Mapping[str, NDArray[np.float64]]
    area_um2: NDArray[np.float64]
    covered_um2: Mapping[str, NDArray[np.float64]]
    cut_um2: float
    pixel_um2: float = 0.0

    def __post_init__(self) -> None:
        freeze_columns(self, {"log_diameter": np.float64, "piece": np.int64})
        freeze(self, "area_um2", 1, np.float64)

    @property
    def n_pieces(self) -> int:
        """Number of pieces P."""
        return len(self.area_um2)
