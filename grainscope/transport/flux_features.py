"""Commensuration → FluxFeatures: which features a film predicts, and whether any."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from grainscope.constants import FLUX_QUANTUM_G_UM2, GAUSS_PER_MILLITESLA
from grainscope.laws.flux_quantum import flux_response
from grainscope.records import FluxFeatures
from grainscope.transport.commensurate import draws_of_loop_sum, fine_fields
from grainscope.transport.weighted import piecewise_sums, weighted_response

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import Commensuration, LoopStatistics, PiecedLoops
    from grainscope.settings import TransportSettings

    Column = NDArray[np.float64]

#: Which way each quantity goes where fluxes are whole.
_SIGN = {"loop_sum": 1.0, "log_determinant": -1.0, "stiffness": 1.0}
#: Extrema told of: so many of each quantity, of this share of its range at least,
_MOST, _LEAST_SHARE = 12, 0.01
#: of this share of the quantity itself (less is rounding), and so many fields wide.
_LEAST_OF_VALUE, _LEAST_WIDTH = 1e-6, 3.0
#: A predicted one stands out of the loop sum by so much and so many standard deviations.
_LEAST_PROMINENCE, _LEAST_SIGNIFICANCE = 0.05, 5.0
_CHANCE = 1e-4
#: Other quantities have a predicted feature within this share of its field.
_SAME_FIELD = 0.15
#: Fewer loops predict nothing; a narrower spread than this is not what hides a feature.
_FEWEST_LOOPS, _NARROW = 10, 0.35
#: What the paper's resistance fluctuates by.
_PAPER_FLUCTUATION = 0.3


class _Extrema(NamedTuple):
    """Extrema of one curve, by field."""

    field_g: Column
    value: Column
    prominence: Column
    base_g: Column


def flux_features(
    curves: Commensuration,
    loops: PiecedLoops,
    statistics: LoopStatistics,
    settings: TransportSettings,
    rng: np.random.Generator,
) -> FluxFeatures:
    """List where the curves have extrema, and say which of them the film predicts.

    The prominence of a maximum is its height above the higher of the two minima
    that part it from higher ground. Those of the loop sum are looked for on fields
    of their own, fine enough whatever is shown. The standard deviation σ of their
    prominence is that of the difference over films drawn again from the pieces of
    this one, by Student's t for so few pieces, but never less than that of so many
    unrelated loops, 1/√n with n = (Σw)²/Σw². A maximum is predicted where it
    stands out by 0.05 and by 5 σ, of ten whole loops at least.

    Parameters
    ----------
    curves : Commensuration
        Determinant and stiffness, where they were computed; their extrema are told
        of where they are wider than the steps of the field.
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
    whole = loops.edge_weight > 0
    area, weight, piece = loops.area_um2[whole], loops.edge_weight[whole], loops.piece[whole]
    found = {"loop_sum": _of_loop_sum(area, weight)}
    for name in ("log_determinant", "stiffness"):
        found[name] = _of_curve(curves.field_g, getattr(curves, name), _SIGN[name])
    in_sum = found["loop_sum"]
    deviation = _deviation(in_sum, area, weight, (piece, loops.n_pieces), rng)
    significance = in_sum.prominence / deviation
    firm = (in_sum.prominence >= _LEAST_PROMINENCE) & (significance >= _LEAST_SIGNIFICANCE)
    firm &= len(area) >= _FEWEST_LOOPS
    of_all = np.concatenate([extrema.field_g for extrema in found.values()])
    others = len(of_all) - len(firm)
    in_bar = statistics.of("density_per_um2").value * settings.bar_length_um * settings.bar_width_um
    rms = 1 / math.sqrt(2 * in_bar) if in_bar > 0 else math.nan
    return FluxFeatures(
        quantity=tuple(name for name, extrema in found.items() for _ in extrema.field_g),
        field_mt=of_all / GAUSS_PER_MILLITESLA,
        field_g=of_all,
        equivalent_diameter_um=_diameter_um(of_all),
        value=np.concatenate([extrema.value for extrema in found.values()]),
        prominence=np.concatenate([extrema.prominence for extrema in found.values()]),
        significance=np.append(significance, np.full(others, np.nan)),
        predicted=np.append(firm, _near(of_all[len(firm) :], in_sum.field_g[firm])),
        loops_in_bar=in_bar,
        bar_rms=rms,
        statement=_statement(in_sum, significance, firm, statistics)
        + _averaging(in_bar, rms, settings),
    )


def _diameter_um(field_g: Column) -> Column:
    """Return the diameter of a disc that holds one flux quantum."""
    with np.errstate(divide="ignore"):
        return np.asarray(2 * np.sqrt(FLUX_QUANTUM_G_UM2 / field_g / np.pi))


