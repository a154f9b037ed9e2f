"""Compiled loops that describe each candidate region by its outline and its inside.

Regions come as runs (see ``region_runs``). An *outline step* is a pair of
4-neighbours, one inside and one outside; its direction is the local normal.
Grey levels are read along it, two pixels in and two pixels out.
"""

from __future__ import annotations

import numpy as np
from numba import njit

#: Features of the shape, and of the edge, which follow one another; those of the inside are last.
_N_SHAPE, _N_EDGE = 9, 22
#: Histogram of outline steps and of inner levels: range and cells.
_LOW, _HIGH, _CELLS = -1.0, 1.5, 100
#: What is measured in units of the step is of at least this one.
_LEAST_STEP = 0.02
#: Tangent of 22.5°, where two sectors meet.
_TAN = np.sqrt(2.0) - 1


@njit(cache=True, nogil=True, inline="always")
def _sector(dy, dx):  # type: ignore[no-untyped-def]
    """Tell in which eighth of the plane, centred on axes and diagonals: none on a border."""
    if abs(dy) < _TAN * abs(dx):
        return 0 if dx > 0 else 4
    if abs(dx) < _TAN * abs(dy):
        return 2 if dy > 0 else 6
    if dy > 0:
        return 1 if dx > 0 else 3
    return 7 if dx > 0 else 5


@njit(cache=True, nogil=True, inline="always")
def _at(image, y, x):  # type: ignore[no-untyped-def]
    y = min(max(y, 0), image.shape[0] - 1)
    x = min(max(x, 0), image.shape[1] - 1)
    return image[y, x]


@njit(cache=True, nogil=True)
def _moments(row, left, right):  # type: ignore[no-untyped-def]
    """Area, centroid and central second moments (with the 1/12 of a pixel)."""
    area = 0.0
    sy = 0.0
    sx = 0.0
    syy = 0.0
    sxx = 0.0
    sxy = 0.0
    y0 = row[0]
    x0 = left[0]
    for k in range(row.size):
        n = float(right[k] - left[k])
        y = float(row[k] - y0)
        a = float(left[k] - x0)
        b = a + n - 1
        s1 = n * (a + b) / 2
        s2 = (b * (b + 1) * (2 * b + 1) - (a - 1) * a * (2 * a - 1)) / 6
        area += n
        sy += n * y
        sx += s1
        syy += n * y * y
        sxx += s2
        sxy += y * s1
    cy = sy / area
    cx = sx / area
    myy = syy / area - cy * cy + 1 / 12
    mxx = sxx / area - cx * cx + 1 / 12
    mxy = sxy / area - cy * cx
    return area, cy + y0, cx + x0, myy, mxx, mxy


@njit(cache=True, nogil=True)
def _hull_area(row, left, right):  # type: ignore[no-untyped-def]
    """Area of the convex hull of the pixel squares, from the row extremes."""
    top = row[0]
    n_rows = row[-1] - top + 1
    west = np.full(n_rows, 1 << 30, np.int64)
    east = np.full(n_rows, -1, np.int64)
    for k in range(row.size):
        r = row[k] - top
        west[r] = min(west[r], left[k])
        east[r] = max(east[r], right[k])
    px = np.empty(2 * n_rows + 2, np.int64)
    py = np.empty(2 * n_rows + 2, np.int64)
    total = 0.0
    for side in range(2):
        n = 0
        for r in range(n_rows):
            for corner in range(2):
                x = west[r] if side == 0 else -east[r]
                y = r + corner
                while (
                    n >= 2
                    and (px[n - 1] - px[n - 2]) * (y - py[n - 1])
                    - (py[n - 1] - py[n - 2]) * (x - px[n - 1])
                    >= 0
                ):
                    n -= 1
                px[n] = x
                py[n] = y
                n += 1
        for k in range(n - 1):  # strip between the chain and x = 0
            total -= (px[k] + px[k + 1]) * (py[k + 1] - py[k]) / 2.0
    return total


@njit(cache=True, nogil=True)
def _quantile(cells, share):  # type: ignore[no-untyped-def]
    total = cells.sum()
    wanted = share * total
    below = 0.0
    for k in range(cells.size):
        below += cells[k]
        if below >= wanted:
            return _LOW + (k + 0.5) * (_HIGH - _LOW) / cells.size
    return _HIGH


@njit(cache=True, nogil=True, inline="always")
def _cell(value):  # type: ignore[no-untyped-def]
    k = int((value - _LOW) * (_CELLS / (_HIGH - _LOW)))
    return min(max(k, 0), _CELLS - 1)


