"""The smooth background under fluctuations, and how much of them it takes along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.polynomial import legendre

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

#: Cubic: half as many waves as it has powers, 1.5, over the sweep.
_DEGREE = 3
#: Where ln √(B² + h²) turns over, in shares of the sweep. Fewer or wider apart leave a per
#: cent of a rise from zero field; a fifth one follows the first minimum of the loops.
_TURNS = (1 / 300, 1 / 120, 1 / 50, 1 / 20)


def background_columns(field_g: Column) -> NDArray[np.float64]:
    """Return the columns that a smooth background of ln ρ is made of, shape (N, 8).

    A cubic in B, and ln √(B² + h²) at four h, which are straight in ln B above h:
    together a smooth rise from zero field, such as ρ ∝ B^0.66, and what varies over
    more than two thirds of the sweep.

    Parameters
    ----------
    field_g : ndarray of float64, shape (N,)
        Ascending, at least 0.

    Examples
    --------
    A power of the field that turns over at 2 G is followed to two thousandths.

    >>> field_g = np.linspace(0.5, 60, 120)
    >>> columns = background_columns(field_g)
    >>> left = detrended(0.33 * np.log(field_g**2 + 4), np.ones(120), columns)
    >>> bool(np.abs(left).max() < 2e-3)
    True
    """
    length = float(field_g[-1] - field_g[0])
    place = 2 * (field_g - field_g[0]) / length - 1
    powers = legendre.legvander(place, _DEGREE)
    logs = [0.5 * np.log(field_g**2 + (share * length) ** 2) for share in _TURNS]
    return np.column_stack((powers, *logs))


def detrended(
    values: NDArray[np.float64], error: Column, columns: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what weighted least squares leaves of values beside the columns.

    Parameters
    ----------
    values : ndarray of float64, shape (N,) or (N, M)
        One curve, or many side by side.
    error : ndarray of float64, shape (N,)
        Standard deviations.
    columns : ndarray of float64, shape (N, K)

    Examples
    --------
    >>> detrended(np.array([1.0, 2.0, 4.0]), np.ones(3), np.ones((3, 1))).round(6)
    array([-1.333333, -0.333333,  1.666667])
    """
    weight = 1 / error if values.ndim == 1 else (1 / error)[:, None]
    basis = np.linalg.qr(columns / error[:, None])[0]
    scaled = values * weight
    return np.asarray((scaled - basis @ (basis.T @ scaled)) / weight)


def retained_amplitude(
    response: NDArray[np.float64], error: Column, columns: NDArray[np.float64]
) -> Column:
    """Return what share of the rms of each response is left when it is detrended.

    The transfer function: a known signal pushed through. 1 where the background
    takes nothing along, 0 where it takes all.

    Parameters
    ----------
    response : ndarray of float64, shape (N, J)
        Such as `loop_responses`, a loop a column.
    error, columns
        Of `detrended`.

    Examples
    --------
    >>> from grainscope.fitting.loops.loop_grid import loop_grid, loop_responses
    >>> field_g = np.arange(0.5, 60, 0.5)
    >>> grid = loop_grid(field_g)
    >>> columns = background_columns(field_g)
    >>> retained = retained_amplitude(loop_responses(field_g, grid), np.ones(119), columns)
    >>> at = [int(np.argmin(np.abs(grid.diameter_um - d))) for d in (0.85, 1.3, 2.0)]
    >>> bool(0.3 < retained[at[0]] < retained[at[1]] < retained[at[2]] < 1)
    True
    """
    middle = response - response.mean(axis=0)
    left = detrended(response, error, columns)
    weight = (1 / error**2)[:, None]
    whole = np.sqrt((weight * middle**2).sum(axis=0))
    kept = np.sqrt((weight * left**2).sum(axis=0))
    return np.asarray(np.minimum(kept / np.maximum(whole, 1e-300), 1.0))
