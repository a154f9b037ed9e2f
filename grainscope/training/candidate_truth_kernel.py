"""Compiled loop that compares regions with true grains."""

from __future__ import annotations

import numpy as np
from numba import njit

#: Candidates with a larger share in pixels that are not scored teach nothing.
MAX_IGNORED = 0.5


@njit(cache=True, nogil=True)
def best_ious(first, row, left, right, number, area):  # type: ignore[no-untyped-def]
    """Find the best IoU of each region with a grain; −1 where too much of it is not scored."""
    n = first.size - 1
    best = np.zeros(n, np.float64)
    common = np.zeros(area.size, np.int64)
    touched = np.empty(area.size, np.int64)
    for i in range(n):
        n_touched = 0
        ignored = 0
        size = 0
        for k in range(first[i], first[i + 1]):
            size += right[k] - left[k]
            for x in range(left[k], right[k]):
                grain = number[row[k], x]
                if grain < 0:
                    ignored += 1
                elif grain > 0:
                    if common[grain] == 0:
                        touched[n_touched] = grain
                        n_touched += 1
                    common[grain] += 1
        for m in range(n_touched):
            grain = touched[m]
            either = area[grain] + size - ignored - common[grain]
            best[i] = max(best[i], common[grain] / either)
            common[grain] = 0
        if ignored > MAX_IGNORED * size:
            best[i] = -1.0
    return best
