"""R(T) at one field after another: which saturate, which are activated still, which rise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from grainscope.fitting.least_squares import censored_residual, minimise
from grainscope.fitting.model_choice.misfit import judge_residuals
from grainscope.fitting.smoothing.averaged_rows import Rows, averaged_rows
from grainscope.fitting.temperature.activated import REASONS
from grainscope.fitting.temperature.activated_windows import scan_activated
from grainscope.fitting.temperature.temperature_rows import temperature_states

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.model_choice.misfit import Misfit
    from grainscope.fitting.temperature.activated import ActivatedFit
    from grainscope.fitting.temperature.activated_windows import ActivatedWindows
    from grainscope.records import TransportCurve

    Column = NDArray[np.float64]
    Kind = Literal["saturated", "activated", "flat", "rising", "unseen", "short"]

LEAST_ROWS = 8
_MOST_ROWS = 400
#: A parameter is there where χ² without it is larger by this: three standard deviations.
_SEEN = 9.0
#: A rise, which brings a height and an energy that is sought far and wide, by this.
_RISE_SEEN = 14.0
#: R rises on cooling where its coldest mean is above a warmer one by so many standard
#: deviations, and by this share: the smallest of many means is low by chance.
_RISE_SIGMA, _RISE_SHARE = 4.5, 0.05


@dataclass(frozen=True)
class SaturatingCurve:
    """One R(T) at a fixed field, and what it does as T → 0.

    Attributes
    ----------
    curve : TransportCurve
    rows : Rows
        Up to the warmest maximum of R, averaged.
    kind : {"saturated", "activated", "flat", "rising", "unseen", "short"}
        Saturated: a constant and an activated part are both seen; activated: no constant
        yet; flat: nothing but the constant; rising: R grows on cooling; unseen: all rows
        are limits; short: fewer than eight rows.
    windows : ActivatedWindows, optional
    """

    curve: TransportCurve
    rows: Rows
    kind: Kind
    windows: ActivatedWindows | None = None

    @property
    def field_t(self) -> float:
        """Absolute value of the field; 0 where the data name none."""
        field = self.curve.at("field_t")
        return abs(field) if np.isfinite(field) else 0.0

    def fit(self, reason: str) -> ActivatedFit:
        """Return the fit of a law in the chosen window."""
        if self.windows is None:
            raise ValueError(f"a curve that is {self.kind} has no fit")
        return self.windows.best[reason]

    def misfit(self, reason: str) -> Misfit:
        """Return what its residuals say."""
        return judge_residuals(self.fit(reason).seen, 3)

    def columns(self, reason: str) -> dict[str, Column]:
        """Return all rows of the curve beside the law fitted to the coldest of them."""
        fit = self.fit(reason)
        return beside_model(self.curve, fit.value, fit.rows)

    def dense(self, reason: str) -> dict[str, Column]:
        """Return the law on a fine grid, from half the coldest row to the end of the window."""
        fit = self.fit(reason)
        return dense_model(fit.value, fit.rows)


def beside_model(
    curve: TransportCurve, value: Callable[[Column], Column], window: Rows
) -> dict[str, Column]:
    """Return all rows of a curve beside what was fitted in a window, and residuals there.

    Parameters
    ----------
    curve : TransportCurve
    value : callable
        Temperatures to R.
    window : Rows
        The rows fitted, or means of them.
    """
    order = np.argsort(curve.x, kind="stable")
    at = curve.x[order]
    # Means lie inside of the rows that they stand for.
    first = curve.x[curve.x > 0].min() if window.x[0] <= 1.01 * at[at > 0][0] else window.x[0]
    inside = (at >= first) & (at <= window.x[-1])
    model = np.full(len(at), np.nan)
    model[inside] = value(at[inside])
    pull = censored_residual(model, curve.value[order], curve.error[order], curve.censored[order])
    return {
        "temperature_k": at,
        "resistivity_ohm_sq": curve.value[order],
        "error_ohm_sq": curve.error[order],
        "censored": curve.censored[order].astype(np.float64),
        "fitted_ohm_sq": model,
        "residual": pull,
    }


def dense_model(value: Callable[[Column], Column], window: Rows) -> dict[str, Column]:
    """Return what was fitted on a fine grid, from half the coldest row of its window to the end."""
    at = np.geomspace(window.x[0] / 2, window.x[-1], 200)
    return {"model_temperature_k": at, "fitted_ohm_sq": value(at)}


@dataclass(frozen=True)
class SaturatingSeries:
    """Curves of one state (stage, gate) by ascending field.

    Attributes
    ----------
    curves : tuple of SaturatingCurve
    reason : {"added", "heated"}
        The law that fits the saturated curves together better.
    weights : dict
        Akaike weights of the two laws over these curves together.
    """

    curves: tuple[SaturatingCurve, ...]
    reason: str
    weights: dict[str, float]


def saturating_series(curves: Sequence[TransportCurve]) -> tuple[SaturatingSeries, ...]:
    """Sort resistivities against temperature by state and field, and fit each.

    Both laws of saturation are compared over all saturated curves of a state at once: of
    one curve by itself they may well not be told apart.

    Parameters
    ----------
    curves : sequence of TransportCurve
        Others are left out, and those under an RF signal or another condition.

    Returns
    -------
    tuple of SaturatingSeries
    """
    return tuple(_series(of_state) for of_state in temperature_states(curves))


def _series(curves: Sequence[TransportCurve]) -> SaturatingSeries:
    found = sorted((_classified(curve) for curve in curves), key=lambda one: one.field_t)
    seen = [one for one in found if one.kind == "saturated"]
    aicc = np.array([sum(one.fit(reason).aicc for one in seen) for reason in REASONS])
    weight = np.exp(-0.5 * (aicc - aicc.min()))
    weights = dict(zip(REASONS, (weight / weight.sum()).tolist(), strict=True))
    reason = max(weights, key=lambda name: weights[name])
    return SaturatingSeries(tuple(found), reason, weights if seen else {})


def _classified(curve: TransportCurve) -> SaturatingCurve:
    rows = rows_below_maximum(curve)
    if len(rows) < LEAST_ROWS:
        return SaturatingCurve(curve, rows, "short")
    if rows.censored.all() or (~rows.censored).sum() < 4:
        return SaturatingCurve(curve, rows, "unseen")
    if _rises(rows):
        return SaturatingCurve(curve, rows, "rising")
    windows = scan_activated(rows)
    return SaturatingCurve(curve, rows, _kind(windows.best["added"]), windows)


def rows_below_maximum(curve: TransportCurve) -> Rows:
    """Return rows from the coldest to the maximum of R, few enough to fit quickly.

    Above its maximum R is the normal state's, which no law of activation describes.
    """
    order = np.argsort(curve.x, kind="stable")
    good = order[curve.x[order] > 0]
    all_rows = Rows(curve.x[good], curve.value[good], curve.error[good], curve.censored[good])
    rows = averaged_rows(all_rows, _MOST_ROWS)
    if len(rows) < 3 * LEAST_ROWS:
        return rows
    mean, spread = _block_means(rows)
    top = int(np.argmax(mean))
    if mean[top] - mean[-1] < _RISE_SIGMA * np.hypot(spread[top], spread[-1]):
        return rows  # noise alone made one of the blocks the highest
    stop = int(np.cumsum([len(b) for b in _blocks(len(rows))])[top])
    return rows.at(slice(0, stop)) if stop >= 2 * LEAST_ROWS else rows


def _blocks(n: int) -> list[NDArray[np.int64]]:
    return np.array_split(np.arange(n), max(min(n // 4, 16), 1))


def _block_means(rows: Rows) -> tuple[Column, Column]:
    weight = np.where(rows.censored, 1e-6, 1.0) * rows.error**-2
    blocks = _blocks(len(rows))
    mean = np.array([np.average(rows.value[b], weights=weight[b]) for b in blocks])
    spread = np.array([np.sqrt(np.mean(rows.error[b] ** 2) / len(b)) for b in blocks])
    return mean, spread


def _rises(rows: Rows) -> bool:
    """Tell whether the coldest rows lie above warmer ones."""
    mean, spread = _block_means(rows)
    lowest = int(np.argmin(mean))
    rise = mean[0] - mean[lowest]
    return bool(
        rise > _RISE_SIGMA * np.hypot(spread[0], spread[lowest])
        and rise > _RISE_SHARE * abs(mean[lowest])
    )


def _kind(fit: ActivatedFit) -> Kind:
    scale2 = max(fit.best.chi2 / max(len(fit.rows) - 3, 1), 1.0)
    low, high = fit.box()

    def constant(theta: Column) -> Column:
        return fit.residual(np.array([low[0], 0.0, theta[0]]))

    flat = minimise(constant, fit.best.theta[2:], low[2:], high[2:])
    if flat.chi2 - fit.best.chi2 < _RISE_SEEN * scale2:
        return "flat"

    def without_constant(theta: Column) -> Column:
        return fit.residual(np.append(theta, 0.0))

    bare = minimise(without_constant, fit.best.theta[:2], low[:2], high[:2])
    return "activated" if bare.chi2 - fit.best.chi2 < _SEEN * scale2 else "saturated"
