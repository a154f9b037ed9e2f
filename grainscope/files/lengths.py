"""Lengths as instruments and people write them: a number and a unit."""

from __future__ import annotations

import re

#: Nanometres in one unit, as it is spelt in tags, sidecars and labels.
NM_PER_UNIT = {
    "fm": 1e-6,
    "pm": 1e-3,
    "å": 0.1,
    "angstrom": 0.1,
    "nm": 1.0,
    "nanometer": 1.0,
    "um": 1e3,
    "µm": 1e3,
    "micron": 1e3,
    "microns": 1e3,
    "micrometer": 1e3,
    "mm": 1e6,
    "cm": 1e7,
    "inch": 2.54e7,
    "in": 2.54e7,
    "m": 1e9,
    "meter": 1e9,
}
_QUANTITY = re.compile(r"\s*([0-9]+(?:[.,][0-9]+)?(?:[eE][-+]?[0-9]+)?)\s*([^\W\d_]+)")


def nm_per_unit(unit: str) -> float | None:
    """Return how many nm one unit is, or None for a unit that is no length.

    Examples
    --------
    >>> nm_per_unit("µm"), nm_per_unit("Micron"), nm_per_unit("pixel")
    (1000.0, 1000.0, None)
    """
    # Greek mu and ImageJ's escaped micro sign are the same letter to people.
    folded = unit.strip().replace("μ", "µ").replace("\\u00B5", "µ").replace("\\u00b5", "µ")
    return NM_PER_UNIT.get(folded.lower())


def parse_length_nm(text: str) -> float | None:
    """Read a number with a unit at the start of a text, in nm.

    Examples
    --------
    >>> parse_length_nm("10.0nm/pixel"), parse_length_nm("5.965 µm"), parse_length_nm("7 V")
    (10.0, 5965.0, None)
    """
    match = _QUANTITY.match(text)
    unit_nm = nm_per_unit(match[2]) if match else None
    if match is None or unit_nm is None:
        return None
    return float(match[1].replace(",", ".")) * unit_nm


def rounding_uncertainty(text: str) -> float:
    """Return the standard deviation that rounding left in a number as it is printed.

    Half a unit of the last digit, uniformly distributed: 10^−d / √12 for *d* decimals.

    Examples
    --------
    >>> round(rounding_uncertainty("10.0"), 4), rounding_uncertainty("x")
    (0.0289, 0.0)
    """
    match = _QUANTITY.match(f"{text} x") if text else None
    if match is None:
        return 0.0
    digits, _, exponent = match[1].replace(",", ".").lower().partition("e")
    decimals = len(digits.partition(".")[2]) - int(exponent or 0)
    return float(10.0 ** (-decimals) / 12**0.5)
