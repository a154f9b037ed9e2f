"""Group pieces of ink into lines of text by where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Characters of a line are at most this many heights apart …
_MAX_GAP = 1.5
#: … differ in height by this factor at most (x-height against a bracket) …
_MAX_HEIGHT_RATIO = 2.2
_MAX_LINE_RATIO = 2.5
#: … and stand on one line, or hang from one, within this share of their height.
_ALIGNMENT = 0.12
_MIN_CHARACTERS = 3
#: Fewer ticks at one pitch may be grains.
_MIN_TICKS = 6


def find_lines(box: NDArray[np.int32]) -> list[NDArray[np.intp]]:
    """Group boxes that stand in a row as characters do.

    Parameters
    ----------
    box : ndarray of int32, shape (N, 4)
        Column, row, width and height in pixels.

    Returns
    -------
    list of ndarray
        Indices of each line's characters from left to right; three at least.

    Examples
    --------
    >>> box = np.array([[0, 5, 6, 10], [9, 5, 7, 10], [18, 8, 9, 7], [60, 40, 9, 9]], np.int32)
    >>> find_lines(box)
    [array([0, 1, 2])]
    """
    first, last = _neighbours(box)
    if not first.size:
        return []
    # Compiled code loads only when there is something to join.
    from grainscope.laws.union_find_kernel import connected

    line_of = connected(len(box), first.astype(np.int32), last.astype(np.int32))
    size = np.bincount(line_of)
    lines = []
    for line in np.flatnonzero(size >= _MIN_CHARACTERS):
        members = np.flatnonzero(line_of == line)
        members = members[np.argsort(box[members, 0], kind="stable")]
        if is_text(box[members]):
            lines.append(members)
    return lines


def find_ticks(box: NDArray[np.int32]) -> list[NDArray[np.intp]]:
    """Find rows of upright ticks of one size at one pitch; some may be missing.

    Parameters
    ----------
    box : ndarray of int32, shape (N, 4)
        Column, row, width and height in pixels.

    Returns
    -------
    list of ndarray
        Indices of each row's ticks from left to right; six at least.

    Examples
    --------
    >>> box = np.array([[20 * k, 5, 2, 8] for k in (0, 1, 2, 4, 5, 6)], np.int32)
    >>> find_ticks(box)
    [array([0, 1, 2, 3, 4, 5])]
    """
    x, y, width, height = box.T.astype(int)
    upright = np.flatnonzero(2 * width <= height)
    found = []
    for first in upright:
        alike = upright[
            (np.abs(y[upright] - y[first]) <= 1)
            & (np.abs(height[upright] - height[first]) <= 1)
            & (np.abs(width[upright] - width[first]) <= 1)
        ]
        if len(alike) < _MIN_TICKS or alike.min() < first:
            continue
        row = alike[np.argsort(x[alike], kind="stable")]
        if _has_one_pitch(x[row] + width[row] / 2):
            found.append(row)
    return found


def _neighbours(box: NDArray[np.int32]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs of boxes of which the second continues the line of the first to the right."""
    order = np.argsort(box[:, 0], kind="stable")
    ordered = box[order].astype(np.float64)
    reach = ordered[:, 0] + ordered[:, 2] + _MAX_GAP * _MAX_HEIGHT_RATIO * ordered[:, 3]
    stop = np.searchsorted(ordered[:, 0], reach, side="right")
    first, last = [], []
    for i in range(len(box)):
        later = np.arange(i + 1, stop[i])
        later = later[_continues(ordered[i], ordered[later])]
        first.append(np.full(later.size, order[i]))
        last.append(order[later])
    return np.concatenate([*first, []]).astype(int), np.concatenate([*last, []]).astype(int)


def _continues(box: NDArray[np.float64], later: NDArray[np.float64]) -> NDArray[np.bool_]:
    x, y, width, height = box
    tall, low = np.maximum(later[:, 3], height), np.minimum(later[:, 3], height)
    gap = later[:, 0] - (x + width)
    top, bottom = later[:, 1] - y, later[:, 1] + later[:, 3] - (y + height)
    off_line = np.minimum(np.minimum(np.abs(top), np.abs(bottom)), np.abs(top + bottom) / 2)
    fits: NDArray[np.bool_] = (
        (gap <= _MAX_GAP * tall)
        & (gap >= -0.25 * low)
        & (tall <= _MAX_HEIGHT_RATIO * low)
        & (off_line <= np.maximum(1.5, _ALIGNMENT * tall))
    )
    return fits


def is_text(box: NDArray[np.int32]) -> bool:
    """Tell whether most stand on one line, and are not all of one shape as a row of grains is.

    Examples
    --------
    >>> is_text(np.array([[0, 5, 9, 9], [10, 5, 9, 9], [20, 5, 9, 9]], np.int32))
    False
    """
    _, top, width, height = box.T.astype(np.float64)
    tolerance = max(1.5, _ALIGNMENT * float(height.max()))
    bottom = top + height
    on_line = max((np.abs(edge - np.median(edge)) <= tolerance).mean() for edge in (top, bottom))
    is_even = height.max() <= _MAX_LINE_RATIO * height.min()
    return bool(is_even and on_line >= 0.6 and np.ptp(width) >= 0.15 * np.median(height))


def _has_one_pitch(centre: NDArray[np.float64]) -> bool:
    steps = np.diff(centre)
    pitch = float(np.median(steps))
    multiple = np.round(steps / max(pitch, 1.0))
    is_even = np.abs(steps - multiple * pitch) <= np.maximum(1.5, 0.1 * pitch)
    return bool(pitch >= 4 and is_even.all() and (multiple >= 1).all() and multiple.max() <= 4)
