"""Numbers of grains: stable while labels are corrected, 1…n when they are saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from grainscope.records import Edit

#: Labels are stored in 32 bits.
LARGEST_LABEL = int(np.iinfo(np.int32).max)


def compact(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return labels 1…n without gaps, in the order of the numbers they had.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        Whole numbers from 0, 0 is background.

    Returns
    -------
    ndarray of int32, shape (H, W)

    Examples
    --------
    >>> compact(np.array([[0, 7, 3]], np.int32))
    array([[0, 2, 1]], dtype=int32)
    """
    largest = int(labels.max(initial=0))
    if largest > labels.size:  # a look-up table would be larger than the image
        numbers = np.unique(labels[labels > 0])
        found = np.searchsorted(numbers, labels) + 1
        return np.where(labels > 0, found, 0).astype(np.int32)
    present = np.zeros(largest + 1, np.bool_)
    present[labels] = True
    present[0] = False
    return np.asarray((np.cumsum(present, dtype=np.int32) * present)[labels])


def next_label_after(labels: NDArray[np.int32], edits: Iterable[Edit] = ()) -> int:
    """Return the first label that was never used.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        As they were before the first edit.
    edits : iterable of Edit
        Every edit since, those taken back too.

    Examples
    --------
    >>> next_label_after(np.array([[0, 7, 3]], np.int32))
    8
    """
    largest = int(labels.max(initial=0))
    for edit in edits:
        largest = max(largest, int(edit.runs[:, 3].max(initial=0)))
    return largest + 1


def check_new(next_label: int, n_new: int = 1) -> None:
    """Refuse new labels that do not fit into 32 bits.

    Raises
    ------
    ValueError
        They do not, or are no labels.
    """
    if not 0 < next_label <= LARGEST_LABEL - n_new + 1:
        raise ValueError(f"next label: got {next_label}, expected 1…{LARGEST_LABEL - n_new + 1}")
