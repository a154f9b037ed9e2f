"""The exponent from slopes: (dy/dx) at the critical point goes as T^(−1/zν)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from grainscope.fitting.collapse.goodness import smooth_curve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.fitting.collapse.series import ScalingRows

    Column = NDArray[np.float64]


class SlopeExponent(NamedTuple):
    """A line through ln|dy/dx| against ln T.

    Attributes
    ----------
    temperature, slope, error : ndarray of float64, shape (I,)
        dy/dx at the critical point, and one standard deviation.
    inverse, inverse_error : float
        κ = 1/zν, and one standard deviation, widened by √(χ²/dof) where that is above 1;
        NaN where the slopes differ in sign.
    """

    temperature: Column
    slope: Column
    error: Column
    inverse: float
    inverse_error: float


def slope_exponent(rows: ScalingRows, critical: float) -> SlopeExponent:
    """Return κ from how steep each curve is at the critical point.

    Each curve is a polynomial of its own degree (Bayes' criterion). Two things bend
    the result: a degree too low misses curvature at the critical point, and 1/κ of a
    κ that is uncertain by s lies high by s²/κ³ on average. The critical point is taken
    as exact.

    Parameters
    ----------
    rows : ScalingRows
    critical : float
        xc.

    Returns
    -------
    SlopeExponent

    References
    ----------
    A. F. Hebard and M. A. Paalanen, Phys. Rev. Lett. 65, 927 (1990).

    Examples
    --------
    >>> from grainscope.fitting.collapse.series import ScalingRows
    >>> x, t = np.tile(np.linspace(-1, 1, 15), 3), np.repeat([1.0, 2.0, 4.0], 15)
    >>> rows = ScalingRows(x, t, 3 * (x - 0.2) / t**0.75, np.full(45, 1e-3))
    >>> round(slope_exponent(rows, 0.2).inverse, 6)
    0.75
    """
    temperature = rows.temperatures
    curves = [smooth_curve(rows, t) for t in temperature.tolist()]
    slope, error = np.array([curve.slope_at(critical) for curve in curves]).T
    error = error * np.sqrt([max(one.chi2 / max(one.dof, 1), 1.0) for one in curves])
    if len(temperature) < 2 or not (slope * slope[0] > 0).all():
        return SlopeExponent(temperature, slope, error, math.nan, math.nan)
    weight = (slope / error) ** 2  # of ln|slope|
    x, y = np.log(temperature), np.log(np.abs(slope))
    x = x - weight @ x / weight.sum()
    inverse = -float(weight @ (x * y) / (weight @ x**2))
    left = y - weight @ y / weight.sum() + inverse * x
    dof = max(len(x) - 2, 1)
    scale2 = max(float(weight @ left**2) / dof, 1.0) if len(x) > 2 else 1.0
    return SlopeExponent(
        temperature, slope, error, inverse, math.sqrt(scale2 / float(weight @ x**2))
    )
