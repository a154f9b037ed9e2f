"""R or σ against ln T in many fields, with the lines fitted, their residuals and slopes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np

from grainscope.figures.style import BLACK, GREY, log_ticks, look, new_figure, say
from grainscope.plain_number import plain_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from grainscope.records import FitParameter, TransportFit

    Column = NDArray[np.float64]

_PANEL_IN, _HEIGHT_IN = 4.4, 4.6
#: More rows than this are drawn as smaller points.
_MANY = 150
#: Residuals are shown up to so many standard deviations; what lies beyond is a bend.
_FARTHEST_SD = 4.5


@dataclass(frozen=True)
class LineFigure:
    """What is drawn of fits of lines.

    Attributes
    ----------
    value_label, slope_label : str
        Of the axes.
    inverse : float
        1 to draw R, −1 to draw 1/R.
    unit : float
        Of the value axis, in Ω or S.
    slope : str
        Name of the parameter in the panel of slopes.
    slope_unit : float
    """

    value_label: str
    slope_label: str
    inverse: float
    unit: float
    slope: str
    slope_unit: float


def draw_lines(fits: Sequence[TransportFit], kind: LineFigure) -> Figure:
    """Draw a column for each state and one for the slopes against the field.

    Points outside of a fit's window are pale; the dotted line is its line, extended.

    Parameters
    ----------
    fits : sequence of TransportFit
        With ``temperature_k`` in their table; those joined over fields have none.
    kind : LineFigure

    Returns
    -------
    matplotlib.figure.Figure
    """
    lines = [fit for fit in fits if fit.status == "done" and "temperature_k" in fit.table]
    states: dict[str, list[TransportFit]] = {}
    for fit in lines:
        states.setdefault(state_of(fit), []).append(fit)
    across = 2 if states else 1
    deep = -(-(len(states) + 1) // across)
    figure = new_figure((_PANEL_IN * across, _HEIGHT_IN * deep))
    if not lines:
        say(figure.add_subplot(), "no curve is straight in ln T")
        return figure
    figure.get_layout_engine().set(wspace=0.06)
    panels = figure.subplots(2 * deep, across, height_ratios=(3, 1) * deep, squeeze=False)
    pairs = panels.reshape(deep, 2, across).swapaxes(1, 2).reshape(-1, 2)
    norm = field_scale([_field(fit) for fit in lines])
    for (curve, left), (state, own) in zip(pairs, states.items(), strict=False):
        _draw_state(curve, left, own, kind, norm)
        curve.set_title(state or "all", loc="left", fontweight="bold")
    bar = figure.colorbar(
        mpl.cm.ScalarMappable(norm, "viridis"), ax=pairs[len(states) - 1], pad=0.02, aspect=35
    )
    bar.set_label("field µ0H (T)")
    log_ticks(bar.ax.yaxis, norm.vmin or 1.0, norm.vmax or 1.0)
    grid = panels[0, 0].get_gridspec()
    for axes in pairs[len(states) :].ravel():
        axes.remove()
    row, column = divmod(len(states), across)
    beside = figure.add_subplot(grid[2 * row : 2 * row + 2, column])
    _draw_slopes(beside, states, fits, kind)
    return figure


def state_of(fit: TransportFit) -> str:
    """Return stage and gate of a fit in words."""
    held = {k: v for k, v in fit.selection.items() if k not in ("field_t", "temperature_k")}
    stage = str(held.pop("stage", ""))
    others = [f"{k} = {v:g}" if isinstance(v, float) else f"{k} = {v}" for k, v in held.items()]
    return ", ".join([stage, *others] if stage else others)


def field_scale(fields_t: list[float]) -> Normalize:
    """Return colours for fields, logarithmic; fields that are zero or unknown are the darkest."""
    known = [field for field in fields_t if field > 0]
    low, high = (min(known), max(known)) if known else (0.1, 1.0)
    return mpl.colors.LogNorm(low / 1.05, max(high * 1.3, low * 1.5), clip=True)


def _field(fit: TransportFit) -> float:
    value = fit.selection.get("field_t", np.nan)
    return abs(value) if isinstance(value, float) else float("nan")


def _draw_state(
    curve: Axes, left: Axes, fits: list[TransportFit], kind: LineFigure, norm: Normalize
) -> None:
    for fit in fits:
        table, inside = fit.table, fit.table["in_window"] > 0
        field = _field(fit)
        colour = mpl.colormaps["viridis"](norm(field if field > 0 else norm.vmin))
        value = table["resistivity_ohm_sq"] ** kind.inverse / kind.unit
        style: dict[str, Any] = {"linestyle": "none", "marker": "o", "color": colour}
        style["markersize"] = 2.6 if len(value) <= _MANY else 1.5
        curve.plot(table["temperature_k"][inside], value[inside], **style)
        curve.plot(table["temperature_k"][~inside], value[~inside], alpha=0.3, **style)
        line = fit.extra["fitted_ohm_sq"] ** kind.inverse / kind.unit
        curve.plot(fit.extra["temperature_k"], line, color=BLACK, linestyle=":", linewidth=1.0)
        left.plot(table["temperature_k"][inside], table["residual"][inside], **style)
    values = [f.table["resistivity_ohm_sq"] ** kind.inverse / kind.unit for f in fits]
    span = float(max(v.max() for v in values) - min(v.min() for v in values))
    curve.set_ylim(
        min(v.min() for v in values) - 0.05 * span, max(v.max() for v in values) + 0.05 * span
    )
    left.axhline(0, color=GREY, linewidth=0.8)
    left.set_ylim(-_FARTHEST_SD, _FARTHEST_SD)
    _share_temperature(curve, left, fits)
    curve.set_ylabel(kind.value_label)
    left.set_ylabel("residual (sd)")


def _share_temperature(curve: Axes, left: Axes, fits: list[TransportFit]) -> None:
    low = min(float(fit.table["temperature_k"].min()) for fit in fits) / 1.1
    high = max(float(fit.table["temperature_k"].max()) for fit in fits) * 1.1
    for axes in (curve, left):
        axes.set_xscale("log")
        axes.set_xlim(low, high)
        log_ticks(axes.xaxis, low, high)
    curve.tick_params(labelbottom=False)
    left.set_xlabel("temperature T (K)")


def _draw_slopes(
    axes: Axes,
    states: dict[str, list[TransportFit]],
    fits: Sequence[TransportFit],
    kind: LineFigure,
) -> None:
    joint = {state_of(fit): fit for fit in fits if "temperature_k" not in fit.table}
    for place, (state, own) in enumerate(states.items()):
        colour, marker, dashes = look(place)
        slopes = [fit.parameters[kind.slope] for fit in own]
        value, low, high = (
            _column(slopes, end) / kind.slope_unit for end in ("value", "low", "high")
        )
        field = np.array([_field(fit) for fit in own])
        axes.errorbar(
            field, value, (value - low, high - value), color=colour, marker=marker, markersize=4,
            linestyle="none", linewidth=1.2, label=state or "curves",
        )  # fmt: skip
        if state in joint:
            _draw_mean(axes, joint[state], kind, colour, dashes)
    known = np.array([_field(fit) for own in states.values() for fit in own])
    if (known > 0).any():
        axes.set_xscale("log")
        low, high = known[known > 0].min() / 1.3, known.max() * 1.3
        axes.set_xlim(low, high)
        log_ticks(axes.xaxis, low, high)
    axes.set_xlabel("field µ0H (T)")
    axes.set_ylabel(kind.slope_label)
    axes.legend(loc="best")


def _draw_mean(axes: Axes, fit: TransportFit, kind: LineFigure, colour: str, dashes: Any) -> None:
    mean = fit.parameters[kind.slope]
    low, value, high = (float(v) / kind.slope_unit for v in (mean.low, mean.value, mean.high))  # type: ignore[arg-type]
    axes.axhspan(low, high, color=colour, alpha=0.12, linewidth=0)
    p = float(fit.parameters["p_equal"].value)  # type: ignore[arg-type]
    said = f"equal with p = {plain_number(p)}" if p >= 1e-3 else "slopes differ"
    said = f"{state_of(fit)} mean; {said}".strip()
    axes.axhline(value, color=colour, linestyle=dashes, linewidth=1.0, label=said)


def _column(parameters: list[FitParameter], end: str) -> Column:
    return np.array([float(getattr(parameter, end)) for parameter in parameters])
