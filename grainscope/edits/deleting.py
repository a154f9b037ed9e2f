"""Grains become film."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.edits.patch import distinct, patch_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from grainscope.records import Edit


def delete(labels: NDArray[np.int32], grains: Iterable[int]) -> Edit:
    """Delete grains.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        Stable labels, 0 is film.
    grains : iterable of int
        Which.

    Returns
    -------
    Edit

    Raises
    ------
    ValueError
        None is given, or one of them is not there.

    Examples
    --------
    >>> delete(np.array([[1, 0, 2]], np.int32), [2]).runs
    array([[0, 2, 3, 0]], dtype=int32)
    """
    chosen = distinct(grains)
    patch = patch_of(labels, chosen)
    patch.after[np.isin(patch.before, chosen)] = 0
    return patch.edit("delete", chosen, {})
