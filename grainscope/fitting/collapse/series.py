"""Collapse of curves on one: y = F((x − xc) T^(−κ)), F a Chebyshev series.

The coefficients of F are linear, so they are solved for inside (QR), and only the
critical point xc and the inverse exponent κ = 1/zν are sought: variable projection
(Golub & Pereyra, SIAM J. Numer. Anal. 10, 413, 1973), with Kaufman's Jacobian (BIT
15, 49, 1975), whose gradient is exact. The range of the argument of F changes as
xc and κ do, but polynomials of one degree are the same whatever range they are
written over, so the sum of squares is smooth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.polynomial.chebyshev import chebder, chebval, chebvander

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Column = NDArray[np.float64]

#: κ = 1/zν and the exponent of the correction are sought between these.
INVERSE_BOUNDS = (0.05, 20.0)
CORRECTION_BOUNDS = (0.3, 4.0)
_HIGHEST_DEGREE = 14
#: A row for each so many unknowns at least.
_ROWS_PER_UNKNOWN = 3
#: Bayes' criterion drops terms that are as large as the noise. So many degrees more
#: leave the scatter of Hc and zν as it is and take most of their bias away.
_SPARE_DEGREES = 2
_MOST_STEPS = 60


@dataclass(frozen=True)
class ScalingRows:
    """Rows of several curves, each of one temperature; all of shape (K,).

    Attributes
    ----------
    control : ndarray of float64
        x, what drives the transition, such as the field.
    temperature : ndarray of float64
        T above 0, or whatever 1/T^κ is a length of: 1/L for lattices of side L.
    value, error : ndarray of float64
        y, such as ln ρ, and one standard deviation.
    """

    control: Column
    temperature: Column
    value: Column
    error: Column

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.value)

    @property
    def temperatures(self) -> Column:
        """The different temperatures, ascending."""
        return np.unique(self.temperature)

    def where(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> ScalingRows:
        """Return some of the rows, by a mask or by their places."""
        columns = (self.control, self.temperature, self.value, self.error)
        return ScalingRows(*(column[chosen] for column in columns))


@dataclass(frozen=True)
class CollapseForm:
    """What F is.

    Attributes
    ----------
    degree : int
        Of the Chebyshev series F.
    correction_degree : int
        Of G in F(u) + (T/T_max)^w G(u); -1 for no such term.
    """

    degree: int
    correction_degree: int = -1

    @property
    def n_parameters(self) -> int:
        """Coefficients, xc, κ, and w where there is a correction."""
        corrected = self.correction_degree >= 0
        return self.degree + 3 + (self.correction_degree + 2 if corrected else 0)


@dataclass(frozen=True)
class Collapse:
    """A collapse at its best, or with some of its numbers held.

    Attributes
    ----------
    theta : ndarray of float64, shape (2,) or (3,)
        xc, κ, and the exponent w of the correction where there is one.
    form : CollapseForm
    residual : ndarray of float64, shape (K,)
        In standard deviations.
    jacobian : ndarray of float64, shape (K, 2) or (K, 3)
        Of the residual, the coefficients following.
    coefficients : ndarray of float64
        Of F, then of G.
    centre, half : float
        F is a series in (u − centre)/half.
    converged : bool
    """

    theta: Column
    form: CollapseForm
    residual: Column
    jacobian: NDArray[np.float64]
    coefficients: Column
    centre: float
    half: float
    converged: bool = True

    @property
    def chi2(self) -> float:
        """Sum of squares."""
        return float(self.residual @ self.residual)

    @property
    def dof(self) -> int:
        """Rows less unknowns, at least 1."""
        return max(len(self.residual) - self.form.n_parameters, 1)

    @property
    def covariance(self) -> NDArray[np.float64]:
        """Of theta, the coefficients marginalised."""
        normal = self.jacobian.T @ self.jacobian
        return np.asarray(np.linalg.pinv(normal, hermitian=True), np.float64)

    def scaled(self, rows: ScalingRows) -> Column:
        """Return u = (x − xc) T^(−κ)."""
        return scaled_control(rows, self.theta)

    def master(self, u: Column) -> Column:
        """Return F(u), without the correction."""
        own = self.coefficients[: self.form.degree + 1]
        return np.asarray(chebval((np.asarray(u) - self.centre) / self.half, own))


def scaled_control(rows: ScalingRows, theta: Sequence[float] | Column) -> Column:
    """Return u = (x − xc) T^(−κ).

    Examples
    --------
    >>> one = np.ones(1)
    >>> scaled_control(ScalingRows(3 * one, 4 * one, one, one), (1.0, 0.5)).tolist()
    [1.0]
    """
    return np.asarray((rows.control - theta[0]) * rows.temperature ** -theta[1])


def project(
    rows: ScalingRows, form: CollapseForm, theta: Column, pin: float | None = None
) -> Collapse:
    """Solve for the coefficients at given xc, κ (and w).

    Parameters
    ----------
    rows : ScalingRows
    form : CollapseForm
    theta : ndarray of float64
        xc, κ, and w where the form has a correction.
    pin : float, optional
        Hold F(0) at this value.

    Returns
    -------
    Collapse

    Examples
    --------
    >>> x, t = np.tile(np.linspace(1, 3, 9), 2), np.repeat([1.0, 4.0], 9)
    >>> rows = ScalingRows(x, t, 5 + 3 * (x - 2) / t, np.ones(18))
    >>> found = project(rows, CollapseForm(1), np.array([2.0, 1.0]))
    >>> round(found.chi2, 9), found.master(np.array([0.0, 1.0])).round(6).tolist()
    (0.0, [5.0, 8.0])
    """
    u = scaled_control(rows, theta)
    centre = 0.5 * float(u.max() + u.min())
    half = max(0.5 * float(np.ptp(u)), 1e-300)
    columns, slopes = _design(rows, form, theta, (u - centre) / half)
    y, at_zero = rows.value, chebvander(-centre / half, form.degree)[0]
    if pin is not None:  # F is the pin plus polynomials that vanish at 0
        columns[:, : form.degree + 1] -= at_zero
        columns, y = columns[:, 1:], y - pin
    weight = 1 / rows.error
    q, r = np.linalg.qr(columns * weight[:, None])
    coefficients = np.linalg.lstsq(r, q.T @ (y * weight), rcond=1e-13)[0]
    residual = (y - columns @ coefficients) * weight
    if pin is not None:
        constant = pin - at_zero[1:] @ coefficients[: form.degree]
        coefficients = np.append(constant, coefficients)
    # Of the model at these coefficients, by xc and κ through u, and by w.
    shift = np.stack((-(rows.temperature ** -theta[1]), -np.log(rows.temperature) * u), axis=1)
    moved = shift * (slopes @ coefficients / half)[:, None]
    if form.correction_degree >= 0:
        further = columns[:, -form.correction_degree - 1 :] @ coefficients[form.degree + 1 :]
        moved = np.column_stack((moved, _ln_ratio(rows) * further))
    moved *= weight[:, None]
    jacobian = q @ (q.T @ moved) - moved
    return Collapse(np.asarray(theta), form, residual, jacobian, coefficients, centre, half)


def _design(
    rows: ScalingRows, form: CollapseForm, theta: Column, reduced: Column
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the polynomials of F and of G at each row, and their derivatives."""
    highest = max(form.degree, form.correction_degree)
    basis = np.asarray(chebvander(reduced, highest), np.float64)
    lower = chebvander(reduced, max(highest - 1, 0))
    slopes = np.asarray(lower @ _differentiation(highest), np.float64)
    if form.correction_degree < 0:
        return basis, slopes
    amplitude = np.exp(theta[2] * _ln_ratio(rows))[:, None]
    own, further = slice(form.degree + 1), slice(form.correction_degree + 1)
    return (
        np.hstack((basis[:, own], amplitude * basis[:, further])),
        np.hstack((slopes[:, own], amplitude * slopes[:, further])),
    )


