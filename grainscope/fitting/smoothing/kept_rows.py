"""What models of one curve are worth that do not hold the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

#: What a row left out costs: its χ² if it fitted, 1, and half of what Jay and Neil charge
#: beyond. With their 2 the height of a cusp lies five errors off; with 1 narrow tops are never
#: given up, and a parabola's place is twenty times as uncertain as it need be.
ROW_COST = 1.5


def weights_of(chi2: ArrayLike, n_rows: ArrayLike, n_terms: ArrayLike) -> NDArray[np.float64]:
    """Return exp(−½ [χ² − 1.5 n + 2 terms]), scaled to sum to 1.

    Where nothing fits, χ² is taken in units of the best χ²/dof.

    Parameters
    ----------
    chi2, n_rows, n_terms : array_like, shape (M,)
        Of each model: χ², rows held, parameters.

    Returns
    -------
    ndarray of float64, shape (M,)

    References
    ----------
    W. I. Jay and E. T. Neil, Phys. Rev. D 103, 114502 (2021).

    Examples
    --------
    Two rows more with nothing added to χ² weigh e^1.5 as much.

    >>> weights_of([8.0, 8.0], [12, 10], [2, 2]).round(4)
    array([0.8176, 0.1824])
    """
    misfit, rows, terms = (np.asarray(part, np.float64) for part in (chi2, n_rows, n_terms))
    unit = max(float((misfit / (rows - terms)).min()), 1.0)
    criterion = misfit / unit - ROW_COST * rows + 2 * terms
    weight = np.exp(-0.5 * (criterion - criterion.min()))
    return np.asarray(weight / weight.sum())
