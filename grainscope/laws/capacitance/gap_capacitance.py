"""Mutual capacitance of two discs in one plane, from a small table of the exact solution.

The table holds Γ = C12 / C12', C12' being right far away and for one small disc, as a double
Chebyshev series: in ln(r2/r1) and in exp(−δ/2), δ the rim distance of `disc_pair`. In these
Γ is so smooth that 120 numbers give it to 1e-5, from touch to infinity.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import VACUUM_PERMITTIVITY_F_PER_M
from grainscope.laws.capacitance.disc_pair import disc_pair, gap_at, rim_distance
from grainscope.laws.capacitance.table_value import chebyshev_table, table_value

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

TABLE_FILE = Path(__file__).with_name("gap_capacitance.json")
#: Γ no longer changes below this ratio of radii: one disc is then at the edge of a half-plane.
SMALLEST_RATIO = 1e-3
#: Rim distance down to which Γ is computed (gap 2e-4 r for equal discs); below it is continued.
SMALLEST_DISTANCE = 0.03
#: Points of the table over ln(r2/r1) and exp(−δ/2).
TABLE_SHAPE = (10, 12)


def gap_capacitance_f(
    radius_1_um: ArrayLike,
    radius_2_um: ArrayLike,
    gap_nm: ArrayLike,
    relative_permittivity: float,
    gap_factor: ArrayLike = 1.0,
) -> NDArray[np.float64]:
    """Return the gap capacitance of pairs of disc-shaped grains.

    It is −1 times the off-diagonal of the Maxwell matrix of the pair alone: the
    charge on one disc, grounded, for one volt on the other. With
    D = r1 + r2 + s,

        C12 = ε0 ε Γ (16/π) D arcsin(r1/D) arcsin(r2/D),

    Γ from 1 far away to 1.59 for equal discs at touch. C12 is finite there,
    4.504 ε0 ε r, and 4 ε0 ε √(2 r s) less at a gap s (1/r = 1/r1 + 1/r2): flat
    grains face each other in a line, so no gap is small enough to matter much.
    Metal of thickness h adds up to ε0 ε_g h π √(2 r/s) by its side walls, in a gap of
    permittivity ε_g (Derjaguin; upright walls, h ≫ s), which is left out.

    Parameters
    ----------
    radius_1_um, radius_2_um : array_like
        Radii in µm, above 0; all arrays are broadcast.
    gap_nm : array_like
        Shortest distance between the rims in nm, above 0.
    relative_permittivity : float
        Effective ε, the mean of substrate and what is above.
    gap_factor : array_like
        What C12 is multiplied with if something else fills the gap, 1 if
        nothing does. An approximation: the self-capacitance stays as it is.

    Returns
    -------
    ndarray of float64
        Capacitance in F, within 1e-5 of `disc_pair`, and within 1 % where the
        smaller radius is below a thousandth of the larger.

    Raises
    ------
    ValueError
        A radius or a gap is not above 0: grains that touch are one conductor,
        to be merged by the caller.

    References
    ----------
    As `disc_pair`; table by ``docs/gap_capacitance.py``.

    Examples
    --------
    Two discs 100 nm wide, and their self-capacitance for comparison.

    >>> (gap_capacitance_f(0.05, 0.05, [0.1, 1, 10, 100, 1000], 5.5) * 1e18).round(2)
    array([10.54,  9.67,  7.39,  3.27,  0.56])
    >>> from grainscope.laws.capacitance import disc_capacitance_f
    >>> (disc_capacitance_f(0.1, 5.5) * 1e18).round(2)
    np.float64(19.48)
    """
    radius_1_um, radius_2_um, gap_um = np.broadcast_arrays(
        np.asarray(radius_1_um, np.float64),
        np.asarray(radius_2_um, np.float64),
        np.asarray(gap_nm, np.float64) / 1000,
    )
    if not (np.all(radius_1_um > 0) and np.all(radius_2_um > 0)):
        raise ValueError("radii must be above 0")
    if not np.all(gap_um > 0):
        raise ValueError(
            f"gaps must be above 0, got {np.min(gap_um) * 1000} nm; grains that touch are one "
            "conductor: merge them first"
        )
    small_um, large_um = np.minimum(radius_1_um, radius_2_um), np.maximum(radius_1_um, radius_2_um)
    ratio = np.asarray(np.maximum(small_um / large_um, SMALLEST_RATIO), np.float64)
    place = table_place(ratio, rim_distance(small_um, large_um, gap_um))
    correction = table_value(*place, _coefficients())
    length_m = correction * leading_term(small_um, large_um, gap_um) * 1e-6
    permittivity = VACUUM_PERMITTIVITY_F_PER_M * relative_permittivity
    return np.asarray(permittivity * length_m * np.asarray(gap_factor, np.float64))


def leading_term(
    small: NDArray[np.float64], large: NDArray[np.float64], gap: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return C12'/ε0 ε = (16/π) D arcsin(r1/D) arcsin(r2/D), in the unit of the radii.

    A small disc far from its own size feels the potential (2/π) arcsin(r1/D) of the large one.
    """
    between = small + large + gap
    return np.asarray(
        16 / np.pi * between * np.arcsin(large / between) * np.arcsin(small / between)
    )


def table_place(
    ratio: NDArray[np.float64], distance: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where the table is read, from −1 to 1: over ln(r2/r1), and over exp(−δ/2)."""
    nearest = np.exp(-SMALLEST_DISTANCE / 2)
    return 1 - 2 * np.log(ratio) / np.log(SMALLEST_RATIO), 2 * np.exp(-distance / 2) / nearest - 1


def solve_table() -> NDArray[np.float64]:
    """Return the Chebyshev coefficients of Γ from the exact solution; takes 20 s.

    Returns
    -------
    ndarray of float64, shape `TABLE_SHAPE`
    """
    over_ratio, over_distance = (np.polynomial.chebyshev.chebpts1(n) for n in TABLE_SHAPE)
    ratio = SMALLEST_RATIO ** ((1 - over_ratio) / 2)
    distance = -2 * np.log((over_distance + 1) / 2) + SMALLEST_DISTANCE
    return chebyshev_table(np.array([[exact_correction(r, d) for d in distance] for r in ratio]))


def exact_correction(ratio: float, distance: float) -> float:
    """Return Γ for radii 1 and ``ratio`` at a rim distance δ, solved anew."""
    gap = gap_at(1.0, ratio, distance)
    leading = leading_term(np.asarray(ratio), np.asarray(1.0), np.asarray(gap))
    return float(disc_pair(1.0, ratio, gap).c12 / leading)


@cache
def _coefficients() -> NDArray[np.float64]:
    return np.array(json.loads(TABLE_FILE.read_text(encoding="utf-8"))["coefficients"])
