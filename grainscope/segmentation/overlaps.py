"""Which regions share how many pixels."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from grainscope.segmentation.overlap_kernels import block_index, both_ways, overlaps_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.segmentation.region_runs import Regions

_CHUNK = 1000


def overlaps(
    regions: Regions, shape: tuple[int, int], n_threads: int = 2
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Pixels that each pair of regions shares, as a symmetric sparse matrix by rows.

    Parameters
    ----------
    regions : Regions
        N regions.
    shape : (int, int)
        Rows and columns of the image.
    n_threads : int
        Does not change the result.

    Returns
    -------
    start : ndarray of int64, shape (N + 1,)
        Entries ``start[i]`` to ``start[i + 1] - 1`` belong to region i.
    other : ndarray of int32, shape (M,)
        The partner; ascending in each row, a region is not listed with itself.
    shared : ndarray of int32, shape (M,)
        Pixels in both.

    Examples
    --------
    >>> from grainscope.segmentation.region_runs import Regions
    >>> runs = np.array([[0, 0], [0, 2], [5, 9]], np.int32)
    >>> two = Regions(np.array([0, 1, 2]), *runs, np.array([5, 7]))
    >>> overlaps(two, (1, 9))
    (array([0, 1, 2]), array([1, 0], dtype=int32), array([3, 3], dtype=int32))
    """
    r, n = regions, len(regions)
    owner = np.repeat(np.arange(n, dtype=np.int32), np.diff(r.first))
    index = block_index(r.row, r.left, r.right, owner, shape)

    def one(begin: int) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
        end = min(begin + _CHUNK, n)
        found: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]] = overlaps_of(
            begin, end, r.first, r.row, r.left, r.right, *index
        )
        return found

    with ThreadPoolExecutor(n_threads) as pool:
        parts = list(pool.map(one, range(0, max(n, 1), _CHUNK)))
    start: NDArray[np.int64]
    other: NDArray[np.int32]
    shared: NDArray[np.int32]
    start, other, shared = both_ways(*(np.concatenate(part) for part in zip(*parts, strict=True)))
    return start, other, shared
