"""A predicted conductance, its energies all scaled by one factor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

#: Fewer temperatures than these make no curve.
LEAST_POINTS = 8


@dataclass(frozen=True)
class PredictedCurve:
    """ln of a conductance against temperature, over that at the highest one.

    Attributes
    ----------
    temperature_k : ndarray of float64, shape (T,)
        Ascending.
    ln_share : ndarray of float64, shape (T,)
        ln G(T)/G(highest).
    """

    temperature_k: Column
    ln_share: Column

    @classmethod
    def of(cls, temperature_k: Column, conductance_s: Column | None) -> PredictedCurve | None:
        """Take a column of a conductance table; None where it is absent or 0 nearly everywhere."""
        if conductance_s is None:
            return None
        good = np.isfinite(conductance_s) & (conductance_s > 0)
        if good.sum() < LEAST_POINTS:
            return None
        ln_g = np.log(conductance_s[good])
        return cls(temperature_k[good], ln_g - ln_g[-1])

    def ln_resistance(self, temperature_k: Column, energy_scale: float) -> Column:
        """Return ln R/R_n with all energies times a factor s: −ln G(T/s)/G(highest).

        Only Δ/T enters, so scaled energies are a scaled temperature. Outside the
        temperatures predicted ln G goes on straight in 1/T, as of one barrier.

        Examples
        --------
        >>> t = np.geomspace(1.0, 100.0, 50)
        >>> arrhenius = PredictedCurve(t, -10 / t + 0.1)
        >>> arrhenius.ln_resistance(np.array([0.5, 20.0]), 2.0).round(2)
        array([39.9,  0.9])
        """
        inverse = 1 / self.temperature_k[::-1]
        ln_share = self.ln_share[::-1]
        at = energy_scale / temperature_k
        inside = np.interp(-np.log(at), np.log(self.temperature_k), self.ln_share)
        cold = (ln_share[-1] - ln_share[-2]) / (inverse[-1] - inverse[-2])
        hot = (ln_share[1] - ln_share[0]) / (inverse[1] - inverse[0])
        below = np.maximum(at - inverse[-1], 0.0) * cold
        above = np.minimum(at - inverse[0], 0.0) * hot
        return np.asarray(-(inside + below + above))

    def outside(self, temperature_k: Column, energy_scale: float) -> float:
        """Return what share of scaled temperatures lies outside those predicted."""
        at = temperature_k / energy_scale
        return float(np.mean((at < self.temperature_k[0]) | (at > self.temperature_k[-1])))
