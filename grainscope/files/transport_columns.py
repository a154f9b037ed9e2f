"""Headers of transport data: what a column holds, and in which unit."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grainscope.errors import TransportDataError
from grainscope.files.transport_headers import plain_header, spelt_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_LARGE = {"": 1.0, "k": 1e3}
_SMALL = {"": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12}
_FIELD = {"t": 1.0, "mt": 1e-3, "g": 1e-4, "oe": 1e-4, "koe": 0.1}
_OHM = {f"{prefix}ohm": factor for prefix, factor in _LARGE.items()}
_OHM_SQ = {f"{unit}_sq": factor for unit, factor in _OHM.items()}
_AMPERE = {f"{prefix}a": factor for prefix, factor in _SMALL.items()}
_KELVIN = {"k": 1.0, "mk": 1e-3}
_HERTZ = {"hz": 1.0, "khz": 1e3, "mhz": 1e6, "ghz": 1e9}

#: Column of `TransportData`, and the factors that bring each unit to its own. What is
#: given in Ω of the bar gets Ω/□ by its geometry.
_UNITS: dict[str, tuple[str, Mapping[str, float]]] = {
    "temperature": ("temperature_k", _KELVIN),
    "temperature_error": ("temperature_error_k", _KELVIN),
    "field": ("field_t", _FIELD),
    "resistivity": ("resistivity_ohm_sq", _OHM_SQ),
    "resistivity_error": ("resistivity_error_ohm_sq", _OHM_SQ),
    "resistance": ("resistivity_ohm_sq", _OHM),
    "resistance_error": ("resistivity_error_ohm_sq", _OHM),
    "hall_resistance": ("hall_resistance_ohm", _OHM),
    "dvdi": ("dvdi_ohm_sq", {**_OHM, **_OHM_SQ}),
    "current": ("current_a", _AMPERE),
    "excitation": ("excitation_a", _AMPERE),
    "rf_frequency": ("rf_frequency_hz", _HERTZ),
    "rf_power": ("rf_power_dbm", {"dbm": 1.0}),
    "rf_transmitted": ("rf_transmitted_dbm", {"dbm": 1.0}),
    "gate": ("gate_v", {"v": 1.0, "mv": 1e-3}),
}
TEXT_COLUMNS = ("sample", "stage", "condition", "sweep_direction")
#: Every header that is read: a quantity with a unit, or a text.
KNOWN = (
    *(f"{name}_{unit}" for name, (_, units) in _UNITS.items() for unit in units),
    *TEXT_COLUMNS,
)
#: What a curve can be made of.
MEASURED = ("resistivity_ohm_sq", "hall_resistance_ohm", "dvdi_ohm_sq")
#: As Quantum Design's MultiVu writes them; of two bridges the first is the sample.
_MULTIVU = {
    "bridge 1 resistance (ohms)": "resistance_ohm",
    "bridge 1 excitation (ua)": "excitation_ua",
    "resistance ch1 (ohms)": "resistance_ohm",
}
#: More of a text from a file than this is not shown.
_SHOWN_CHARACTERS, _SHOWN_COLUMNS = 40, 12


@dataclass(frozen=True)
class Column:
    """Where a column of `TransportData` is found.

    Attributes
    ----------
    place : int
        Column of the file, from 0.
    name : str
        Column of `TransportData`.
    factor : float
        To its unit; 1 for a text.
    of_bar : bool
        Whether it is in Ω of the bar, not yet Ω/□.
    """

    place: int
    name: str
    factor: float
    of_bar: bool


def find_columns(header: Sequence[str], chosen: Mapping[str, str], where: str) -> list[Column]:
    """Return which columns of a file hold what.

    Parameters
    ----------
    header : sequence of str
        Of the file.
    chosen : mapping of str to str
        ``fitting.columns``: grainscope's header to the file's own.
    where : str
        The file, for messages.

    Raises
    ------
    TransportDataError
        A chosen column is not there or unknown, two columns hold the same, or nothing
        that was measured is among them.

    Examples
    --------
    >>> found = find_columns(["temperature_mk", "R (Ohm)"], {"resistance_ohm": "R (Ohm)"}, "a.csv")
    >>> [(column.name, column.factor, column.of_bar) for column in found]
    [('temperature_k', 0.001, False), ('resistivity_ohm_sq', 1.0, True)]
    """
    found = [_MULTIVU.get(plain_header(text)) or _known(text) for text in header]
    columns = [_column(name, place) for place, name in enumerate(found) if name]
    own = [plain_header(text) for text in header]
    for name, theirs in chosen.items():
        if name not in KNOWN:
            raise TransportDataError(_unknown(name))
        if plain_header(theirs) in own:
            column = _column(name, own.index(plain_header(theirs)))
            # What the user chose stands, whatever other columns seem to hold.
            columns = [c for c in columns if c.place != column.place and c.name != column.name]
            columns.append(column)
    _check(columns, header, where)
    return columns


def _known(text: str) -> str:
    plain = plain_header(text)
    name = plain if plain in KNOWN else spelt_out(text)
    return name if name in KNOWN else ""


def unmatched(headers: Iterable[Sequence[str]], chosen: Mapping[str, str]) -> list[str]:
    """Return the columns of ``fitting.columns`` that no header of the files has.

    Examples
    --------
    >>> unmatched([["T", "R"], ["U"]], {"temperature_k": "T", "field_t": "B"})
    ['B']
    """
    plain = {plain_header(text) for header in headers for text in header}
    return [theirs for theirs in chosen.values() if plain_header(theirs) not in plain]


def shown(texts: Sequence[str]) -> str:
    """Return texts of a file as a message can hold them.

    Examples
    --------
    >>> shown(["a", " b" * 30, "c"])
    'a, b b b b b b b b b b b b b b b b b b b b …, c'
    """
    short = [shortened(text.strip()) for text in texts[:_SHOWN_COLUMNS]]
    more = f" and {len(texts) - _SHOWN_COLUMNS} more" if len(texts) > _SHOWN_COLUMNS else ""
    return ", ".join(short) + more


def shortened(text: str) -> str:
    """Return a text of a file without what is too long for a message, in one line."""
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= _SHOWN_CHARACTERS else f"{one_line[:_SHOWN_CHARACTERS]}…"


def _column(name: str, place: int) -> Column:
    if name in TEXT_COLUMNS:
        return Column(place, name, 1.0, False)
    stem = max((s for s in _UNITS if name.startswith(f"{s}_")), key=len)
    target, units = _UNITS[stem]
    unit = name[len(stem) + 1 :]
    return Column(place, target, units[unit], target.endswith("ohm_sq") and not unit.endswith("sq"))


def _check(columns: Sequence[Column], header: Sequence[str], where: str) -> None:
    names = [column.name for column in columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        both = [shortened(header[c.place]) for c in columns if c.name == twice[0]]
        raise TransportDataError(
            f"{where}: columns {' and '.join(both[:2])} both hold {twice[0]}; remove one, "
            f"or choose with fitting.columns"
        )
    if not set(MEASURED) & set(names):
        raise TransportDataError(
            f"{where}: nothing measured found (got columns: {shown(header)}; expected one of "
            "resistivity_ohm_sq, resistance_ohm, hall_resistance_ohm, dvdi_ohm, or the likes of "
            "'Rxx (Ohm)'). Name the columns in the settings, such as "
            f"--set 'fitting.columns={{resistance_ohm=\"{shortened(header[-1])}\"}}'"
        )


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, KNOWN, 1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"fitting.columns: no column is called {name!r}{hint}. Known: {', '.join(KNOWN)}"
