"""Find boxes pasted onto a film by their straight sides."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from grainscope.opencv import cv2

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Grey levels across a side within 3 px, or thrice the film's median where that is more.
_MIN_STEP = 24
_NOISE_STRIDE = 3
#: Shortest side, in pixels and as a share of the film's shorter side.
_MIN_SIDE_PX = 24
_MIN_SIDE_SHARE = 0.04
#: Of a side, this share of pixels shows the step, and that share a weaker one at least.
_SIDE_SHARE = 0.5
_WEAK_SHARE = 0.85
#: … of so many grey levels, or one and a half times the film's median.
_WEAK_STEP = 10
#: Columns looked at together: what is made of them stays in the cache.
_COLUMNS = 256
#: Only the longest straight lines of a film are tried as sides.
_MAX_SIDES = 12
#: A step is the difference to the pixel so far away.
_ACROSS = 3
#: So far beside a side the film shows steps in at most this share of the rows.
_BESIDE_PX = 6
_MAX_BESIDE = 0.4
_MAX_AREA_SHARE = 0.4
#: Shares of a label's pixels that have its own level, and that are text; a cube has no text.
_FLAT_SHARE = 0.55
_FLAT_LEVELS = 3
_TEXT_SHARE = 0.015
_TEXT_LEVELS = 60
#: A box without text is of one level and reaches the film's edge.
_BLANK_SHARE = 0.97
#: More boxes are grains.
_MAX_BOXES = 6


class Box(NamedTuple):
    """A rectangle in pixels; stops are exclusive."""

    row_start: int
    row_stop: int
    column_start: int
    column_stop: int

    def with_rim(self, rim_px: int = 0) -> tuple[slice, slice]:
        """Index that cuts it and a rim out of an (H, W) array."""
        rows = slice(max(self.row_start - rim_px, 0), self.row_stop + rim_px)
        return rows, slice(max(self.column_start - rim_px, 0), self.column_stop + rim_px)


class _Steps(NamedTuple):
    """Steps to the right in some columns: how high, which high enough, which in long runs."""

    height: NDArray[np.uint8]
    is_step: NDArray[np.uint8]
    is_run: NDArray[np.uint8]


class _Side(NamedTuple):
    """Running counts of the pixels along a line that show the step, and a weaker one."""

    strong: NDArray[np.intp]
    weak: NDArray[np.intp]


def find_boxes(grey: NDArray[np.uint8]) -> list[Box]:
    """Find rectangles with exactly straight, sharp sides.

    A large one in a corner of the film may hold anything (an inset); others
    must be of one grey level and hold text, since a cube is flat and straight too.

    Parameters
    ----------
    grey : ndarray of uint8, shape (H, W)

    Returns
    -------
    list of Box

    Examples
    --------
    >>> film = np.random.default_rng(0).normal(90, 10, (200, 200)).astype(np.uint8)
    >>> film[40:80, 50:120] = 255
    >>> film[50:70, 60:63] = film[50:70, 75:78] = 0
    >>> find_boxes(film)
    [Box(row_start=40, row_stop=80, column_start=50, column_stop=120)]
    """
    height, width = grey.shape
    with ThreadPoolExecutor(1) as beside:
        turned = beside.submit(lambda: _sides(cv2.transpose(grey)))
        upright, level = _sides(grey), turned.result()
    found = []
    for left, right in _pairs([0, *upright, width]):
        rows_of_sides = [at for at in level if _covers(level[at], left, right)]
        for top, bottom in _pairs([0, *rows_of_sides, height]):
            is_closed = all(
                at not in upright or _covers(upright[at], top, bottom) for at in (left, right)
            )
            box = Box(top, bottom, left, right)
            if is_closed and _is_pasted(grey, box):
                found.append(box)
    return found if len(found) <= _MAX_BOXES else []


def _pairs(lines: list[int]) -> list[tuple[int, int]]:
    """Two sides, or a side and the film's edge, far enough apart for a box."""
    pairs = list(combinations(sorted(lines), 2))
    edges = (lines[0], lines[-1])
    return [pair for pair in pairs if pair[1] - pair[0] >= _MIN_SIDE_PX and pair != edges]


