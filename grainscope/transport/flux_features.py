"""Commensuration → FluxFeatures: which features a film predicts, and whether any."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import FLUX_QUANTUM_G_UM2, GAUSS_PER_MILLITESLA
from grainscope.laws.flux_quantum import flux_response
from grainscope.records import FluxFeatures
from grainscope.transport.commensurate import draws_of_loop_sum
from grainscope.transport.weighted import piecewise_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import Commensuration, LoopStatistics, PiecedLoops
    from grainscope.settings import TransportSettings

    Column = NDArray[np.float64]

#: Which way each quantity goes where fluxes are whole.
_SIGN = {"loop_sum": 1.0, "log_determinant": -1.0, "stiffness": 1.0}
#: Extrema told of: so many of each quantity, of this share of its range at least.
_MOST, _LEAST_SHARE = 12, 0.01
#: A predicted one stands out of the loop sum by so much and so many standard deviations.
_LEAST_PROMINENCE, _LEAST_SIGNIFICANCE = 0.05, 5.0
#: Other quantities have a predicted feature within this share of its field.
_SAME_FIELD = 0.15
#: What the paper's resistance fluctuates by.
_PAPER_FLUCTUATION = 0.3


def flux_features(
    curves: Commensuration,
    loops: PiecedLoops,
    statistics: LoopStatistics,
    settings: TransportSettings,
    rng: np.random.Generator,
) -> FluxFeatures:
    """List where the curves have extrema, and say which of them the film predicts.

    The prominence of a maximum is its height above the higher of the two minima
    that part it from higher ground. In the loop sum its standard deviation σ is
    that of the difference over films drawn again from the pieces of this one,
    but never less than that of so many unrelated loops, 1/√n with
    n = (Σw)²/Σw². A maximum is predicted where it stands out by 0.05 and by 5 σ:
    of 3,000 films of unrelated loops with CV ≥ 0.5 one had such a maximum.

    Parameters
    ----------
    curves : Commensuration
        Quantities that were not computed are left out.
    loops : PiecedLoops
        The loops of the loop sum.
    statistics : LoopStatistics
        Of the same loops.
    settings : TransportSettings
        ``bar_length_um``, ``bar_width_um``, ``barrier_k``, ``effective_temperature_k``.
    rng : numpy Generator
        Source of chance.

    Returns
    -------
    FluxFeatures
        By quantity, then by field.
    """
    found = {n: _extrema(getattr(curves, n), sign) for n, sign in _SIGN.items()}
    field_g = {name: curves.field_g[at] for name, (at, _, _) in found.items()}
    at, base, prominence = found["loop_sum"]
    significance = prominence / _deviation(curves.field_g, at, base, loops, rng)
    firm = (prominence >= _LEAST_PROMINENCE) & (significance >= _LEAST_SIGNIFICANCE)
    predicted = {n: _near(fields, field_g["loop_sum"][firm]) for n, fields in field_g.items()}
    predicted["loop_sum"] = firm
    unknown = {n: np.full(len(fields), np.nan) for n, fields in field_g.items()}
    in_bar = statistics.of("density_per_um2").value * settings.bar_length_um * settings.bar_width_um
    rms = 1 / math.sqrt(2 * in_bar) if in_bar > 0 else math.nan
    all_g = np.concatenate(list(field_g.values()))
    with np.errstate(divide="ignore"):
        diameter_um = 2 * np.sqrt(FLUX_QUANTUM_G_UM2 / all_g / np.pi)
    return FluxFeatures(
        quantity=tuple(name for name, fields in field_g.items() for _ in fields),
        field_mt=all_g / GAUSS_PER_MILLITESLA,
        field_g=all_g,
        equivalent_diameter_um=diameter_um,
        value=np.concatenate([_values(getattr(curves, n), found[n][0]) for n in _SIGN]),
        prominence=np.concatenate([prominence for _, _, prominence in found.values()]),
        significance=np.concatenate(list({**unknown, "loop_sum": significance}.values())),
        predicted=np.concatenate(list(predicted.values())),
        loops_in_bar=in_bar,
        bar_rms=rms,
        statement=_statement(field_g["loop_sum"], prominence, significance, firm, statistics)
        + _averaging(in_bar, rms, settings),
    )


def _values(curve: Column | None, at: NDArray[np.intp]) -> Column:
    return np.empty(0) if curve is None else curve[at]


def _extrema(
    curve: Column | None, sign: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], Column]:
    """Return indices of the extrema, of the base of each, and prominences, by field."""
    from scipy.signal import find_peaks, peak_prominences

    none = np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0)
    if curve is None or len(curve) < 3 or not np.isfinite(curve).all():
        return none
    height = sign * curve
    at, _ = find_peaks(height)
    if len(at) == 0:
        return none
    prominence, left, right = peak_prominences(height, at)
    order = np.argsort(-prominence, kind="stable")[:_MOST]
    order = order[prominence[order] >= _LEAST_SHARE * np.ptp(curve)]
    order = np.sort(order)
    base = np.where(height[left] >= height[right], left, right)
    return at[order], base[order], prominence[order]


def _deviation(
    field_g: Column,
    at: NDArray[np.intp],
    base: NDArray[np.intp],
    loops: PiecedLoops,
    rng: np.random.Generator,
) -> Column:
    """Return the standard deviation of the loop sum's height at some fields above its bases."""
    whole = loops.edge_weight > 0
    area, weight, piece = loops.area_um2[whole], loops.edge_weight[whole], loops.piece[whole]
    if len(at) == 0:
        return np.empty(0)
    fields = field_g[np.concatenate((at, base))]
    per_piece = piecewise_sums(flux_response, fields, area, weight, piece, loops.n_pieces)
    in_pieces = np.bincount(piece, weight, loops.n_pieces).astype(np.float64)
    drawn = draws_of_loop_sum(per_piece, in_pieces, rng)
    unrelated = math.sqrt(float(weight @ weight)) / float(weight.sum())
    if len(drawn) == 0:
        return np.full(len(at), unrelated)
    height = drawn[:, : len(at)] - drawn[:, len(at) :]
    return np.asarray(np.maximum(height.std(axis=0), unrelated))


