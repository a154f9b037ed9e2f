"""Which of several isotherms lie at the fields of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Column = NDArray[np.float64]

#: From so many isotherms on, those are left out that are near less than this share of the
#: others' rows.
_MANY, _LEAST_NEAR, _NEAR_IN_LN = 4, 0.25, 0.25


def at_same_fields(size_t: Sequence[Column]) -> list[int]:
    """Return which isotherms lie where the others do: a few fields elsewhere tell nothing.

    One is left out that has a row near less than a quarter of the rows that the others
    have at the median.

    Parameters
    ----------
    size_t : sequence of ndarray of float64
        Sizes of the fields of each isotherm, ascending, above 0.

    Returns
    -------
    list of int
        Places of those kept; all of fewer than four.

    Examples
    --------
    >>> near, far = np.geomspace(0.01, 0.1, 50), np.linspace(0.5, 8, 30)
    >>> at_same_fields([near, near, far, near])
    [0, 1, 3]
    """
    if len(size_t) < _MANY:
        return list(range(len(size_t)))
    kept = []
    for k, one in enumerate(size_t):
        near = [_share_near(other, one) for n, other in enumerate(size_t) if n != k]
        if np.median(near) >= _LEAST_NEAR:
            kept.append(k)
    return kept


def _share_near(fields: Column, one: Column) -> float:
    """Return the share of fields that have one of ``one`` within a quarter of their size."""
    at, own = np.log(fields), np.log(one)
    after = np.clip(np.searchsorted(own, at), 1, len(own) - 1)
    apart = np.minimum(np.abs(own[after] - at), np.abs(own[after - 1] - at))
    return float(np.mean(apart < _NEAR_IN_LN))
