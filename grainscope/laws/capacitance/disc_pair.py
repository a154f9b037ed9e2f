"""Two flat discs in one plane: their capacitances to any number of digits.

1. An inversion in the plane takes 1/|x − y| to itself up to factors of x and of y alone. One
   that has its centre at a limiting point of the two circles makes them concentric: a disc of
   radius a, and the plane outside radius b. Charges change by a factor of the place, and the
   potential of a conductor at one volt becomes that of a point charge in the ring between them.
2. The parts cos mφ of the charge then do not mix. For each, Abel transforms of the charge on the
   disc (s < a) and outside (u > b) obey A = a − K B, B = b − K A (Copson's method).
3. With s = a exp(−x), u = b exp(y) the kernel depends on x + y + δ only, δ = ln(b/a), and the two
   halves become alike: (1 − K²) is all that must be solved, on points that crowd at the rim.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

#: Modes are added until one changes C12 by less than this share.
_SMALLEST_MODE = 1e-12
#: 14 points instead of 10 on each piece change the result by less than 1e-10.
_POINTS = 10
#: Transforms fall off as exp(−(m + ½) x): beyond, they are below 1e-13.
_FARTHEST = 30.0
#: Above this mode 32 equal steps up to exp(−36) give the kernel to 1e-12.
_FROM_MODE, _STEPS, _GONE = 20, 32, 36.0


class DiscPair(NamedTuple):
    """Maxwell matrix of two discs over ε0 ε, in the unit of length of the radii.

    The charge of disc 1 is Q1 = ε0 ε (c11 V1 − c12 V2). The mutual or gap
    capacitance is ε0 ε c12; ``raised_1`` is c11 − 8 r1, with all its digits.
    """

    c11: float
    c12: float
    c22: float
    raised_1: float
    raised_2: float


def disc_pair(radius_1: float, radius_2: float, gap: float) -> DiscPair:
    """Return the capacitances of two discs in a plane, nothing else being near.

    Each disc alone has 8 r. Far away c12 → 16 r1 r2 / (π D), with D between the
    centres; at touch c12 is finite and falls from there as −4 √(2 r s),
    1/r = 1/r1 + 1/r2, s the gap: 4.504 r − 4 r √(s/r) for two equal
    discs of radius r.

    Parameters
    ----------
    radius_1, radius_2 : float
        Radii, above 0; any unit of length.
    gap : float
        Shortest distance between the rims, above 0, in the same unit. Time
        grows as its inverse root: 0.4 s at a thousandth of the smaller radius.

    Returns
    -------
    DiscPair
        Relative error below 1e-9.

    Raises
    ------
    ValueError
        A length is not above 0. Discs that touch are one conductor.

    References
    ----------
    E. T. Copson, Proc. Edinburgh Math. Soc. 8, 14 (1947); I. N. Sneddon, Mixed
    Boundary Value Problems in Potential Theory (1966), chapter 3; N. S.
    Landkof, Foundations of Modern Potential Theory (1972), chapter IV (inversion).

    Examples
    --------
    >>> pair = disc_pair(1.0, 1.0, 30.0)
    >>> round(pair.c11, 4), round(pair.c12, 4), round(16 / np.pi / 32, 4)
    (8.0032, 0.1593, 0.1592)
    """
    if not min(radius_1, radius_2, gap) > 0:
        raise ValueError(
            f"radii and gap must be above 0, got {radius_1}, {radius_2} and {gap}; "
            "discs that touch are one conductor"
        )
    delta = float(rim_distance(radius_1, radius_2, gap))
    focus = radius_1 * radius_2 * np.sinh(delta) / (radius_1 + radius_2 + gap)
    eta = np.arcsinh(focus / np.array([radius_1, radius_2]))
    raised, mutual = np.zeros(2), 0.0
    mode, share = 0, np.inf
    while share > _SMALLEST_MODE:
        added, added_mutual = _mode(mode, delta, eta)
        raised, mutual = raised + added, mutual + added_mutual
        share = added_mutual / mutual
        mode += 1
    raised_1, raised_2 = 16 * focus * raised
    c11, c22 = 8 * radius_1 + raised_1, 8 * radius_2 + raised_2
    return DiscPair(*map(float, (c11, 16 * focus * mutual, c22, raised_1, raised_2)))


def rim_distance(radius_1: ArrayLike, radius_2: ArrayLike, gap: ArrayLike) -> NDArray[np.float64]:
    """Return δ = ln(b/a), the distance of two circles that no inversion changes.

    cosh δ = (D² − r1² − r2²) / 2 r1 r2; arrays are broadcast. It is √(2s/r) for small
    gaps s, 1/r = 1/r1 + 1/r2.

    Examples
    --------
    >>> bool(np.isclose(rim_distance(1.0, 1.0, 2.0), np.arccosh(7.0)))
    True
    """
    radius_1, radius_2, gap = (np.asarray(x, np.float64) for x in (radius_1, radius_2, gap))
    # cosh δ − 1 = 2 sinh²(δ/2) keeps the digits of small gaps.
    above_one = gap * (2 * (radius_1 + radius_2) + gap) / (2 * radius_1 * radius_2)
    return np.asarray(2 * np.arcsinh(np.sqrt(above_one / 2)))


def gap_at(radius_1: float, radius_2: float, distance: float) -> float:
    """Return the gap of two circles at a rim distance: the inverse of `rim_distance`.

    Examples
    --------
    >>> round(gap_at(1.0, 0.3, float(rim_distance(1.0, 0.3, 1e-4))), 12)
    0.0001
    """
    # s (2 (r1 + r2) + s) = 4 r1 r2 sinh²(δ/2), solved for s without losing digits.
    twice = 4 * radius_1 * radius_2 * np.sinh(distance / 2) ** 2
    total = radius_1 + radius_2
    return float(twice / (total + np.sqrt(total**2 + twice)))


def _mode(mode: int, delta: float, eta: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return what cos mφ adds to (c11, c22), over the discs alone, and to c12; both over 16 ℓ."""
    order = mode + 0.5
    finest = min(delta, *eta, 1 / order) / 2
    x, width = _points_from_rim(finest, _FARTHEST / order)
    root = np.sqrt(width)
    kernel = _kernel(mode, x[:, None] + x + delta) * root[:, None] * root
    distance = x[:, None] + eta
    source = np.exp(-order * distance) / np.sqrt(-np.expm1(-2 * distance)) * root[:, None]
    answer = kernel @ source
    solved = np.linalg.solve(np.eye(len(x)) - kernel @ kernel, answer)
    times = 1.0 if mode == 0 else 2.0
    return times * (answer * solved).sum(axis=0), times * float(source[:, 1] @ solved[:, 0])


