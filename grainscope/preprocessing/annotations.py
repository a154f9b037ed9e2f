"""Find what a program drew on the film: letters, scale bars, ticks, boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from grainscope.opencv import cv2
from grainscope.preprocessing.databar import as_grey8
from grainscope.preprocessing.drawn_boxes import find_boxes
from grainscope.preprocessing.drawn_ink import find_ink
from grainscope.preprocessing.ink_pieces import Pieces, find_pieces, window_of

if TYPE_CHECKING:
    from numpy.typing import NDArray


class _Level(NamedTuple):
    """A threshold of ink, where its edge lies, and how far its soft rim reaches."""

    threshold: int
    edge: int
    rim_px: int


#: Thin letters never reach their full grey level, thick ones touch bright grains at a low one.
_LEVELS = (_Level(205, 205, 2), _Level(248, 170, 3))
_BOX_RIM_PX = 2
_FILL_RADIUS_PX = 3
#: More ink than this is film.
_MAX_INK_SHARE = 0.3


def find_annotations(film: NDArray[Any]) -> NDArray[np.bool_]:
    """Find the pixels that were drawn on a film rather than seen by the microscope.

    Ink is nearly white or black. It counts where its edges are sharper than
    those of the film *and* its pieces are arranged as a line of text, a row of
    ticks, a scale bar with its label or a box is: a saturated grain may be flat,
    sharp or straight, but not all of this at once.

    Parameters
    ----------
    film : ndarray, shape (H, W)
        Raw grey levels of any depth, without the databar.

    Returns
    -------
    ndarray of bool, shape (H, W)
        True where the picture was drawn on, with the soft rim of what was drawn.

    Examples
    --------
    >>> from grainscope.opencv import cv2
    >>> film = np.random.default_rng(0).normal(90, 8, (200, 300)).astype(np.uint8)
    >>> film = cv2.putText(film, "500 nm", (20, 180), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 255, 2)
    >>> drawn = find_annotations(film)
    >>> bool(drawn[film == 255].all()), bool(drawn[:150].any())
    (True, False)
    """
    grey = as_grey8(film)
    drawn = np.zeros(grey.shape, bool)
    for box in find_boxes(grey):
        drawn[box.with_rim(_BOX_RIM_PX)] = True
    for ink in (grey, 255 - grey):
        for level in _LEVELS:
            is_ink = ink >= level.threshold
            if 0 < np.count_nonzero(is_ink) <= _MAX_INK_SHARE * ink.size:
                _draw_ink(drawn, ink, find_pieces(is_ink), level)
    return drawn


def fill_in(film: NDArray[np.float32], drawn: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Replace what was drawn by what surrounds it.

    Parameters
    ----------
    film : ndarray of float32, shape (H, W)
        Grey levels.
    drawn : ndarray of bool, shape (H, W)
        Pixels to replace.

    Returns
    -------
    ndarray of float32, shape (H, W)
        A new array.

    Examples
    --------
    >>> film = np.full((9, 9), 7, np.float32)
    >>> film[4, 2:7] = 255
    >>> float(fill_in(film, film > 200).max())
    7.0
    """
    filled: NDArray[np.float32]
    filled = cv2.inpaint(film, drawn.view(np.uint8), _FILL_RADIUS_PX, cv2.INPAINT_NS)
    return filled


def _draw_ink(
    drawn: NDArray[np.bool_], ink: NDArray[np.uint8], pieces: Pieces, level: _Level
) -> None:
    """Add the ink of one threshold, with its rim."""
    x, y, width, height = pieces.box.T
    is_known = drawn[y + height // 2, x + width // 2]
    rim = np.ones((2 * level.rim_px + 1, 2 * level.rim_px + 1), np.uint8)
    for index in find_ink(ink, pieces, level.edge, is_known):
        window = window_of(pieces.box[index], level.rim_px, ink.shape)
        drawn[window] |= cv2.dilate(pieces.mask_of(index, window), rim).astype(bool)
