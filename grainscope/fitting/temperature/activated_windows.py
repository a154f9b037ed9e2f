"""Up to which temperature a curve is activated and saturates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.model_choice.window_choice import choose_window
from grainscope.fitting.temperature.activated import REASONS, fit_activated, near_fit
from grainscope.fitting.temperature.flatness import flat_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.fitting.smoothing.averaged_rows import Rows
    from grainscope.fitting.temperature.activated import ActivatedFit

    Column = NDArray[np.float64]

#: Windows end at so many places, and hold so many rows at least.
_STOPS, _LEAST_ROWS = 12, 8
#: By this factor R has grown in the narrowest window, where it ever does.
_GROWN = 2.0


@dataclass(frozen=True)
class ActivatedWindows:
    """Both laws in windows from the coldest row up to W places.

    Attributes
    ----------
    stop : ndarray of int64, shape (W,)
        One past the last row.
    p : ndarray of float64, shape (W,)
        Chance of so large a χ² of the better law.
    near : tuple of dict
        Nearly the best fits, by reason.
    best : dict
        The best fits of the chosen window, by reason.
    chosen : int
        Of the smallest χ² + 2 n_cut (`choose_window`).
    """

    stop: NDArray[np.int64]
    p: Column
    near: tuple[dict[str, ActivatedFit], ...]
    best: dict[str, ActivatedFit]
    chosen: int


def _first_stop(rows: Rows) -> int:
    """Return how many rows the narrowest window holds.

    Rows that are flat within their errors tell nothing of what is activated, and little
    does what has not doubled: a drift could pass for it.
    """
    first = max(_LEAST_ROWS, int(flat_rows(rows, rows.value[None])[0]) + 2)
    doubled = rows.value > _GROWN * float(np.mean(rows.value[:_LEAST_ROWS]))
    if doubled.any():
        first = max(first, int(np.argmax(doubled)) + 2)
    return min(first, len(rows))


def scan_activated(rows: Rows) -> ActivatedWindows:
    """Fit both laws to the coldest rows, up to ever higher temperatures.

    Parameters
    ----------
    rows : Rows
        Temperatures in K, ascending; eight at least.

    Returns
    -------
    ActivatedWindows

    Raises
    ------
    ValueError
        Fewer than eight rows.
    """
    from scipy.special import chdtrc

    if len(rows) < _LEAST_ROWS:
        raise ValueError(f"got {len(rows)} rows, expected {_LEAST_ROWS} at least")
    first = _first_stop(rows)
    ends = np.geomspace(rows.x[first - 1], rows.x[-1], _STOPS)
    stops = np.unique(np.searchsorted(rows.x, ends * (1 + 1e-9), side="right"))
    near, chi2 = [], []
    for stop in stops:
        part = rows.at(slice(0, int(stop)))
        near.append({reason: near_fit(part, reason) for reason in REASONS})
        chi2.append(min(one.best.chi2 for one in near[-1].values()))
    chosen, _ = choose_window(chi2, stops, np.full(len(stops), 3), len(rows))
    window = rows.at(slice(0, int(stops[chosen])))
    best = {
        reason: fit_activated(window, reason, near[chosen][reason].best.theta) for reason in REASONS
    }
    p = chdtrc(np.maximum(stops - 3, 1), chi2)
    return ActivatedWindows(stops.astype(np.int64), p, tuple(near), best, chosen)