@lru_cache(maxsize=64)
def _differentiation(degree: int) -> NDArray[np.float64]:
    """Return the matrix from coefficients to those of the derivative."""
    return np.asarray(chebder(np.eye(degree + 1)), np.float64)


def _ln_ratio(rows: ScalingRows) -> Column:
    return np.asarray(np.log(rows.temperature / rows.temperature.max()))


def settle(
    rows: ScalingRows,
    form: CollapseForm,
    start: Sequence[float] | Column,
    *,
    held: Sequence[int] = (),
    pin: float | None = None,
) -> Collapse:
    """Return the smallest sum of squares near a start (Levenberg and Marquardt).

    Two or three unknowns and an exact gradient: a few steps, and some twenty times as
    fast as a general routine that takes differences.

    Parameters
    ----------
    rows : ScalingRows
    form : CollapseForm
    start : sequence of float
        xc, κ, and w where the form has a correction.
    held : sequence of int
        Places in theta that keep their start.
    pin : float, optional
        Hold F(0) at this value.

    Returns
    -------
    Collapse
    """
    low, high = _bounds(rows, len(start))
    at = project(rows, form, np.clip(np.asarray(start, np.float64), low, high), pin)
    free = np.array([k for k in range(len(start)) if k not in held], np.int64)
    if len(free) == 0:
        return at
    damping = 1e-3
    for _ in range(_MOST_STEPS):
        jacobian = at.jacobian[:, free]
        gradient, normal = jacobian.T @ at.residual, jacobian.T @ jacobian
        size = np.diag(normal) + 1e-300
        step = -np.linalg.lstsq(normal + damping * np.diag(size), gradient, rcond=None)[0]
        theta = at.theta.copy()
        theta[free] = np.clip(theta[free] + step, low[free], high[free])
        moved = theta[free] - at.theta[free]
        if float(moved @ (size * moved)) < 1e-12 * (1 + at.chi2):
            return at
        there = project(rows, form, theta, pin)
        if there.chi2 < at.chi2:
            at, damping = there, max(damping / 10, 1e-12)
        else:
            damping *= 8
        if damping > 1e12:
            return at
    return replace(at, converged=False)


