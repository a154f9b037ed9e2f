"""What is said of the loops of a film together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.records.record import freeze, freeze_columns, record
from grainscope.records.sizes import SizeFigure

if TYPE_CHECKING:
    from numpy.typing import NDArray


@record
class PiecedLoops:
    """L loops in P pieces of film: tiles of one micrograph, or micrographs of one sample.

    Attributes
    ----------
    area_um2, edge_weight : ndarray of float64, shape (L,)
        As in `LoopTable`.
    piece : ndarray of int64, shape (L,)
        Which piece the loop lies in: 0 … P − 1.
    film_um2 : ndarray of float64, shape (P,)
        Film in each piece.
    """

    area_um2: NDArray[np.float64]
    edge_weight: NDArray[np.float64]
    piece: NDArray[np.int64]
    film_um2: NDArray[np.float64]

    def __post_init__(self) -> None:
        floats = dict.fromkeys(("area_um2", "edge_weight"), np.float64)
        freeze_columns(self, {**floats, "piece": np.int64})
        freeze(self, "film_um2", 1, np.float64)

    @property
    def n_pieces(self) -> int:
        """Number of pieces P."""
        return len(self.film_um2)


@record
class LoopStatistics:
    """The loops in a few numbers, one row a figure.

    Attributes
    ----------
    figure : ndarray of str
        Its name, which ends in its unit.
    value, low, high : ndarray of float64
        The figure, with Miles–Lantuéjoul weights, and its 68 % interval; NaN
        where not known.
    unit : ndarray of str
        Unit, empty for pure numbers.
    n_loops, n_whole : int
        Loops found, and those of which no grain touches the frame.
    n_pieces : int
        Tiles or micrographs that the intervals come from.
    """

    figure: NDArray[np.str_]
    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    unit: NDArray[np.str_]
    n_loops: int
    n_whole: int
    n_pieces: int

    def __post_init__(self) -> None:
        for name in ("figure", "unit"):
            freeze(self, name, 1, np.str_)
        for name in ("value", "low", "high"):
            freeze(self, name, 1, np.float64, len(self.figure))

    def of(self, figure: str) -> SizeFigure:
        """Return one figure by its name."""
        row = int(np.flatnonzero(self.figure == figure)[0])
        value, low, high = (float(column[row]) for column in (self.value, self.low, self.high))
        return SizeFigure(value, low, high, str(self.unit[row]))


@record
class LoopScan:
    """The loops of every choice of contacts on a grid, one row a choice, shape (S,).

    Attributes
    ----------
    min_grain_diameter_um, max_gap_nm : ndarray of float64
        The choice: all pairs of two ascending lists, the gap running fastest.
    n_grains : ndarray of int64
        Grains at least so large.
    n_loops, n_whole : ndarray of int64
        Loops found, and those of which no grain touches the frame.
    density_per_um2 : ndarray of float64
        Loops per µm² of film, as the following with Miles–Lantuéjoul weights.
    mean_area_um2, mean_area_low_um2, mean_area_high_um2, median_area_um2 : ndarray of float64
        Areas, the mean with its 68 % interval; NaN where no loop is whole.
    equivalent_diameter_um : ndarray of float64
        Of the disc of the mean area.
    mean_field_g : ndarray of float64
        Φ0 over the mean area, in G.
    area_cv : ndarray of float64
        Standard deviation of the areas over their mean.
    choice : tuple of float
        Smallest diameter in µm and widest gap in nm that the run itself takes.
    """

    min_grain_diameter_um: NDArray[np.float64]
    max_gap_nm: NDArray[np.float64]
    n_grains: NDArray[np.int64]
    n_loops: NDArray[np.int64]
    n_whole: NDArray[np.int64]
    density_per_um2: NDArray[np.float64]
    mean_area_um2: NDArray[np.float64]
    mean_area_low_um2: NDArray[np.float64]
    mean_area_high_um2: NDArray[np.float64]
    median_area_um2: NDArray[np.float64]
    equivalent_diameter_um: NDArray[np.float64]
    mean_field_g: NDArray[np.float64]
    area_cv: NDArray[np.float64]
    choice: tuple[float, float] = (float("nan"), float("nan"))

    def __post_init__(self) -> None:
        whole = {"n_grains", "n_loops", "n_whole"}
        names = self.columns()
        freeze_columns(self, {n: np.dtype(np.int64 if n in whole else np.float64) for n in names})

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """Return the names of the columns."""
        return tuple(name for name in cls.__dataclass_fields__ if name != "choice")
