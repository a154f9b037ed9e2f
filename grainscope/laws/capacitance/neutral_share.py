"""By how much one neutral neighbour lowers the charging energy of a disc, from a table.

As `gap_capacitance`: a leading term, right far away and for a small disc beside a large one,
times a double Chebyshev series in the logarithm of the ratio of radii and in exp(−δ/2).
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.capacitance.disc_pair import disc_pair, gap_at, rim_distance
from grainscope.laws.capacitance.table_value import chebyshev_table, table_value

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

TABLE_FILE = Path(__file__).with_name("neutral_share.json")
#: Ratios of radii beyond this, or its inverse, are read as if they were this.
LARGEST_RATIO = 300.0
SMALLEST_DISTANCE = 0.03
#: Points of the table over ln(neighbour/disc) and exp(−δ/2).
TABLE_SHAPE = (18, 12)


def neutral_share(radius: ArrayLike, neighbour: ArrayLike, gap: ArrayLike) -> NDArray[np.float64]:
    """Return the share by which the energy of a charged disc falls by a neutral one beside it.

    The neighbour floats: charge moves inside it, as in any polarisable body, but none
    comes. 1 − E/E0 = 1 − C1 p11, p the inverse of the Maxwell matrix of the pair
    and C1 = 8 r1 (over ε0 ε). Far away it is that of a disc of polarisability
    16 r2³/3 in its plane, 8 r1 r2³ / 3π² D⁴; for equal discs at touch 0.069.

    Parameters
    ----------
    radius, neighbour, gap : array_like
        Radii of the charged and of the neutral disc and the gap between them,
        above 0, in one unit; broadcast.

    Returns
    -------
    ndarray of float64
        Between 0 and 1; within 1e-4 of its value where the ratio of radii is
        between 1/300 and 300.

    References
    ----------
    As `disc_pair`; L. D. Landau & E. M. Lifshitz, Electrodynamics of Continuous
    Media, 2nd ed. (1984), §4 (polarisability); table by ``docs/gap_capacitance.py``.

    Examples
    --------
    >>> neutral_share(1.0, [0.1, 1.0, 10.0], 0.1).round(4)
    array([0.0005, 0.0336, 0.166 ])
    """
    own, other, between = np.broadcast_arrays(
        np.asarray(radius, np.float64),
        np.asarray(neighbour, np.float64),
        np.asarray(gap, np.float64),
    )
    if not (np.all(own > 0) and np.all(other > 0) and np.all(between > 0)):
        raise ValueError("radii and gaps must be above 0")
    ratio = np.clip(other / own, 1 / LARGEST_RATIO, LARGEST_RATIO)
    over_ratio = np.log(ratio) / np.log(LARGEST_RATIO)
    nearest = np.exp(-SMALLEST_DISTANCE / 2)
    over_distance = 2 * np.exp(-rim_distance(own, other, between) / 2) / nearest - 1
    correction = table_value(over_ratio, over_distance, _coefficients())
    return np.asarray(np.exp(correction) * leading_share(own, other, between))


def leading_share(
    own: NDArray[np.float64], other: NDArray[np.float64], gap: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the share that a point charge would lose, at a distance d, d² = D² − r1².

    4 r1/π² r2 [x²/(1 − x²) − arcsin² x], x = r2/d, times d²/D²: what a grounded disc takes,
    less what its charge has to give back. With d instead of D the field of the charged disc,
    ∝ 1/(D d), is met as well.
    """
    between = (own + other + gap) ** 2
    square = between - own**2
    x2 = other**2 / square
    # The difference starts as 2x⁴/3 + 37x⁶/45; both terms have x².
    exact = x2 / (1 - x2) - np.arcsin(np.sqrt(x2)) ** 2
    bracket = np.where(x2 < 1e-4, x2**2 * (2 / 3 + 37 / 45 * x2), exact)
    return np.asarray(4 * own / (np.pi**2 * other) * bracket * square / between)


def solve_table() -> NDArray[np.float64]:
    """Return the Chebyshev coefficients of ln Γ from the exact solution; takes 40 s.

    Returns
    -------
    ndarray of float64, shape `TABLE_SHAPE`
    """
    over_ratio, over_distance = (np.polynomial.chebyshev.chebpts1(n) for n in TABLE_SHAPE)
    ratio = LARGEST_RATIO**over_ratio
    distance = SMALLEST_DISTANCE - 2 * np.log((over_distance + 1) / 2)
    return chebyshev_table(np.log([[exact_correction(r, d) for d in distance] for r in ratio]))


def exact_correction(ratio: float, distance: float) -> float:
    """Return Γ for a disc of radius 1 and a neighbour ``ratio`` at a rim distance δ, anew."""
    gap = gap_at(1.0, ratio, distance)
    leading = leading_share(np.asarray(1.0), np.asarray(ratio), np.asarray(gap))
    return exact_share(1.0, ratio, gap) / float(leading)


def exact_share(radius: float, neighbour: float, gap: float) -> float:
    """Return 1 − C1 p11 of a pair, solved anew."""
    pair = disc_pair(radius, neighbour, gap)
    determinant = pair.c11 * pair.c22 - pair.c12**2
    return (pair.raised_1 * pair.c22 - pair.c12**2) / determinant


@cache
def _coefficients() -> NDArray[np.float64]:
    return np.array(json.loads(TABLE_FILE.read_text(encoding="utf-8"))["coefficients"])
