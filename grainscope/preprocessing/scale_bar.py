"""Measure the scale bar drawn on an information strip, or burnt into the picture.

Three looks are known: a plain bar, a line with a tick or arrowhead at each end
(with or without its label in the middle), and a row of equally spaced ticks.
A plain bar is as long as its pixels; ticks are measured from centre to centre,
which is what vendors draw (checked against tags: FEI 148.0 for 148.3 px,
Hitachi 302.0 for 302.3, Zeiss 341.0 for 341.3, JEOL 100.0 for 100.0).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from grainscope.opencv import cv2
from grainscope.preprocessing.databar import background_level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

#: Shortest bar that is told from a letter's stroke.
_MIN_LENGTH_PX = 12
#: Fewer equal ticks may be letters.
_MIN_TICKS = 6
#: More pieces than a strip has letters.
_MAX_PIECES = 2000
#: Share of the strip's contrast above which a pixel is drawn on (coloured bars are paler).
_INK_SHARE = 0.35


@dataclass(frozen=True)
class ScaleBar:
    """A scale bar in an image; the box is in pixels of that image, stops exclusive.

    Attributes
    ----------
    length_px : float
        Length that the label refers to, good to ±1 px.
    row_start, row_stop, column_start, column_stop : int
        Its bounding box.
    look : str
        ``"plain"``, ``"ended"`` or ``"ticks"``.
    """

    length_px: float
    row_start: int
    row_stop: int
    column_start: int
    column_stop: int
    look: str

    def shifted(self, rows: int) -> ScaleBar:
        """Return the same bar with its rows counted from ``rows`` further up."""
        return ScaleBar(
            self.length_px,
            self.row_start + rows,
            self.row_stop + rows,
            self.column_start,
            self.column_stop,
            self.look,
        )


class _Box(NamedTuple):
    """Bounding box of one connected piece of ink."""

    x: int
    y: int
    width: int
    height: int
    label: int


class _Line(NamedTuple):
    """A horizontal line of constant thickness; its ends may carry ticks."""

    box: _Box
    top: int
    thickness: int
    left_tick: float | None
    right_tick: float | None

    @property
    def right(self) -> int:
        return self.box.x + self.box.width


def find_scale_bar(strip: NDArray[np.uint8]) -> ScaleBar | None:
    """Find and measure the scale bar on an information strip.

    Parameters
    ----------
    strip : ndarray of uint8, shape (H, W)
        The strip alone; text and bar on a background of one level.

    Returns
    -------
    ScaleBar or None
        The longest candidate.

    Examples
    --------
    >>> strip = np.zeros((30, 200), np.uint8)
    >>> strip[10:14, 50:150] = 255
    >>> find_scale_bar(strip).length_px
    100.0
    """
    ink = np.abs(strip.astype(np.int16) - background_level(strip)).astype(np.uint8)
    return _longest_bar(ink, ink > _INK_SHARE * int(ink.max()), 0.9 * strip.shape[1])


def find_burnt_in_bar(grey: NDArray[np.uint8]) -> ScaleBar | None:
    """Find a plain or ended bar drawn in pure white or black over the film itself.

    Only the outer quarters of the height are searched. Grains are not straight,
    but a facet may be; a bar found here counts only together with its label.

    Examples
    --------
    >>> film = np.random.default_rng(0).integers(60, 200, (200, 200)).astype(np.uint8)
    >>> film[180:184, 20:80] = 255
    >>> bar = find_burnt_in_bar(film)
    >>> bar.length_px, bar.row_start
    (60.0, 180)
    """
    quarter = grey.shape[0] // 4
    found: list[ScaleBar] = []
    for row_start in (grey.shape[0] - quarter, 0):
        part = grey[row_start : row_start + quarter]
        for ink in (part, 255 - part):
            bar = _longest_bar(ink, ink >= 250, 0.6 * grey.shape[1])
            if bar is not None and bar.length_px >= 0.04 * grey.shape[1]:
                found.append(bar.shifted(row_start))
    return max(found, key=lambda bar: bar.length_px, default=None)


def _longest_bar(
    ink: NDArray[np.uint8], is_ink: NDArray[np.bool_], max_length_px: float
) -> ScaleBar | None:
    if not ink.size or not is_ink.any():
        return None
    pieces, boxes = _pieces(is_ink)
    long_boxes = [box for box in boxes if box.width >= 6 and box.width >= 0.7 * box.height]
    lines = [line for line in (_as_line(ink, pieces, box) for box in long_boxes) if line]
    bars = [_measure_line(ink, line) for line in lines if _is_whole(line)]
    bars += list(_joined_halves(lines, boxes))
    bars += list(_tick_rows(boxes))
    fitting = [bar for bar in bars if _MIN_LENGTH_PX <= bar.length_px <= max_length_px]
    return max(fitting, key=lambda bar: bar.length_px, default=None)


def _pieces(is_ink: NDArray[np.bool_]) -> tuple[NDArray[np.int32], list[_Box]]:
    """Find connected pieces of ink, without the strip's frame: what touches its ends or rim."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(is_ink.astype(np.uint8), connectivity=8)
    x, y, width, height = stats[:, :4].T
    n_rows, n_columns = is_ink.shape
    is_frame = (x == 0) | (x + width == n_columns)
    is_frame |= (height == 1) & ((y == 0) | (y == n_rows - 1))
    is_frame[0] = True  # the background
    found = np.flatnonzero(~is_frame)
    if found.size > _MAX_PIECES:  # film, not a strip: only pieces as long as a bar matter
        found = found[np.argsort(-width[found], kind="stable")[:_MAX_PIECES]]
        found.sort()
    return labels, [_box(stats[label], int(label)) for label in found]


