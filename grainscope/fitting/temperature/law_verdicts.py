"""What a comparison says of weak localisation, granular metals and Kondo, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from grainscope.laws.conduction import ZEEMAN_K_PER_T
from grainscope.laws.conduction.granular_log import UNIVERSAL_SLOPE_S
from grainscope.laws.conduction.weak_localisation import (
    LARGEST_COEFFICIENT,
    LOCALISATION_S,
    SMALLEST_COEFFICIENT,
)

if TYPE_CHECKING:
    from grainscope.fitting.temperature.law_choice import LawChoice

#: A law this far above the lowest AICc has no support (K. P. Burnham, D. R. Anderson, 2002).
_NO_SUPPORT = 10.0
#: A number is outside of a range that it misses by so many half widths of its interval.
_CLEARLY = 3.0


class Coefficient(NamedTuple):
    """A slope dσ/d ln T in units of e²/2π²ħ with its 68 % interval."""

    value: float
    low: float
    high: float

    def outside(self, least: float, most: float) -> bool:
        """Return whether it is clearly not in a range."""
        below = self.value - _CLEARLY * (self.value - self.low)
        above = self.value + _CLEARLY * (self.high - self.value)
        return below > most or above < least

    def __str__(self) -> str:
        """Return value and half width."""
        return f"{self.value:.3g} ± {(self.high - self.low) / 2:.1g}"


def verdicts(choice: LawChoice, slope: Coefficient, field_t: float) -> dict[str, str]:
    """Return for three laws whether the curve's shape, its slope or its field excludes them.

    Parameters
    ----------
    choice : LawChoice
    slope : Coefficient
        Of the curve near 1 K.
    field_t : float
        In which the curve was taken; NaN if not known.

    Returns
    -------
    dict of str to str
        ``"possible"`` or ``"excluded: why"`` by name.
    """
    why = {name: _shape(choice, name) for name in ("weak_localisation", "granular_log", "kondo")}
    if slope.outside(SMALLEST_COEFFICIENT, LARGEST_COEFFICIENT):
        theory = f"{SMALLEST_COEFFICIENT:g} to {LARGEST_COEFFICIENT:g}"
        why["weak_localisation"].append(f"slope {slope} e²/2π²ħ, theory allows {theory}")
    universal = UNIVERSAL_SLOPE_S / LOCALISATION_S
    if slope.outside(universal, universal):
        why["granular_log"].append(f"slope {slope} e²/2π²ħ, theory has {universal:.3g}")
    why["kondo"] += _field_against_kondo(choice, field_t)
    return {
        n: "excluded: " + "; ".join(reasons) if reasons else "possible"
        for n, reasons in why.items()
    }


def _shape(choice: LawChoice, name: str) -> list[str]:
    above = choice.aicc[name] - min(choice.aicc.values())
    return [f"AICc {above:.3g} above the lowest"] if above > _NO_SUPPORT else []


def _field_against_kondo(choice: LawChoice, field_t: float) -> list[str]:
    """Return whether a spin is split by more than k_B T_K, and by more than 1 K."""
    kondo_k, zeeman_k = float(choice.fits["kondo"].theta[2]), ZEEMAN_K_PER_T * abs(field_t)
    if zeeman_k > max(2 * kondo_k, 1.0):
        return [f"T_K = {kondo_k:.2g} K but the field splits a spin by {zeeman_k:.2g} K (g = 2)"]
    return []
