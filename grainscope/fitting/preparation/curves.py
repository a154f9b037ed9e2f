"""TransportData → TransportCurves: offset, noise and floor first, then curves to be fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.preparation.field_offset import FieldOffsets, field_offsets
from grainscope.fitting.preparation.noise import Noise, measurement_noise
from grainscope.fitting.preparation.raw_curves import raw_curves
from grainscope.fitting.preparation.temperature_error import effective_error
from grainscope.fitting.preparation.torn_sweeps import torn_sweeps
from grainscope.records import TransportCurve
from grainscope.records.transport_data import BESIDE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from grainscope.fitting.preparation.raw_curves import RawCurve
    from grainscope.records import TransportData, TransportFit
    from grainscope.settings import FittingSettings

    Column = NDArray[np.float64]


#: Less than a tenth of a gauss is no field.
_NO_FIELD_T = 1e-5


@dataclass(frozen=True)
class PreparedData:
    """Curves ready to be fitted, and what was found on the way.

    Attributes
    ----------
    curves : mapping of str to tuple of TransportCurve
        By sample.
    fits : tuple of TransportFit
        Of ``field_offset`` and ``noise``.
    lone_rows : ndarray of int64
        Rows that belong to no curve.
    warnings : tuple of str
        What is odd about how rows fell into curves.
    """

    curves: Mapping[str, tuple[TransportCurve, ...]]
    fits: tuple[TransportFit, ...]
    lone_rows: NDArray[np.int64]
    warnings: tuple[str, ...] = ()


def transport_curves(data: TransportData, settings: FittingSettings) -> PreparedData:
    """Split measured rows into curves with errors, at the field of the film.

    First the noise, from neighbours and repeats; then the offset of the field, from the
    symmetry of isotherms that reach both signs; then rows below the noise floor become
    upper limits. Errors along temperature have those of temperature in them, by the slope
    (`effective_error`). Where a file has no column of fields they count as 0.

    Parameters
    ----------
    data : TransportData
        N rows of one or more samples.
    settings : FittingSettings
        Tolerances of set points; offset, floor and relative error where the user knows them.

    Returns
    -------
    PreparedData
    """
    axes = _axes(data)
    raw, lone = raw_curves(data, axes, settings)
    samples = list(dict.fromkeys(curve.sample for curve in raw))
    curves: dict[str, tuple[TransportCurve, ...]] = {}
    fits: list[TransportFit] = []
    for sample in samples:
        own = [curve for curve in raw if curve.sample == sample]
        noise = measurement_noise(data, axes, own, settings)
        offsets = field_offsets(data, axes, own, noise, settings)
        # Once more at the film's own field, where a cusp at zero is no noise.
        noise = measurement_noise(data, _at_film(data, axes, own, offsets), own, settings)
        curves[sample] = tuple(_curve(data, axes, curve, noise, offsets) for curve in own)
        fits += [*noise.fits(sample), *offsets.fits(sample)]
    torn = torn_sweeps(axes, raw)
    warnings = (f"{torn.sample}: {torn.text()}".removeprefix("unnamed: "),) if torn else ()
    return PreparedData(curves, tuple(fits), lone, warnings)


def _axes(data: TransportData) -> dict[str, Column]:
    field_t = data.field_t.copy()
    for number in np.unique(data.file):
        inside = data.file == number
        if np.isnan(field_t[inside]).all():
            field_t[inside] = 0.0
    return {
        "temperature_k": data.temperature_k,
        "field_t": field_t,
        "current_a": data.current_a,
    }


def _at_film(
    data: TransportData,
    axes: dict[str, Column],
    curves: list[RawCurve],
    offsets: FieldOffsets,
) -> dict[str, Column]:
    way = np.zeros(len(data.file), np.int64)
    for curve in curves:
        way[curve.rows] = _way_of_field(curve)
    return axes | {"field_t": axes["field_t"] - offsets.of(data.file, way)[0]}


def _way_of_field(curve: RawCurve) -> NDArray[np.int64]:
    """Return in which direction the field moved, 0 where it was held."""
    return curve.direction if curve.along == "field_t" else np.zeros_like(curve.direction)


def _curve(
    data: TransportData,
    axes: Mapping[str, Column],
    raw: RawCurve,
    noise: Noise,
    offsets: FieldOffsets,
) -> TransportCurve:
    rows = raw.rows
    shift_t, shift_error_t = offsets.of(data.file[rows], _way_of_field(raw))
    column = {name: axes[name][rows] for name in axes} | {
        "field_t": axes["field_t"][rows] - shift_t
    }
    value, error, floor = noise.of(data, raw)
    if raw.along == "temperature_k":
        error = effective_error(
            data.temperature_k[rows],
            data.temperature_error_k[rows],
            value,
            error,
            noise.scattered(data, raw),
        )
    censored = value < floor
    order = np.argsort(column[raw.along], kind="stable")
    return TransportCurve(
        sample=raw.sample,
        along=raw.along,
        quantity=raw.quantity,
        selection={**raw.state, **_held(column, raw.along)},
        value=np.where(censored, floor, value)[order],
        error=error[order],
        censored=censored[order],
        direction=raw.direction[order],
        field_offset_error_t=shift_error_t,
        floor=floor,
        beside=_beside(data, rows[order]),
        **{name: values[order] for name, values in column.items()},
    )


def _beside(data: TransportData, rows: NDArray[np.int64]) -> dict[str, Column]:
    readings = {name: getattr(data, name)[rows] for name in BESIDE}
    return {name: values for name, values in readings.items() if np.isfinite(values).any()}


def _held(column: Mapping[str, Column], along: str) -> dict[str, float]:
    """Return the set points, in as many digits as they are held to."""
    middle = {name: float(np.median(values)) for name, values in column.items() if name != along}
    rounded = {name: float(f"{value:.4g}") for name, value in middle.items()}
    if abs(rounded.get("field_t", 1.0)) < _NO_FIELD_T:
        rounded["field_t"] = 0.0
    return {
        name: value
        for name, value in rounded.items()
        if np.isfinite(value) and not (name == "current_a" and value == 0)
    }
