"""Whether curves collapse: one function of one variable, against a smooth curve each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.polynomial.chebyshev import chebder, chebval, chebvander

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.fitting.collapse.series import Collapse, ScalingRows

    Column = NDArray[np.float64]

_HIGHEST_DEGREE = 8
#: Scatter is measured about a curve that surely follows the rows, of 8 at least.
_SCATTER_DEGREE, _SCATTER_ROWS = 12, 8


class SmoothCurve(NamedTuple):
    """A Chebyshev series through the rows of one temperature."""

    temperature: float
    chi2: float
    dof: int
    coefficients: Column
    covariance: NDArray[np.float64]
    centre: float
    half: float

    def slope_at(self, control: float) -> tuple[float, float]:
        """Return dy/dx and its standard deviation, the errors being as stated."""
        at = (control - self.centre) / self.half
        n = len(self.coefficients)
        row = np.array([chebval(at, chebder(np.eye(n)[k])) for k in range(n)]) / self.half
        return float(row @ self.coefficients), math.sqrt(float(row @ self.covariance @ row))


def smooth_curve(rows: ScalingRows, temperature: float, degree: int | None = None) -> SmoothCurve:
    """Fit the rows of one temperature by a Chebyshev series in x.

    Parameters
    ----------
    rows : ScalingRows
    temperature : float
    degree : int, optional
        At most one less than the rows; by Bayes' criterion where not given, the scale
        of the errors from the highest degree.

    Returns
    -------
    SmoothCurve

    Examples
    --------
    >>> from grainscope.fitting.collapse.series import ScalingRows
    >>> x = np.linspace(0, 1, 12)
    >>> rows = ScalingRows(x, np.ones(12), 3 * x**2, np.full(12, 1e-3))
    >>> curve = smooth_curve(rows, 1.0)
    >>> len(curve.coefficients) - 1, round(curve.slope_at(0.5)[0], 9)
    (2, 3.0)
    """
    own = rows.where(rows.temperature == temperature)
    if degree is not None:
        return _series(own, temperature, min(degree, len(own) - 1))
    highest = max(min(_HIGHEST_DEGREE, len(own) // 3 - 1), 1)
    found = [_series(own, temperature, degree) for degree in range(1, highest + 1)]
    scale2 = max(found[-1].chi2 / max(found[-1].dof, 1), 1e-300)
    bic = [one.chi2 / scale2 + len(one.coefficients) * math.log(len(own)) for one in found]
    return found[int(np.argmin(bic))]


def _series(own: ScalingRows, temperature: float, degree: int) -> SmoothCurve:
    centre = 0.5 * float(own.control.max() + own.control.min())
    half = max(0.5 * float(np.ptp(own.control)), 1e-300)
    columns = chebvander((own.control - centre) / half, degree) / own.error[:, None]
    coefficients, _, rank, _ = np.linalg.lstsq(columns, own.value / own.error, rcond=1e-12)
    residual = own.value / own.error - columns @ coefficients
    inverse = np.linalg.pinv(columns.T @ columns, hermitian=True)
    coefficients, covariance = (np.asarray(a, np.float64) for a in (coefficients, inverse))
    chi2, dof = float(residual @ residual), len(own) - int(rank)
    return SmoothCurve(temperature, chi2, dof, coefficients, covariance, centre, half)


class Agreement(NamedTuple):
    """How curves differ from a collapse, over what noise makes of it.

    Attributes
    ----------
    chance : float
        Of so poor a collapse, were it true; NaN where nothing is left to test, as with
        straight lines of two temperatures.
    excess : float
        By what χ², in units of the noise, is larger than noise alone would make it.
    further, dof : int
        Degrees of freedom of Fisher's distribution.
    """

    chance: float
    excess: float
    further: int
    dof: int


def agreement(rows: ScalingRows, found: Collapse) -> Agreement:
    """Ask whether curves agree with each other (the sharper of two F tests).

    The collapse is a special case of two larger fits: one polynomial of its degree for
    each temperature, and F with a gain and a tilt for each temperature. The second has
    few further unknowns, so it is sharp for what goes wrong most: a drift, a wrong
    temperature, a crossing that moves. For either

        f = [(χ²_collapse − χ²_larger)/Δdof] / (χ²_larger/dof)

    follows Fisher's distribution; of the two chances p the smaller is taken, as
    1 − (1 − p)². Errors that are wrong by a factor change nothing.

    Parameters
    ----------
    rows : ScalingRows
    found : Collapse

    Returns
    -------
    Agreement

    Examples
    --------
    >>> from grainscope.fitting.collapse.series import ScalingRows, collapse
    >>> rng = np.random.default_rng(1)
    >>> x, t = np.tile(np.linspace(-1, 1, 15), 3), np.repeat([1.0, 2.0, 4.0], 15)
    >>> y = np.tanh(x / t**0.75) + rng.normal(0, 1e-3, 45)
    >>> rows = ScalingRows(x, t, y, np.full(45, 2e-3))
    >>> off = ScalingRows(x, t, y + 0.01 * (t == 2), np.full(45, 2e-3))
    >>> [agreement(one, collapse(one, (0.0, 1.0))).chance > 0.05 for one in (rows, off)]
    [True, False]
    """
    each = [smooth_curve(rows, t, found.form.degree) for t in rows.temperatures.tolist()]
    larger = sum(one.chi2 for one in each), sum(one.dof for one in each)
    dof = len(rows) - found.form.n_parameters
    tests = [_fisher(found.chi2, dof, one) for one in (larger, _tilted(rows, found))]
    known = [test for test in tests if not math.isnan(test.chance)]
    if not known:
        return tests[0]
    sharper = min(known, key=lambda test: test.chance)
    return sharper._replace(chance=-math.expm1(len(known) * math.log1p(-sharper.chance)))


def _fisher(chi2: float, dof: int, larger: tuple[float, int]) -> Agreement:
    from scipy.special import fdtrc

    rest, rest_dof = larger
    further = dof - rest_dof
    if further < 1 or rest_dof < 1 or rest <= 0:
        return Agreement(math.nan, 0.0, max(further, 0), max(rest_dof, 0))
    fall = max(chi2 - rest, 0.0) / (rest / rest_dof)
    chance = min(float(fdtrc(further, rest_dof, fall / further)), 1 - 1e-12)
    return Agreement(chance, fall - further, further, rest_dof)


def chance_to_see(excess: float, test: Agreement, level: float) -> float:
    """Return with what chance a test would see an excess of χ², at a level such as 0.05.

    Examples
    --------
    >>> test = Agreement(0.5, 0.0, 5, 100)
    >>> [round(chance_to_see(excess, test, 0.05), 2) for excess in (0.0, 13.0, 100.0)]
    [0.05, 0.78, 1.0]
    """
    from scipy.special import fdtri, ncfdtr

    if test.further < 1 or test.dof < 1:
        return 0.0
    least = float(fdtri(test.further, test.dof, 1 - level))
    if excess <= 0:
        return level
    return 1 - float(ncfdtr(test.further, test.dof, min(excess, 1000.0), least))


def _tilted(rows: ScalingRows, found: Collapse) -> tuple[float, int]:
    """Return χ² and dof with a gain and a tilt for each temperature, to first order."""
    weight = 1 / rows.error
    reduced = (found.scaled(rows) - found.centre) / found.half
    basis = chebvander(reduced, found.form.degree) * weight[:, None]
    own = (rows.temperature[:, None] == rows.temperatures) * weight[:, None]
    away = (rows.control - found.theta[0])[:, None] / np.ptp(rows.control)
    jacobian = found.jacobian / np.maximum(np.linalg.norm(found.jacobian, axis=0), 1e-300)
    columns = np.hstack((basis, jacobian, own, own * away))
    coefficients, _, rank, _ = np.linalg.lstsq(columns, found.residual, rcond=1e-10)
    residual = found.residual - columns @ coefficients
    return float(residual @ residual), len(rows) - int(rank)


def scatter_ratios(rows: ScalingRows) -> dict[float, tuple[float, float]]:
    """Return by what each curve scatters about itself, over its stated errors.

    About a series of degree 12, or of half as many terms as rows; curves of fewer than
    8 rows are left out.

    Parameters
    ----------
    rows : ScalingRows

    Returns
    -------
    dict of float to (float, float)
        Temperature to √(χ²/dof) about its own smooth curve, and the chance of as much.
    """
    from scipy.special import chdtrc

    ratios = {}
    for temperature in rows.temperatures.tolist():
        n = int((rows.temperature == temperature).sum())
        if n < _SCATTER_ROWS:
            continue
        own = smooth_curve(rows, temperature, min(_SCATTER_DEGREE, n // 2 - 1))
        dof = max(own.dof, 1)
        ratios[temperature] = math.sqrt(own.chi2 / dof), float(chdtrc(dof, own.chi2))
    return ratios
