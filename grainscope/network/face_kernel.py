"""Faces of a choice of contacts, by walking the rotation system (compiled).

Half-edges 2e and 2e + 1 are the two sides of contact e. A contour meets its
half-edges in the order ``following``; contacts that are not kept are skipped.
The face in front of a half-edge (before it, as its contour is walked) continues
on the other side of the contact with the next kept half-edge there:
φ(h) = σ(h ^ 1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def kept_from(following: NDArray[np.int32], kept: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return the first kept half-edge at or after each around its contour, −1 if there is none.

    Parameters
    ----------
    following : ndarray of int32, shape (2E,)
        Rotation system.
    kept : ndarray of bool, shape (E,)
        The choice of contacts.

    Returns
    -------
    ndarray of int32, shape (2E,)
        Half-edges.
    """
    count = len(following)
    found = np.full(count, -1, np.int32)
    for start in range(count):
        if not kept[start // 2]:
            continue
        # All that precede it back to the kept one before: walk on from it instead.
        found[start] = start
        first_skipped = following[start]
        stop = first_skipped
        while not kept[stop // 2]:
            stop = following[stop]
        skipped = first_skipped
        while skipped != stop:
            found[skipped] = stop
            skipped = following[skipped]
    return found


@njit(cache=True, nogil=True)
def trace_faces(
    following: NDArray[np.int32], found: NDArray[np.int32]
) -> tuple[NDArray[np.int32], int]:
    """Walk around the faces of the kept contacts and number them.

    Parameters
    ----------
    following, found : ndarray of int32, shape (2E,)
        Rotation system and ``kept_from`` it.

    Returns
    -------
    face : ndarray of int32, shape (2E,)
        Face in front of each kept half-edge, in the order of their first
        half-edges; −1 for the others.
    n_faces : int
        Number F of faces.
    """
    face = np.full(len(following), -1, np.int32)
    n_faces = 0
    for start in range(len(following)):
        if found[start] != start or face[start] >= 0:
            continue
        half_edge = start
        while face[half_edge] < 0:
            face[half_edge] = n_faces
            half_edge = found[following[half_edge ^ 1]]
        n_faces += 1
    return face, n_faces


@njit(cache=True, nogil=True)
def enclosing_cycles(
    following: NDArray[np.int32],
    found: NDArray[np.int32],
    starts: NDArray[np.int32],
    contour: NDArray[np.int32],
    grain: NDArray[np.float64],
    contact: NDArray[np.float64],
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]]:
    """Find the simple cycle of contacts that encloses each face.

    The walk around a face may pass a grain more than once: along a contact that
    leads nowhere, or around a group that hangs on one contact or one grain.
    Each closed part between two visits of a contour is a cycle of its own; the
    one of the largest signed area encloses the face.

    Parameters
    ----------
    following, found : ndarray of int32, shape (2E,)
        Rotation system and ``kept_from`` it.
    starts : ndarray of int32, shape (L,)
        One half-edge of each face.
    contour : ndarray of int32, shape (2E,)
        Contour of each half-edge, from 0.
    grain : ndarray of float64, shape (2E, 2)
        y, x of the grain of each half-edge; NaN leaves that vertex out.
    contact : ndarray of float64, shape (E, 2)
        y, x of the contact points.

    Returns
    -------
    cycles : ndarray of int32, shape (S,)
        Half-edges of all cycles, each leaving its grain.
    begins : ndarray of int64, shape (L + 1,)
        Cycle i is ``cycles[begins[i]:begins[i + 1]]``.
    areas : ndarray of float64, shape (L,)
        Area of the polygon grain → contact → grain → …, positive when the face
        lies inside it.
    """
    cycles = np.empty(len(following), np.int32)
    begins = np.zeros(len(starts) + 1, np.int64)
    areas = np.full(len(starts), -np.inf)
    stack = np.empty(len(following), np.int32)
    height = np.full(contour.max() + 1 if len(contour) else 0, -1, np.int32)
    for i in range(len(starts)):
        begin = begins[i]
        begins[i + 1] = begin
        count = 0
        half_edge = starts[i]
        while True:
            low = height[contour[half_edge]]
            back = count > 0 and half_edge == starts[i]
            if back:
                low = 0
            if low >= 0:
                if count - low > 2 or stack[low] != stack[count - 1] ^ 1:
                    area = _polygon_area(stack[low:count], grain, contact)
                    if area > areas[i]:
                        areas[i] = area
                        begins[i + 1] = begin + count - low
                        cycles[begin : begins[i + 1]] = stack[low:count]
                for k in range(low, count):
                    height[contour[stack[k]]] = -1
                count = low
            if back:
                break
            height[contour[half_edge]] = count
            stack[count] = half_edge
            count += 1
            half_edge = found[following[half_edge ^ 1]]
    return cycles[: begins[-1]].copy(), begins, areas


@njit(cache=True, nogil=True)
def _polygon_area(
    cycle: NDArray[np.int32], grain: NDArray[np.float64], contact: NDArray[np.float64]
) -> float:
    y0, x0 = contact[cycle[-1] // 2]
    previous_y, previous_x = 0.0, 0.0  # relative to the last contact, against cancellation
    doubled = 0.0
    for half_edge in cycle:
        for y, x in (grain[half_edge], contact[half_edge // 2]):
            if not np.isnan(y):
                doubled += previous_x * (y - y0) - previous_y * (x - x0)
                previous_y, previous_x = y - y0, x - x0
    return doubled / 2
