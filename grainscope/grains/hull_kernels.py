"""Convex hulls of grains: convex pixel count and caliper widths.

The hull joins pixel centres, so its vertices are whole numbers and its area exact. A caliper
width adds the pixel itself, as the diamond between the middles of its four sides: the width of
a Minkowski sum is the sum of the widths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Columns = NDArray[np.int32]


@njit(cache=True, nogil=True)
def _extend_chain(chain: Whole, size: int, y: int, x: int, side: int) -> int:
    """Add a point to a chain of hull vertices; ``side`` is +1 on the left and −1 on the right."""
    while size >= 2:
        dy = chain[size - 1, 0] - chain[size - 2, 0]
        dx = chain[size - 1, 1] - chain[size - 2, 1]
        bend = dx * (y - chain[size - 2, 0]) - dy * (x - chain[size - 2, 1])
        if side * bend < 0:
            break
        size -= 1
    chain[size, 0] = y
    chain[size, 1] = x
    return size + 1


@njit(cache=True, nogil=True)
def _trace_hull(left: Columns, right: Columns, chain: Whole, hull: Whole) -> int:
    """Fill ``hull`` with the vertices around the rows' extremes; return their number."""
    size = 0
    for y in range(len(left)):
        if left[y] <= right[y]:
            size = _extend_chain(chain, size, y, left[y], 1)
    hull[:size] = chain[:size]
    n_vertices = size
    size = 0
    for y in range(len(left)):
        if left[y] <= right[y]:
            size = _extend_chain(chain, size, y, right[y], -1)
    for k in range(size - 1, -1, -1):
        hull[n_vertices] = chain[k]
        n_vertices += 1
    return n_vertices


@njit(cache=True, nogil=True)
def _count_lattice_points(hull: Whole, n_vertices: int) -> int:
    """Pixels in a closed lattice polygon, A + B/2 + 1 (Pick); holds for segments and points."""
    twice_area = 0
    boundary = 0
    for i in range(n_vertices):
        j = i + 1 if i + 1 < n_vertices else 0
        twice_area += hull[i, 0] * hull[j, 1] - hull[j, 0] * hull[i, 1]
        boundary += np.gcd(hull[j, 0] - hull[i, 0], hull[j, 1] - hull[i, 1])
    return (abs(twice_area) + boundary) // 2 + 1


@njit(cache=True, nogil=True)
def _longest_caliper(hull: Whole, n_vertices: int) -> float:
    """Largest distance between two points of hull ⊕ diamond."""
    longest = 1
    for i in range(n_vertices):
        for j in range(i):
            dy = abs(hull[i, 0] - hull[j, 0])
            dx = abs(hull[i, 1] - hull[j, 1])
            # The diamond lengthens the larger of the two differences by one pixel.
            longest = max(longest, dy * dy + dx * dx + 2 * max(dy, dx) + 1)
    return float(np.sqrt(longest))


@njit(cache=True, nogil=True)
def _width_across(hull: Whole, n_vertices: int, normal_y: int, normal_x: int) -> float:
    """Width of hull ⊕ diamond along a direction."""
    lowest = hull[0, 0] * normal_y + hull[0, 1] * normal_x
    highest = lowest
    for i in range(1, n_vertices):
        height = hull[i, 0] * normal_y + hull[i, 1] * normal_x
        lowest = min(lowest, height)
        highest = max(highest, height)
    span = highest - lowest + max(abs(normal_y), abs(normal_x))
    return float(span / np.sqrt(normal_y * normal_y + normal_x * normal_x))


@njit(cache=True, nogil=True)
def _shortest_caliper(hull: Whole, n_vertices: int) -> float:
    """Smallest width of hull ⊕ diamond; it lies across a side of either."""
    shortest: float = _width_across(hull, n_vertices, 1, 1)
    shortest = min(shortest, _width_across(hull, n_vertices, 1, -1))
    for i in range(n_vertices):
        j = i + 1 if i + 1 < n_vertices else 0
        side_y = hull[j, 0] - hull[i, 0]
        side_x = hull[j, 1] - hull[i, 1]
        if side_y != 0 or side_x != 0:
            shortest = min(shortest, _width_across(hull, n_vertices, -side_x, side_y))
    return shortest


@njit(cache=True, nogil=True)
def measure_hulls(
    left: Columns, right: Columns, first: Whole
) -> tuple[Whole, NDArray[np.float64], NDArray[np.float64]]:
    """Convex pixel count and caliper widths of every grain.

    Parameters
    ----------
    left, right : ndarray of int32, shape (R,)
        Extreme columns in each row of each grain; ``left > right`` in an empty row.
    first : ndarray of int64, shape (N + 1,)
        Grain i owns entries ``first[i]:first[i + 1]``.

    Returns
    -------
    convex_px : ndarray of int64, shape (N,)
        Pixels whose centres lie in the hull of the grain's pixel centres.
    longest_px, shortest_px : ndarray of float64, shape (N,)
        Largest and smallest caliper width.
    """
    n_grains = len(first) - 1
    convex_px = np.zeros(n_grains, np.int64)
    longest_px = np.zeros(n_grains, np.float64)
    shortest_px = np.zeros(n_grains, np.float64)
    tallest = 0
    for grain in range(n_grains):
        tallest = max(tallest, first[grain + 1] - first[grain])
    chain = np.zeros((tallest, 2), np.int64)
    hull = np.zeros((2 * tallest, 2), np.int64)
    for grain in range(n_grains):
        rows = slice(first[grain], first[grain + 1])
        n_vertices = _trace_hull(left[rows], right[rows], chain, hull)
        convex_px[grain] = _count_lattice_points(hull, n_vertices)
        longest_px[grain] = _longest_caliper(hull, n_vertices)
        shortest_px[grain] = _shortest_caliper(hull, n_vertices)
    return convex_px, longest_px, shortest_px