def _near(fields: Column, predicted: Column) -> NDArray[np.bool_]:
    return np.asarray((np.abs(fields[:, None] / predicted - 1) <= _SAME_FIELD).any(axis=1))


def _statement(
    field_g: Column,
    prominence: Column,
    significance: Column,
    firm: NDArray[np.bool_],
    statistics: LoopStatistics,
) -> str:
    cv, mean_g = statistics.of("area_cv").value, statistics.of("mean_loop_field_g").value
    if not math.isfinite(cv):
        return "No feature is predicted: no loop lies whole in the frame."
    if not firm.any():
        left = math.exp(-2 * math.pi**2 * cv**2)
        share = f"{left:.2g}" if left >= 1e-3 else "less than 0.001"
        return (
            f"No feature is predicted: loop areas spread by CV = {cv:.2f}, which for a normal "
            f"spread leaves {share} of a revival at Φ0/⟨A⟩ = {_three_digits(mean_g)} G."
        )
    best = int(np.argmax(np.where(firm, prominence, -1)))
    diameter_um = 2 * math.sqrt(FLUX_QUANTUM_G_UM2 / field_g[best] / math.pi)
    return (
        f"A feature is predicted at {_three_digits(field_g[best])} G, one quantum through loops "
        f"{diameter_um:.3g} µm across: the loop sum stands out by {prominence[best]:.2f}, "
        f"{significance[best]:.0f} standard deviations (areas spread by CV = {cv:.2f})."
    )


def _averaging(in_bar: float, rms: float, settings: TransportSettings) -> str:
    if not math.isfinite(rms):
        return ""
    few = 1 / (2 * _PAPER_FLUCTUATION**2)
    gain = settings.barrier_k / settings.effective_temperature_k
    return (
        f" A bar of {settings.bar_length_um:g} × {settings.bar_width_um:g} µm holds about "
        f"{_three_digits(in_bar)} such loops; unrelated, they average to {rms:.2%} rms. "
        f"{_PAPER_FLUCTUATION:.0%} takes {few:.0f} loops, or a gain |d ln R/d ln stiffness| of "
        f"{_three_digits(_PAPER_FLUCTUATION / rms)} (U/T = {gain:.3g} in the settings)."
    )


def _three_digits(value: float) -> str:
    """Return a number of three digits, without a power of ten.

    >>> [_three_digits(v) for v in (15.583, 3168.2, 1_634_518.0)]
    ['15.6', '3,170', '1,630,000']
    """
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if rounded >= 100 else f"{rounded:.3g}"