def _box(stats: NDArray[np.int32], label: int) -> _Box:
    x, y, width, height = map(int, stats[:4])
    return _Box(x, y, width, height, label)


def _as_line(ink: NDArray[np.uint8], pieces: NDArray[Any], box: _Box) -> _Line | None:
    """Read a piece as a line: rows of ink over its full width, nothing else but at the ends."""
    window = slice(box.y, box.y + box.height), slice(box.x, box.x + box.width)
    piece = pieces[window] == box.label
    rows = np.flatnonzero(piece.mean(axis=1) >= 0.9)
    if not rows.size or rows[-1] - rows[0] + 1 != rows.size or box.width < 3 * rows.size:
        return None
    piece[rows[0] : rows[-1] + 1] = False
    off_line = np.where(piece, ink[window], 0).sum(axis=0, dtype=np.float64)
    tall = piece.sum(axis=0) > (1 if rows.size > 2 else 0)  # a blended row is no tick
    off_line[~tall] = 0
    end = max(3, min(round(0.15 * box.width), 2 * rows.size + 2))
    if tall[end:-end].sum() > 0.05 * box.width:
        return None
    left, right = off_line[:end], off_line[-end:]
    return _Line(
        box,
        box.y + int(rows[0]),
        rows.size,
        _tick_centre(left, rows.size, box.x),
        _tick_centre(right, rows.size, box.x + box.width - end),
    )


def _tick_centre(ink: NDArray[np.float64], thickness: int, column_start: int) -> float | None:
    """Centre of an end tick in pixels, weighted by ink; of a long arrowhead the tip is the end."""
    columns = np.flatnonzero(ink)
    if not columns.size or columns.size > max(4, 2 * thickness + 1):
        return None
    return column_start + float((ink * np.arange(ink.size)).sum() / ink.sum())


def _is_whole(line: _Line) -> bool:
    """Whether both ends look alike; narrower than this, an H does too."""
    is_wide = line.box.width >= 1.3 * line.box.height
    return is_wide and (line.left_tick is None) == (line.right_tick is None)


def _measure_line(ink: NDArray[np.uint8], line: _Line) -> ScaleBar:
    if line.left_tick is not None and line.right_tick is not None:
        return _bar(line.right_tick - line.left_tick, line, line, "ended")
    return _bar(_soft_length(ink, line), line, line, "plain")


