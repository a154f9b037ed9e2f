"""Compiled layers of the pixel network: sums in one order, whatever the threads and libraries."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def add_products(points, weight, offset, rectify, out):  # type: ignore[no-untyped-def]
    """Fill ``out``, shape (N, K), with x W + b, or with max(0, x W + b).

    The sum over inputs runs in their order and the inner loop over outputs, so
    that it can be vectorised without changing a bit.
    """
    n_inputs, n_outputs = weight.shape
    for k in range(points.shape[0]):
        row = out[k]
        for j in range(n_outputs):
            row[j] = offset[j]
        for i in range(n_inputs):
            x = points[k, i]
            if x == 0:  # about half of what a rectified layer hands on
                continue
            for j in range(n_outputs):
                row[j] += x * weight[i, j]
        if rectify:
            for j in range(n_outputs):
                row[j] = max(row[j], np.float32(0))
