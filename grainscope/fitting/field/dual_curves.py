"""Isotherms on either side of their crossing: smoothed, crossed, and held against each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Column = NDArray[np.float64]
    Table = NDArray[np.float64]

#: A smoothed value is that of a parabola through so many nearest rows.
_NEAREST = 9
#: Fields at which isotherms are smoothed.
_PLACES = 241


class Isotherm(NamedTuple):
    """K rows at one temperature, fields ascending, resistivities above 0."""

    temperature_k: float
    field_t: Column
    resistivity_ohm_sq: Column
    error_ohm_sq: Column


@dataclass(frozen=True)
class SmoothIsotherms:
    """ln ρ of J isotherms at F common fields, as linear combinations of their rows.

    Attributes
    ----------
    field_t : ndarray of float64, shape (F,)
        Ascending.
    temperature_k : ndarray of float64, shape (J,)
    ln_resistivity : ndarray of float64, shape (J, F)
    draws : ndarray of float64, shape (D, J, F)
        The same with noise of the stated errors added once more.
    """

    field_t: Column
    temperature_k: Column
    ln_resistivity: Table
    draws: NDArray[np.float64]


def smooth_isotherms(
    isotherms: Sequence[Isotherm],
    draws: int,
    rng: np.random.Generator,
    places: Column | None = None,
) -> SmoothIsotherms:
    """Smooth isotherms on the fields that all of them have.

    Parameters
    ----------
    isotherms : sequence of Isotherm
        Each with at least 9 rows.
    draws : int
    rng : Generator
    places : ndarray of float64, shape (F,), optional
        Fields, ascending; evenly spaced ones by default.

    Returns
    -------
    SmoothIsotherms

    Raises
    ------
    ValueError
        They have no fields in common.
    """
    low = max(float(one.field_t[0]) for one in isotherms)
    high = min(float(one.field_t[-1]) for one in isotherms)
    if not low < high:
        raise ValueError(
            f"isotherms have no fields in common: {low:.3g} T is not below {high:.3g} T"
        )
    at = np.linspace(low, high, _PLACES) if places is None else places
    at = at[(at >= low) & (at <= high)]
    smooth, drawn = [], []
    for _, field, resistivity, error in isotherms:
        relative = error / resistivity
        weights = parabola_weights(field, relative, at)
        value = weights @ np.log(resistivity)
        smooth.append(value)
        noise = rng.standard_normal((draws, len(field))) * relative
        drawn.append(value + noise @ weights.T)
    temperature = np.array([one.temperature_k for one in isotherms])
    return SmoothIsotherms(at, temperature, np.array(smooth), np.stack(drawn, axis=1))


def parabola_weights(x: Column, error: Column, at: Column) -> Table:
    """Return by what to multiply rows for the value of a local parabola.

    Parameters
    ----------
    x, error : ndarray of float64, shape (K,)
        x ascending.
    at : ndarray of float64, shape (F,)

    Returns
    -------
    ndarray of float64, shape (F, K)

    Examples
    --------
    >>> x = np.linspace(0, 1, 12)
    >>> weights = parabola_weights(x, np.ones(12), np.array([0.3]))
    >>> round(float((weights @ x**2)[0]), 6)
    0.09
    """
    weights = np.zeros((len(at), len(x)))
    count = min(_NEAREST, len(x))
    for row, place in enumerate(at):
        near = np.sort(np.argsort(np.abs(x - place), kind="stable")[:count])
        off = x[near] - place
        design = np.vander(off / max(float(np.abs(off).max()), 1e-300), 3, increasing=True)
        inverse = np.linalg.pinv(design / error[near, None])
        weights[row, near] = inverse[0] / error[near]
    return weights


def crossing(field_t: Column, temperature_k: Column, ln_resistivity: Table) -> float:
    """Return the field at which ln ρ does not depend on ln T; NaN where there is none.

    The slope of a line through ln ρ against ln T goes from above 0, metallic, to below 0
    there; of several such fields the one where it falls fastest is meant.

    Parameters
    ----------
    field_t : ndarray of float64, shape (F,)
    temperature_k : ndarray of float64, shape (J,)
    ln_resistivity : ndarray of float64, shape (J, F)

    Returns
    -------
    float
        In T.

    Examples
    --------
    >>> field = np.linspace(0.04, 0.06, 21)
    >>> t = np.array([0.1, 0.2, 0.4])
    >>> rho = -(field - 0.0513) * np.log(t)[:, None]
    >>> round(crossing(field, t, rho), 6)
    0.0513
    """
    x = np.log(temperature_k) - np.log(temperature_k).mean()
    slope = x @ ln_resistivity / (x @ x)
    falls = np.flatnonzero((slope[:-1] > 0) & (slope[1:] <= 0))
    if len(falls) == 0:
        return float("nan")
    place = falls[np.argmax(slope[falls] - slope[falls + 1])]
    share = slope[place] / (slope[place] - slope[place + 1])
    return float(field_t[place] + share * (field_t[place + 1] - field_t[place]))


@dataclass(frozen=True)
class DualCurves:
    """ρ above and σ below a crossing at equal distances; J isotherms, N distances.

    Attributes
    ----------
    ln_above, ln_below : ndarray of float64, shape (J, N)
        ln ρ(Hc + δ)/ρc and ln σ(Hc − δ)/σc.
    ln_critical : ndarray of float64, shape (J,)
        ln ρ at the crossing.
    """

    ln_above: Table
    ln_below: Table
    ln_critical: Column

    @property
    def mismatch(self) -> Table:
        """Logarithm of their ratio, 0 where self-dual: ρ(Hc + δ) ρ(Hc − δ) = ρc²."""
        return self.ln_above - self.ln_below


def dual_curves(
    field_t: Column, ln_resistivity: Table, critical_t: float, distance_t: Column
) -> DualCurves:
    """Return both sides of a crossing by linear interpolation between close fields.

    Examples
    --------
    >>> field = np.linspace(0.0, 0.1, 101)
    >>> both = dual_curves(field, 30 * (field - 0.05)[None], 0.05, np.array([0.01, 0.02]))
    >>> both.ln_above.round(6).tolist(), bool(np.allclose(both.mismatch, 0))
    ([[0.3, 0.6]], True)
    """
    at = np.array([np.interp(critical_t, field_t, row) for row in ln_resistivity])
    above = np.array([np.interp(critical_t + distance_t, field_t, row) for row in ln_resistivity])
    below = np.array([np.interp(critical_t - distance_t, field_t, row) for row in ln_resistivity])
    return DualCurves(above - at[:, None], at[:, None] - below, at)
