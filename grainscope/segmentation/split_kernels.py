"""Compiled loops of the split: ascent to the peaks of the distance map, and the basin graph.

Every array is two-dimensional and C-contiguous unless it says otherwise; a
pixel's index is its place in raster order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from grainscope.laws.union_find_kernel import root_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STEPS = np.array(
    [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)], dtype=np.int64
)
_PER_PX = np.array([0.5**0.5, 1, 0.5**0.5, 1, 1, 0.5**0.5, 1, 0.5**0.5], dtype=np.float32)
#: Pairs of basins met lately, whose highest pass is still growing; a power of two.
_PAIRS_AT_HAND = 4096


@njit(cache=True, nogil=True)
def ascend(
    distance: NDArray[np.float32],
    crowding: NDArray[np.float32],
    rows: tuple[int, int],
    place: int,
    uphill: NDArray[np.int32],
) -> None:
    """Point each grain pixel at the neighbour of steepest ascent, a peak at itself.

    Equal slopes (common: squared distances are whole numbers) go to the larger
    ``crowding``, which does not change when the image is turned; only what is
    symmetric in both is decided by raster order. The pair (distance, crowding)
    grows along every step, so that paths end.

    Parameters
    ----------
    distance : ndarray of float32, shape (h, W)
        Distance to the background in pixels, 0 on the background; of some rows.
    crowding : ndarray of float32, shape (h, W)
        Neighbourhood sum of squared distances.
    rows : tuple of int
        Which of them to do: the first, and the row after the last.
    place : int
        Place of their first pixel in the image.
    uphill : ndarray of int32, shape (H * W,)
        Filled here for these rows: place of the next pixel; −1 on the background.
    """
    height, width = distance.shape
    for y in range(rows[0], rows[1]):
        for x in range(width):
            here = distance[y, x]
            if here <= 0:
                uphill[place + y * width + x] = -1
                continue
            best = y * width + x
            best_slope = np.float32(0)
            best_crowding = crowding[y, x]
            inside = 0 < y < height - 1 and 0 < x < width - 1
            for k in range(8):
                v = y + _STEPS[k, 0]
                u = x + _STEPS[k, 1]
                if not inside and (v < 0 or v >= height or u < 0 or u >= width):
                    continue
                slope = (distance[v, u] - here) * _PER_PX[k]
                if slope > best_slope or (slope == best_slope and crowding[v, u] > best_crowding):
                    best = v * width + u
                    best_slope = slope
                    best_crowding = crowding[v, u]
            uphill[place + y * width + x] = place + best


@njit(cache=True, nogil=True)
def follow_to_peaks(
    uphill: NDArray[np.int32],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
    """Follow every path to its peak and number the peaks in raster order.

    Parameters
    ----------
    uphill : ndarray of int32, shape (P,)
        From :func:`ascend`. Overwritten by the basin of each pixel, 0…B − 1; −1
        on the background.

    Returns
    -------
    peak, first : ndarray of int32, shape (B,)
        Pixel index of each basin's peak, and of its first pixel.
    area_px : ndarray of int64, shape (B,)
        Pixels of each basin.
    """
    # A pixel whose basin b is known holds −2 − b until all are known.
    n_basins = 0
    for pixel in range(uphill.size):
        n_basins += uphill[pixel] == pixel
    peak = np.empty(n_basins, dtype=np.int32)
    n_basins = 0
    for pixel in range(uphill.size):
        if uphill[pixel] == pixel:
            peak[n_basins] = pixel
            uphill[pixel] = -2 - n_basins
            n_basins += 1
    first = np.empty(n_basins, dtype=np.int32)
    area_px = np.zeros(n_basins, dtype=np.int64)
    for start in range(uphill.size):
        end = uphill[start]
        if end < 0:
            continue
        while uphill[end] >= 0:
            end = uphill[end]
        found = uphill[end]
        walk = start
        while uphill[walk] >= 0:
            uphill[walk], walk = found, uphill[walk]
    for pixel in range(uphill.size):
        if uphill[pixel] == -1:
            continue
        basin = -2 - uphill[pixel]
        uphill[pixel] = basin
        if area_px[basin] == 0:
            first[basin] = pixel
        area_px[basin] += 1
    return peak, first, area_px


@njit(cache=True, nogil=True)
def saddles(
    distance: NDArray[np.float32],
    crowding: NDArray[np.float32],
    basin: NDArray[np.int32],
    n_rows: int,
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
    """List passes between basins: packed pair, height of the pass, its crowding.

    Parameters
    ----------
    distance, crowding : ndarray of float32, shape (h, W)
        As in :func:`ascend`.
    basin : ndarray of int32, shape (h * W,)
        From :func:`follow_to_peaks`.
    n_rows : int
        From how many of the rows to step down or to the side.

    Returns
    -------
    pair : ndarray of int64, shape (S,)
        ``(smaller basin << 32) | larger basin``; a pair appears at least once.
    height_px, crowd : ndarray of float32, shape (S,)
        Smaller distance of the two pixels of a step, and the sum of their
        crowding. Of the steps of a pair the highest, and among these the most
        crowded, is in the list; others may be.
    """
    height, width = distance.shape
    # The steps of a pair follow each other closely: most are dropped at once.
    hand_pair = np.full(_PAIRS_AT_HAND, -1, np.int64)
    hand_height = np.empty(_PAIRS_AT_HAND, np.float32)
    hand_crowd = np.empty(_PAIRS_AT_HAND, np.float32)
    pair = np.empty(1024, np.int64)
    height_px = np.empty(1024, np.float32)
    crowd = np.empty(1024, np.float32)
    found = 0
    for y in range(n_rows):
        for x in range(width):
            a = basin[y * width + x]
            if a < 0:
                continue
            for k in range(4, 8):
                v = y + _STEPS[k, 0]
                u = x + _STEPS[k, 1]
                if v >= height or u < 0 or u >= width:
                    continue
                b = basin[v * width + u]
                if b < 0 or b == a:
                    continue
                low, high = (a, b) if a < b else (b, a)
                this_pair = (np.int64(low) << 32) | high
                this_height = min(distance[y, x], distance[v, u])
                this_crowd = crowding[y, x] + crowding[v, u]
                slot = (low * 31 + high) & (_PAIRS_AT_HAND - 1)
                if hand_pair[slot] == this_pair:
                    if this_height < hand_height[slot] or (
                        this_height == hand_height[slot] and this_crowd <= hand_crowd[slot]
                    ):
                        continue
                elif hand_pair[slot] >= 0:
                    if found == pair.size:
                        pair = np.concatenate((pair, np.empty_like(pair)))
                        height_px = np.concatenate((height_px, np.empty_like(height_px)))
                        crowd = np.concatenate((crowd, np.empty_like(crowd)))
                    pair[found] = hand_pair[slot]
                    height_px[found] = hand_height[slot]
                    crowd[found] = hand_crowd[slot]
                    found += 1
                hand_pair[slot] = this_pair
                hand_height[slot] = this_height
                hand_crowd[slot] = this_crowd
    left = hand_pair >= 0
    return (
        np.concatenate((pair[:found], hand_pair[left])),
        np.concatenate((height_px[:found], hand_height[left])),
        np.concatenate((crowd[:found], hand_crowd[left])),
    )


@njit(cache=True, nogil=True)
def merge_basins(
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    pass_px: NDArray[np.float32],
    peak_px: NDArray[np.float32],
    area_px: NDArray[np.int64],
    persistence: float,
    min_area_px: int,
) -> NDArray[np.int32]:
    """Join basins across passes that are not deep enough, highest pass first.

    At a pass of half-width w between parts of inner radii r ≤ R, the neck's
    depth is (r − w)/r. The parts stay two if it is at least ``persistence``
    and both cover ``min_area_px``; otherwise the lower one joins the higher.

    Parameters
    ----------
    low, high : ndarray of int64, shape (S,)
        The two basins of each pass, passes sorted from the highest down.
    pass_px : ndarray of float32, shape (S,)
        Height of the pass.
    peak_px : ndarray of float32, shape (B,)
        Inner radius of each basin.
    area_px : ndarray of int64, shape (B,)
        Its area.
    persistence : float
        Neck depth from which parts stay two, 0…1.
    min_area_px : int
        Smaller parts never stand alone.

    Returns
    -------
    ndarray of int32, shape (B,)
        Representative basin of each basin's grain.
    """
    n_basins = peak_px.size
    parent = np.arange(n_basins).astype(np.int32)
    radius = peak_px.copy()
    area = area_px.copy()
    for k in range(low.size):
        a = root_of(parent, low[k])
        b = root_of(parent, high[k])
        if a == b:
            continue
        if radius[b] > radius[a]:
            a, b = b, a
        deep = radius[b] - pass_px[k] >= persistence * radius[b] and radius[b] > pass_px[k]
        if deep and min(area[a], area[b]) >= min_area_px:
            continue
        parent[b] = a
        area[a] += area[b]
    for node in range(n_basins):
        parent[node] = root_of(parent, node)
    return parent


@njit(cache=True, nogil=True)
def number_in_raster_order(
    group: NDArray[np.int32], keep: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], int]:
    """Renumber groups 1…n without gaps, in the order of their first pixel.

    Parameters
    ----------
    group : ndarray of int32, shape (H, W)
        Group of each pixel, negative on the background.
    keep : ndarray of bool, shape (G,)
        Whether each group becomes a label.

    Returns
    -------
    labels : ndarray of int32, shape (H, W)
        0 is background.
    n_labels : int
        The largest label.
    """
    number = np.zeros(keep.size, dtype=np.int32)
    labels = np.zeros(group.shape, dtype=np.int32)
    n_labels = go_on_numbering(group, keep, number, 0, labels)
    return labels, n_labels


@njit(cache=True, nogil=True)
def go_on_numbering(
    group: NDArray[np.int32],
    keep: NDArray[np.bool_],
    number: NDArray[np.int32],
    n_labels: int,
    labels: NDArray[np.int32],
) -> int:
    """Go on numbering groups as :func:`number_in_raster_order` does, strip after strip of an image.

    Parameters
    ----------
    group : ndarray of int32, shape (h, W)
        Group of each pixel of the strip, negative on the background.
    keep : ndarray of bool, shape (G,)
        Whether each group becomes a label.
    number : ndarray of int32, shape (G,)
        Label of each group met so far, 0 of others; filled.
    n_labels : int
        The largest label so far.
    labels : ndarray of int32, shape (h, W)
        Of zeros; filled.

    Returns
    -------
    int
        The largest label now.
    """
    height, width = group.shape
    for y in range(height):
        for x in range(width):
            g = group[y, x]
            if g < 0 or not keep[g]:
                continue
            if number[g] == 0:
                n_labels += 1
                number[g] = n_labels
            labels[y, x] = number[g]
    return n_labels
