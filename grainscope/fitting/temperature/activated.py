"""Activated resistance that saturates: two laws of why, fitted to the coldest rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.least_squares import (
    Minimum,
    censored_residual,
    corrected_akaike,
    minimise,
    profile_interval,
)
from grainscope.fitting.temperature.activated_start import HEAT_POWER, near_added, near_heated

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from grainscope.fitting.smoothing.averaged_rows import Rows

    Column = NDArray[np.float64]
    Model = Callable[[Column, Column, float], Column]
    Start = Callable[[Rows, float], Column]

#: Saturation begins where R exceeds its saturated value by this share.
SHARE = 0.1
_MOST_EXPONENT = 500.0


def added(theta: Column, temperature_k: Column, reference_per_k: float) -> Column:
    """Return R_sat + A exp(−U (1/T − 1/T_ref)): tunnelling beside activation.

    Parameters
    ----------
    theta : ndarray of float64, shape (3,)
        ln A, U in K and R_sat.
    temperature_k : ndarray of float64, shape (K,)
    reference_per_k : float
        1/T_ref; 0 makes A the prefactor.

    Examples
    --------
    >>> added(np.array([0.0, 2.0, 0.5]), np.array([1e9, 0.01]), 0.0).round(6)
    array([1.5, 0.5])
    """
    grown = theta[0] - theta[1] * (1 / temperature_k - reference_per_k)
    return np.asarray(theta[2] + np.exp(np.minimum(grown, _MOST_EXPONENT)))


def heated(theta: Column, temperature_k: Column, reference_per_k: float) -> Column:
    """Return A exp(−U (1/T_e − 1/T_ref)) of electrons at T_e⁵ = T⁵ + T_h⁵.

    Parameters
    ----------
    theta : ndarray of float64, shape (3,)
        ln A, U in K and R_sat, from which T_h follows: 1/T_h = 1/T_ref + ln(A/R_sat)/U.
    temperature_k : ndarray of float64, shape (K,)
        Of the phonons.
    reference_per_k : float
        1/T_ref.

    References
    ----------
    F. C. Wellstood, C. Urbina, J. Clarke, Phys. Rev. B 49, 5942 (1994).

    Examples
    --------
    >>> cold = heated(np.array([0.0, 2.0, np.exp(-4)]), np.array([1e-6, 0.01]), 0.0)
    >>> bool(np.allclose(cold, np.exp(-4))), heat_temperature(np.array([0, 2, np.exp(-4)]), 0.0)
    (True, 0.5)
    """
    heat_k = heat_temperature(theta, reference_per_k)
    electrons_k = (temperature_k**HEAT_POWER + heat_k**HEAT_POWER) ** (1 / HEAT_POWER)
    grown = theta[0] - theta[1] * (1 / electrons_k - reference_per_k)
    return np.asarray(np.exp(np.minimum(grown, _MOST_EXPONENT)))


def heat_temperature(theta: Column, reference_per_k: float) -> float:
    """Return T_h in K, that of the electrons as T → 0."""
    fall = max(float(theta[0]) - np.log(max(float(theta[2]), 1e-300)), 0.0)
    return float(1 / max(reference_per_k + fall / max(float(theta[1]), 1e-9), 1e-9))


#: Why resistance saturates, by name.
REASONS: dict[str, Model] = {"added": added, "heated": heated}
#: A guess of each.
STARTS: dict[str, Start] = {"added": near_added, "heated": near_heated}


@dataclass(frozen=True)
class ActivatedFit:
    """One law fitted to the coldest rows of a curve.

    Attributes
    ----------
    reason : {"added", "heated"}
        Which law.
    rows : Rows
        The rows fitted.
    reference_per_k : float
        1/T_ref of ``theta``.
    best : Minimum
        ``theta`` is ln A, U and R_sat.
    """

    reason: str
    rows: Rows
    reference_per_k: float
    best: Minimum

    @property
    def aicc(self) -> float:
        """χ² + 2k + 2k(k + 1)/(n − k − 1)."""
        return corrected_akaike(self.best.chi2, 3, len(self.rows))

    @property
    def seen(self) -> Column:
        """Residuals of the rows that are no limits."""
        return np.asarray(self.best.residual[~self.rows.censored])

    @property
    def energy_k(self) -> float:
        """U."""
        return float(self.best.theta[1])

    @property
    def saturated(self) -> float:
        """R as T → 0."""
        return float(self.best.theta[2])

    def value(self, temperature_k: Column) -> Column:
        """Return the law at temperatures."""
        return REASONS[self.reason](self.best.theta, temperature_k, self.reference_per_k)

    def residual(self, theta: Column) -> Column:
        """Return residuals in standard deviations."""
        model = REASONS[self.reason](theta, self.rows.x, self.reference_per_k)
        return censored_residual(model, self.rows.value, self.rows.error, self.rows.censored)

    def box(self) -> tuple[Column, Column]:
        """Return the bounds of theta."""
        return _box(self.rows)

    def interval(self, index: int, rise: float) -> tuple[float, float]:
        """Return the profile interval of one of theta."""
        return profile_interval(self.residual, self.best, *self.box(), index, rise)


def fit_activated(rows: Rows, reason: str, start: Column | None = None) -> ActivatedFit:
    """Fit R = R_sat + A exp(−U/T), or the activation of heated electrons, to all rows.

    Parameters
    ----------
    rows : Rows
        Temperatures in K, ascending, and resistivities.
    reason : {"added", "heated"}
        Which law.
    start : ndarray of float64, shape (3,), optional
        Guess of ln A, U and R_sat; the best of a grid of U by default.

    Returns
    -------
    ActivatedFit

    Examples
    --------
    >>> from grainscope.fitting.smoothing.averaged_rows import Rows
    >>> t = np.geomspace(0.05, 1, 60)
    >>> r = 100 + 5e3 * np.exp(-2 / t)
    >>> found = fit_activated(Rows(t, r, 0.01 * r, np.zeros(60, bool)), "added")
    >>> round(found.saturated, 2), round(found.energy_k, 3)
    (100.0, 2.0)
    """
    reference = 1 / float(rows.x[-1])
    low, high = _box(rows)
    model = REASONS[reason]

    def residual(theta: Column) -> Column:
        return censored_residual(
            model(theta, rows.x, reference), rows.value, rows.error, rows.censored
        )

    if start is None:
        start = STARTS[reason](rows, reference)
    return ActivatedFit(reason, rows, reference, minimise(residual, start, low, high))


def near_fit(rows: Rows, reason: str) -> ActivatedFit:
    """Return nearly the best fit, by a grid: enough to compare windows.

    Parameters
    ----------
    rows, reason
        Of `fit_activated`.
    """
    reference = 1 / float(rows.x[-1])
    theta = STARTS[reason](rows, reference)
    model = REASONS[reason](theta, rows.x, reference)
    left = censored_residual(model, rows.value, rows.error, rows.censored)
    unknown = np.full((3, 3), np.nan)
    return ActivatedFit(reason, rows, reference, Minimum(theta, left, unknown, converged=False))


def _box(rows: Rows) -> tuple[Column, Column]:
    top = max(float(np.abs(rows.value).max()), 1e-300)
    low = np.array([np.log(top) - 30.0, 0.0, 0.0])
    return low, np.array([np.log(top) + 5.0, 100 * float(rows.x[-1]), 2 * top])


def saturation_temperature(fit: ActivatedFit, rise: float) -> tuple[float, float, float]:
    """Return the temperature at which R = 1.1 R_sat, and its profile interval.

    Of the added law T_s = U/ln(A/0.1 R_sat); of heated electrons, where 1/T_e has fallen by
    ln 1.1/U below 1/T_h.

    Parameters
    ----------
    fit : ActivatedFit
        With R_sat (or T_h) above 0.
    rise : float
        Of χ² at the ends of the interval.

    Returns
    -------
    value, low, high : float
        In K.
    """
    low, high = fit.box()
    _, energy, flat = fit.best.theta
    at = saturation_estimate(fit)
    bounds = np.array([1e-3 * fit.rows.x[0], low[1], 0.0]), np.array([np.inf, *high[1:]])
    residual = partial(_with_onset, fit)
    best = minimise(residual, [at, energy, flat], *bounds)
    return (float(best.theta[0]), *profile_interval(residual, best, *bounds, 0, rise))


def saturation_estimate(fit: ActivatedFit) -> float:
    """Return the temperature at which R = 1.1 R_sat by the fitted law, in K."""
    level, energy, flat = fit.best.theta
    if fit.reason == "heated":
        return _onset_of_heat(energy, heat_temperature(fit.best.theta, fit.reference_per_k))
    prefactor = level + energy * fit.reference_per_k
    return float(energy / max(prefactor - np.log(SHARE * max(flat, 1e-300)), 1e-9))


def _with_onset(fit: ActivatedFit, theta: Column) -> Column:
    """Return the residual as a function of T_s, U and R_sat."""
    at, energy, flat = theta[0], theta[1], max(theta[2], 1e-300)
    if fit.reason == "added":
        level = np.log(SHARE * flat) + energy * (1 / at - fit.reference_per_k)
    else:
        level = np.log(flat) + energy * (1 / _heat_of_onset(energy, at) - fit.reference_per_k)
    return fit.residual(np.array([level, energy, flat]))


def _onset_of_heat(energy: float, heat_k: float) -> float:
    """Return T where U/T_h − U/T_e = ln 1.1; ten times T_h where it never falls so far."""
    left = 1 / heat_k - np.log1p(SHARE) / max(energy, 1e-9)
    if left <= 0.1 / heat_k:
        return 10 * heat_k
    return float((left**-HEAT_POWER - heat_k**HEAT_POWER) ** (1 / HEAT_POWER))


def _heat_of_onset(energy: float, at: float) -> float:
    """Invert `_onset_of_heat`, which rises with T_h, by bisection."""
    low, high = 1e-3 * at, 10 * at
    for _ in range(50):
        middle = float(np.sqrt(low * high))
        low, high = (middle, high) if _onset_of_heat(energy, middle) < at else (low, middle)
    return low
