"""How laboratories write the header of a column: ``T (K)``, ``B[mT]``, ``Rxx / Ohm``."""

from __future__ import annotations

import re

#: Ours, by what stands before the unit; letters small, without spaces and underscores.
_QUANTITIES = {
    "temperature": ("t", "temp", "temperature"),
    "field": ("h", "b", "field", "magneticfield", "mu0h", "µ0h", "μ0h"),
    "resistance": ("r", "rxx", "resistance"),
    "resistivity": ("rho", "rhoxx", "ρ", "ρxx", "rs", "rsheet", "sheetresistance", "resistivity"),
    "hall_resistance": ("rxy", "hall", "rhall", "hallresistance"),
    "dvdi": ("dvdi", "dv/di", "differentialresistance"),
    "current": ("i", "idc", "current", "biascurrent", "dccurrent"),
    "excitation": ("iac", "excitation", "excitationcurrent"),
    "gate": ("vg", "vgate", "gate", "gatevoltage"),
    "rf_frequency": ("frf", "rffrequency"),
    "rf_power": ("prf", "rfpower"),
    "rf_transmitted": ("rftransmitted", "transmittedrfpower"),
}
_OURS = {theirs: ours for ours, spellings in _QUANTITIES.items() for theirs in spellings}
_UNITS = {
    "kelvin": "k",
    "tesla": "t",
    "gauss": "g",
    "oersted": "oe",
    "ohms": "ohm",
    "ohm/square": "ohm_sq",
    "ohm/sq": "ohm_sq",
    "ohm/□": "ohm_sq",
    "ohms/sq": "ohm_sq",
    "volt": "v",
}
_WITH_UNIT = re.compile(r"(.*?)\s*(?:\((.*)\)|\[(.*)\]|/\s*([^/()\[\]]+(?:/\s*(?:sq|square|□))?))")
#: Lower case makes mΩ of MΩ: neither is read.
_MEGA_OR_MILLI = re.compile(r"[mM](?:[Oo]hm|Ω|Ω)")


def plain_header(text: str) -> str:
    """Return a header in small letters, with single spaces.

    Examples
    --------
    >>> plain_header(" Temperature  (K)")
    'temperature (k)'
    """
    return re.sub(r"\s+", " ", text.strip().lower())


def spelt_out(text: str) -> str:
    """Return our header for another spelling of quantity and unit, else the plain header.

    The unit stands in brackets or behind a slash; what has none is not guessed.

    Examples
    --------
    >>> [spelt_out(text) for text in ("T(K)", "B [mT]", "Rxx / kΩ", "R (Ohm/sq)", "dV/dI (Ohm)")]
    ['temperature_k', 'field_mt', 'resistance_kohm', 'resistivity_ohm_sq', 'dvdi_ohm']
    >>> spelt_out("Rxx"), spelt_out("Time (s)")
    ('rxx', 'time (s)')
    """
    plain = plain_header(text)
    match = _WITH_UNIT.fullmatch(plain)
    if match is None or _MEGA_OR_MILLI.search(text):
        return plain
    ours = _OURS.get(re.sub(r"[\s_]", "", match[1]))
    unit = _unit(next(found for found in match.groups()[1:] if found is not None))
    if ours is None:
        return plain
    if ours == "resistance" and unit.endswith("_sq"):
        ours = "resistivity"
    if ours == "resistivity" and unit.endswith("ohm"):
        ours = "resistance"
    return f"{ours}_{unit}"


def _unit(text: str) -> str:
    plain = re.sub(r"\s", "", text).replace("ω", "ohm").replace("µ", "u").replace("μ", "u")
    return _UNITS.get(plain, plain.removesuffix("s") if plain.endswith("ohms") else plain)


def with_units(header: list[str], row: list[str]) -> list[str] | None:
    """Return headers with the units of the row below them, where it is a row of units.

    Examples
    --------
    >>> with_units(["Temperature", "Rxx", "Note"], ["mK", "Ohm", ""])
    ['Temperature (mK)', 'Rxx (Ohm)', 'Note']
    >>> with_units(["temperature_k", "sample"], ["overload", "In 7"]) is None
    True
    """
    joined = [
        f"{name} ({unit.strip().strip('()[]')})" if unit.strip() else name
        for name, unit in zip(header, row, strict=False)
    ]
    read = [spelt_out(text) for text in joined]
    known = [text for text, whole in zip(read, joined, strict=True) if text != plain_header(whole)]
    if not known or any(any(mark.isdigit() for mark in cell) for cell in row):
        return None
    return [*joined, *header[len(joined) :]]
