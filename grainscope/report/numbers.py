"""Numbers as a reader wants them: no more digits than are known."""

from __future__ import annotations

import math
import re

from grainscope.plain_number import SUPERSCRIPT

#: Digits of a number whose uncertainty is not known.
_SIGNIFICANT = 4
NOT_KNOWN = "–"


def format_number(value: float | None, step: float | None = None) -> str:
    """Write a number with four significant digits, or down to the second digit of ``step``.

    Parameters
    ----------
    value : float or None
        None and NaN become a dash; whole numbers keep all digits.
    step : float, optional
        Its uncertainty.

    Examples
    --------
    >>> [format_number(v) for v in (12703, 0.123456, 84.0, None)]
    ['12,703', '0.1235', '84', '–']
    >>> format_number(20450.3), format_number(0.00001234)
    ('20,450', '1.234·10⁻⁵')
    >>> format_number(1.23456, step=0.021), format_number(84, step=2.5)
    ('1.235', '84')
    """
    if value is None or not math.isfinite(value):
        return NOT_KNOWN
    if float(value).is_integer() and abs(value) < 1e9 and (not step or step >= 0.5):
        return f"{int(value):,}"
    magnitude = math.floor(math.log10(abs(value))) if value else 0
    if step and math.isfinite(step):
        decimals = 1 - math.floor(math.log10(step))
    else:
        decimals = _SIGNIFICANT - 1 - magnitude
    if -4 <= magnitude < 7:
        return f"{round(value, decimals):,.{max(decimals, 0)}f}"
    digits = max(decimals + magnitude, 0)
    return f"{value / 10.0**magnitude:.{digits}f}·10{str(magnitude).translate(SUPERSCRIPT)}"


def format_interval(low: float | None, high: float | None) -> str:
    """Write a 68 % interval; a dash where none is known.

    Examples
    --------
    >>> format_interval(1.2134, 1.2561), format_interval(None, None)
    ('1.213 to 1.256', '–')
    """
    step = half_width(low, high)
    if step is None:
        return NOT_KNOWN
    return f"{format_number(low, step)} to {format_number(high, step)}"


def half_width(low: float | None, high: float | None) -> float | None:
    """Return half the width of an interval, None where it has none."""
    if low is None or high is None or not high > low:
        return None
    return (high - low) / 2


def short_number(value: float | None, digits: int = 4) -> str:
    """Write a number that has no uncertainty with so many digits at most, and no zeros at its end.

    Examples
    --------
    >>> short_number(0.3), short_number(81.786941), short_number(2665354.9, 3), short_number(8e-5)
    ('0.3', '81.79', '2,670,000', '8·10⁻⁵')
    """
    if value is None or not math.isfinite(value):
        return NOT_KNOWN
    rounded = float(f"{value:.{digits}g}")
    mantissa, power, exponent = format_number(
        rounded, abs(rounded) * 10.0 ** (1 - digits)
    ).partition("·")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return mantissa + power + exponent


def with_minus(text: str) -> str:
    """Put a minus sign where a number has a hyphen.

    Examples
    --------
    >>> with_minus("-0.87 (-0.92 to -0.82), half-widths")
    '−0.87 (−0.92 to −0.82), half-widths'
    """
    return re.sub(r"-(?=\d)", "−", text)