def _of_loop_sum(area: Column, weight: Column) -> _Extrema:
    if len(area) == 0:
        return _Extrema(*(np.empty(0),) * 4)
    field_g = fine_fields(area, weight)
    return _extrema(field_g, weighted_response(flux_response, field_g, area, weight), 0.0)


def _of_curve(field_g: Column, curve: Column | None, sign: float) -> _Extrema:
    """Leave B = 0 out: there the determinant is the regulariser's."""
    if curve is None or len(curve) < 4 or not np.isfinite(curve).all():
        return _Extrema(*(np.empty(0),) * 4)
    found = _extrema(field_g[1:], sign * curve[1:], _LEAST_WIDTH)
    return found._replace(value=sign * found.value)


def _extrema(field_g: Column, height: Column, least_width: float) -> _Extrema:
    from scipy.signal import find_peaks

    least = max(_LEAST_SHARE * float(np.ptp(height)), _LEAST_OF_VALUE * float(np.abs(height).max()))
    at, known = find_peaks(height, prominence=least, width=least_width)
    order = np.sort(np.argsort(-known["prominences"], kind="stable")[:_MOST])
    at, left, right = at[order], known["left_bases"][order], known["right_bases"][order]
    base = np.where(height[left] >= height[right], left, right)
    return _Extrema(field_g[at], height[at], known["prominences"][order], field_g[base])


def _deviation(
    extrema: _Extrema,
    area: Column,
    weight: Column,
    pieces: tuple[NDArray[np.int64], int],
    rng: np.random.Generator,
) -> Column:
    """Return the standard deviation of the loop sum's height at its maxima above their bases."""
    n, (piece, n_pieces) = len(extrema.field_g), pieces
    if n == 0:
        return np.empty(0)
    fields = np.concatenate((extrema.field_g, extrema.base_g))
    per_piece = piecewise_sums(flux_response, fields, area, weight, piece, n_pieces)
    in_pieces = np.bincount(piece, weight, n_pieces).astype(np.float64)
    drawn = draws_of_loop_sum(per_piece, in_pieces, rng)
    unrelated = math.sqrt(float(weight @ weight)) / float(weight.sum())
    if len(drawn) == 0:
        return np.full(n, unrelated)
    height = drawn[:, :n] - drawn[:, n:]
    return np.asarray(np.maximum(_few(n_pieces) * height.std(axis=0), unrelated))


def _few(n_pieces: int) -> float:
    """Return by what a deviation known from so few pieces falls short of a sure one.

    One in 10⁴ is 3.7 normal deviations, but more of Student's with P − 1 degrees
    of freedom: by 1.3 for 16 pieces, 1.7 for 9, 6 for 4, nearly 1000 for 2.
    """
    from scipy.special import ndtri, stdtrit

    return float(stdtrit(n_pieces - 1, _CHANCE) / ndtri(_CHANCE))


def _near(fields: Column, predicted: Column) -> NDArray[np.bool_]:
    return np.asarray((np.abs(fields[:, None] / predicted - 1) <= _SAME_FIELD).any(axis=1))


def _statement(
    extrema: _Extrema, significance: Column, firm: NDArray[np.bool_], statistics: LoopStatistics
) -> str:
    if firm.any():
        best = int(np.argmax(np.where(firm, extrema.prominence, -1)))
        field_g = extrema.field_g[best : best + 1]
        return (
            f"A feature is predicted at {_three_digits(field_g[0])} G, one quantum through loops "
            f"{_diameter_um(field_g)[0]:.3g} µm across: the loop sum stands out by "
            f"{extrema.prominence[best]:.2f}, {significance[best]:.0f} standard deviations (areas "
            f"spread by CV = {statistics.of('area_cv').value:.2f})."
        )
    return f"No feature is predicted: {_why_not(extrema, significance, statistics)}."


def _why_not(extrema: _Extrema, significance: Column, statistics: LoopStatistics) -> str:
    cv, mean_g = statistics.of("area_cv").value, statistics.of("mean_loop_field_g").value
    n = statistics.n_whole
    if n == 0:
        return "no loop lies whole in the frame"
    if n < _FEWEST_LOOPS:
        return f"{n} whole loop{'' if n == 1 else 's'} cannot tell accident from rule"
    if cv > _NARROW:
        left = math.exp(-2 * math.pi**2 * cv**2)
        share = f"{left:.2g}" if left >= 1e-3 else "less than 0.001"
        return (
            f"loop areas spread by CV = {cv:.2f}, which for a normal spread leaves {share} of a "
            f"revival at Φ0/⟨A⟩ = {_three_digits(mean_g)} G"
        )
    if not len(significance):
        return f"the loop sum of {n} loops has no maximum"
    best = int(np.argmax(significance))
    return (
        f"the maximum of the loop sum at {_three_digits(extrema.field_g[best])} G stands out by "
        f"{significance[best]:.1f} standard deviations of so few loops ({n}), expected "
        f"{_LEAST_SIGNIFICANCE:g} or more"
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
