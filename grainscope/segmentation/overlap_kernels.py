"""Compiled loops over which candidate regions share pixels, and what follows from it."""

from __future__ import annotations

import numpy as np
from numba import njit

_BLOCK_PX = 16
N_CONTEXT = 12
_MAX_ROUNDS = 20


@njit(cache=True, nogil=True)
def block_index(row, left, right, owner, shape):  # type: ignore[no-untyped-def]
    """List the runs that touch each block of one row and a few columns, in compressed form.

    What is compared most often lies side by side in memory: ends and owner of each run.
    """
    height, width = shape
    per_row = (width + _BLOCK_PX - 1) // _BLOCK_PX
    first = np.zeros(height * per_row + 1, np.int64)
    for k in range(row.size):
        for b in range(left[k] // _BLOCK_PX, (right[k] - 1) // _BLOCK_PX + 1):
            first[row[k] * per_row + b + 1] += 1
    for b in range(height * per_row):
        first[b + 1] += first[b]
    at = first[:-1].copy()
    run = np.empty((first[-1], 3), np.int32)
    for k in range(row.size):
        for b in range(left[k] // _BLOCK_PX, (right[k] - 1) // _BLOCK_PX + 1):
            cell = row[k] * per_row + b
            run[at[cell], 0] = max(left[k], b * _BLOCK_PX)
            run[at[cell], 1] = min(right[k], (b + 1) * _BLOCK_PX)
            run[at[cell], 2] = owner[k]
            at[cell] += 1
    return first, run, per_row


@njit(cache=True, nogil=True)
def overlaps_of(begin, end, first, row, left, right, block_first, block_run, per_row):  # type: ignore[no-untyped-def]
    """Count the pixels that regions ``begin`` to ``end − 1`` share with each one before them.

    Returns
    -------
    n_others : ndarray of int64, shape (end − begin,)
    other, shared : ndarray of int32, shape (M,)
        Partners, ascending for each region, and the pixels shared.
    """
    n = first.size - 1
    count = np.zeros(n, np.int32)
    touched = np.empty(n, np.int32)
    n_others = np.zeros(end - begin, np.int64)
    size = 1 << 16
    other = np.empty(size, np.int32)
    shared = np.empty(size, np.int32)
    at = 0
    for i in range(begin, end):
        n_touched = 0
        for k in range(first[i], first[i + 1]):
            for b in range(left[k] // _BLOCK_PX, (right[k] - 1) // _BLOCK_PX + 1):
                low = max(left[k], b * _BLOCK_PX)
                high = min(right[k], (b + 1) * _BLOCK_PX)
                cell = row[k] * per_row + b
                for m in range(block_first[cell], block_first[cell + 1]):
                    o = block_run[m, 2]
                    if o >= i:  # owners ascend within a block
                        break
                    both = min(block_run[m, 1], high) - max(block_run[m, 0], low)
                    if both <= 0:
                        continue
                    if count[o] == 0:
                        touched[n_touched] = o
                        n_touched += 1
                    count[o] += both
        found = np.sort(touched[:n_touched])
        if at + n_touched > size:
            size = max(2 * size, at + n_touched)
            bigger = np.empty(size, np.int32)
            bigger[:at] = other[:at]
            other = bigger
            bigger = np.empty(size, np.int32)
            bigger[:at] = shared[:at]
            shared = bigger
        for m in range(n_touched):
            other[at] = found[m]
            shared[at] = count[found[m]]
            at += 1
            count[found[m]] = 0
        n_others[i - begin] = n_touched
    return n_others, other[:at].copy(), shared[:at].copy()


@njit(cache=True, nogil=True)
def both_ways(n_before, before, shared_before):  # type: ignore[no-untyped-def]
    """Complete a matrix of which each row holds the columns before it.

    Returns
    -------
    start : ndarray of int64, shape (N + 1,)
    other, shared : ndarray of int32, shape (M,)
    """
    n = n_before.size
    start = np.zeros(n + 1, np.int64)
    start[1:] = n_before
    for o in before:
        start[o + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]
    other = np.empty(start[n], np.int32)
    shared = np.empty(start[n], np.int32)
    at = start[:-1] + n_before
    k = 0
    for i in range(n):
        for m in range(n_before[i]):
            o = before[k]
            other[start[i] + m], shared[start[i] + m] = o, shared_before[k]
            other[at[o]], shared[at[o]] = i, shared_before[k]
            at[o] += 1
            k += 1
    return start, other, shared


@njit(cache=True, nogil=True, inline="always")
def _conflict(i, j, shared, area, tolerance):  # type: ignore[no-untyped-def]
    """Tell whether two regions share more than a part of the smaller one."""
    return shared > tolerance * min(area[i], area[j])


@njit(cache=True, nogil=True)
def context(area, score, order, start, other, shared, threshold, tolerance, out):  # type: ignore[no-untyped-def]
    """Tell what the first score says of the regions around each one; fills ``out``, shape (N, 12).

    ``order`` lists the regions by falling score; two that share more than ``tolerance``
    of the smaller one are not both counted inside a third.
    """
    n = area.size
    rank = np.empty(n, np.int64)
    for k in range(n):
        rank[order[k]] = k
    blocked = np.full(n, -1, np.int64)
    for i in range(n):
        a = float(area[i])
        n_children = 0
        children = np.empty(start[i + 1] - start[i], np.int64)
        f = out[i]
        f[:] = 0.0
        for m in range(start[i], start[i + 1]):
            j = other[m]
            b = float(area[j])
            both = float(shared[m])
            iou = both / (a + b - both)
            if iou > 0.85:
                f[0] += 1
            if iou > 0.65:
                f[1] += 1
                f[2] = max(f[2], score[j])
                f[3] += score[j]
            elif both > 0.85 * b and b < 0.65 * a:
                if score[j] > threshold:
                    children[n_children] = rank[j]
                    n_children += 1
                f[4] = max(f[4], score[j])
            elif both > 0.85 * a and a < 0.65 * b:
                f[5] = max(f[5], score[j])
                if score[j] > threshold:
                    f[6] += 1
            else:
                f[7] = max(f[7], score[j] * min(1.0, 2 * both / min(a, b)))
        if f[1] > 0:
            f[3] /= f[1]
        by_score = np.sort(children[:n_children])
        covered = 0.0
        for k in range(n_children):
            j = order[by_score[k]]
            if blocked[j] == i:
                continue
            f[8] += score[j] - threshold
            f[9] += 1
            covered += area[j]
            for m in range(start[j], start[j + 1]):
                if _conflict(j, other[m], shared[m], area, tolerance):
                    blocked[other[m]] = i
        f[10] = covered / a
        f[11] = score[i] - threshold - f[8]


@njit(cache=True, nogil=True, inline="always")
def _set_chosen(i, on, chosen, n_against, area, start, other, shared, tolerance):  # type: ignore[no-untyped-def]
    """Take region i in or out, and keep the count of chosen regions each one conflicts with."""
    chosen[i] = on
    for m in range(start[i], start[i + 1]):
        if _conflict(i, other[m], shared[m], area, tolerance):
            n_against[other[m]] += 1 if on else -1


@njit(cache=True, nogil=True)
def select(weight, area, order, start, other, shared, tolerance):  # type: ignore[no-untyped-def]
    """Choose a disjoint set of large total weight: greedy, then exchanges until none pays.

    An exchange takes in one region for all it conflicts with, or the best ones
    among those that conflict with one chosen region only in its place.
    """
    n = weight.size
    chosen = np.zeros(n, np.bool_)
    n_against = np.zeros(n, np.int32)
    rank = np.empty(n, np.int64)
    rank[order] = np.arange(n)
    barred = np.full(n, -1, np.int64)
    for _ in range(_MAX_ROUNDS):
        changed = False
        for k in range(n):
            i = order[k]
            if chosen[i] or weight[i] <= 0:
                continue
            lost = 0.0
            if n_against[i]:
                for m in range(start[i], start[i + 1]):
                    j = other[m]
                    if chosen[j] and _conflict(i, j, shared[m], area, tolerance):
                        lost += weight[j]
            if weight[i] > lost + 1e-9:
                for m in range(start[i], start[i + 1]):
                    j = other[m]
                    if chosen[j] and _conflict(i, j, shared[m], area, tolerance):
                        _set_chosen(
                            j, False, chosen, n_against, area, start, other, shared, tolerance
                        )
                _set_chosen(i, True, chosen, n_against, area, start, other, shared, tolerance)
                changed = True
        for k in range(n):
            i = order[k]
            if not chosen[i]:
                continue
            instead = np.empty(start[i + 1] - start[i], np.int64)
            n_instead = 0
            for m in range(start[i], start[i + 1]):
                j = other[m]
                if (
                    weight[j] > 0
                    and n_against[j] == 1
                    and _conflict(i, j, shared[m], area, tolerance)
                ):
                    instead[n_instead] = rank[j]
                    n_instead += 1
            if n_instead < 2:
                continue
            gained = 0.0
            n_taken = 0
            by_rank = np.sort(instead[:n_instead])
            for r in range(n_instead):
                j = order[by_rank[r]]
                if barred[j] == i:
                    continue
                gained += weight[j]
                by_rank[n_taken] = by_rank[r]
                n_taken += 1
                for m in range(start[j], start[j + 1]):
                    if _conflict(j, other[m], shared[m], area, tolerance):
                        barred[other[m]] = i
            for r in range(n_instead):  # marks of this exchange must not outlive it
                barred[order[instead[r]]] = -1
            if gained > weight[i] + 1e-9:
                _set_chosen(i, False, chosen, n_against, area, start, other, shared, tolerance)
                for r in range(n_taken):
                    j = order[by_rank[r]]
                    _set_chosen(j, True, chosen, n_against, area, start, other, shared, tolerance)
                changed = True
        if not changed:
            break
    return chosen


@njit(cache=True, nogil=True)
def founders(area, order, start, other, shared, least_iou):  # type: ignore[no-untyped-def]
    """Group regions into families of near-copies; returns the founder of each one's family.

    In ``order``, a region without a family founds one and takes in every other such region
    whose IoU with it is above ``least_iou``.
    """
    founder = np.full(area.size, -1, np.int64)
    for k in range(area.size):
        i = order[k]
        if founder[i] >= 0:
            continue
        founder[i] = i
        for m in range(start[i], start[i + 1]):
            j = other[m]
            if founder[j] < 0 and shared[m] > least_iou * (area[i] + area[j] - shared[m]):
                founder[j] = i
    return founder


@njit(cache=True, nogil=True)
def paint(first, row, left, right, area, tolerance, labels):  # type: ignore[no-untyped-def]
    """Write region i into an empty label image as i + 1, earlier ones winning.

    A region of which more than ``tolerance`` is taken already is left out.
    """
    for i in range(area.size):
        taken = 0
        for k in range(first[i], first[i + 1]):
            for x in range(left[k], right[k]):
                taken += labels[row[k], x] != 0
        if taken > tolerance * area[i]:
            continue
        for k in range(first[i], first[i + 1]):
            for x in range(left[k], right[k]):
                if labels[row[k], x] == 0:
                    labels[row[k], x] = i + 1
