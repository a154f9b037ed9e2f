"""Compiled loops that turn masks and label images into runs, regions, and their digests."""

from __future__ import annotations

import numpy as np
from numba import njit

from grainscope.laws.union_find_kernel import root_of


@njit(cache=True, nogil=True)
def _mix(value):  # type: ignore[no-untyped-def]
    """Scramble 64 bits (the finaliser of splitmix64), so that sums of them tell regions apart."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@njit(cache=True, nogil=True)
def runs_above(image, level):  # type: ignore[no-untyped-def]
    """List the runs of the pixels above a level and the 8-connected region of each, by union–find.

    Returns
    -------
    row, left, right : ndarray of int32, shape (R,)
        In raster order.
    region : ndarray of int32, shape (R,)
        0…n − 1, numbered by the first run.
    n_regions : int
    """
    height, width = image.shape
    n_runs = 0
    for y in range(height):
        inside = False
        for x in range(width):
            now = image[y, x] > level
            if now and not inside:
                n_runs += 1
            inside = now
    row = np.empty(n_runs, np.int32)
    left = np.empty(n_runs, np.int32)
    right = np.empty(n_runs, np.int32)
    parent = np.empty(n_runs, np.int32)
    found = 0
    above = 0  # first run of the row before that may touch
    above_stop = 0
    for y in range(height):
        row_start = found
        x = 0
        while x < width:
            if not image[y, x] > level:
                x += 1
                continue
            start = x
            while x < width and image[y, x] > level:
                x += 1
            row[found] = y
            left[found] = start
            right[found] = x
            parent[found] = found
            while above < above_stop and right[above] < start:
                above += 1
            k = above
            while k < above_stop and left[k] <= x:
                a = root_of(parent, k)
                b = root_of(parent, found)
                if a < b:
                    parent[b] = a
                elif b < a:
                    parent[a] = b
                k += 1
            found += 1
        above = row_start
        above_stop = found
    region = np.empty(n_runs, np.int32)
    n_regions = 0
    for k in range(n_runs):
        if parent[k] == k:
            region[k] = n_regions
            n_regions += 1
        else:
            region[k] = region[root_of(parent, k)]
    return row, left, right, region, n_regions


@njit(cache=True, nogil=True)
def runs_of_labels(labels):  # type: ignore[no-untyped-def]
    """List the runs of a label image (−1 is background) in raster order, with their labels."""
    height, width = labels.shape
    n_runs = 0
    for y in range(height):
        before = -1
        for x in range(width):
            now = labels[y, x]
            if now >= 0 and now != before:
                n_runs += 1
            before = now
    row = np.empty(n_runs, np.int32)
    left = np.empty(n_runs, np.int32)
    right = np.empty(n_runs, np.int32)
    region = np.empty(n_runs, np.int32)
    found = 0
    for y in range(height):
        x = 0
        while x < width:
            now = labels[y, x]
            if now < 0:
                x += 1
                continue
            start = x
            while x < width and labels[y, x] == now:
                x += 1
            row[found] = y
            left[found] = start
            right[found] = x
            region[found] = now
            found += 1
    return row, left, right, region


@njit(cache=True, nogil=True)
def areas_and_digests(row, left, right, region, n_regions):  # type: ignore[no-untyped-def]
    """Area of each region, and a 64-bit digest that equal regions share."""
    area = np.zeros(n_regions, np.int64)
    digest = np.zeros(n_regions, np.uint64)
    for k in range(row.size):
        r = region[k]
        area[r] += right[k] - left[k]
        key = (
            (np.uint64(row[k]) << np.uint64(40))
            ^ (np.uint64(left[k]) << np.uint64(20))
            ^ np.uint64(right[k])
        )
        digest[r] += _mix(key + np.uint64(0x9E3779B97F4A7C15))
    return area, digest


@njit(cache=True, nogil=True)
def peaks_of(image, row, left, right, region, n_regions):  # type: ignore[no-untyped-def]
    """Raster index of the highest pixel of each region, the first of equals."""
    best = np.full(n_regions, -np.inf, np.float64)
    peak = np.zeros(n_regions, np.int64)
    width = image.shape[1]
    for k in range(row.size):
        r = region[k]
        y = row[k]
        for x in range(left[k], right[k]):
            if image[y, x] > best[r]:
                best[r] = image[y, x]
                peak[r] = y * width + x
    return peak


@njit(cache=True, nogil=True)
def thinned(peak, area, min_area, max_area, growth, last_area):  # type: ignore[no-untyped-def]
    """Keep the regions that outgrew the last kept one around the same peak by a factor.

    ``last_area``, one entry a pixel, is updated; levels must come from the highest down.
    """
    keep = np.zeros(area.size, np.bool_)
    for r in range(area.size):
        if min_area <= area[r] <= max_area and area[r] >= growth * last_area[peak[r]]:
            keep[r] = True
            last_area[peak[r]] = area[r]
    return keep


@njit(cache=True, nogil=True)
def new_digests(digest, keep, table, n_kept):  # type: ignore[no-untyped-def]
    """Drop regions whose digest is known, add the others to the open-addressed table."""
    mask = np.uint64(table.size - 1)
    for r in range(digest.size):
        if not keep[r]:
            continue
        value = digest[r] if digest[r] != 0 else np.uint64(1)
        slot = value & mask
        while table[slot] != 0 and table[slot] != value:
            slot = (slot + np.uint64(1)) & mask
        if table[slot] == value:
            keep[r] = False
        else:
            table[slot] = value
            n_kept += 1
    return n_kept


@njit(cache=True, nogil=True)
def runs_by_region(row, left, right, region, keep):  # type: ignore[no-untyped-def]
    """Sort the runs of the kept regions by region, stably; return them with the first of each."""
    number = np.full(keep.size, -1, np.int64)
    n_kept = 0
    for r in range(keep.size):
        if keep[r]:
            number[r] = n_kept
            n_kept += 1
    first = np.zeros(n_kept + 1, np.int64)
    for k in range(row.size):
        if number[region[k]] >= 0:
            first[number[region[k]] + 1] += 1
    for r in range(n_kept):
        first[r + 1] += first[r]
    at = first[:-1].copy()
    sorted_row = np.empty(first[-1], np.int32)
    sorted_left = np.empty(first[-1], np.int32)
    sorted_right = np.empty(first[-1], np.int32)
    for k in range(row.size):
        r = number[region[k]]
        if r >= 0:
            sorted_row[at[r]] = row[k]
            sorted_left[at[r]] = left[k]
            sorted_right[at[r]] = right[k]
            at[r] += 1
    return first, sorted_row, sorted_left, sorted_right


@njit(cache=True, nogil=True)
def hole_counts(first, row, left, right):  # type: ignore[no-untyped-def]
    """Holes of each 8-connected region: cycles of its run-adjacency graph, E − R + 1."""
    n_regions = first.size - 1
    holes = np.zeros(n_regions, np.int64)
    for r in range(n_regions):
        edges = 0
        above = first[r]
        for k in range(first[r], first[r + 1]):
            while above < k and (
                row[above] < row[k] - 1 or (row[above] == row[k] - 1 and right[above] < left[k])
            ):
                above += 1
            j = above
            while j < k and row[j] == row[k] - 1 and left[j] <= right[k]:
                edges += 1
                j += 1
        holes[r] = edges - (first[r + 1] - first[r]) + 1
    return holes


@njit(cache=True, nogil=True)
def filled_runs(row, left, right):  # type: ignore[no-untyped-def]
    """List the runs of a region without its holes: what cannot be reached from outside its box."""
    top = row[0]
    bottom = row[-1]
    west = left.min()
    east = right.max()
    height = bottom - top + 3
    width = east - west + 2
    grid = np.zeros((height, width), np.uint8)
    for k in range(row.size):
        for x in range(left[k], right[k]):
            grid[row[k] - top + 1, x - west + 1] = 1
    stack = np.empty(height * width, np.int64)
    stack[0] = 0
    grid[0, 0] = 2
    size = 1
    while size > 0:
        size -= 1
        y = stack[size] // width
        x = stack[size] % width
        for step in range(4):
            v = y + (step == 0) - (step == 1)
            u = x + (step == 2) - (step == 3)
            if 0 <= v < height and 0 <= u < width and grid[v, u] == 0:
                grid[v, u] = 2
                stack[size] = v * width + u
                size += 1
    n = 0
    for y in range(1, height - 1):
        inside = False
        for x in range(width):
            now = grid[y, x] != 2
            if now and not inside:
                n += 1
            inside = now
    out = np.empty((3, n), np.int32)
    n = 0
    for y in range(1, height - 1):
        x = 0
        while x < width:
            if grid[y, x] == 2:
                x += 1
                continue
            start = x
            while x < width and grid[y, x] != 2:
                x += 1
            out[0, n] = y + top - 1
            out[1, n] = start + west - 1
            out[2, n] = x + west - 1
            n += 1
    return out
