"""Resistance as a power of the field that turns, at a knee, into another power."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.parameter import Parameter

if TYPE_CHECKING:
    from grainscope.laws.conduction.law import Column, Theta


class FieldKnee:
    """ρ = ρ1 (|B|/1 T)^p [1 + (|B|/Bk)^(1/w)]^(w d): two straight lines in ln ρ against ln B.

    They meet at Bk, where the slope goes from p to p + d within about ±2w in
    ln B. Far below the knee the correction is a power of the field itself, the
    first term of any smooth departure from the power law.

    References
    ----------
    Two straight lines joined by a smooth knee: R. A. Bacon & D. G. Watts,
    Biometrika 58, 525 (1971); the same form is the smoothly broken power law of
    astronomy.

    Examples
    --------
    >>> law = FieldKnee()
    >>> law.value(np.array([0.04]), (5e3, 0.5, 0.04, 4.0, 0.25)).round(6).tolist()
    [2000.0]
    """

    name = "field_knee"
    title = "power of the field with a knee"
    equation = "ρ = ρ1 (B/1 T)^p [1 + (B/Bk)^(1/w)]^(w d)"
    parameters = (
        Parameter("prefactor_ohm_sq", "Ω/□", 0.0, math.inf, "ρ1, the low-field power law at 1 T"),
        Parameter("exponent", "", -10.0, 10.0, "p, slope below the knee"),
        Parameter("field_t", "T", 1e-9, math.inf, "Bk, where the two lines meet"),
        Parameter("slope_change", "", 0.0, 40.0, "d, by what the slope grows"),
        Parameter("width", "", 0.02, 1.0, "w, of the knee in ln B"),
    )
    known_values = (
        (0.04, (5e3, 0.5, 0.04, 4.0, 0.25), 2000.0),  # 5000 · 0.2 · 2¹
        (1.0, (7.0, 0.66, 1e9, 3.0, 0.1), 7.0),
        (2.0, (1.0, 1.0, 1.0, 1.0, 1.0), 6.0),  # 2 · (1 + 2)
    )

    def value(self, x: Column, theta: Theta | Column) -> Column:
        """Return the resistivity in Ω/□ at a field in T."""
        prefactor, exponent = theta[:2]
        return np.asarray(prefactor * np.abs(x) ** exponent * np.exp(self.departure(x, theta)))

    def departure(self, x: Column, theta: Theta | Column) -> Column:
        """Return ln of what ρ is above the power law: w d ln[1 + (|B|/Bk)^(1/w)]."""
        knee_t, change, width = theta[2:]
        with np.errstate(divide="ignore"):
            beyond = (np.log(np.abs(x)) - math.log(knee_t)) / width
        return np.asarray(change * width * np.logaddexp(0.0, beyond))

    def start(self, x: Column, y: Column) -> Theta:
        """Return the best of some knees at fixed width, each by linear least squares."""
        good = (y > 0) & (x != 0)
        at, level = np.log(np.abs(x[good])), np.log(y[good])
        best, width = (math.inf, (1.0, 0.0, 1.0, 0.0, 0.2)), 0.15
        for knee in np.quantile(at, np.linspace(0.1, 0.95, 18)):
            columns = [np.ones_like(at), at, width * np.logaddexp(0.0, (at - knee) / width)]
            design = np.stack(columns, 1)
            theta = np.linalg.lstsq(design, level, rcond=None)[0]
            misfit = float(((level - design @ theta) ** 2).sum())
            if misfit < best[0] and theta[2] > 0:
                line = math.exp(min(theta[0], 700.0)), float(np.clip(theta[1], -10, 10))
                best = misfit, (*line, math.exp(knee), min(float(theta[2]), 40.0), width)
        return best[1]
