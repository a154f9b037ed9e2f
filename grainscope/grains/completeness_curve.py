"""From what was found of what was painted to a curve of completeness."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.log_bins import log10_bins
from grainscope.records import Completeness, CompletenessTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import GrainTable, Injections, PixelSize
    from grainscope.settings import GrainSettings

#: Grid of the posterior: middles across what was painted and beyond, widths, tops.
_MIDDLES, _WIDTHS, _TOPS = 81, 16, 26
_BEYOND_DECADES = 0.5
_WIDTH_DECADES = (0.015, 0.4)
_LOWEST_TOP = 0.5


def fit_completeness(
    injections: Injections, n_draws: int, rng: np.random.Generator
) -> Completeness:
    """Return curves of completeness drawn from their posterior.

    The likelihood is binomial, the prior flat in x₀, in ln w and in p∞ from
    one half to one. It is summed on a grid of all three, so that neither few
    grains nor all found nor none found need care.

    Parameters
    ----------
    injections : Injections
        At least one.
    n_draws : int
        D curves.
    rng : numpy Generator
        Source of chance.

    Returns
    -------
    Completeness

    References
    ----------
    For such curves in star counts: T. A. Fleming et al., Astron. J. 109, 1044 (1995).
    """
    x, found = injections.log10_area_um2, injections.found
    start, stop = float(x.min()) - _BEYOND_DECADES, float(x.max()) + _BEYOND_DECADES
    middle, width, top = (
        axis.ravel()
        for axis in np.meshgrid(
            np.linspace(start, stop, _MIDDLES),
            np.geomspace(*_WIDTH_DECADES, _WIDTHS),
            np.linspace(_LOWEST_TOP, 1, _TOPS),
            indexing="ij",
        )
    )
    curves = Completeness(middle, width, top, injections)
    log_posterior = _log_likelihood(curves, *_counts(x, found))
    share = np.exp(log_posterior - log_posterior.max())
    drawn = rng.choice(len(share), n_draws, p=share / share.sum())
    # Within a cell of the grid every middle is as likely as its neighbours.
    within = (stop - start) / (_MIDDLES - 1) * (rng.random(n_draws) - 0.5)
    return Completeness(middle[drawn] + within, width[drawn], top[drawn], injections)


def resolution_cut_um2(
    pixel_size: PixelSize, settings: GrainSettings, completeness: Completeness | None
) -> float:
    """Return the area below which grains do not count.

    It is the setting's, or where half of the painted grains are found if that
    is larger. Where fewer than half are found at any size there is no such
    place, and the setting's stays.
    """
    least = settings.resolution_cut_px * pixel_size.um**2
    half = 0.0 if completeness is None else completeness.cut_um2[0]
    return max(least, half) if math.isfinite(half) else least


def apply_completeness(
    table: GrainTable, completeness: Completeness | None, cut_um2: float
) -> GrainTable:
    """Tell each grain how many of its size are found, and which are above the cut.

    Parameters
    ----------
    table : GrainTable
        N grains.
    completeness : Completeness or None
        None leaves the table as it is.
    cut_um2 : float
        From `resolution_cut_um2`.

    Returns
    -------
    GrainTable
    """
    if completeness is None:
        return table
    probability = completeness.probability(table.log10_area_um2)
    resolved = table.area_um2 >= cut_um2 * (1 - 1e-9)
    return replace(table, completeness=probability, resolved=resolved)


def tabulate_completeness(
    completeness: Completeness | None, bins_per_decade: int
) -> CompletenessTable | None:
    """Return what was painted and found in bins of log10 area, beside the curve.

    Parameters
    ----------
    completeness : Completeness or None
        None gives None.
    bins_per_decade : int
        Of log10 area, on round edges.

    Returns
    -------
    CompletenessTable
        B bins from the smallest to the largest grain painted.
    """
    if completeness is None:
        return None
    found, x = completeness.injections.found, completeness.injections.log10_area_um2
    edges, bins = log10_bins(x, bins_per_decade)
    n_bins = len(edges) - 1
    painted = np.bincount(bins, minlength=n_bins)
    number = np.bincount(bins, found, n_bins).astype(np.float64)
    share_low, share_high = binomial_interval(number, painted.astype(np.float64))
    curves = completeness.draws((edges[1:] + edges[:-1]) / 2)
    low, high = np.quantile(curves, (0.16, 0.84), axis=0)
    shift = completeness.injections.found_log10_area_um2 - x
    return CompletenessTable(
        log10_area_low=edges[:-1],
        log10_area_high=edges[1:],
        painted=painted,
        found=number.astype(np.int64),
        share_low=share_low,
        share_high=share_high,
        completeness=curves.mean(axis=0),
        completeness_low=low,
        completeness_high=high,
        area_shift=np.array([_median(shift[(bins == k) & found]) for k in range(n_bins)]),
        cut_um2=completeness.cut_um2[0],
        cut_low_um2=completeness.cut_um2[1],
        cut_high_um2=completeness.cut_um2[2],
    )


def _median(values: NDArray[np.float64]) -> float:
    return float(np.median(values)) if len(values) else float("nan")


def _counts(
    x: NDArray[np.float64], found: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return areas in steps of a hundredth of a decade, how many were painted and found there."""
    places, where = np.unique(np.round(x, 2), return_inverse=True)
    painted = np.bincount(where, minlength=len(places)).astype(np.float64)
    return places, painted, np.bincount(where, found, len(places)).astype(np.float64)


def _log_likelihood(
    curves: Completeness,
    places: NDArray[np.float64],
    painted: NDArray[np.float64],
    found: NDArray[np.float64],
) -> NDArray[np.float64]:
    total = np.zeros(len(curves.middle))
    for place, n, k in zip(places, painted, found, strict=True):
        p = np.clip(curves.draws(np.array([place]))[:, 0], 1e-12, 1 - 1e-9)
        total += k * np.log(p) + (n - k) * np.log1p(-p)
    return total


def binomial_interval(
    found: NDArray[np.float64], painted: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Jeffreys' 68 % intervals of shares: 16 and 84 % points of Beta(k + ½, n − k + ½).

    0 is the lower end where none was found, 1 the upper where all were; the
    whole range where none was painted.

    References
    ----------
    L. D. Brown, T. T. Cai and A. DasGupta, Stat. Sci. 16, 101 (2001).

    Examples
    --------
    >>> low, high = binomial_interval(np.array([0.0, 5.0]), np.array([10.0, 10.0]))
    >>> low.round(3), high.round(3)
    (array([0.  , 0.35]), array([0.092, 0.65 ]))
    """
    from scipy.special import betaincinv

    low = betaincinv(found + 0.5, painted - found + 0.5, 0.16)
    high = betaincinv(found + 0.5, painted - found + 0.5, 0.84)
    return np.where(found > 0, low, 0.0), np.where(found < painted, high, 1.0)
