"""What was measured: the sweeps behind each figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from grainscope.records.record import freeze, record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    Column = NDArray[np.float64]

Unit = Literal["resistivity_ohm_sq", "resistance_ohm", "dvdi_ohm", "hall_resistance_ohm"]


@record
class Sweep:
    """One quantity swept, the others held; K rows in the order of measurement.

    Attributes
    ----------
    stage, disturbance : str
        Names in the truth.
    temperature_k, field_t, current_a : ndarray of float64, shape (K,)
        Set points; the field at the film, the current NaN where none was applied.
    direction : {"up", "down"}
    power_dbm : float
    """

    stage: str
    temperature_k: Column
    field_t: Column
    current_a: Column
    direction: str
    disturbance: str = "none"
    power_dbm: float = 0.0

    def __post_init__(self) -> None:
        for name in ("temperature_k", "field_t", "current_a"):
            freeze(self, name, 1, np.float64)


@record
class Plan:
    """The sweeps of one file.

    Attributes
    ----------
    unit : str
        Column of what is measured.
    sweeps : tuple of Sweep
    """

    unit: Unit
    sweeps: tuple[Sweep, ...]


_STAGES = ("S0", "S1", "S2", "S2G")
_STUDIED = ("S2", "S2G")
_ISOTHERMS_K = (0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)
_BASE_K = 0.06
#: Where isotherms are dense.
_CROSSING_T = {"S2": (0.035, 0.065), "S2G": (0.035, 0.053)}


def plans(points: int) -> dict[str, Plan]:
    """Return the sweeps of each file, by its name without ending.

    Every sweep is taken up and down.

    Parameters
    ----------
    points : int
        Of a sweep on one side of zero field; at least 12.

    Examples
    --------
    >>> list(plans(12))  # doctest: +NORMALIZE_WHITESPACE
    ['zero_field_rt', 'arrhenius', 'isotherms', 'log_temperature',
     'differential_resistance', 'rf', 'low_field_mr', 'hall']
    """
    makers: dict[str, tuple[Unit, Callable[[int], Iterable[Sweep]]]] = {
        "zero_field_rt": ("resistance_ohm", _zero_field),
        "arrhenius": ("resistivity_ohm_sq", _arrhenius),
        "isotherms": ("resistivity_ohm_sq", _isotherms),
        "log_temperature": ("resistivity_ohm_sq", _log_temperature),
        "differential_resistance": ("dvdi_ohm", _differential),
        "rf": ("resistivity_ohm_sq", _rf),
        "low_field_mr": ("resistivity_ohm_sq", _low_field),
        "hall": ("hall_resistance_ohm", _hall),
    }
    return {name: Plan(unit, tuple(make(points))) for name, (unit, make) in makers.items()}


def ppms_plan(points: int) -> Plan:
    """Return sweeps of a cryostat that reaches 2 K and 9 T: R(T) at 0 and 1 T, R(H) at 2 K."""
    cooling = np.geomspace(2.0, 300.0, points)
    sweeps = [s for h in (0.0, 1.0) for s in _against_temperature("S2", cooling, h)]
    sweeps += _against_field("S2", 2.0, np.linspace(-9.0, 9.0, points))
    return Plan("resistance_ohm", tuple(sweeps))


def _zero_field(points: int) -> Iterator[Sweep]:
    # Half of the points where the steps are.
    temperatures = np.concatenate(
        [np.geomspace(0.05, 1.9, points), np.linspace(2.0, 4.5, points), np.geomspace(5, 300, 24)]
    )
    for stage in _STAGES:
        yield from _against_temperature(stage, temperatures, 0.0)


def _arrhenius(points: int) -> Iterator[Sweep]:
    temperatures = _even_in_both(0.06, 2.0, points)
    for field in (2e-4, 1e-3, 5e-3, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08):
        yield from _against_temperature("S2", temperatures, field)


def _isotherms(points: int) -> Iterator[Sweep]:
    for stage in _STUDIED:
        positive = _isotherm_fields(points, *_CROSSING_T[stage])
        fields = np.concatenate([-positive[::-3], positive])
        for temperature in _ISOTHERMS_K:
            yield from _against_field(stage, temperature, fields)
    for stage in ("S0", "S1"):
        fields = _isotherm_fields(36, 0.02, 0.06)
        for temperature in (0.06, 0.3, 1.0):
            yield from _against_field(stage, temperature, fields)


def _isotherm_fields(points: int, low_t: float, high_t: float) -> Column:
    """Return fields from 2 G to 8 T, half of them evenly about a crossing."""
    sixth = points // 6
    return np.concatenate(
        [
            np.geomspace(2e-4, 0.98 * low_t, sixth),
            np.linspace(low_t, high_t, points // 2),
            np.geomspace(1.03 * high_t, 0.13, points // 3),  # the maximum
            np.geomspace(0.15, 8.0, sixth),
        ]
    )


def _log_temperature(points: int) -> Iterator[Sweep]:
    temperatures = np.geomspace(0.06, 4.0, points)
    shared = (0.06, 0.08, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
    near = {"S2": (0.046, 0.048, 0.05, 0.055), "S2G": (0.0418, 0.0424, 0.046, 0.05)}
    for stage in _STUDIED:
        for field in near[stage] + shared:
            yield from _against_temperature(stage, temperatures, field)


def _differential(points: int) -> Iterator[Sweep]:
    # A tenth of the linear limit up to three critical currents, and evenly about the latter.
    third = points // 3
    positive = np.unique(
        np.concatenate([np.geomspace(2e-9, 3e-6, third), np.linspace(0.1e-6, 2e-6, third)])
    )
    currents = np.concatenate([-positive[::-1], [0.0], positive])
    for field in (0.0, 2e-4, 2e-3, 0.01, 0.03, 0.043, 0.05, 0.06, 0.076):
        yield from _against_current(_BASE_K, field, currents)
    for disturbance in ("0.2 GHz", "2 GHz"):
        yield from _against_current(_BASE_K, 0.0, currents, disturbance)
    yield from _against_current(4.0, 0.0, currents)


def _rf(points: int) -> Iterator[Sweep]:
    temperatures = _even_in_both(0.06, 1.0, points)
    for field, disturbances in (
        (2e-4, ("none", "0.2 GHz", "2 GHz", "bypass")),
        (0.03, ("none", "0.2 GHz", "2 GHz", "bypass")),
        (0.1, ("none", "2 GHz")),
    ):
        for disturbance in disturbances:
            yield from _against_temperature("S2G", temperatures, field, disturbance)
    for power in (-10.0, -20.0, -30.0):
        yield from _against_temperature("S2G", temperatures, 0.03, "2 GHz", power)


def _low_field(points: int) -> Iterator[Sweep]:
    fields = np.linspace(-60e-4, 60e-4, 2 * points + 1)
    for disturbance in ("none", "0.2 GHz", "2 GHz"):
        for _repeat in range(2):
            yield from _against_field("S2G", _BASE_K, fields, disturbance)


def _hall(points: int) -> Iterator[Sweep]:
    yield from _against_field("S2", 4.0, np.linspace(-8.0, 8.0, 2 * (points // 2) + 1))


def _even_in_both(low_k: float, high_k: float, points: int) -> Column:
    """Return temperatures spaced evenly in ln T and in 1/T, half of them each, ascending."""
    half = points // 2
    by_inverse = 1 / np.linspace(1 / high_k, 1 / low_k, half + 2)[1:-1]
    return np.sort(np.concatenate([np.geomspace(low_k, high_k, points - half), by_inverse]))


def _against_temperature(
    stage: str, temperatures: Column, field: float, disturbance: str = "none", power: float = 0.0
) -> Sequence[Sweep]:
    held, none = np.full(len(temperatures), field), np.full(len(temperatures), np.nan)
    return [
        Sweep(stage, temperatures[::step], held, none, direction, disturbance, power)
        for step, direction in ((-1, "down"), (1, "up"))
    ]


def _against_field(
    stage: str, temperature: float, fields: Column, disturbance: str = "none"
) -> Sequence[Sweep]:
    held, none = np.full(len(fields), temperature), np.full(len(fields), np.nan)
    return [
        Sweep(stage, held, fields[::step], none, direction, disturbance)
        for step, direction in ((1, "up"), (-1, "down"))
    ]


def _against_current(
    temperature: float, field: float, currents: Column, disturbance: str = "none"
) -> Sequence[Sweep]:
    held, fields = np.full(len(currents), temperature), np.full(len(currents), field)
    return [
        Sweep("S2G", held, fields, currents[::step], direction, disturbance)
        for step, direction in ((1, "up"), (-1, "down"))
    ]
