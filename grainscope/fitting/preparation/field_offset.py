"""The offset of the field: what trapped flux adds to all readings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import GAUSS_PER_TESLA
from grainscope.fitting.preparation.even_field import even_centre
from grainscope.records import FitParameter, TransportFit, skipped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.preparation.even_field import EvenCentre
    from grainscope.fitting.preparation.noise import Noise
    from grainscope.fitting.preparation.raw_curves import RawCurve
    from grainscope.records import TransportData
    from grainscope.settings import FittingSettings

    Column = NDArray[np.float64]

#: Offsets of files are taken apart where chance would part them so far in less than this.
_LEAST_P = 0.01
#: An even curve that fits worse than this is not even, whatever the centre.
_WORST_CHI2 = 3.0
#: Sweeps up and down are shifted where they are so many errors apart.
_HYSTERESIS_ERRORS = 5.0
#: An offset within so many errors of zero is not taken off where the error exceeds a gauss.
_VAGUE_ERRORS, _VAGUE_T = 3.0, 1e-4


@dataclass(frozen=True)
class Isotherm:
    """What one isotherm of one file tells of the offset."""

    file: int
    temperature_k: float
    centre: EvenCentre


@dataclass(frozen=True)
class FieldOffsets:
    """Offsets of one sample's fields.

    Attributes
    ----------
    offset_t, error_t : float
        Of all isotherms together; NaN and 0 where none tells.
    of_file : mapping of int to (float, float)
        Where files differ by more than chance; else empty.
    isotherms : tuple of Isotherm
        What each of them tells.
    p : float
        Chance that one offset scatters so far.
    given : bool
        Whether the settings say it.
    hysteresis_t, hysteresis_error_t : float
        By how much sweeps up are shifted against sweeps down; 0 and 0 where that is not
        told, or no more than chance.
    """

    offset_t: float
    error_t: float
    of_file: Mapping[int, tuple[float, float]]
    isotherms: tuple[Isotherm, ...]
    p: float
    given: bool
    hysteresis_t: float = 0.0
    hysteresis_error_t: float = 0.0

    def of(self, file: NDArray[np.int64], way: NDArray[np.int64]) -> tuple[Column, float]:
        """Return the offset of each row, and one standard deviation for them together.

        Parameters
        ----------
        file, way : ndarray of int64, shape (K,)
            Number of the row's file; 1 of a sweep up, -1 of one down, 0 where not known.
        """
        known = np.isfinite(self.offset_t) and not self._is_vague
        offset = np.full(len(file), self.offset_t if known else 0.0)
        error = max(self.error_t, abs(self.offset_t)) if self._is_vague else self.error_t
        for number, (value, its_error) in self.of_file.items():
            offset[file == number] = value
            error = max(error, its_error) if (file == number).any() else error
        return offset + way * self.hysteresis_t / 2, error

    @property
    def _is_vague(self) -> bool:
        """Whether zero is as likely, and taking it off would move fields by nothing but noise."""
        within = abs(self.offset_t) < _VAGUE_ERRORS * self.error_t
        return bool(within and self.error_t > _VAGUE_T and not self.of_file)

    def fits(self, sample: str) -> list[TransportFit]:
        """Return the result of the analysis ``field_offset``."""
        if not np.isfinite(self.offset_t):
            reason = (
                "needs resistivity_ohm_sq against field_t at both signs (6 rows on each side); "
                "without it a few gauss of trapped flux go unseen: set fitting.field_offset_t"
            )
            return [skipped("field_offset", sample, reason)]
        parameters = {
            "offset_t": _about(self.offset_t, self.error_t, "T"),
            "offset_g": _about(
                GAUSS_PER_TESLA * self.offset_t, GAUSS_PER_TESLA * self.error_t, "G"
            ),
        }
        if self.hysteresis_t:
            shift, error = (
                GAUSS_PER_TESLA * self.hysteresis_t,
                GAUSS_PER_TESLA * self.hysteresis_error_t,
            )
            parameters["hysteresis_g"] = _about(shift, error, "G")
        table = {
            "temperature_k": np.array([one.temperature_k for one in self.isotherms]),
            "offset_t": np.array([one.centre.field_t for one in self.isotherms]),
            "error_t": np.array([one.centre.error_t for one in self.isotherms]),
            "chi2_per_dof": np.array([one.centre.chi2_per_dof for one in self.isotherms]),
        }
        return [
            TransportFit(
                "field_offset",
                sample,
                {},
                "done",
                parameters=parameters,
                window={"chosen": "given in the settings" if self.given else "all isotherms of ±H"},
                warnings=self._warnings(),
                table=table,
            )
        ]

    def _warnings(self) -> tuple[str, ...]:
        warnings = []
        if self.hysteresis_t:
            warnings.append(
                f"sweeps up lie {GAUSS_PER_TESLA * self.hysteresis_t:.2g} G from sweeps down: "
                "hysteresis of the magnet, or a reading that lags; half of it was taken off each"
            )
        if self._is_vague:
            warnings.append(
                f"these isotherms tell the offset to {GAUSS_PER_TESLA * self.error_t:.2g} G only, "
                "and it may be zero: none was taken off"
            )
        if self.of_file:
            warnings.append(
                f"offsets of the files differ by more than chance (p = {self.p:.1g}): each file "
                "has its own"
            )
        odd = [one for one in self.isotherms if one.centre.chi2_per_dof > _WORST_CHI2]
        if odd:
            warnings.append(
                f"{len(odd)} of {len(self.isotherms)} isotherms are not even about any field "
                "(χ²/dof above 3): hysteresis, drift, or an admixture of the Hall voltage"
            )
        return tuple(warnings)


def _about(value: float, error: float, unit: str) -> FitParameter:
    return FitParameter(value, value - error, value + error, unit)


def field_offsets(
    data: TransportData,
    axes: Mapping[str, Column],
    curves: Sequence[RawCurve],
    noise: Noise,
    settings: FittingSettings,
) -> FieldOffsets:
    """Return by how much the fields of one sample's files are off.

    Each isotherm that reaches both signs tells the field about which it is even; the
    weighted mean holds for all rows, unless the files differ by more than chance.

    Parameters
    ----------
    data, axes, curves, noise
        Rows, their axes, and the curves of one sample.
    settings : FittingSettings
        ``field_offset_t`` is taken where it is given.
    """
    if settings.field_offset_t is not None:
        return FieldOffsets(settings.field_offset_t, 0.0, {}, (), np.nan, given=True)
    fields = [c for c in curves if (c.along, c.quantity) == ("field_t", "resistivity_ohm_sq")]
    hysteresis = _hysteresis(data, axes, fields, noise)
    isotherms = [
        one
        for curve in fields
        for one in _centres(
            data, axes["field_t"][curve.rows] - curve.direction * hysteresis[0] / 2, curve, noise
        )
    ]
    if not isotherms:
        return FieldOffsets(np.nan, 0.0, {}, (), np.nan, given=False)
    of_file = {
        number: _weighted([one for one in isotherms if one.file == number])
        for number in sorted({one.file for one in isotherms})
    }
    p = _p(np.array(list(of_file.values())))
    apart = of_file if p < _LEAST_P else {}
    return FieldOffsets(
        *_weighted(isotherms),
        apart,
        tuple(isotherms),
        p,
        given=False,
        hysteresis_t=hysteresis[0],
        hysteresis_error_t=hysteresis[1],
    )


def _hysteresis(
    data: TransportData, axes: Mapping[str, Column], curves: Sequence[RawCurve], noise: Noise
) -> tuple[float, float]:
    """Return how far sweeps up are from sweeps down with its error, 0 where chance does it."""
    shifts = []
    for curve in curves:
        value, error, _floor = noise.of(data, curve)
        field_t = axes["field_t"][curve.rows]
        up, down = (
            even_centre(field_t[rows], value[rows], error[rows])
            for rows in (curve.direction > 0, curve.direction < 0)
        )
        if up is not None and down is not None:
            shifts.append((up.field_t - down.field_t, float(np.hypot(up.error_t, down.error_t))))
    if not shifts:
        return 0.0, 0.0
    mean, mean_error = _mean(np.array(shifts))
    return (mean, mean_error) if abs(mean) > _HYSTERESIS_ERRORS * mean_error else (0.0, 0.0)


def _centres(
    data: TransportData, field_t: Column, curve: RawCurve, noise: Noise
) -> Iterator[Isotherm]:
    """Look for the centre of a curve, file by file: another cooldown may trap another flux."""
    value, error, _floor = noise.of(data, curve)
    for number in np.unique(data.file[curve.rows]):
        own = data.file[curve.rows] == number
        centre = even_centre(field_t[own], value[own], error[own])
        if centre is not None and centre.error_t > 0:
            held_k = float(np.median(data.temperature_k[curve.rows][own]))
            yield Isotherm(int(number), held_k, centre)


def _weighted(isotherms: Sequence[Isotherm]) -> tuple[float, float]:
    return _mean(np.array([(one.centre.field_t, one.centre.error_t) for one in isotherms]))


def _mean(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the weighted mean of (value, error) and its error, widened where they scatter."""
    value, weight = values[:, 0], values[:, 1] ** -2.0
    mean = float(weight @ value / weight.sum())
    scale = float(weight @ (value - mean) ** 2 / max(len(value) - 1, 1))
    return mean, float(np.sqrt(max(scale, 1.0) / weight.sum()))


def _p(offsets: NDArray[np.float64]) -> float:
    """Return the chance that offsets with errors, shape (F, 2), scatter so far about one value."""
    from scipy.stats import chi2

    if len(offsets) < 2:
        return 1.0
    value, weight = offsets[:, 0], offsets[:, 1] ** -2.0
    mean = weight @ value / weight.sum()
    return float(chi2.sf(weight @ (value - mean) ** 2, len(value) - 1))
