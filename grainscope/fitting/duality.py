"""Whether ρ above the crossing of isotherms mirrors σ below it (Fig. 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.field.dual_curves import (
    DualCurves,
    Isotherm,
    SmoothIsotherms,
    crossing,
    dual_curves,
    smooth_isotherms,
)
from grainscope.fitting.field.field_rows import by_state, field_rows, isotherms, thinned
from grainscope.fitting.field.same_fields import at_same_fields
from grainscope.records.transport_fit import FitParameter, TransportFit, skipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.records.transport_data import TransportCurve
    from grainscope.settings.fitting import FittingSettings

    Column = NDArray[np.float64]

_ANALYSIS = "duality"
_LEAST_ROWS, _MOST_ROWS = 9, 400
#: Fields of a first look for the crossing, and how far from it isotherms count, by share.
_PLACES_OF_GUESS, _ABOUT = 120, 0.6
#: Near the crossing means within this share of its field; distances compared there.
_NEAR, _DISTANCES = 0.2, 24
#: Other shares, for the table of windows.
_SHARES = (0.05, 0.1, 0.2, 0.3, 0.5)
_LEAST_DRAWS = 50
#: Curves count as self-dual up to where their mismatch is first above so many errors.
_WITHIN = 2.0


@dataclass(frozen=True)
class _Dual:
    """Both sides of one crossing, as measured and in D draws."""

    smooth: SmoothIsotherms
    critical_t: float
    critical_draws_t: Column
    distance_t: Column
    both: DualCurves
    draws: tuple[DualCurves, ...]

    @property
    def error(self) -> NDArray[np.float64]:
        """Standard deviation of the mismatch, shape (J, N)."""
        return np.asarray(np.std([draw.mismatch for draw in self.draws], axis=0))


def duality(
    curves: Sequence[TransportCurve], settings: FittingSettings, rng: np.random.Generator
) -> tuple[TransportFit, ...]:
    """Compare ρ(Hc + δ)/ρc with σ(Hc − δ)/σc of isotherms, δ up to a fifth of Hc.

    Hc is where ln ρ, smoothed by local parabolas, does not depend on T. The mismatch
    ln[ρ(Hc + δ) ρ(Hc − δ)/ρc²] is 0 where curves are self-dual. ``rms_log_mismatch`` is
    its root mean square over isotherms and distances, the noise subtracted;
    ``relative_mismatch`` that over the rms of ln ρ(Hc + δ)/ρ(Hc − δ), which is 2 for
    curves of one side only; ``self_dual_range_t`` the δ up to which the mean over
    isotherms is within two standard deviations of 0. Intervals are from draws of the
    noise, through Hc too; that of Hc holds the error of the field's offset.

    Parameters
    ----------
    curves : sequence of TransportCurve
    settings : FittingSettings
        The range of ``scaling_temperature_…_k`` says which isotherms; the coldest ones
        saturate.
    rng : Generator

    Returns
    -------
    tuple of TransportFit
        One a stage or gate.

    References
    ----------
    E. Shimshoni, S. L. Sondhi, D. Shahar, Phys. Rev. B 55, 13730 (1997); on the
    transition in a field: N. P. Breznay et al., Proc. Natl. Acad. Sci. 113, 280 (2016).

    Examples
    --------
    >>> from grainscope.settings.fitting import FittingSettings
    >>> duality((), FittingSettings(), np.random.default_rng(0))[0].status
    'skipped'
    """
    along = isotherms(curves)
    if not along:
        sample = curves[0].sample if curves else ""
        why = "needs resistivity_ohm_sq along field_t at two temperatures: got no such curve"
        return (skipped(_ANALYSIS, sample, why),)
    return tuple(_one(group, settings, rng) for group in by_state(along).values())


def _one(
    group: Sequence[TransportCurve], settings: FittingSettings, rng: np.random.Generator
) -> TransportFit:
    sample, selection = group[0].sample, dict(group[0].state)
    used = _usable(group, settings)
    if len(used) < 2:
        why = f"needs two isotherms of {_LEAST_ROWS} fields, temperatures as for scaling: got"
        return TransportFit(_ANALYSIS, sample, selection, "skipped", f"{why} {len(used)}")
    try:
        found = _compare(used, max(settings.bootstrap_draws, _LEAST_DRAWS), rng)
    except ValueError as error:
        return TransportFit(_ANALYSIS, sample, selection, "skipped", str(error))
    return TransportFit(
        _ANALYSIS,
        sample,
        selection,
        "done",
        parameters=_parameters(found, max(curve.field_offset_error_t for curve in group)),
        window={
            "distance_t": (float(found.distance_t[0]), float(found.distance_t[-1])),
            "temperature_k": _span([one.temperature_k for one in used]),
            "chosen": "distances up to a fifth of Hc that all isotherms have on both sides",
        },
        warnings=_warnings(found),
        table=_table(found),
        windows=_windows(found),
    )


def _usable(group: Sequence[TransportCurve], settings: FittingSettings) -> list[Isotherm]:
    """Return temperature and rows of the isotherms in range."""
    low = settings.scaling_temperature_min_k * (1 - settings.temperature_tolerance)
    high = (settings.scaling_temperature_max_k or np.inf) * (1 + settings.temperature_tolerance)
    used = []
    for curve in group:
        rows = thinned(field_rows(curve).clear(), _MOST_ROWS)
        if low <= curve.at("temperature_k") <= high and len(rows) >= _LEAST_ROWS:
            order = np.argsort(rows.size_t, kind="stable")
            size, value, error = rows.size_t, rows.resistivity_ohm_sq, rows.error_ohm_sq
            columns = size[order], value[order], error[order]
            used.append(Isotherm(curve.at("temperature_k"), *columns))
    return [used[k] for k in at_same_fields([one.field_t for one in used])]


def _span(values: list[float]) -> tuple[float, float]:
    return min(values), max(values)


def _about_crossing(used: list[Isotherm], rng: np.random.Generator) -> list[Isotherm]:
    """Return the rows of fields within 60 % of the crossing; all where too few are there."""
    field = np.sort(np.concatenate([one.field_t for one in used]))
    places = np.unique(np.quantile(field, np.linspace(0, 1, _PLACES_OF_GUESS)))
    rough = smooth_isotherms(used, 0, rng, places)
    near_t = crossing(rough.field_t, rough.temperature_k, rough.ln_resistivity)
    if not np.isfinite(near_t):
        return used
    inside = [np.abs(one.field_t / near_t - 1) <= _ABOUT for one in used]
    if min(int(here.sum()) for here in inside) < _LEAST_ROWS:
        return used
    return [
        Isotherm(
            one.temperature_k,
            one.field_t[here],
            one.resistivity_ohm_sq[here],
            one.error_ohm_sq[here],
        )
        for one, here in zip(used, inside, strict=True)
    ]


def _compare(used: list[Isotherm], n_draws: int, rng: np.random.Generator) -> _Dual:
    """Smooth, cross and compare.

    Raises
    ------
    ValueError
        No crossing, or no fields on both sides of it.
    """
    smooth = smooth_isotherms(_about_crossing(used, rng), n_draws, rng)
    field, temperature = smooth.field_t, smooth.temperature_k
    critical = crossing(field, temperature, smooth.ln_resistivity)
    if not np.isfinite(critical):
        raise ValueError(
            f"isotherms do not cross from metallic to insulating from {field[0]:.3g} to "
            f"{field[-1]:.3g} T"
        )
    drawn = np.array([crossing(field, temperature, draw) for draw in smooth.draws])
    drawn = np.where(np.isfinite(drawn), drawn, critical)
    room = min(critical - float(field[0]), float(field[-1]) - critical)
    if room < 3 * (field[1] - field[0]):
        raise ValueError(f"crossing at {critical:.3g} T: no fields on both sides of it")
    distance = np.linspace(0.0, min(room, _NEAR * critical), _DISTANCES + 1)[1:]
    return _Dual(
        smooth,
        critical,
        drawn,
        distance,
        dual_curves(field, smooth.ln_resistivity, critical, distance),
        tuple(
            dual_curves(field, draw, float(at), distance)
            for draw, at in zip(smooth.draws, drawn, strict=True)
        ),
    )


def _parameters(found: _Dual, offset_error_t: float) -> dict[str, FitParameter]:
    noise = found.error**2
    signal = float(np.sqrt(np.mean((found.both.ln_above + found.both.ln_below) ** 2)))
    value = _rms(found.both, noise)
    draws = [_rms(draw, 2 * noise) for draw in found.draws]
    reach = [_self_dual_range(found, draw, np.sqrt(2.0)) for draw in found.draws]
    ln_rho = float(found.both.ln_critical.mean())
    rho = [float(np.exp(draw.ln_critical.mean())) for draw in found.draws]
    of_draws = FitParameter.of_draws
    noise_only = of_draws(found.critical_t, found.critical_draws_t, "T")
    away_t = np.abs(np.array([noise_only.low, noise_only.high]) - found.critical_t)
    below_t, above_t = np.hypot(away_t, offset_error_t).tolist()
    return {
        "critical_field_t": FitParameter(
            found.critical_t, found.critical_t - below_t, found.critical_t + above_t, "T"
        ),
        "critical_resistivity_ohm_sq": of_draws(float(np.exp(ln_rho)), rho, "Ω/□"),
        "rms_log_mismatch": of_draws(value, draws, ""),
        "relative_mismatch": of_draws(value / signal, [draw / signal for draw in draws], ""),
        "self_dual_range_t": of_draws(_self_dual_range(found, found.both, 1.0), reach, "T"),
    }


def _rms(both: DualCurves, noise: NDArray[np.float64]) -> float:
    """Return the root mean square of the mismatch beyond a variance."""
    return float(np.sqrt(max(float(np.mean(both.mismatch**2 - noise)), 0.0)))


def _self_dual_range(found: _Dual, both: DualCurves, wider: float) -> float:
    """Return the distance up to which the mean mismatch is within its errors."""
    means = np.array([draw.mismatch.mean(axis=0) for draw in found.draws])
    error = wider * means.std(axis=0)
    outside = np.abs(both.mismatch.mean(axis=0)) > _WITHIN * error
    if not outside.any():
        return float(found.distance_t[-1])
    first = int(np.argmax(outside))
    return float(found.distance_t[first - 1]) if first else 0.0


def _warnings(found: _Dual) -> tuple[str, ...]:
    said: list[str] = []
    t, ln_rho = found.smooth.temperature_k, found.smooth.ln_resistivity
    pairs = [slice(j, j + 2) for j in range(len(t) - 1)]
    drift = np.array([crossing(found.smooth.field_t, t[pair], ln_rho[pair]) for pair in pairs])
    drift = drift[np.isfinite(drift)]
    if len(drift) > 1 and np.ptp(drift) > 0.05 * found.critical_t:
        said.append(
            f"neighbouring isotherms cross from {drift.min():.4g} to {drift.max():.4g} T: "
            "no one crossing"
        )
    if found.distance_t[-1] < 0.99 * _NEAR * found.critical_t:
        said.append(f"fields on both sides of Hc reach {found.distance_t[-1]:.3g} T only")
    return tuple(said)


def _table(found: _Dual) -> dict[str, Column]:
    isotherms_, distances = found.both.mismatch.shape
    return {
        "temperature_k": np.repeat(found.smooth.temperature_k, distances),
        "distance_t": np.tile(found.distance_t, isotherms_),
        "resistivity_ratio": np.exp(found.both.ln_above).ravel(),
        "conductivity_ratio": np.exp(found.both.ln_below).ravel(),
        "log_mismatch": found.both.mismatch.ravel(),
        "error_log_mismatch": found.error.ravel(),
    }


def _windows(found: _Dual) -> dict[str, Column]:
    """Return the rms for other ranges of distance that the data reach."""
    field = found.smooth.field_t
    room = min(found.critical_t - float(field[0]), float(field[-1]) - found.critical_t)
    reach = np.array(
        [share * found.critical_t for share in _SHARES if share * found.critical_t <= room]
    )
    rms = []
    for farthest in reach:
        distance = np.linspace(0.0, farthest, _DISTANCES + 1)[1:]
        both = dual_curves(field, found.smooth.ln_resistivity, found.critical_t, distance)
        draws = [
            dual_curves(field, draw, float(at), distance).mismatch
            for draw, at in zip(found.smooth.draws, found.critical_draws_t, strict=True)
        ]
        rms.append(_rms(both, np.var(draws, axis=0)))
    return {"distance_t": reach, "rms_log_mismatch": np.array(rms)}
