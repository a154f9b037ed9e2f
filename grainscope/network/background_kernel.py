"""Which part of its zone's contour each background pixel belongs to (compiled)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from grainscope.network.contour_kernel import (
    COLUMN,
    CRACKS,
    DIRECTION,
    OTHER,
    OWN,
    ROW,
    left_pixel,
    step,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.laws.strips import Empty

_NO_PART = -1
#: What is kept of a grain pixel that sees two parts; of one that sees part p only, _PART − p.
_SPLIT, _PART = -1, -2
_SIDE, _DIAGONAL, _FAR = 3, 4, 65535  # chamfer distance of Borgefors, 1986


class Waiting(NamedTuple):
    """Background pixels whose grain pixel does not say what they belong to, (P,) in raster order.

    ``far`` is the chamfer distance to a settled pixel, ``part`` what that one belongs to.
    """

    pixel: NDArray[np.int32]
    part: NDArray[np.int32]
    far: NDArray[np.uint16]


def share_background(
    zones: NDArray[np.int32],
    labels: NDArray[np.int32],
    runs: NDArray[np.int32],
    cut: NDArray[np.float64],
    nearest: NDArray[np.int32],
    empty: Empty = np.empty,
) -> NDArray[np.int64]:
    """Give the background of some zones to the parts of their contours.

    Each run is cut in two by the shortest way through it. The ray from a grain
    pixel through the background that is nearest to it ends on one part of the
    contour, and that part has it. Where a grain pixel sees two parts, or none
    (in a bay of a concave grain), a background pixel goes with the nearest one
    that is settled. Holes inside a grain belong to none. What one zone gets does
    not depend on the others.

    Parameters
    ----------
    zones, labels : ndarray of int32, shape (H, W)
        The partition and its grains.
    runs : ndarray of int32, shape (R, 8)
        All runs of the chosen zones, by ``trace_runs``.
    cut : ndarray of float64, shape (R,)
        Position of the cut among the cracks of each run.
    nearest : ndarray of int32, shape (H, W)
        Nearest grain pixels; overwritten, as working memory. Pixels of zones that are
        not chosen are their own.
    empty : callable
        Makes the lists that this works in: four bytes for each crack, ten for each
        pixel that waits.

    Returns
    -------
    ndarray of int64, shape (R, 2)
        Background pixels of the part before and after the cut.
    """
    pixels = np.zeros((len(runs), 2), np.int64)
    by_part = pixels.ravel()
    left = empty((int(runs[:, CRACKS].sum()),), np.int32)
    _look_from_grains(zones, labels, runs, cut, nearest, left)
    n_waiting = _count_seen(nearest, by_part)
    if n_waiting > 0:
        kinds = np.int32, np.int32, np.uint16
        waiting = Waiting(*(empty((n_waiting,), kind) for kind in kinds))
        first_mark = _PART - len(by_part)
        _list_waiting(nearest, first_mark, waiting)
        _settle_contours(runs, cut, left, nearest, first_mark, waiting)
        _settle(zones, nearest, first_mark, waiting)
        _count_settled(waiting, by_part)
    return pixels


@njit(cache=True, nogil=True)
def _look_from_grains(
    zones: NDArray[np.int32],
    labels: NDArray[np.int32],
    runs: NDArray[np.int32],
    cut: NDArray[np.float64],
    nearest: NDArray[np.int32],
    left: NDArray[np.int32],
) -> None:
    """Put what each grain pixel sees of its zone's contour in its place in ``nearest``.

    Also list the pixel on the left of each crack, run by run.
    """
    width = zones.shape[1]
    flat = nearest.ravel()
    crack = 0
    for run in range(len(runs)):
        r, c, d = runs[run, ROW], runs[run, COLUMN], runs[run, DIRECTION]
        own, other = runs[run, OWN], runs[run, OTHER]
        for k in range(runs[run, CRACKS]):
            y, x = left_pixel(r, c, d)
            left[crack] = y * width + x
            grain = flat[left[crack]] if flat[left[crack]] >= 0 else left[crack]
            part = _PART - (2 * run + (k > cut[run]))
            if flat[grain] >= 0:
                flat[grain] = part
            elif flat[grain] != part:
                flat[grain] = _SPLIT
            crack += 1
            r, c, d, other = step(zones, labels, r, c, d, own, other)


@njit(cache=True, nogil=True)
def _count_seen(nearest: NDArray[np.int32], by_part: NDArray[np.int64]) -> int:
    """Count the pixels of each part that their grain pixel sees; count and mark those that wait.

    The marks begin behind those of parts: the kth has _PART − len(by_part) − k.
    """
    flat = nearest.ravel()
    count = 0
    for pixel in range(flat.size):
        grain = flat[pixel]
        if grain < 0 or grain == pixel:  # is grain itself, or of a zone not chosen
            continue
        part = _PART - flat[grain]
        if part >= 0:
            by_part[part] += 1
        else:
            flat[pixel] = _PART - len(by_part) - count
            count += 1
    return count


@njit(cache=True, nogil=True)
def _list_waiting(nearest: NDArray[np.int32], first_mark: int, waiting: Waiting) -> None:
    flat, listed = nearest.ravel(), waiting.pixel
    count = 0
    for pixel in range(flat.size):
        if flat[pixel] <= first_mark:
            listed[count] = pixel
            count += 1
    waiting.part[:] = _NO_PART
    waiting.far[:] = _FAR


@njit(cache=True, nogil=True)
def _settle_contours(
    runs: NDArray[np.int32],
    cut: NDArray[np.float64],
    left: NDArray[np.int32],
    nearest: NDArray[np.int32],
    first_mark: int,
    waiting: Waiting,
) -> None:
    """Give pixels that wait along a contour to the first part that they lie on."""
    flat, (_, part_of, far_of) = nearest.ravel(), waiting
    crack = 0
    for run in range(len(runs)):
        for k in range(runs[run, CRACKS]):
            place = first_mark - flat[left[crack]]
            crack += 1
            if place >= 0 and far_of[place] > 0:
                part_of[place], far_of[place] = 2 * run + (k > cut[run]), 0


def _settle(
    zones: NDArray[np.int32], nearest: NDArray[np.int32], first_mark: int, waiting: Waiting
) -> None:
    """Sweep there and back until nothing changes: once each but for winding gaps.

    Only then does what one zone gets not depend on how winding the others are. The
    same sweep done twice changes nothing the second time, so from the second on one
    without changes is the last. What changes has a neighbour that changed in the sweep
    before, or, in the first two, a settled one: it comes no nearer than a side from
    the nearest of these.
    """
    sweeps, reached = 0, 0
    while reached < _FAR:
        side = -1 if sweeps % 2 == 0 else 1
        nearest_changed = _sweep(zones, nearest, first_mark, waiting, side, reached + _SIDE)
        sweeps += 1
        reached = nearest_changed if sweeps > 1 else 0


@njit(cache=True, nogil=True)
def _sweep(
    zones: NDArray[np.int32],
    nearest: NDArray[np.int32],
    first_mark: int,
    waiting: Waiting,
    side: int,
    known: int,
) -> int:
    """Have pixels farther than ``known`` take over the part of a nearer neighbour on one side.

    Return how far the nearest one is that did.
    """
    height, width = zones.shape
    # As arrays of one dimension, and in this loop: several times faster than by a function.
    zone_of, flat, (pixels, part_of, far_of) = zones.ravel(), nearest.ravel(), waiting
    reached = np.int64(_FAR)
    for k in range(pixels.size):
        place = k if side < 0 else pixels.size - 1 - k
        before = np.int64(far_of[place])
        if before <= known:
            continue
        pixel = pixels[place]
        y, x = divmod(pixel, width)
        far, part = before, part_of[place]
        for i in range(4):
            v = y + side if i > 0 else y
            u = x + side if i == 0 else x + (i == 3) - (i == 2)
            length = _SIDE if i < 2 else _DIAGONAL
            neighbour = v * width + u
            if not (0 <= v < height and 0 <= u < width) or zone_of[neighbour] != zone_of[pixel]:
                continue
            mark = flat[neighbour]
            if mark <= first_mark:
                if far_of[first_mark - mark] + length < far:
                    far, part = far_of[first_mark - mark] + length, part_of[first_mark - mark]
            elif mark >= 0 and length < far and flat[mark] <= _PART:
                far, part = np.int64(length), _PART - flat[mark]
        if far < before:
            far_of[place], part_of[place] = far, part
            reached = min(reached, far)
    return int(reached)


@njit(cache=True, nogil=True)
def _count_settled(waiting: Waiting, by_part: NDArray[np.int64]) -> None:
    """Count the pixels of each part that had to wait; in the holes of grains they have none."""
    for part in waiting.part:
        if part >= 0:
            by_part[part] += 1