def _bounds(rows: ScalingRows, n: int) -> tuple[Column, Column]:
    ends = [(float(rows.control.min()), float(rows.control.max())), INVERSE_BOUNDS]
    low, high = np.array([*ends, CORRECTION_BOUNDS][:n]).T
    return low, high


def collapse(rows: ScalingRows, start: Sequence[float] | Column) -> Collapse:
    """Collapse with the degree of F that Bayes' criterion likes best.

        BIC = χ²/s² + k ln K,   s² = χ²/dof of the highest degree

    so that errors which are wrong by a factor do not choose the degree; two degrees
    more are taken, where the rows allow, because the criterion drops terms as large as
    the noise.

    Parameters
    ----------
    rows : ScalingRows
        Of two temperatures or more.
    start : sequence of float
        xc and κ.

    Returns
    -------
    Collapse

    Raises
    ------
    ValueError
        Too few rows, or one temperature.

    Examples
    --------
    >>> x, t = np.tile(np.linspace(-1, 1, 15), 3), np.repeat([1.0, 2.0, 4.0], 15)
    >>> rows = ScalingRows(x, t, np.tanh((x - 0.2) / t**0.75), np.full(45, 1e-3))
    >>> collapse(rows, (0.0, 1.0)).theta.round(2).tolist()
    [0.2, 0.75]
    """
    highest = min(_HIGHEST_DEGREE, len(rows) // _ROWS_PER_UNKNOWN - 2)
    if highest < 1 or len(rows.temperatures) < 2:
        raise ValueError(f"a collapse needs 9 rows of 2 temperatures: got {len(rows)} rows")
    found: list[Collapse] = []
    for degree in range(1, highest + 1):
        first = found[-1].theta if found else start
        found.append(settle(rows, CollapseForm(degree), first))
    scale2 = max(found[-1].chi2 / found[-1].dof, 1e-300)
    bic = [one.chi2 / scale2 + one.form.n_parameters * np.log(len(rows)) for one in found]
    return found[min(int(np.argmin(bic)) + _SPARE_DEGREES, len(found) - 1)]
