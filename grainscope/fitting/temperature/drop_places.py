"""At which temperatures R drops by a step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.temperature.smooth_step import logistic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.fitting.smoothing.averaged_rows import Rows

    Column = NDArray[np.float64]

#: A drop is looked for in windows of this ratio of temperatures on either side,
_LOOK = 1.8
#: of widths (of a logistic, in units of T) like these,
_LOOK_WIDTHS = (0.005, 0.012, 0.03)
#: at so many temperatures,
_LOOK_PLACES = 240
#: and is one where it lowers χ² by so much, in units of what χ²/dof is with it,
_LEAST_F = 30.0
#: while its depth is between these: what takes more of R away is no drop on a background.
_SHALLOWEST, _DEEPEST = 0.003, 0.7
_LEAST_ROWS = 10


def locate_drops(rows: Rows) -> Column:
    """Return temperatures at which R drops, the warmest first; empty where nowhere.

    At each of many temperatures a window around is fitted with and without a step on a
    background of as many parameters.

    Parameters
    ----------
    rows : Rows
        Temperatures ascending, values above 0, no limits.

    Returns
    -------
    ndarray of float64, shape (D,)
        In K.
    """
    t = rows.x
    if len(t) < _LEAST_ROWS:
        return np.empty(0)
    places = np.geomspace(t[3], t[-4], _LOOK_PLACES)
    strength = np.array([_strength(rows, float(place)) for place in places])
    found = []
    while strength.size and strength.max() >= _LEAST_F:
        best = int(np.argmax(strength))
        found.append(places[best])
        strength[np.abs(np.log(places / places[best])) < np.log(1.35)] = 0.0
    return np.sort(found)[::-1]


def _strength(rows: Rows, place: float) -> float:
    """Return by what χ² falls with a drop there, in units of χ²/dof; 0 for a rise."""
    part = rows.at((rows.x > place / _LOOK) & (rows.x < place * _LOOK))
    below = int((part.x < place).sum())
    if min(below, len(part) - below) < 4 or len(part) < _LEAST_ROWS:
        return 0.0
    weight = part.value / part.error
    u, y = np.log(part.x / place), np.log(part.value) * weight
    powers = np.column_stack([u**k for k in range(5)]) * weight[:, None]

    def left(design: Column) -> tuple[float, Column]:
        coefficients, *_ = np.linalg.lstsq(design, y, rcond=None)
        misfit = y - design @ coefficients
        return float(misfit @ misfit), np.asarray(coefficients, np.float64)

    without, _ = left(powers)
    best = 0.0
    for width in _LOOK_WIDTHS:
        s = logistic((part.x - place) / (width * place))
        chi2, coefficients = left(np.column_stack((powers[:, :3], s * weight, s * u * weight)))
        depth = -np.expm1(coefficients[3])
        if _SHALLOWEST < depth < _DEEPEST:
            dof = max(len(part) - 6, 1)
            best = max(best, (without - chi2) / max(chi2 / dof, 1.0))
    return best
