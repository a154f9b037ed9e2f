"""The activation energy of one R(T): by the law of saturation, or by its straight part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.model_choice.misfit import judge_residuals
from grainscope.fitting.temperature.activation_line import EnergyProfile, energy_profile
from grainscope.fitting.temperature.arrhenius_line import straight_part

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.fitting.smoothing.averaged_rows import Rows
    from grainscope.fitting.temperature.activated import ActivatedFit
    from grainscope.fitting.temperature.arrhenius_line import StraightPart
    from grainscope.fitting.temperature.saturating_curves import SaturatingCurve

    Column = NDArray[np.float64]
    Interval = tuple[float, float, float]

#: Rows up to so many times the window's end, so many of them, are held against a window in which
#: R rises less than so many times its saturated value.
_BEYOND, _ROWS_BEYOND, _SMALL_RISE = 2.0, 4, 5.0
#: An energy differs by so many standard deviations, and by this share.
_APART_SIGMA, _APART_SHARE = 3.0, 0.2
_LAW_CHOSEN = "coldest rows up to the least χ² + 2 (rows left out)"
_STRAIGHT_CHOSEN = (
    "straight part of the Arrhenius plot above the knee, averaged over windows and kinds of knee "
    "by exp(−½ (χ² + 2 rows left out))"
)
_WINDOW_COLUMNS = (
    "temperature_low_k",
    "temperature_high_k",
    "rows",
    "knee_sharpness",
    "chi2",
    "energy_k",
    "energy_error_k",
    "weight",
)


@dataclass(frozen=True)
class Barrier:
    """U and R0 of R0 exp(−U/T) at one field, and what they come from.

    Attributes
    ----------
    law : ActivatedFit
        The law of saturation in its window.
    scale : float
        By what its errors are too small.
    straight : StraightPart or None
        What U comes from instead, where the law does not fit within its noise.
    energy_k, prefactor_ohm_sq : (float, float, float)
        Value and 68 % interval.
    warnings : tuple of str
    reaches : bool
        Whether the law's interval was widened to reach the straight part.
    """

    law: ActivatedFit
    scale: float
    straight: StraightPart | None
    energy_k: Interval
    prefactor_ohm_sq: Interval
    warnings: tuple[str, ...]
    reaches: bool = False

    @property
    def rows(self) -> Rows:
        """The rows that U comes from."""
        return self.law.rows if self.straight is None else self.straight.rows

    @property
    def chosen(self) -> str:
        """How they were chosen."""
        return _LAW_CHOSEN if self.straight is None else _STRAIGHT_CHOSEN

    @property
    def profile(self) -> EnergyProfile:
        """√Δχ² against U, for a fit of several fields together."""
        if self.straight is None and not self.reaches:
            return energy_profile(self.law, self.energy_k[1:], self.scale)
        return EnergyProfile.of_interval(*self.energy_k)

    def value(self, temperature_k: Column) -> Column:
        """Return R of the law, or of the straight part."""
        return (self.law if self.straight is None else self.straight).value(temperature_k)

    @property
    def windows(self) -> dict[str, Column]:
        """What other windows of the straight part would have given."""
        if self.straight is None:
            return {}
        return dict(zip(_WINDOW_COLUMNS, self.straight.windows.T, strict=True))


def find_barrier(found: SaturatingCurve, reason: str) -> Barrier:
    """Return the activation energy of a curve that has a fit.

    The law of saturation tells U where it fits within its noise. Where its residuals speak
    against it, or warmer rows follow another energy, it is held against `straight_part`. If
    the two differ by a fifth, and warmer rows or the straight part's interval exclude that of
    the law, the law takes a knee sharper than its own for the activation: U is that of the
    straight part. If not, as where the resistance drifts, it is that of the law, with an
    interval that reaches the other.

    Parameters
    ----------
    found : SaturatingCurve
    reason : {"added", "heated"}
        Which law.

    Returns
    -------
    Barrier
    """
    law, misfit = found.fit(reason), found.misfit(reason)
    ends = law.interval(1, misfit.scale**2)
    other = _followed_beyond(found.rows, law, ends)
    straight = None
    if misfit.warnings or other is not None:
        straight = straight_part(found.rows, law.saturated if found.kind == "saturated" else 0.0)
    warnings = (*misfit.warnings, *_leaning(law), *(() if other is None else (other,)))
    prefactor = _prefactor(law, ends)
    if straight is None:
        return Barrier(law, misfit.scale, None, (law.energy_k, *ends), prefactor, warnings)
    middle, low, high = straight.energy_k
    apart = abs(middle - law.energy_k) >= _APART_SHARE * law.energy_k
    if apart and (other is not None or not low <= law.energy_k <= high):
        return _of_straight_part(law, misfit.scale, straight)
    energy, reached = (
        (at[0], min(at[1], to), max(at[2], to))
        for at, to in (
            ((law.energy_k, *ends), middle),
            (prefactor, float(np.exp(min(straight.log_prefactor[0], 700.0)))),
        )
    )
    return Barrier(law, misfit.scale, None, energy, reached, warnings, reaches=True)


def _of_straight_part(law: ActivatedFit, scale: float, straight: StraightPart) -> Barrier:
    misfit = judge_residuals(straight.residual, 2)
    # χ² of the window has widened the line's intervals already; drift and noise have not.
    widening = misfit.scale / max(float(np.sqrt(np.mean(straight.residual**2))), 1.0)
    energy, level = (
        _widened(one, max(widening, 1.0)) for one in (straight.energy_k, straight.log_prefactor)
    )
    low_k, high_k = float(straight.rows.x[0]), float(straight.rows.x[-1])
    warnings = (
        f"the law of saturation, which gives U = {law.energy_k:.3g} K, does not fit its knee: U is "
        f"that of the straight part of the Arrhenius plot, {low_k:.3g} to {high_k:.3g} K",
        *(f"straight part: {warning}" for warning in misfit.warnings),
    )
    low, middle, high = (float(np.exp(min(end, 700.0))) for end in (level[1], level[0], level[2]))
    return Barrier(law, scale, straight, energy, (middle, low, high), warnings)


def _widened(interval: Interval, factor: float) -> Interval:
    middle, low, high = interval
    return middle, middle - factor * (middle - low), middle + factor * (high - middle)


def _followed_beyond(rows: Rows, fit: ActivatedFit, ends: tuple[float, float]) -> str | None:
    """Say where warmer rows follow another energy than a window that saw little of the rise.

    Of an Arrhenius plot with a sharp knee the two parts do not add: then the law takes the
    knee for the activation.
    """
    end_k = float(fit.rows.x[-1])
    beyond = (rows.x > end_k) & (rows.x <= _BEYOND * end_k) & ~rows.censored & (rows.value > 0)
    if beyond.sum() < _ROWS_BEYOND or fit.value(fit.rows.x[-1:])[0] > _SMALL_RISE * fit.saturated:
        return None
    x, y, error = rows.x[beyond], rows.value[beyond], rows.error[beyond]
    (slope, _), covariance = np.polyfit(1 / x, np.log(y), 1, w=y / error, cov="unscaled")
    apart = abs(-slope - fit.energy_k)
    error_k = float(np.hypot(np.sqrt(covariance[0, 0]), np.ptp(ends) / 2))
    if apart < max(_APART_SIGMA * error_k, _APART_SHARE * fit.energy_k):
        return None
    return (
        f"warmer rows, {x[0]:.3g} to {x[-1]:.3g} K, follow {-slope:.3g} K: a knee sharper than the "
        "law, or the roll-over to the normal state; U is that of the window only"
    )


def _leaning(fit: ActivatedFit) -> tuple[str, ...]:
    """Say where R rises little in the window."""
    above = fit.rows.x[fit.value(fit.rows.x) > 1.05 * fit.saturated]
    activated_k = min(above[0] if len(above) else np.inf, fit.rows.x[-2])
    if fit.energy_k * float(np.ptp(1 / fit.rows.x[fit.rows.x >= activated_k])) < 1:
        return ("the activated part rises by less than a factor e: U leans on the law",)
    return ()


def _prefactor(fit: ActivatedFit, energies: tuple[float, float]) -> Interval:
    """Return R0 = A exp(U/T_ref); U's interval carries nearly all of its own."""
    level, middle, _ = fit.best.theta
    at_reference = np.sqrt(max(float(fit.best.covariance[0, 0]), 0.0))
    low, high = (
        float(np.exp(min(level + side * at_reference + end * fit.reference_per_k, 700.0)))
        for side, end in zip((-1, 1), energies, strict=True)
    )
    return float(np.exp(min(level + middle * fit.reference_per_k, 700.0))), low, high
