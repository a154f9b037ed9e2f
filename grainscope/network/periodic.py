"""Contacts of a film that continues at the opposite edge."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from grainscope.network.contacts import zone_facets

if TYPE_CHECKING:
    from numpy.typing import NDArray


class PeriodicContacts(NamedTuple):
    """Contacts between the pieces of grains in one cell of a periodic film, in pixels.

    A piece is what the edges of the cell leave of a grain. ``first``, ``second``
    (E,) count pieces from 0, ``shift`` (E, 2) is by how many cells down and to
    the right the second is displaced, ``distance_px`` (E,) is between pixel
    centres, 0 for a touch; the last ``n_joints`` are joints between pieces of one
    label. ``label``, ``y_px``, ``x_px`` (P,) describe the pieces, ``margin`` is
    how many rows and columns of the next cells tell what is near.
    """

    first: NDArray[np.int32]
    second: NDArray[np.int32]
    shift: NDArray[np.int32]
    distance_px: NDArray[np.float64]
    n_joints: int
    label: NDArray[np.int32]
    y_px: NDArray[np.float64]
    x_px: NDArray[np.float64]
    margin: tuple[int, int]


def periodic_contacts(labels: NDArray[np.int32]) -> PeriodicContacts:
    """Find every contact of a periodic film once, also those across the edges.

    The cell is surrounded by as much of the next cells as can matter; of the
    contacts found there those count whose contact point lies in the half-open
    cell. So a film that is rolled has the same contacts.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        One cell; a label is one 8-connected region of the periodic film.

    Returns
    -------
    PeriodicContacts
        In pixels.

    Examples
    --------
    >>> found = periodic_contacts(np.array([[1, 0, 0, 2, 0]], np.int32))
    >>> across = found.shift[:, 1] != 0
    >>> found.distance_px[across & (found.first != found.second)].tolist()
    [2.0]
    """
    from skimage.measure import label as numbered

    piece = numbered(labels, connectivity=2).astype(np.int32)
    n_pieces = int(piece.max(initial=0))
    inside = np.flatnonzero(piece)
    of = piece.ravel()[inside] - 1
    pixels = np.bincount(of, minlength=n_pieces)
    row, column = np.divmod(inside, labels.shape[1])
    y_px, x_px = (np.bincount(of, place, n_pieces) / pixels for place in (row, column))
    label = np.zeros(n_pieces, np.int32)
    label[of] = labels.ravel()[inside]

    margin = _margin(labels, piece, label)
    padded = np.pad(labels, tuple((side, side) for side in margin), mode="wrap")
    whole = numbered(padded, connectivity=2).astype(np.int32)
    facets = zone_facets(whole)
    y, x = facets.y_px - margin[0], facets.x_px - margin[1]
    kept = (y >= 0) & (y < labels.shape[0]) & (x >= 0) & (x < labels.shape[1])
    own_piece, own_cell = _whereabouts(whole, piece, margin)
    a, b = facets.own[0::2][kept] - 1, facets.own[1::2][kept] - 1
    joints = _joints(labels, piece)
    return PeriodicContacts(
        first=np.concatenate((own_piece[a], joints[:, 0])),
        second=np.concatenate((own_piece[b], joints[:, 1])),
        shift=np.concatenate((own_cell[b] - own_cell[a], joints[:, 2:])),
        distance_px=np.concatenate((facets.distance_px[kept], np.zeros(len(joints)))),
        n_joints=len(joints),
        label=label,
        y_px=y_px,
        x_px=x_px,
        margin=margin,
    )


def _margin(
    labels: NDArray[np.int32], piece: NDArray[np.int32], label: NDArray[np.int32]
) -> tuple[int, int]:
    """Return the rows and columns beyond which nothing reaches a contact point in the cell.

    A zone is as wide as its grain and twice the widest way to a grain; what
    bounds it lies at most that way further off. A grain is at most as wide as
    its pieces together.
    """
    from grainscope.network.grain_box_kernel import grain_boxes
    from grainscope.opencv import cv2

    if len(label) == 0:
        return 0, 0
    background = (labels == 0).astype(np.uint8)
    way = int(cv2.distanceTransform(background, cv2.DIST_L2, cv2.DIST_MASK_PRECISE).max()) + 1
    box = grain_boxes(piece, len(label))
    sides = box[:, 2:] - box[:, :2] + 1
    widths = (int(np.bincount(label, sides[:, axis]).max()) for axis in (0, 1))
    rows, columns = (
        min(side, width + 3 * way + 2) for side, width in zip(labels.shape, widths, strict=True)
    )
    return rows, columns


def _whereabouts(
    whole: NDArray[np.int32], piece: NDArray[np.int32], margin: tuple[int, int]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return a piece of each whole grain, and the cell in which it has that piece."""
    flat = whole.ravel()
    at = np.flatnonzero(flat)[::-1]
    pixel = np.zeros(int(flat.max(initial=0)), np.int64)
    pixel[flat[at] - 1] = at  # the first pixel of each is written last
    y, x = np.divmod(pixel, whole.shape[1])
    y, x = y - margin[0], x - margin[1]
    cell = np.column_stack((y // piece.shape[0], x // piece.shape[1])).astype(np.int32)
    return piece[y % piece.shape[0], x % piece.shape[1]] - 1, cell


def _joints(labels: NDArray[np.int32], piece: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return pairs of pieces that the edges of the cell cut from one grain: a, b, down, right."""
    height, width = labels.shape
    row, column = np.arange(height), np.arange(width)
    found = []
    for off in (-1, 0, 1):
        right, below = column + off, row + off
        down_a_cell = np.column_stack((np.ones(width, int), right // width))
        right_a_cell = np.column_stack((below // height, np.ones(height, int)))
        for near, far, shift in (
            ((height - 1, column), (0, right % width), down_a_cell),
            ((row, width - 1), (below % height, 0), right_a_cell),
        ):
            same = (labels[near] > 0) & (labels[near] == labels[far])
            found.append(np.column_stack((piece[near] - 1, piece[far] - 1, shift))[same])
    return np.unique(np.concatenate(found), axis=0).astype(np.int32)
