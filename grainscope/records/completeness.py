"""How many of the grains of each size are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.records.record import freeze, freeze_columns, record

if TYPE_CHECKING:
    from numpy.typing import NDArray


@record
class Injections:
    """Grains painted into a micrograph and looked for; every array has shape (N,).

    Attributes
    ----------
    log10_area_um2 : ndarray of float64
        Painted area.
    found : ndarray of bool
        Whether a grain found there has an IoU above 0.5 with it.
    found_log10_area_um2 : ndarray of float64
        Area of that grain; NaN where none was found.
    """

    log10_area_um2: NDArray[np.float64]
    found: NDArray[np.bool_]
    found_log10_area_um2: NDArray[np.float64]

    def __post_init__(self) -> None:
        floats = dict.fromkeys(("log10_area_um2", "found_log10_area_um2"), np.dtype(np.float64))
        flags = {"found": np.dtype(np.bool_)}
        freeze_columns(self, {**floats, **flags})

    @property
    def n_injected(self) -> int:
        """Number of grains painted."""
        return len(self.found)


@record
class Completeness:
    """Probability that a grain of a given area is found, as curves that are equally likely.

    p(x) = p∞ / (1 + exp(−(x − x₀)/w)) with x = log10(A/µm²), one curve a draw.

    Attributes
    ----------
    middle, width, top : ndarray of float64, shape (D,)
        x₀, w in decades, and p∞ of each draw.
    injections : Injections
        What they were learnt from.
    """

    middle: NDArray[np.float64]
    width: NDArray[np.float64]
    top: NDArray[np.float64]
    injections: Injections

    def __post_init__(self) -> None:
        for name in ("middle", "width", "top"):
            freeze(self, name, 1, np.float64, len(self.middle))

    def draws(self, log10_area_um2: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return p at N areas by each of D curves, shape (D, N)."""
        steps = (log10_area_um2 - self.middle[:, None]) / self.width[:, None]
        return np.asarray(self.top[:, None] / (1 + np.exp(-np.clip(steps, -60, 60))))

    def probability(self, log10_area_um2: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean p at N areas, shape (N,)."""
        found = np.empty(len(log10_area_um2))
        for start in range(0, len(found), 4096):
            here = slice(start, start + 4096)
            found[here] = self.draws(log10_area_um2[here]).mean(axis=0)
        return found

    @property
    def cut_um2(self) -> tuple[float, float, float]:
        """Area at which half of the grains are found: value and 68 % interval, in µm².

        Infinite where more than half are missed however large they are.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            half = self.middle - self.width * np.log(self.top / 0.5 - 1)
        half = np.where(self.top > 0.5, half, np.inf)
        low, middle, high = np.quantile(half, (0.16, 0.5, 0.84), method="nearest")
        return float(10**middle), float(10**low), float(10**high)


@record
class CompletenessTable:
    """What was painted and found, in bins of log10 area; every array has shape (B,).

    Attributes
    ----------
    log10_area_low, log10_area_high : ndarray of float64
        Bin edges, log10 of the area in µm².
    painted, found : ndarray of int64
        Grains painted, and those of them that were found.
    share_low, share_high : ndarray of float64
        68 % binomial interval of the share found.
    completeness, completeness_low, completeness_high : ndarray of float64
        The curve in the middle of the bin, and its 68 % interval.
    area_shift : ndarray of float64
        Median of log10 (area found / area painted); NaN where none was found.
    cut_um2, cut_low_um2, cut_high_um2 : float
        Area at which half are found, and its 68 % interval.
    """

    log10_area_low: NDArray[np.float64]
    log10_area_high: NDArray[np.float64]
    painted: NDArray[np.int64]
    found: NDArray[np.int64]
    share_low: NDArray[np.float64]
    share_high: NDArray[np.float64]
    completeness: NDArray[np.float64]
    completeness_low: NDArray[np.float64]
    completeness_high: NDArray[np.float64]
    area_shift: NDArray[np.float64]
    cut_um2: float
    cut_low_um2: float
    cut_high_um2: float

    def __post_init__(self) -> None:
        whole = {"painted", "found"}
        names = [name for name in self.__dataclass_fields__ if not name.endswith("um2")]
        freeze_columns(self, {n: np.dtype(np.int64 if n in whole else np.float64) for n in names})
