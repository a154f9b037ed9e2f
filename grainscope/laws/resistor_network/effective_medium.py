"""Effective medium of a bond network: the one conductance that all its links could have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

#: A surplus so small is rounding of the sums of weights, and counts as none.
_BALANCED = 1e-12


def effective_medium_ln_g(
    ln_g: ArrayLike, coordination: float = 4.0, weights: ArrayLike | None = None
) -> float:
    """Return ln of the conductance that every link of the effective medium has.

    The g_m that solves

        Σ w_i (g_i − g_m) / (g_i + (z/2 − 1) g_m) = 0,

    z the mean number of links of a node. On the square lattice (z = 4) and wherever
    the two are dual it gives ln g_m = mean of ln g for symmetric distributions of
    ln g; as these widen it becomes the 1 − 2/z quantile of g, where a share 2/z of
    the links is better. Solved in logarithms at any span.

    Parameters
    ----------
    ln_g : array_like, shape (E,)
        ln conductances, −∞ for links that do not conduct; any unit.
    coordination : float
        z, above 2. For a planar network 2E/N, ends at the edge left out.
    weights : array_like, shape (E,), optional
        w_i, at least 0 and not all 0; otherwise all alike.

    Returns
    -------
    float
        ln g_m in that unit; −∞ where a share of 2/z of the links or fewer conducts.

    Raises
    ------
    ValueError
        No links, z of 2 or less, a NaN or +∞, or weights that are none.

    References
    ----------
    D. A. G. Bruggeman, Ann. Phys. 416, 636 (1935); S. Kirkpatrick, Rev. Mod. Phys. 45,
    574 (1973), eq. 5.5.

    Examples
    --------
    Half and half on the square lattice: √(g1 g2), over a million decades too.

    >>> effective_medium_ln_g([0.0, -2.0]), effective_medium_ln_g([0.0, -2e6])
    (-1.0, -1000000.0)

    A share 0.7 of links of conductance 1, all others cut: (0.7 − ½) / (1 − ½).

    >>> float(np.exp(effective_medium_ln_g([0.0, -np.inf], weights=[0.7, 0.3])).round(9))
    0.4
    """
    level, weight = _checked(ln_g, coordination, weights)
    ratio = coordination / 2 - 1
    conducting = level > -np.inf
    if weight[conducting].sum() * ratio <= weight[~conducting].sum() + _BALANCED:
        return -np.inf
    # Merely few conductors above the threshold: g_m may be as small as the surplus.
    low, high = level[conducting].min() + np.log(_BALANCED / (1 + ratio) ** 2), level.max()
    while low < (middle := (low + high) / 2) < high:
        if _surplus(level - middle, weight, ratio) > 0:
            low = middle
        else:
            high = middle
    return float(middle)


def _surplus(above: NDArray[np.float64], weight: NDArray[np.float64], ratio: float) -> float:
    """Return a number with the sign of Σ w (g − g_m)/(g + a g_m), from u = ln g − ln g_m.

    Terms tend to 1 and to −1/a. In wide distributions these may add up to 0; then
    what each still lacks decides, however small, so it is kept apart, in logarithms.
    """
    up = above > 0
    limits = weight[up].sum() - weight[~up].sum() / ratio
    rises, falls = np.exp(-above[up]), above[~up]
    lacking_up = np.log((1 + ratio) * weight[up] / (1 + ratio * rises)) - above[up]
    lacking_down = np.log((1 + 1 / ratio) * weight[~up] / (np.exp(falls) + ratio)) + falls
    lacks, gains = _log_sum(lacking_up), _log_sum(lacking_down)
    if abs(limits) <= _BALANCED:
        return gains - lacks
    return float(limits + np.exp(gains) - np.exp(lacks))


def _log_sum(logarithm: NDArray[np.float64]) -> float:
    largest = logarithm.max(initial=-np.inf)
    if largest == -np.inf:
        return -1e300
    return float(largest + np.log(np.exp(logarithm - largest).sum()))


def _checked(
    ln_g: ArrayLike, coordination: float, weights: ArrayLike | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    level = np.asarray(ln_g, np.float64)
    weight = np.ones_like(level) if weights is None else np.asarray(weights, np.float64)
    if level.ndim != 1 or level.shape != weight.shape or len(level) == 0:
        raise ValueError(f"expected ln_g and weights (E,), got {level.shape}, {weight.shape}")
    if np.any(np.isnan(level) | (level == np.inf)):
        raise ValueError("ln_g must be finite, or −inf where a link does not conduct")
    if not coordination > 2:
        raise ValueError(f"coordination: got {coordination}, expected above 2")
    if not (np.all(np.isfinite(weight) & (weight >= 0)) and weight.sum() > 0):
        raise ValueError("weights must be finite, at least 0 and not all 0")
    used = weight > 0
    return level[used], weight[used] / weight[used].sum()
