"""Tell drawn ink from grains: by sharper edges, and by how its pieces are arranged.

1. Candidates by shape and place alone: lines of text, rows of ticks, bars,
   label boxes, single letters in a corner. Most films have none.
2. How sharp the film itself is, from the other pieces of the same grey level.
3. Candidates whose edges are sharper, whose strokes are thin and alike, and
   which do not cover as much of the film as rows of grains would.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from grainscope.opencv import cv2
from grainscope.preprocessing.ink_pieces import PieceLook, Pieces, look_of
from grainscope.preprocessing.text_lines import find_lines, find_ticks, is_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    #: Indices of the pieces that belong together.
    Group = NDArray[np.intp]

#: Together, lines of text take no more of a film than this; rows of grains do.
_MAX_TEXT_SHARE = 0.1
_MIN_CONTRAST = 80.0
#: The brightest pixel of ink is this bright: it is drawn in pure white (or black).
_MIN_LEVEL = 240
#: The film's own edges show this much contrast at least.
_MIN_FILM_CONTRAST = 60.0
#: A group of ink is at least this sharp (its median piece), and sharper than the film.
_MIN_SHARPNESS = 0.45
_SHARPER = 1.08
#: One letter alone must be sharper still.
_MIN_LETTER_SHARPNESS = 0.55
_LETTER_SHARPER = 1.25
#: A member of a group may be this much softer than the group: what lies behind it differs.
_SOFTER_MEMBER = 0.85
#: No ink is sharper.
_SHARPEST = 0.95
#: Strokes, as a share of a character's height, and against the line's usual one.
_MAX_STROKE_SHARE = 0.5
_MAX_STROKE_RATIO = 1.8
#: Characters are from this high to this share of the film.
_MIN_HEIGHT_PX = 6
_MAX_HEIGHT_SHARE = 0.2
_MIN_CHARACTERS = 3
#: Share of ink in a full row of a frame.
_FULL_ROW = 0.95
#: More pieces than letters on any film: a texture.
_MAX_CHARACTERS = 1500
#: Gap, in heights of a text, up to which a piece beside it may belong to it.
_BESIDE = 0.35
#: So many other pieces tell how sharp the film is; with fewer than these it is not told.
_MAX_OTHERS = 48
_MIN_OTHERS = 5


class _Candidates(NamedTuple):
    """Groups of pieces that may be ink by their shape and place."""

    lines: list[Group]
    ticks: list[Group]
    bars: list[Group]
    frames: list[Group]
    letters: list[Group]


class _Ink(NamedTuple):
    """An image of shape (H, W), ink bright, its pieces, and the looks known so far."""

    grey: NDArray[np.uint8]
    pieces: Pieces
    edge_level: int
    looks: dict[int, PieceLook]

    def look(self, index: int) -> PieceLook:
        if index not in self.looks:
            self.looks[index] = look_of(self.grey, self.pieces, index, self.edge_level)
        return self.looks[index]

    def array(self, group: Group) -> NDArray[np.float64]:
        """Return the looks of a group, shape (4, N), in the order of ``PieceLook``."""
        return np.array([self.look(int(index)) for index in group]).reshape(-1, 4).T


def find_ink(
    grey: NDArray[np.uint8], pieces: Pieces, edge_level: int, is_known: NDArray[np.bool_]
) -> NDArray[np.intp]:
    """Find the pieces that were drawn.

    Parameters
    ----------
    grey : ndarray of uint8, shape (H, W)
        Grey levels, ink bright.
    pieces : Pieces
        The N pieces above a threshold.
    edge_level : int
        Grey level down to which a piece is grown to reach its edge.
    is_known : ndarray of bool, shape (N,)
        Pieces known to be drawn: they do not tell how sharp the film is.

    Returns
    -------
    ndarray of int
        Indices of pieces, ascending.

    Examples
    --------
    >>> from grainscope.preprocessing.ink_pieces import find_pieces
    >>> film = cv2.putText(np.zeros((90, 200), np.uint8), "50 nm", (20, 60), 0, 0.9, 255, 2)
    >>> pieces = find_pieces(film > 200)
    >>> find_ink(film, pieces, 128, np.zeros(len(pieces.box), bool))
    array([0, 1, 2, 3])
    """
    candidates = _candidates(pieces, grey.shape)
    if not any(candidates):
        return np.zeros(0, np.intp)
    ink = _Ink(grey, pieces, edge_level, {})
    film_sharpness = _film_sharpness(ink, is_known, candidates)
    limit = max(_MIN_SHARPNESS, _SHARPER * film_sharpness)
    if limit > _SHARPEST:
        return np.zeros(0, np.intp)
    text = [line for line in (_text_of(ink, line, limit) for line in candidates.lines) if line.size]
    if sum(_area(pieces.box[line]) for line in text) > _MAX_TEXT_SHARE * grey.size:
        return np.zeros(0, np.intp)
    found = text + [row for row in candidates.ticks if _is_sharp(ink, row, limit)]
    labels = [_around(pieces.box[group]) for group in found]
    for bar in candidates.bars:
        has_label = _has_label(pieces.box[bar[0]], labels)
        if has_label or _is_long(pieces.box[bar[0]], grey.shape):
            bar_limit = _SOFTER_MEMBER * limit if has_label else limit
            found += [bar] if _is_sharp(ink, bar, bar_limit) else []
    found += [frame for frame in candidates.frames if _is_sharp(ink, frame, limit)]
    letter_limit = max(_MIN_LETTER_SHARPNESS, _LETTER_SHARPER * film_sharpness)
    found += [letter for letter in candidates.letters if _is_letter(ink, letter, letter_limit)]
    found += [_beside(ink, line, limit) for line in text]
    return np.unique(np.concatenate([*found, np.zeros(0, np.intp)]))


def _candidates(pieces: Pieces, shape_px: tuple[int, ...]) -> _Candidates:
    x, y, width, height = pieces.box.T.astype(np.int64)
    share = pieces.area_px / (width * height)
    is_inside = _is_inside(pieces.box, shape_px)
    is_character = (
        is_inside
        & (height >= _MIN_HEIGHT_PX)
        & (height <= _MAX_HEIGHT_SHARE * shape_px[0])
        & (width <= 4 * height)
        & ((share <= 0.9) | (2 * width <= height))
    )
    is_tick = (height >= 4) & (2 * width <= height) & (height <= 40)
    # A bar of one row on the pixel grid shows as two rows, one of them in parts.
    is_full = (share >= 0.88) | ((height <= 3) & (pieces.area_px >= 0.95 * width))
    is_bar = is_full & (width >= 12) & (width >= 2.5 * height) & (width <= 0.6 * shape_px[1])
    is_wide = ~is_bar & (width >= 24) & (height >= 5) & (width >= 1.5 * height)
    margin = np.minimum(1.2 * height, 0.1 * min(shape_px))
    is_letter = (
        is_character
        & (np.minimum(x, shape_px[1] - x - width) <= margin)
        & (np.minimum(y, shape_px[0] - y - height) <= margin)
        & (height >= 2 * _MIN_HEIGHT_PX)
        & (share <= 0.65)
        & (width >= 0.35 * height)
        & (width <= 1.5 * height)
    )
    characters, ticks = np.flatnonzero(is_character), np.flatnonzero(is_tick)
    if max(characters.size, ticks.size) > _MAX_CHARACTERS:
        characters = ticks = characters[:0]
        is_letter = np.zeros_like(is_letter)
    return _Candidates(
        [characters[line] for line in find_lines(pieces.box[characters])],
        [ticks[row] for row in find_ticks(pieces.box[ticks])],
        list(np.flatnonzero(is_bar)[:, None]),
        [np.array([k]) for k in np.flatnonzero(is_wide) if _is_frame(pieces, int(k))],
        list(np.flatnonzero(is_letter)[:, None]),
    )


def _is_inside(box: NDArray[np.int32], shape_px: tuple[int, ...]) -> NDArray[np.bool_]:
    """Whether a box keeps off the film's edges: grains are cut there, text is not."""
    x, y, width, height = box.T
    stop_x, stop_y = x + width, y + height
    inside: NDArray[np.bool_] = (x > 0) & (y > 0) & (stop_x < shape_px[1]) & (stop_y < shape_px[0])
    return inside


