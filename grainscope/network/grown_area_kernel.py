"""How far the pixels of a film are from their nearest grain (compiled)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from grainscope.network.feature_transform_kernel import lower_envelope

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def count_distances(
    labels: NDArray[np.int32],
    takes_part: NDArray[np.bool_],
    margin: tuple[int, int],
    every: int,
    reach: int,
) -> NDArray[np.int64]:
    """Count pixels by their exact squared distance to the nearest pixel of a grain.

    Both passes of the distance transform need all rows, but its lower envelope
    is found row by row, so that looking at every nth row costs an nth of it.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        0 is background.
    takes_part : ndarray of bool, shape (N + 1,)
        Which labels are grains here; not background.
    margin : tuple of int
        Rows and columns along the edges whose pixels are not counted.
    every : int
        Distance between the rows that are counted.
    reach : int
        Largest squared distance told apart.

    Returns
    -------
    ndarray of int64, shape (reach + 2,)
        Entry k counts pixels at squared distance k, the last one those beyond.

    Examples
    --------
    >>> row, grain = np.array([[1, 0, 0, 2]], np.int32), np.array([False, True, False])
    >>> count_distances(row, grain, (0, 0), 1, 4).tolist()
    [1, 1, 0, 0, 1, 1]
    """
    height, width = labels.shape
    counts = np.zeros(reach + 2, np.int64)
    first = margin[0] + min(every, height - 2 * margin[0]) // 2
    looked_at = np.arange(first, height - margin[0], every)
    nearest = np.full((len(looked_at), width), -1, np.int32)
    last = np.full(width, -1, np.int32)
    for row in range(height):
        for column in range(width):
            if takes_part[labels[row, column]]:
                last[column] = row
        if row >= first and (row - first) % every == 0 and (row - first) // every < len(looked_at):
            nearest[(row - first) // every] = last
    last[:] = -1
    sites, starts = np.empty(width, np.int32), np.empty(width, np.int32)
    for row in range(height - 1, first - 1, -1):
        for column in range(width):
            if takes_part[labels[row, column]]:
                last[column] = row
        if (row - first) % every == 0 and (row - first) // every < len(looked_at):
            rows = nearest[(row - first) // every]
            for column in range(width):
                below, above = last[column], rows[column]
                if below >= 0 and (above < 0 or below - row < row - above):
                    rows[column] = below
            _count_row(rows, row, margin[1], sites, starts, counts)
    return counts


@njit(cache=True, nogil=True)
def _count_row(
    rows: NDArray[np.int32],
    row: int,
    margin: int,
    sites: NDArray[np.int32],
    starts: NDArray[np.int32],
    counts: NDArray[np.int64],
) -> None:
    width, beyond = len(rows), len(counts) - 1
    column = 0
    while column < width:
        if rows[column] == row:
            counts[0] += margin <= column < width - margin
            column += 1
            continue
        stop = column
        while stop < width and rows[stop] != row:
            stop += 1
        low, high = max(column - 1, 0), min(stop, width - 1)
        last = lower_envelope(rows, row, low, high, sites, starts)
        for x in range(high, low - 1, -1):
            square = np.int64(beyond)
            if last >= 0:
                site = np.int64(sites[last])
                square = (x - site) ** 2 + np.int64(rows[site] - row) ** 2
                if x == starts[last]:
                    last -= 1
            if rows[x] != row and margin <= x < width - margin:
                counts[square if square < beyond else beyond] += 1
        column = stop