@njit(cache=True, nogil=True)
def _outline_step(film, coarse, grain, y, x, dy, dx, sector, acc, sectors, cells):  # type: ignore[no-untyped-def]
    """Read one profile across the outline and add it to the sums."""
    i1 = film[y, x]
    i2 = _at(film, y - dy, x - dx)
    i3 = _at(film, y - 2 * dy, x - 2 * dx)
    o1 = _at(film, y + dy, x + dx)
    o2 = _at(film, y + 2 * dy, x + 2 * dx)
    o3 = _at(film, y + 3 * dy, x + 3 * dx)
    inner = (i2 + i3) * 0.5
    outer = (o2 + o3) * 0.5
    step = inner - outer
    wide = _at(coarse, y - 4 * dy, x - 4 * dx) - _at(coarse, y + 5 * dy, x + 5 * dx)
    p_in = _at(grain, y - dy, x - dx)
    p_out = _at(grain, y + 2 * dy, x + 2 * dx)
    drops = (i3 - i2, i2 - i1, i1 - o1, o1 - o2, o2 - o3)
    best = 0
    for k in range(1, 5):
        if drops[k] > drops[best]:
            best = k
    acc[0] += 1
    acc[1] += i1 - o1
    acc[2] += step
    acc[3] += step * step
    acc[4] += inner
    acc[5] += outer
    acc[6] += (i1 + o1) * 0.5
    acc[7] += best - 2
    acc[8] += (best - 2) * (best - 2)
    acc[9] += wide
    acc[10] += p_in
    acc[11] += p_out
    acc[12] += p_out > 0.5
    acc[13] += drops[best]
    acc[14] += outer * outer
    acc[15] += p_in - p_out < 0.2
    sectors[0, sector] += 1
    sectors[1, sector] += step
    sectors[2, sector] += wide
    sectors[3, sector] += p_in - p_out
    cells[_cell(step)] += 1


@njit(cache=True, nogil=True)
def _runs_of_rows(row):  # type: ignore[no-untyped-def]
    """Index of the first run of each row from the top one on, and one past the last."""
    first = np.zeros(row[-1] - row[0] + 2, np.int64)
    for k in range(row.size):
        first[row[k] - row[0] + 1] += 1
    for r in range(first.size - 1):
        first[r + 1] += first[r]
    return first


@njit(cache=True, nogil=True)
def _add_inner_levels(image, row, left, right, first, stride, cells):  # type: ignore[no-untyped-def]
    """Count the levels of pixels with all four neighbours inside, on every stride-th diagonal."""
    for y in range(1, first.size - 2):
        above = first[y - 1]
        below = first[y + 1]
        for k in range(first[y], first[y + 1]):
            low = left[k] + 1
            high = right[k] - 1
            while above < first[y] and right[above] <= low:
                above += 1
            for a in range(above, first[y]):
                if left[a] >= high:
                    break
                begin = max(low, left[a])
                end = min(high, right[a])
                while below < first[y + 2] and right[below] <= begin:
                    below += 1
                for b in range(below, first[y + 2]):
                    if left[b] >= end:
                        break
                    west = max(begin, left[b])
                    for x in range(west + (-(west + y)) % stride, min(end, right[b]), stride):
                        cells[_cell(image[row[k], x])] += 1


@njit(cache=True, nogil=True)
def _walk_outline(film, coarse, grain, row, left, right, first, cy, cx, acc, sectors, cells):  # type: ignore[no-untyped-def]
    """Visit every outline step once; return how many lie on the image's edge."""
    height, width = film.shape
    top = row[0]
    n_rows = first.size - 1
    on_frame = 0
    for k in range(row.size):
        y = row[k]
        for side in range(2):
            x = left[k] if side == 0 else right[k] - 1
            dx = -1 if side == 0 else 1
            if x + dx < 0 or x + dx >= width:
                on_frame += 1
                continue
            _outline_step(
                film, coarse, grain, y, x, 0, dx, _sector(y - cy, x - cx), acc, sectors, cells
            )
        for side in range(2):
            dy = -1 if side == 0 else 1
            if y + dy < 0 or y + dy >= height:
                on_frame += right[k] - left[k]
                continue
            other = y + dy - top
            j = first[other] if 0 <= other < n_rows else 0
            stop = first[other + 1] if 0 <= other < n_rows else 0
            x = left[k]
            while x < right[k]:
                while j < stop and right[j] <= x:
                    j += 1
                if j < stop and left[j] <= x:
                    x = right[j]
                    continue
                _outline_step(
                    film, coarse, grain, y, x, dy, 0, _sector(y - cy, x - cx), acc, sectors, cells
                )
                x += 1
    return on_frame


@njit(cache=True, nogil=True)
def _weakest(sectors, k, out, at, n_steps):  # type: ignore[no-untyped-def]
    """Write the two smallest sector means; sectors with few steps do not count."""
    low = np.inf
    second = np.inf
    for s in range(8):
        if sectors[0, s] < 0.03 * n_steps or sectors[0, s] < 1:
            continue
        mean = sectors[k, s] / sectors[0, s]
        if mean < low:
            second = low
            low = mean
        elif mean < second:
            second = mean
    if low == np.inf:
        low = 0.0
    if second == np.inf:
        second = low
    out[at] = low
    out[at + 1] = second