def _points_from_rim(
    finest: float, farthest: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return points and weights of Gauss on pieces that double from the rim on."""
    pieces = 2 + max(int(np.ceil(np.log2(farthest / finest))), 0)
    edge = np.append(0.0, finest * 2.0 ** np.arange(pieces))
    point, weight = np.polynomial.legendre.leggauss(_POINTS)
    half = np.diff(edge)[:, None] / 2
    return (edge[:-1, None] + half * (1 + point)).ravel(), (half * weight).ravel()


def _kernel(mode: int, distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return K_m(v) = (2/√π) Γ(m+1)/Γ(m+½) w^(m+½) F(½, m+1; m+½; w²), w = exp(−v).

    ``distance`` is a symmetric matrix of v.
    """
    from scipy.special import gammaln

    # Euler's transformation, F(½, m+1; m+½; z) = F(m, −½; m+½; z) / (1 − z), takes the pole out.
    factor = 2 / np.sqrt(np.pi) * np.exp(gammaln(mode + 1) - gammaln(mode + 0.5))
    upper = np.triu_indices(len(distance))
    v = distance[upper]
    values = factor * np.exp(-(mode + 0.5) * v) * _smooth_part(mode, v) / -np.expm1(-2 * v)
    matrix = np.empty_like(distance)
    matrix[upper] = matrix[upper[::-1]] = values
    return matrix


def _smooth_part(mode: int, v: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return F(m, −½; m+½; exp(−2v)), which scipy loses above m = 170 for small v."""
    from scipy.special import gammaln, hyp2f1

    if mode < _FROM_MODE:
        return np.asarray(hyp2f1(mode, -0.5, mode + 0.5, np.exp(-2 * v)))
    # Euler's integral with p = 2v sinh²θ: ∫ exp(−mp) √[(1 − exp(−p − 2v)) / (1 − exp(−p))] dp.
    # It is even in θ and gone at the end, so that equal steps converge faster than any power.
    step = np.arcsinh(np.sqrt(_GONE / (2 * mode * v))) / _STEPS
    theta = np.arange(1, _STEPS + 1)[:, None] * step
    p = 2 * v * np.sinh(theta) ** 2
    ratio = np.expm1(-p - 2 * v) / np.expm1(-p)
    steps = np.exp(-mode * p) * np.sqrt(ratio) * 2 * v * np.sinh(2 * theta)
    at_zero = 2 * np.sqrt(-np.expm1(-2 * v) * 2 * v)
    integral = (at_zero / 2 + steps.sum(axis=0)) * step
    return np.asarray(integral * np.exp(gammaln(mode + 0.5) - gammaln(mode)) / np.sqrt(np.pi))
