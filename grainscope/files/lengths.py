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
_QUANTITY = re.compile(r"\s*([0-9]+(?:[.,][0-9]+)?(?:[eE][-+]?[0-9]{1,3})?)\s*([^\W\d_]+)")


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
    unit_nm = _unit_nm(text)
    return float(match[1].replace(",", ".")) * unit_nm if match and unit_nm else None


def _unit_nm(text: str) -> float | None:
    """Return how many nm the unit of a length is."""
    match = _QUANTITY.match(text)
    return nm_per_unit(match[2]) if match else None


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
    return float(f"1e{-decimals}") / 12**0.5


def length_rounding_nm(text: str) -> float:
    """Return the same of a length with its unit, in nm.

    Examples
    --------
    >>> round(length_rounding_nm("0.50 µm"), 2), length_rounding_nm("7 V")
    (2.89, 0.0)
    """
    return rounding_uncertainty(text) * (_unit_nm(text) or 0.0)


def whole_number(text: str) -> int | None:
    """Read a whole number as instruments write it, None for anything else.

    Examples
    --------
    >>> whole_number(" 768"), whole_number("7²"), whole_number("-1"), whole_number("9" * 5000)
    (768, None, None, None)
    """
    return int(text) if re.fullmatch(r"\s*[0-9]{1,18}\s*", text) else None