def _is_frame(pieces: Pieces, index: int) -> bool:
    """Whether a piece is a bar with an upright at each end, or a box around text."""
    x, y, width, height = pieces.box[index]
    piece = pieces.mask_of(index, np.s_[y : y + height, x : x + width]).view(bool)
    has_ends = piece[:, :2].any(axis=1).all() and piece[:, -2:].any(axis=1).all()
    if not has_ends:
        return False
    inner = piece[:, height // 2 + 2 : width - height // 2 - 2]
    rows = np.flatnonzero(piece.mean(axis=1) >= _FULL_ROW)
    if not rows.size or not inner.size:
        return False
    is_box = rows[0] <= 1 and rows[-1] >= height - 2 and 0.5 <= piece.mean() <= 0.95
    is_bar = rows[-1] - rows[0] <= 0.4 * height and inner.sum() <= 1.3 * rows.size * inner.shape[1]
    return bool(is_box or is_bar)


def _film_sharpness(ink: _Ink, is_known: NDArray[np.bool_], candidates: _Candidates) -> float:
    """Sharpness that nine in ten of the other pieces stay below; 0 where they are too few."""
    is_other = ~is_known & (ink.pieces.box[:, 3] >= _MIN_HEIGHT_PX)
    for group in (group for groups in candidates for group in groups):
        is_other[group] = False
    others = np.flatnonzero(is_other)
    sharpness, contrast, _, _ = ink.array(others[:: max(1, -(-others.size // _MAX_OTHERS))])
    sharpness = sharpness[contrast >= _MIN_FILM_CONTRAST]
    return float(np.percentile(sharpness, 90)) if sharpness.size >= _MIN_OTHERS else 0.0


def _text_of(ink: _Ink, line: Group, limit: float) -> Group:
    """Return the characters of a line; none where it is not text."""
    sharpness, contrast, stroke, level = ink.array(line)
    height = ink.pieces.box[line, 3]
    is_ink = (
        (sharpness >= _SOFTER_MEMBER * limit)
        & (contrast >= _MIN_CONTRAST)
        & (stroke <= np.maximum(_MAX_STROKE_SHARE * height, 2))
    )
    if is_ink.any():
        is_ink &= stroke <= _MAX_STROKE_RATIO * np.median(stroke[is_ink]) + 2
    text = line[is_ink]
    is_line = (
        text.size >= max(_MIN_CHARACTERS, 0.5 * line.size)
        and np.median(sharpness[is_ink]) >= limit
        and np.median(level[is_ink]) >= _MIN_LEVEL
        and is_text(ink.pieces.box[text])
    )
    return text if is_line else line[:0]


def _is_sharp(ink: _Ink, group: Group, limit: float) -> bool:
    sharpness, contrast, _, level = np.median(ink.array(group), axis=1)
    return bool(sharpness >= limit and contrast >= _MIN_CONTRAST and level >= _MIN_LEVEL)


def _has_label(bar: NDArray[np.int32], labels: list[NDArray[np.int32]]) -> bool:
    """Whether a line of text or a row of ticks stands above or below."""
    x, y, width, height = bar
    for label_x, label_y, label_width, label_height in labels:
        gap = max(label_y - (y + height), y - (label_y + label_height))
        shared = min(label_x + label_width, x + width) - max(label_x, x)
        if gap <= 1.5 * label_height and shared > -label_height:
            return True
    return False


def _is_long(bar: NDArray[np.int32], shape_px: tuple[int, ...]) -> bool:
    """Whether a bar is straighter than any grain though nothing labels it."""
    _, _, width, height = bar
    return bool(height >= 3 and width >= 6 * height and width >= 0.04 * shape_px[1])


def _is_letter(ink: _Ink, letter: Group, limit: float) -> bool:
    """Whether a piece in a corner is thin, sharp and hollow as a letter is."""
    index = int(letter[0])
    look = ink.look(index)
    x, y, width, height = ink.pieces.box[index]
    if look.sharpness < limit or look.contrast < 100 or look.stroke_px > 0.4 * height:
        return False
    piece = ink.pieces.mask_of(index, np.s_[y : y + height, x : x + width])
    hull_px = cv2.contourArea(cv2.convexHull(cv2.findNonZero(piece)))
    return bool(ink.pieces.area_px[index] < 0.8 * hull_px)


def _beside(ink: _Ink, line: Group, limit: float) -> Group:
    """Dots, subscripts and characters that stand on the line of a text but were not chained."""
    x, y, width, height = _around(ink.pieces.box[line])
    box = ink.pieces.box
    start, top = box[:, 0], box[:, 1]
    stop, bottom = start + box[:, 2], top + box[:, 3]
    near = np.flatnonzero(
        _is_inside(box, ink.grey.shape)
        & (start <= x + width + _BESIDE * height)
        & (stop >= x - _BESIDE * height)
        & (box[:, 2] <= 1.2 * height)
        & (top >= y - 1)
        & (bottom <= y + 1.35 * height)
        & (2 * (np.minimum(bottom, y + height) - np.maximum(top, y)) >= box[:, 3])
    )
    sharpness, contrast, stroke, _ = ink.array(near)
    is_ink = (sharpness >= limit) & (contrast >= _MIN_CONTRAST)
    beside: Group = near[is_ink & (stroke <= max(_MAX_STROKE_SHARE * height, 2))]
    return beside


def _around(box: NDArray[np.int32]) -> NDArray[np.int32]:
    """Column, row, width and height of what holds all boxes."""
    start, stop = box[:, :2].min(axis=0), (box[:, :2] + box[:, 2:]).max(axis=0)
    return np.concatenate([start, stop - start])


def _area(box: NDArray[np.int32]) -> int:
    return int(np.prod(_around(box)[2:]))
