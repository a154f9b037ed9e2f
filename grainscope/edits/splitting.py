"""One grain becomes several: along a line, or by a seed in each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.edits.cut_kernel import cut_links, linked_pieces
from grainscope.edits.numbering import check_new
from grainscope.edits.patch import listed, patch_of, points_of
from grainscope.opencv import cv2

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from grainscope.records import Edit

    Mask = NDArray[np.bool_]
    Points = NDArray[np.float64]

#: A third or later piece smaller than this is the raggedness of a cut, not a grain.
SLIVER_PX = 4
#: Brings a line drawn in whole pixels off their centres; its slope is that of no such line.
_OFF_CENTRE_PX = 1e-3 * np.array([1.0, np.sqrt(2.0) - 1.0])


def split_by_line(
    labels: NDArray[np.int32], grain: int, line_px: ArrayLike, next_label: int
) -> Edit:
    """Split a grain along a line.

    The line has no width: pixels go to the side on which their centre lies. An
    end inside the grain is carried on straight. The largest piece keeps the
    label, the others get new ones in the order in which rows meet them; where
    the line leaves slivers of fewer than ``SLIVER_PX`` pixels besides two
    pieces, they go to the piece next to them.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        Stable labels, 0 is film.
    grain : int
        Which.
    line_px : array_like, shape (P, 2)
        Row and column of the line's vertices, from the centre of the first pixel.
    next_label : int
        First label never used.

    Returns
    -------
    Edit

    Raises
    ------
    ValueError
        No such grain, or the line does not part it.

    Examples
    --------
    >>> split_by_line(np.ones((1, 5), np.int32), 1, [[-1, 2.6], [1, 2.6]], 7).runs
    array([[0, 3, 5, 7]], dtype=int32)
    """
    line = points_of(line_px, "line", 2)
    patch = patch_of(labels, [grain])
    inside = patch.before == grain
    cut = cut_links(inside, _carried_on(patch.local(line) + _OFF_CENTRE_PX, inside))
    pieces = linked_pieces(inside, cut)
    if pieces.max() < 2:
        raise ValueError(f"split: the line does not part grain {grain}; draw it right across")
    pieces = _without_slivers(pieces, inside)
    _number(patch.after, pieces, _largest(pieces), next_label)
    return patch.edit("split", [grain], {"line_px": listed(line)})


def _carried_on(line: Points, inside: Mask) -> Points:
    """Carry ends that lie inside the grain on, beyond its box."""
    far_px = float(sum(inside.shape))
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    line = line[np.concatenate([[True], steps > 0])]
    if len(line) < 2:
        return line
    first, last = line[0] - line[1], line[-1] - line[-2]
    ends = [
        end + direction * (far_px / np.linalg.norm(direction))
        for end, direction in ((line[0], first), (line[-1], last))
        if _lies_in(end, inside)
    ]
    if _lies_in(line[0], inside):
        line = np.vstack([ends.pop(0), line])
    return np.vstack([line, *ends])


def _lies_in(point: Points, inside: Mask) -> bool:
    row, column = np.rint(point).astype(np.int64)
    height, width = inside.shape
    return bool(0 <= row < height and 0 <= column < width and inside[row, column])


def _without_slivers(pieces: NDArray[np.int32], inside: Mask) -> NDArray[np.int32]:
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    sliver = sizes < SLIVER_PX
    sliver[np.argsort(-sizes, kind="stable")[:2]] = False
    if not sliver[1:].any():
        return pieces
    return _flooded(np.zeros(pieces.shape, np.float32), np.where(sliver[pieces], 0, pieces), inside)


def _largest(pieces: NDArray[np.int32]) -> int:
    return int(np.bincount(pieces.ravel())[1:].argmax()) + 1


def _number(
    after: NDArray[np.int32], pieces: NDArray[np.int32], keeps: int, next_label: int
) -> None:
    """Give new labels to all pieces but one."""
    new = [piece for piece in np.unique(pieces) if piece not in (0, keeps)]
    check_new(next_label, len(new))
    for label, piece in enumerate(new, start=next_label):
        after[pieces == piece] = label


def split_by_seeds(
    labels: NDArray[np.int32], grain: int, seeds_px: ArrayLike, next_label: int
) -> Edit:
    """Split a grain where it is narrow between seeds.

    The distance to the grain's edge, in whole pixels, is flooded from the seeds
    (watershed), each of which first climbs to the summit near it: pieces meet at
    necks, and halfway where there is none. Seeds that climb the same summit have
    no neck between them; then every pixel goes to the seed nearest to it inside
    the grain.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        Stable labels, 0 is film.
    grain : int
        Which.
    seeds_px : array_like, shape (S, 2)
        Row and column, one seed a piece. The piece of the first keeps the label.
    next_label : int
        First label never used.

    Returns
    -------
    Edit

    Raises
    ------
    ValueError
        No such grain, fewer than two seeds, two in one pixel, or one outside the grain.

    Examples
    --------
    >>> split_by_seeds(np.ones((1, 6), np.int32), 1, [[0, 1], [0, 4]], 7).runs
    array([[0, 3, 6, 7]], dtype=int32)
    """
    seeds = points_of(seeds_px, "seeds", 2)
    patch = patch_of(labels, [grain])
    inside = patch.before == grain
    own = patch.local(seeds)
    outside = next((seed for seed in own if not _lies_in(seed, inside)), None)
    if outside is not None:
        where = ", ".join(f"{value:g}" for value in np.add(outside, (patch.row, patch.column)))
        raise ValueError(f"split: the seed at ({where}) lies outside grain {grain}")
    places = np.rint(own).astype(np.int64)
    if len(np.unique(places, axis=0)) < len(places):
        raise ValueError("split: two seeds lie in one pixel")
    _number(patch.after, _pieces_of_seeds(inside, places), 1, next_label)
    return patch.edit("split", [grain], {"seeds_px": listed(seeds)})


def _pieces_of_seeds(inside: Mask, places: NDArray[np.int64]) -> NDArray[np.int32]:
    padded = np.pad(inside, 1).astype(np.uint8)
    depth_px = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    paths = [_climb(depth_px, tuple(place)) for place in places]
    markers = np.zeros(inside.shape, np.int32)
    if len({path[-1] for path in paths}) == len(paths):
        height = -np.rint(depth_px)
        for number, path in enumerate(paths, start=1):
            markers[tuple(np.transpose(path))] = number
    else:
        height = np.zeros(inside.shape, np.float32)
    markers[tuple(places.T)] = np.arange(1, len(places) + 1)
    return _flooded(height, markers, inside)


def _climb(depth_px: NDArray[np.float32], place: tuple[int, int]) -> list[tuple[int, int]]:
    """Return the pixels of the steepest way up, to where no neighbour is higher."""
    path = [place]
    while True:
        row, column = path[-1]
        top, left = max(row - 1, 0), max(column - 1, 0)
        near = depth_px[top : row + 2, left : column + 2]
        up, over = np.unravel_index(near.argmax(), near.shape)
        if near[up, over] <= depth_px[row, column]:
            return path
        path.append((top + int(up), left + int(over)))


def _flooded(
    height: NDArray[np.float32], markers: NDArray[np.int32], inside: Mask
) -> NDArray[np.int32]:
    from skimage.segmentation import watershed

    return np.asarray(watershed(height, markers, connectivity=2, mask=inside), np.int32)