def _soft_length(ink: NDArray[np.uint8], line: _Line) -> float:
    """Length to a fraction of a pixel: pixels at the ends count by how dark they are."""
    margin = 2
    left, right = max(line.box.x - margin, 0), min(line.right + margin, ink.shape[1])
    rows = ink[line.top : line.top + line.thickness, left:right].astype(np.float64)
    profile = rows.mean(axis=0)
    full, empty = np.median(profile), min(profile[0], profile[-1])
    share = np.clip((profile - empty) / max(full - empty, 1.0), 0, 1)
    share[share < 0.1] = 0  # ringing of JPEG, or film beside a burnt-in bar
    return float(share.sum())


def _bar(length_px: float, first: _Line, last: _Line, look: str) -> ScaleBar:
    top = min(first.box.y, last.box.y)
    bottom = max(first.box.y + first.box.height, last.box.y + last.box.height)
    return ScaleBar(length_px, top, bottom, first.box.x, last.right, look)


def _joined_halves(lines: list[_Line], boxes: list[_Box]) -> Iterator[ScaleBar]:
    """Join ``|—— 500 nm ——|``: two collinear halves of alike length, text between them."""
    ordered = sorted(lines, key=lambda line: line.box.x)
    for i, left in enumerate(ordered):
        for right in ordered[i + 1 :]:
            if _are_halves(left, right) and _has_text_between(left, right, boxes):
                start = left.box.x if left.left_tick is None else left.left_tick
                stop = right.right if right.right_tick is None else right.right_tick
                yield _bar(float(stop - start), left, right, "ended")


def _are_halves(left: _Line, right: _Line) -> bool:
    gap = right.box.x - left.right
    widths = left.box.width + right.box.width
    return (
        0 < gap <= (widths if left.left_tick is None else 3 * widths)
        and abs(left.top - right.top) <= 1
        and abs(left.thickness - right.thickness) <= 1
        and abs(left.box.width - right.box.width) <= 0.15 * widths + 3
        and (left.left_tick is None) == (right.right_tick is None)
        and left.right_tick is None
        and right.left_tick is None
    )


def _has_text_between(left: _Line, right: _Line, boxes: list[_Box]) -> bool:
    middle = left.top + left.thickness / 2
    between = [
        box
        for box in boxes
        if box.x >= left.right
        and box.x + box.width <= right.box.x
        and box.y <= middle <= box.y + box.height
    ]
    return len(between) >= 2


def _tick_rows(boxes: list[_Box]) -> Iterator[ScaleBar]:
    """Find ticks (or dots) of one size, in one row, at one pitch."""
    groups: dict[tuple[int, int], list[_Box]] = {}
    for box in boxes:
        groups.setdefault((box.y, box.height), []).append(box)
    for group in groups.values():
        run = _even_run(sorted(group))
        if run:
            first, last = run[0], run[-1]
            length_px = last.x + last.width / 2 - first.x - first.width / 2
            bottom = first.y + first.height
            yield ScaleBar(length_px, first.y, bottom, first.x, last.x + last.width, "ticks")


def _even_run(boxes: list[_Box]) -> list[_Box]:
    """Longest run of boxes of one width at one pitch, at least ``_MIN_TICKS`` of them."""
    best: list[_Box] = []
    run: list[_Box] = []
    for box in boxes:
        if len(run) >= 2 and not _continues(run, box):
            run = run[-1:]
        run.append(box)
        if len(run) > len(best):
            best = list(run)
    wide_enough = len(best) >= _MIN_TICKS and best[1].x - best[0].x >= 2 * best[0].width
    return best if wide_enough else []


def _continues(run: list[_Box], box: _Box) -> bool:
    pitch = (run[-1].x - run[0].x) / (len(run) - 1)  # Hitachi: 32 px once, then 30
    is_next = abs(box.x - run[-1].x - pitch) <= max(1.5, 0.1 * pitch)
    return is_next and abs(box.width - run[0].width) <= 1