@njit(cache=True, nogil=True)
def _describe_shape(row, left, right, moments, on_frame, around, out):  # type: ignore[no-untyped-def]
    area, _, _, myy, mxx, mxy = moments
    hull = _hull_area(row, left, right)
    half = (myy + mxx) / 2
    spread = np.sqrt(((myy - mxx) / 2) ** 2 + mxy * mxy)
    long = np.sqrt(half + spread)
    short = np.sqrt(max(half - spread, 1e-6))
    out[0] = np.log10(area)
    out[1] = 4 * np.pi * area / (around * np.pi / 4) ** 2
    out[2] = area / hull
    out[3] = area / (4 * np.pi * long * short)
    out[4] = short / long
    out[5] = on_frame / around
    out[6] = (hull - area) / around
    out[7] = area / ((row[-1] - row[0] + 1.0) * (right.max() - left.min()))
    out[8] = area / around


@njit(cache=True, nogil=True)
def _describe_edge(acc, sectors, cells, out):  # type: ignore[no-untyped-def]
    n = max(acc[0], 1.0)
    step = acc[2] / n
    outer = acc[5] / n
    out[0] = acc[1] / n
    out[1] = step
    out[2] = np.sqrt(max(acc[3] / n - step * step, 0.0))
    _weakest(sectors, 1, out, 3, n)
    weak = 0.0
    for k in range(_cell(0.3 * step)):
        weak += cells[k]
    out[5] = weak / n
    out[6] = _quantile(cells, 0.1)
    out[7] = _quantile(cells, 0.5)
    out[8] = acc[4] / n
    out[9] = outer
    out[10] = (acc[6] / n - outer) / max(abs(step), _LEAST_STEP)
    out[11] = acc[7] / n
    out[12] = np.sqrt(max(acc[8] / n - (acc[7] / n) ** 2, 0.0))
    out[13] = acc[9] / n
    _weakest(sectors, 2, out, 14, n)
    out[16] = acc[13] / n
    out[17] = (acc[10] - acc[11]) / n
    _weakest(sectors, 3, out, 18, n)
    out[20] = acc[12] / n
    out[21] = acc[15] / n


@njit(cache=True, nogil=True)
def _describe_inside(coarse, row, left, right, first, sums, noise, area, around, acc, cells, out):  # type: ignore[no-untyped-def]
    n = max(acc[0], 1.0)
    step = acc[2] / n
    outer = acc[5] / n
    total = np.zeros(4, np.float64)
    for k in range(row.size):
        y = row[k]
        for m in range(4):
            total[m] += sums[m, y, right[k]] - sums[m, y, left[k]]
    stride = 1 if area < 4000 else (2 if area < 20000 else 4)
    _add_inner_levels(coarse, row, left, right, first, stride, cells)
    mean = total[0] / area
    sd = np.sqrt(max(total[1] / area - mean * mean, 0.0))
    n_inner = cells.sum()
    low = _quantile(cells, 0.04) if n_inner > 0 else mean
    high = _quantile(cells, 0.96) if n_inner > 0 else mean
    unit = max(abs(step), _LEAST_STEP)
    out[0] = mean
    out[1] = sd
    out[2] = total[2] / area
    out[3] = total[3] / area
    out[4] = (total[2] - total[3]) / around
    out[5] = mean - outer
    out[6] = step / noise
    out[7] = sd / unit
    out[8] = (low - outer) / unit
    out[9] = (high - low) / unit
    out[10] = np.sqrt(max(acc[14] / n - outer * outer, 0.0)) / unit
    out[11] = acc[11] / n


@njit(cache=True, nogil=True)
def describe(first, row, left, right, start, stop, film, coarse, grain, sums, noise, out):  # type: ignore[no-untyped-def]
    """Fill shape, edge and inside in the rows ``start`` to ``stop − 1`` of ``out``.

    The columns are those of ``candidate_features.FEATURES`` from the first on.
    ``sums`` has shape (4, H, W + 1): running sums along each row of the grey
    level, its square, the grain and the core probability.
    """
    acc = np.empty(16, np.float64)
    sectors = np.empty((4, 8), np.float64)
    cells = np.empty(_CELLS, np.float64)
    inner = np.empty(_CELLS, np.float64)
    for i in range(start, stop):
        acc[:] = 0
        sectors[:] = 0
        cells[:] = 0
        inner[:] = 0
        rows = row[first[i] : first[i + 1]]
        lefts = left[first[i] : first[i + 1]]
        rights = right[first[i] : first[i + 1]]
        moments = _moments(rows, lefts, rights)
        area, cy, cx = moments[:3]
        first_of_row = _runs_of_rows(rows)
        on_frame = _walk_outline(
            film, coarse, grain, rows, lefts, rights, first_of_row, cy, cx, acc, sectors, cells
        )
        around = acc[0] + on_frame
        shape, edge, inside = out[i], out[i, _N_SHAPE:], out[i, _N_SHAPE + _N_EDGE :]
        _describe_shape(rows, lefts, rights, moments, on_frame, around, shape)
        _describe_edge(acc, sectors, cells, edge)
        _describe_inside(
            coarse, rows, lefts, rights, first_of_row, sums, noise, area, around, acc, inner, inside
        )
