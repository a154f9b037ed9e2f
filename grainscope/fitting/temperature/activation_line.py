"""Activation energies at several fields → one line in ln H."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.least_squares import minimise, profile_interval
from grainscope.fitting.model_choice.window_choice import choose_window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.least_squares import Minimum
    from grainscope.fitting.temperature.activated import ActivatedFit

    Column = NDArray[np.float64]

#: Energies at which a profile is taken, in standard deviations from the best.
_AWAY = np.array([-4.0, -2.0, -1.0, 1.0, 2.0, 4.0])
#: A line needs so many fields,
LEAST_FIELDS = 3
#: and a window of fields is sought among more than this only.
_LEAST_WINDOW = 4
#: and only where all of them have less than this chance to lie on one line.
_ODD = 0.01


@dataclass(frozen=True)
class EnergyProfile:
    """√Δχ² of a curve, with the sign of U − U_best, against U.

    With it a joint fit knows all that the curve says of U, its prefactor and its
    saturated value being free, limits included.

    Attributes
    ----------
    energy_k, root : ndarray of float64, shape (7,)
        Ascending; the root is 0 at the best.
    """

    energy_k: Column
    root: Column

    @classmethod
    def of_interval(cls, value: float, low: float, high: float) -> EnergyProfile:
        """Return the profile of an energy that is known by its 68 % interval alone.

        Examples
        --------
        >>> one = EnergyProfile.of_interval(2.0, 1.9, 2.2)
        >>> round(one.at(1.9), 6), round(one.at(2.4), 6)
        (-1.0, 2.0)
        """
        away = np.insert(_AWAY, int(np.searchsorted(_AWAY, 0.0)), 0.0)
        widths = np.where(away < 0, value - low, high - value)
        return cls(value + away * np.maximum(widths, 1e-9 * abs(value)), away)

    def at(self, energy_k: float) -> float:
        """Return the signed root; on straight lines beyond the ends."""
        e, r = self.energy_k, self.root
        if energy_k < e[0]:
            return float(r[0] + (energy_k - e[0]) * (r[1] - r[0]) / (e[1] - e[0]))
        if energy_k > e[-1]:
            return float(r[-1] + (energy_k - e[-1]) * (r[-1] - r[-2]) / (e[-1] - e[-2]))
        return float(np.interp(energy_k, e, r))


def energy_profile(fit: ActivatedFit, interval: tuple[float, float], scale: float) -> EnergyProfile:
    """Profile χ²(U), the other two parameters free.

    Parameters
    ----------
    fit : ActivatedFit
    interval : (float, float)
        Its 68 % interval of U in K.
    scale : float
        Of its errors.

    Returns
    -------
    EnergyProfile
    """
    best, (low, high) = fit.energy_k, fit.box()
    others_low, others_high = np.delete(low, 1), np.delete(high, 1)
    widths = np.where(_AWAY < 0, best - interval[0], interval[1] - best)
    energies, roots = [], []
    for step, width in zip(_AWAY, widths, strict=True):
        energy = float(best + step * max(width, 1e-9 * best))
        if energy <= 0:
            continue

        def rest(part: Column, energy: float = energy) -> Column:
            return fit.residual(np.insert(part, 1, energy))

        found = minimise(rest, np.delete(fit.best.theta, 1), others_low, others_high)
        energies.append(energy)
        roots.append(np.sign(step) * np.sqrt(max(found.chi2 - fit.best.chi2, 0.0)) / scale)
    place = int(np.searchsorted(energies, best))
    return EnergyProfile(np.insert(energies, place, best), np.insert(roots, place, 0.0))


@dataclass(frozen=True)
class ActivationLine:
    """U = U0 ln(H0/H) through the profiles of several curves.

    Attributes
    ----------
    scale_k, zero_field_t : (float, float, float)
        U0 in K and H0 in T: value and 68 % interval, widened by √(χ²/dof) above 1.
    start, stop : int
        Fields used: first, and one past the last.
    chi2 : float
        Of the line.
    shift_t : float
        By what the fields were moved within the error of their offset.
    windows : ndarray of float64, shape (W, 5)
        Start, stop, χ², U0 and H0 of other windows of fields.
    """

    scale_k: tuple[float, float, float]
    zero_field_t: tuple[float, float, float]
    start: int
    stop: int
    chi2: float
    shift_t: float
    windows: NDArray[np.float64]

    def energy_k(self, field_t: Column) -> Column:
        """Return U at fields."""
        return self.scale_k[0] * np.log(self.zero_field_t[0] / field_t)


def fit_activation_line(
    field_t: Column, profiles: Sequence[EnergyProfile], offset_error_t: float = 0.0
) -> ActivationLine:
    """Fit U = U0 ln(H0/H), the offset of the fields free within its error.

    Parameters
    ----------
    field_t : ndarray of float64, shape (F,)
        Ascending, above 0; three at least.
    profiles : sequence of EnergyProfile
        One a field.
    offset_error_t : float
        Standard deviation of an offset that all fields share.

    Returns
    -------
    ActivationLine

    Raises
    ------
    ValueError
        Fewer than three fields.

    References
    ----------
    M. V. Feigel'man, V. B. Geshkenbein, A. I. Larkin, Physica C 167, 177 (1990).

    Examples
    --------
    >>> h = np.array([0.001, 0.003, 0.01, 0.03])
    >>> u = 1.2 * np.log(0.15 / h)
    >>> away = np.array([-1.0, 0.0, 1.0])
    >>> found = fit_activation_line(h, [EnergyProfile(e + 0.01 * away, away) for e in u])
    >>> round(found.scale_k[0], 4), round(found.zero_field_t[0], 4)
    (1.2, 0.15)
    """
    from scipy.special import chdtrc

    if len(field_t) < LEAST_FIELDS:
        raise ValueError(f"got {len(field_t)} fields, expected {LEAST_FIELDS} at least")
    n = len(field_t)
    least = min(n, _LEAST_WINDOW)
    spans = [(a, b) for a in range(n) for b in range(a + least, n + 1)]
    if n > 16:  # of many fields every third end will do
        spans = [(a, b) for a, b in spans if a % 3 == 0 and (n - b) % 3 == 0]
    lines = [_Line(field_t[a:b], profiles[a:b], offset_error_t) for a, b in spans]
    best = [line.minimum() for line in lines]
    rows = [b - a for a, b in spans]
    chosen = spans.index((0, n))
    if chdtrc(n - 2, best[chosen].chi2) < _ODD:
        chosen, _ = choose_window([m.chi2 for m in best], rows, np.full(len(rows), 2), n)
    line, top = lines[chosen], best[chosen]
    rise = max(top.chi2 / max(rows[chosen] - 2, 1), 1.0)
    scale = profile_interval(line.residual, top, *line.box(), 0, rise)
    zero = np.exp(profile_interval(line.residual, top, *line.box(), 1, rise))
    table = [
        (a, b, m.chi2, m.theta[0], np.exp(m.theta[1]))
        for (a, b), m in zip(spans, best, strict=True)
    ]
    return ActivationLine(
        scale_k=(float(top.theta[0]), *scale),
        zero_field_t=(float(np.exp(top.theta[1])), float(zero[0]), float(zero[1])),
        start=spans[chosen][0],
        stop=spans[chosen][1],
        chi2=top.chi2,
        shift_t=float(top.theta[2]) if offset_error_t > 0 else 0.0,
        windows=np.array(table),
    )


@dataclass(frozen=True)
class _Line:
    """Theta: U0, ln H0 and, where the offset has an error, the shift of all fields."""

    field_t: Column
    profiles: Sequence[EnergyProfile]
    offset_error_t: float

    def residual(self, theta: Column) -> Column:
        moved = self.field_t + theta[2] if self.offset_error_t > 0 else self.field_t
        energy = theta[0] * (theta[1] - np.log(moved))
        pull = [one.at(float(e)) for one, e in zip(self.profiles, energy, strict=True)]
        if self.offset_error_t > 0:
            pull.append(float(theta[2]) / self.offset_error_t)
        return np.array(pull)

    def box(self) -> tuple[Column, Column]:
        low, high = np.array([-np.inf, -40.0]), np.array([np.inf, 40.0])
        if self.offset_error_t == 0:
            return low, high
        reach = min(6 * self.offset_error_t, 0.9 * float(self.field_t[0]))
        return np.append(low, -reach), np.append(high, reach)

    def minimum(self) -> Minimum:
        energies = [float(np.interp(0.0, one.root, one.energy_k)) for one in self.profiles]
        slope, level = np.polyfit(np.log(self.field_t), energies, 1)
        slope = slope if abs(slope) > 1e-9 else -1e-9
        start = [-slope, float(np.clip(-level / slope, -39.0, 39.0))]
        return minimise(self.residual, [*start, 0.0][: len(self.box()[0])], *self.box())
