"""A number in few characters, for figures, the window and reports alike."""

SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def plain_number(value: float) -> str:
    """Return a number without mathtext: plain from 0.001 to 9999, else a power of ten.

    Examples
    --------
    >>> [plain_number(v) for v in (0.01, 300, 84.317, 1e4, 2e-5)]
    ['0.01', '300', '84.3', '10⁴', '2·10⁻⁵']
    """
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        return f"{value:.3g}" if abs(value) < 1e3 else f"{value:.4g}"
    mantissa, exponent = f"{value:.2e}".split("e")
    power = "10" + str(int(exponent)).translate(SUPERSCRIPT)
    factor = f"{float(mantissa):g}"
    return power if factor == "1" else f"{factor}·{power}"
