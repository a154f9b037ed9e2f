"""Differential resistance as a share of the film that has become normal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.parameter import Parameter

if TYPE_CHECKING:
    from grainscope.laws.conduction.law import Column, Theta


class CurrentStep:
    """dV/dI = R0 + (Rn − R0) Φ(ln(|I|/Ic)/s), local critical currents being lognormal.

    A stretch of film is normal where |I| exceeds its critical current; Ic is their median.
    The steepest point of the curve lies lower, at Ic exp(−s²).

    References
    ----------
    C. Baixeras & G. Fournet, J. Phys. Chem. Solids 28, 1541 (1967), of a distribution of
    critical currents read from dV/dI.

    Examples
    --------
    >>> CurrentStep().value(np.array([0.0, 1e-6, 1.0]), (0.0, 2e3, 1e-6, 0.2)).tolist()
    [0.0, 1000.0, 2000.0]
    """

    name = "current_step"
    title = "lognormal critical currents"
    equation = "dV/dI = R0 + (Rn − R0) Φ(ln(|I|/Ic)/s)"
    parameters = (
        Parameter("zero_bias_ohm_sq", "Ω/□", -math.inf, math.inf, "R0, left at zero bias"),
        Parameter("normal_ohm_sq", "Ω/□", 0.0, math.inf, "Rn"),
        Parameter("critical_current_a", "A", 0.0, math.inf, "Ic, median"),
        Parameter("relative_width", "", 0.01, 3.0, "s"),
    )
    known_values = (
        (1e-6, (0.0, 2000.0, 1e-6, 0.3), 1000.0),
        (-1.105170918e-6, (0.0, 100.0, 1e-6, 0.1), 84.1344746),
    )

    def value(self, x: Column, theta: Theta | Column) -> Column:
        """Return dV/dI in Ω/□ at currents in A."""
        from scipy.special import ndtr

        zero, normal, critical, width = theta
        with np.errstate(divide="ignore"):
            pull = np.log(np.abs(x) / critical) / width
        return np.asarray(zero + (normal - zero) * ndtr(pull))

    def start(self, x: Column, y: Column) -> Theta:
        """Return the step's ends, and where it is half way."""
        return step_start(x, y)


def step_start(x: Column, y: Column) -> Theta:
    """Return zero-bias and normal value, the current of half the step, and its width."""
    order = np.argsort(np.abs(x))
    current, value = np.abs(x)[order], y[order]
    n = max(len(value) // 10, 1)
    zero, normal = float(np.median(value[:n])), float(np.median(value[-n:]))
    share = (value - zero) / (normal - zero) if normal != zero else np.linspace(0, 1, len(value))
    quarter, half, three = (_first(current, share, level) for level in (0.25, 0.5, 0.75))
    width = math.log(max(three, 1.02 * quarter) / quarter) / 1.35
    return zero, max(normal, 1e-9), half, min(max(width, 0.02), 0.9)


def _first(current: Column, share: Column, level: float) -> float:
    """Return where the share first stays above a level."""
    above = np.flatnonzero(np.minimum.accumulate(share[::-1])[::-1] >= level)
    at = float(current[above[0]]) if len(above) else float(current[-1])
    flowing = current[current > 0]
    return max(at, float(flowing.min()) if len(flowing) else 1e-12)
