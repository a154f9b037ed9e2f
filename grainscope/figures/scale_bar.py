"""A scale bar of round length."""

from __future__ import annotations

import math


def round_length_nm(available_nm: float) -> float:
    """Return the longest of 1, 2, 5 · 10ⁿ nm that fits.

    Examples
    --------
    >>> round_length_nm(730.0), round_length_nm(0.4)
    (500.0, 0.2)
    """
    power: float = 10.0 ** math.floor(math.log10(available_nm))
    return max(step * power for step in (1, 2, 5) if step * power <= available_nm * (1 + 1e-9))


def length_label(length_nm: float) -> str:
    """Write a length with the unit that keeps its number short.

    Examples
    --------
    >>> length_label(200.0), length_label(2000.0), length_label(0.5), length_label(5e6)
    ('200 nm', '2 µm', '0.5 nm', '5 mm')
    """
    for size_nm, unit in ((1e6, "mm"), (1e3, "µm")):
        if length_nm >= size_nm:
            return f"{length_nm / size_nm:g} {unit}"
    return f"{length_nm:g} nm"
