"""Which of several nested windows to believe: misfit within weighed against rows left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

#: Windows of so many degrees of freedom tell by what errors are too small; of fewer rows,
#: those of this share of the most there are.
_TOLD, _TOLD_SHARE = 20.0, 0.5


def choose_window(
    chi2: ArrayLike, n_rows: ArrayLike, n_parameters: ArrayLike, n_all: int
) -> tuple[int, float]:
    """Return the window of the smallest χ² + 2k + 2 n_cut, and by what errors were scaled for it.

    A row left out costs as much as a parameter that fits it exactly. A threshold on the
    χ² of single windows would throw away the widest once in so many times even where the
    law is true of it. Where no window has χ²/dof of 1, errors count as too small by the
    root of the least χ²/dof of windows of some size.

    Parameters
    ----------
    chi2, n_rows, n_parameters : array_like, shape (W,)
        Of the fit in each window.
    n_all : int
        Rows there are.

    Returns
    -------
    chosen : int
    scale : float
        At least 1.

    References
    ----------
    W. I. Jay and E. T. Neil, Phys. Rev. D 103, 114502 (2021).

    Examples
    --------
    >>> choose_window([27.0, 60.0, 270.0], [30, 60, 90], [2, 2, 2], 90)
    (1, 1.0)

    A misfit of the widest does not excuse it where there are few rows either:

    >>> choose_window([8.0, 130.0], [10, 18], [2, 2], 18)
    (0, 1.0)
    """
    chi2, n_rows = np.asarray(chi2, np.float64), np.asarray(n_rows, np.float64)
    k = np.asarray(n_parameters, np.float64)
    dof = np.maximum(n_rows - k, 1)
    # Of few rows χ² is small by chance now and then; that of the widest may be a misfit.
    told = dof >= min(_TOLD, _TOLD_SHARE * dof.max())
    scale2 = max(float((chi2 / dof)[told].min()), 1.0)
    score = chi2 / scale2 + 2 * k + 2 * (n_all - n_rows)
    return int(np.argmin(score)), float(np.sqrt(scale2))
