"""Connected pieces of ink, and how sharp their edges are.

Ink is drawn after the microscope: its edge is one or two pixels wide whatever
the beam, while a grain's edge, saturated or not, is as wide as the point spread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from grainscope.opencv import cv2

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Pixels around a piece that its edge is judged by.
_MARGIN_PX = 5


class Pieces(NamedTuple):
    """N connected pieces in an image of shape (H, W), in the order of their first 2 × 2 block.

    ``first`` and ``start`` are the image's runs (``laws.mask_runs_kernel``), ``piece``
    the piece of each, −1 where there is no ink; ``box`` holds column, row, width and
    height of each piece, shape (N, 4); ``area_px`` counts its pixels, shape (N,).
    """

    first: NDArray[np.int32]
    start: NDArray[np.int32]
    piece: NDArray[np.int32]
    box: NDArray[np.int32]
    area_px: NDArray[np.int32]

    def mask_of(self, index: int, window: tuple[slice, slice]) -> NDArray[np.uint8]:
        """Return the pixels of one piece in a window: 1 there, else 0."""
        from grainscope.laws.mask_runs_kernel import paint_runs

        rows, columns = window
        runs = slice(self.first[rows.start], self.first[rows.stop])
        is_piece = (self.piece[runs] == index).astype(np.uint8)
        mask = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.uint8)
        paint_runs(
            self.first[rows.start : rows.stop + 1] - self.first[rows.start],
            self.start[runs],
            is_piece,
            mask,
            columns.start,
        )
        return mask


class PieceLook(NamedTuple):
    """How one piece is drawn.

    ``sharpness`` is the grey step within 3 px over that within 9 px at its edge
    (1 = a one-pixel edge), ``contrast`` the latter in grey levels, ``stroke_px``
    the width of its widest stroke, ``level`` its brightest pixel.
    """

    sharpness: float
    contrast: float
    stroke_px: float
    level: int


def find_pieces(is_ink: NDArray[np.bool_]) -> Pieces:
    """Find the 8-connected pieces of a mask.

    Parameters
    ----------
    is_ink : ndarray of bool, shape (H, W)

    Returns
    -------
    Pieces

    Examples
    --------
    >>> find_pieces(np.array([[1, 1, 0, 1]], bool)).box.tolist()
    [[0, 0, 2, 1], [3, 0, 1, 1]]
    """
    # Compiled code loads only when there is ink.
    from grainscope.laws.mask_runs_kernel import find_runs, regions_of_runs

    mask = np.ascontiguousarray(is_ink).view(np.uint8)
    first, start = find_runs(mask)
    region, is_on, box_area = regions_of_runs(mask, first, start)
    order = _by_blocks(first, start, region, is_on)
    number = np.full(len(is_on), -1, np.int32)
    number[order] = np.arange(len(order))
    top, bottom, left, right, area_px = box_area[order].T
    box = np.stack([left, top, right - left, bottom - top], axis=1)
    return Pieces(first, start, number[region], box, area_px)


def _by_blocks(
    first: NDArray[np.int32],
    start: NDArray[np.int32],
    region: NDArray[np.int32],
    is_on: NDArray[np.uint8],
) -> NDArray[np.intp]:
    """Regions of the mask in the order of their first block of 2 × 2 pixels.

    What belongs to a line of text may depend on the order, in ties; this one is
    that of OpenCV's components.
    """
    inked = np.flatnonzero(is_on[region])
    row = np.searchsorted(first, inked, side="right") - 1
    earliest = np.full(len(is_on), np.iinfo(np.int64).max)
    np.minimum.at(earliest, region[inked], (row // 2 << 32) | (start[inked] // 2))
    return np.argsort(earliest, kind="stable")[: np.count_nonzero(is_on)]


def look_of(ink: NDArray[np.uint8], pieces: Pieces, index: int, edge_level: int) -> PieceLook:
    """Measure one piece.

    Parameters
    ----------
    ink : ndarray of uint8, shape (H, W)
        Grey levels, ink bright.
    pieces : Pieces
        Those of this image.
    index : int
        Which one, from 0.
    edge_level : int
        The piece is grown by one pixel down to this grey level, so that its
        outline lies on its edge though a high threshold cut it above.

    Returns
    -------
    PieceLook

    Examples
    --------
    >>> ink = np.zeros((30, 30), np.uint8)
    >>> ink[10:13, 5:25] = 255
    >>> look_of(ink, find_pieces(ink > 200), 0, 128)
    PieceLook(sharpness=1.0, contrast=255.0, stroke_px=3.0, level=255)
    """
    window = window_of(pieces.box[index], _MARGIN_PX, ink.shape)
    piece = pieces.mask_of(index, window)
    near, far = _step(ink[window], 3), _step(ink[window], 9)
    grown = cv2.dilate(piece, np.ones((3, 3), np.uint8)) & (ink[window] >= edge_level)
    edge = _step(grown, 3) > 0
    share = near[edge] / np.maximum(far[edge], 1.0)
    padded = cv2.copyMakeBorder(piece, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    half_px = float(cv2.distanceTransform(padded, cv2.DIST_L2, 3).max())
    return PieceLook(
        float(np.median(share)),
        float(np.median(far[edge])),
        max(round(2 * half_px) - 1.0, 1.0),
        int(ink[window][piece > 0].max()),
    )


def window_of(
    box: NDArray[np.int32], margin_px: int, shape_px: tuple[int, ...]
) -> tuple[slice, slice]:
    """Return the index of a box with a margin, cut to the image.

    Examples
    --------
    >>> window_of(np.array([2, 3, 5, 4], np.int32), 3, (100, 8))
    (slice(0, 10, None), slice(0, 8, None))
    """
    x, y, width, height = (int(value) for value in box)
    rows = slice(max(y - margin_px, 0), min(y + height + margin_px, shape_px[0]))
    return rows, slice(max(x - margin_px, 0), min(x + width + margin_px, shape_px[1]))


def _step(grey: NDArray[np.uint8], size_px: int) -> NDArray[Any]:
    """Range of grey levels within a square."""
    kernel = np.ones((size_px, size_px), np.uint8)
    step: NDArray[Any] = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, kernel)
    return step