def _sides(grey: NDArray[np.uint8]) -> dict[int, _Side]:
    """Find the longest steps that keep to one column."""
    height, width = grey.shape
    length = max(_MIN_SIDE_PX, round(_MIN_SIDE_SHARE * min(height, width)))
    if min(height, width) < 2 * length:
        return {}
    sparse = grey[::_NOISE_STRIDE]
    some = sparse[:, _ACROSS::_NOISE_STRIDE], sparse[:, :-_ACROSS:_NOISE_STRIDE]
    noise = float(np.median(cv2.absdiff(*some)))
    weak, strong = max(_WEAK_STEP, 1.5 * noise), max(_MIN_STEP, 3 * noise)
    columns = range(width - _ACROSS)
    blocks = [columns[first : first + _COLUMNS] for first in columns[::_COLUMNS]]
    n_rows = np.concatenate([_rows_in_runs(grey, block, strong, length) for block in blocks])
    # One step shows in three columns, in all rows: the middle one is the side.
    middle_first = np.convolve(n_rows, [1, 2, 1], mode="same")
    sides: dict[int, _Side] = {}
    for column in np.argsort(-middle_first, kind="stable")[: 8 * _MAX_SIDES]:
        at = int(column) + 2
        if n_rows[column] == 0 or any(abs(at - other) <= 3 for other in sides):
            continue
        near = columns[max(int(column) - _BESIDE_PX, 0) : int(column) + _BESIDE_PX + 1]
        steps, here = _steps_in(grey, near, strong, length), near.index(column)
        if _stands_alone(steps, here):
            run, step = steps.is_run[:, here], steps.height[:, here]
            sides[at] = _Side(_running(run), _running(step >= weak))
        if len(sides) == _MAX_SIDES:
            break
    return sides


def _steps_in(grey: NDArray[np.uint8], columns: range, strong: float, length: int) -> _Steps:
    """Find the steps to the right of some columns; none looks at another column's."""
    first, stop = columns.start, columns.stop
    height = cv2.absdiff(grey[:, first + _ACROSS : stop + _ACROSS], grey[:, first:stop])
    _, is_step = cv2.threshold(height, strong - 1, 1, cv2.THRESH_BINARY)
    # A gap of two pixels is noise; a run of steps is what no round grain has.
    is_step = cv2.morphologyEx(is_step, cv2.MORPH_CLOSE, np.ones((3, 1), np.uint8))
    line = np.ones((length, 1), np.uint8)
    is_run = cv2.morphologyEx(
        is_step, cv2.MORPH_OPEN, line, borderType=cv2.BORDER_CONSTANT, borderValue=0
    )
    return _Steps(height, is_step, is_run)


def _rows_in_runs(
    grey: NDArray[np.uint8], columns: range, strong: float, length: int
) -> NDArray[np.int32]:
    """Count the rows of each of some columns that lie in a long run of steps."""
    is_run = _steps_in(grey, columns, strong, length).is_run
    n_rows: NDArray[np.int32] = cv2.reduce(is_run, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S)[0]
    return n_rows


def _stands_alone(steps: _Steps, column: int) -> bool:
    """Whether the film beside a step has few of them."""
    _, is_step, is_run = steps
    rows = is_run[:, column].astype(bool)
    beside = [k for k in (column - _BESIDE_PX, column + _BESIDE_PX) if 0 <= k < is_step.shape[1]]
    return all(float(is_step[rows, k].mean()) <= _MAX_BESIDE for k in beside)


def _running(is_there: NDArray[Any]) -> NDArray[np.intp]:
    return np.concatenate([[0], np.cumsum(is_there)])


def _covers(side: _Side, start: int, stop: int) -> bool:
    """Whether a side runs from end to end."""
    length = stop - start
    strong, weak = (int(running[stop] - running[start]) for running in side)
    return strong >= _SIDE_SHARE * length and weak >= _WEAK_SHARE * length


def _is_pasted(grey: NDArray[np.uint8], box: Box) -> bool:
    height, width = grey.shape
    inside = grey[box.with_rim(0)]
    if inside.size > _MAX_AREA_SHARE * grey.size:
        return False
    n_ends = (box.row_start == 0) + (box.row_stop == height)
    n_flanks = (box.column_start == 0) + (box.column_stop == width)
    is_large = min(inside.shape) >= 2 * _MIN_SIDE_PX
    if n_ends == n_flanks == 1 and is_large:
        return True
    flat_share, text_share = _shares(inside)
    is_label = flat_share >= _FLAT_SHARE and text_share >= _TEXT_SHARE
    is_blank = flat_share >= _BLANK_SHARE and is_large and n_ends + n_flanks > 0
    return n_ends + n_flanks <= 2 and max(n_ends, n_flanks) <= 1 and (is_label or is_blank)


def _shares(inside: NDArray[np.uint8]) -> tuple[float, float]:
    """Shares of the pixels near the commonest grey level, and far from it."""
    level = int(np.bincount(inside.ravel()).argmax())
    distance = np.abs(inside.astype(np.int16) - level)
    return float((distance <= _FLAT_LEVELS).mean()), float((distance >= _TEXT_LEVELS).mean())
