"""Curves R(T) of one film in several states against one predicted conductance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.least_squares import corrected_akaike, minimise, profile_interval
from grainscope.fitting.model_choice.misfit import judge_residuals
from grainscope.fitting.temperature.law_choice import choose_law

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.temperature.temperature_rows import TemperatureRows
    from grainscope.linking.predicted_curve import PredictedCurve

    Column = NDArray[np.float64]

#: Energies are sought within these factors of what the micrograph says.
SCALES = (1e-3, 1e3)
_STEPS = 121


@dataclass(frozen=True)
class BarrierFit:
    """One energy scale for all curves, one resistance for each of C.

    Attributes
    ----------
    energy_scale, resistance_ohm_sq : (value, low, high)
        The second of shape (C,) each: R_n, at the highest temperature predicted.
    residual : ndarray of float64, shape (N,)
        In standard deviations, curve after curve.
    scale : float
        By what the intervals were widened.
    warnings : tuple of str
    """

    energy_scale: tuple[float, float, float]
    resistance_ohm_sq: tuple[Column, Column, Column]
    residual: Column
    scale: float
    warnings: tuple[str, ...]

    @property
    def n_parameters(self) -> int:
        """1 + C."""
        return 1 + len(self.resistance_ohm_sq[0])

    @property
    def chi2(self) -> float:
        """Sum of squared residuals."""
        return float(self.residual @ self.residual)

    @property
    def aicc(self) -> float:
        """Akaike's criterion with the size of the errors as one more unknown."""
        return aicc_of(self.chi2, len(self.residual), self.n_parameters)


def aicc_of(chi2: float, n: int, n_parameters: int) -> float:
    """Return n ln(χ²/n) + 2K + 2K(K + 1)/(n − K − 1), K one more than the parameters.

    Examples
    --------
    >>> round(aicc_of(20.0, 20, 1), 3)
    4.706
    """
    return corrected_akaike(n * float(np.log(max(chi2 / n, 1e-12))), n_parameters + 1, n)


def fit_barriers(curve: PredictedCurve, rows: Sequence[TemperatureRows]) -> BarrierFit:
    """Fit ln R = ln R_n + f(T/s) to all curves together, s shared, R_n of each its own.

    Parameters
    ----------
    curve : PredictedCurve
        f.
    rows : sequence of TemperatureRows
        C curves of one morphology.

    Returns
    -------
    BarrierFit
        Intervals are profiles, widened where residuals are too large or keep their sign.
    """
    ln_r = [np.log(one.resistivity_ohm_sq) for one in rows]
    error = [one.error_ohm_sq / one.resistivity_ohm_sq for one in rows]

    def shapes(ln_scale: float) -> list[Column]:
        return [curve.ln_resistance(one.temperature_k, float(np.exp(ln_scale))) for one in rows]

    def residual(theta: Column) -> Column:
        parts = zip(theta[1:], shapes(float(theta[0])), ln_r, error, strict=True)
        return np.concatenate([(seen - own - f) / e for own, f, seen, e in parts])

    def best_levels(ln_scale: float) -> Column:
        parts = zip(shapes(ln_scale), ln_r, error, strict=True)
        return np.array([ln_scale, *(_level(seen - f, e) for f, seen, e in parts)])

    starts = [best_levels(x) for x in np.log(np.geomspace(*SCALES, _STEPS))]
    start = min(starts, key=lambda theta: float(np.sum(residual(theta) ** 2)))
    low = np.array([np.log(SCALES[0]), *np.full(len(rows), -np.inf)])
    best = minimise(residual, start, low, -low)
    misfit = judge_residuals(best.residual, len(best.theta))
    ends = [
        profile_interval(residual, best, low, -low, index, misfit.scale**2)
        for index in range(len(best.theta))
    ]
    value = np.exp(best.theta)
    lower, upper = np.exp(np.array(ends).T)
    return BarrierFit(
        (float(value[0]), float(lower[0]), float(upper[0])),
        (value[1:], lower[1:], upper[1:]),
        best.residual,
        misfit.scale,
        misfit.warnings,
    )


def _level(values: Column, error: Column) -> float:
    return float(np.average(values, weights=1 / error**2))


def law_aicc(rows: Sequence[TemperatureRows]) -> dict[str, float]:
    """Return the same criterion for each law of R(T), all its parameters free for each curve."""
    choices = [
        choose_law(one.temperature_k, one.resistivity_ohm_sq, one.error_ohm_sq) for one in rows
    ]
    n = sum(len(one) for one in rows)
    found = {}
    for name in choices[0].fits:
        fits = [choice.fits[name] for choice in choices]
        chi2 = sum(fit.chi2 for fit in fits)
        found[name] = aicc_of(chi2, n, sum(len(fit.theta) for fit in fits))
    return found
