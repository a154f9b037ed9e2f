"""All 27 certified nonlinear regressions of NIST, from both starts, options the same for all."""

from pathlib import Path

import numpy as np
import pytest
from numpy import arctan, cos, exp, pi, sin
from numpy.polynomial.polynomial import polyval

from grainscope.fitting.least_squares import minimise

FILES = Path(__file__).parent / "nist"


def cubic_over_cubic(x, b):
    return polyval(x, b[:4]) / polyval(x, [1, *b[4:]])


def two_peaks(x, b):
    first, second = (b[k] * exp(-((x - b[k + 1]) ** 2) / b[k + 2] ** 2) for k in (2, 5))
    return b[0] * exp(-b[1] * x) + first + second


def three_decays(x, b):
    return sum(b[k] * exp(-b[k + 1] * x) for k in (0, 2, 4))


def three_cycles(x, b):
    cycles = ((12, b[1], b[2]), (b[3], b[4], b[5]), (b[6], b[7], b[8]))
    return b[0] + sum(a * cos(2 * pi * x / t) + c * sin(2 * pi * x / t) for t, a, c in cycles)


def decay_over_line(x, b):
    return exp(-b[0] * x) / (b[1] + b[2] * x)


MODELS = {
    "Bennett5": lambda x, b: b[0] * (b[1] + x) ** (-1 / b[2]),
    "BoxBOD": lambda x, b: b[0] * (1 - exp(-b[1] * x)),
    "Chwirut1": decay_over_line,
    "Chwirut2": decay_over_line,
    "DanWood": lambda x, b: b[0] * x ** b[1],
    "ENSO": three_cycles,
    "Eckerle4": lambda x, b: b[0] / b[1] * exp(-0.5 * ((x - b[2]) / b[1]) ** 2),
    "Gauss1": two_peaks,
    "Gauss2": two_peaks,
    "Gauss3": two_peaks,
    "Hahn1": cubic_over_cubic,
    "Kirby2": lambda x, b: polyval(x, b[:3]) / polyval(x, [1, *b[3:]]),
    "Lanczos1": three_decays,
    "Lanczos2": three_decays,
    "Lanczos3": three_decays,
    "MGH09": lambda x, b: b[0] * (x**2 + x * b[1]) / (x**2 + x * b[2] + b[3]),
    "MGH10": lambda x, b: b[0] * exp(b[1] / (x + b[2])),
    "MGH17": lambda x, b: b[0] + b[1] * exp(-x * b[3]) + b[2] * exp(-x * b[4]),
    "Misra1a": lambda x, b: b[0] * (1 - exp(-b[1] * x)),
    "Misra1b": lambda x, b: b[0] * (1 - (1 + b[1] * x / 2) ** -2),
    "Misra1c": lambda x, b: b[0] * (1 - (1 + 2 * b[1] * x) ** -0.5),
    "Misra1d": lambda x, b: b[0] * b[1] * x / (1 + b[1] * x),
    "Nelson": lambda x, b: b[0] - b[1] * x[0] * exp(-b[2] * x[1]),
    "Rat42": lambda x, b: b[0] / (1 + exp(b[1] - b[2] * x)),
    "Rat43": lambda x, b: b[0] / (1 + exp(b[1] - b[2] * x)) ** (1 / b[3]),
    "Roszman1": lambda x, b: b[0] - b[1] * x - arctan(b[2] / (x - b[3])) / pi,
    "Thurber": cubic_over_cubic,
}
#: Its residuals are 1e-13 of values near 1, so that rounding leaves three digits of them.
ROUNDED = {"Lanczos1"}


def read(name):
    """Return starts, certified parameters and standard deviations, (4, P), and x and y."""
    lines = (FILES / f"{name}.dat").read_text().splitlines()
    of = [line.split("=")[1].split() for line in lines[40:60] if line.strip().startswith("b")]
    rows = np.array([line.split() for line in lines[60:] if line.strip()], float)
    y, x = rows[:, 0], rows[:, 1:].T
    return np.array(of, float).T, x[0] if len(x) == 1 else x, np.log(y) if len(x) == 2 else y


def digits(found, certified):
    error = np.max(np.abs(found - certified) / np.abs(certified))
    return -np.log10(max(error, 1e-15))


def test_all_are_there():
    assert sorted(MODELS) == sorted(path.stem for path in FILES.glob("*.dat"))
    assert len(MODELS) == 27


@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("name", sorted(MODELS))
def test_certified_values(name, start):
    table, x, y = read(name)
    certified, deviation = table[2:]
    anywhere = np.full(len(certified), np.inf)
    found = minimise(lambda b: MODELS[name](x, b) - y, table[start], -anywhere, anywhere)
    assert found.converged
    assert digits(found.theta, certified) >= 6
    spread = np.sqrt(np.diag(found.covariance) * found.chi2 / (len(y) - len(certified)))
    assert digits(spread, deviation) >= (2.5 if name in ROUNDED else 4)
