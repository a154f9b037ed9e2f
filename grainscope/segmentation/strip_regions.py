"""Connected regions of a mask that is read strip by strip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from grainscope.opencv import cv2

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from grainscope.laws.strips import Strip


class Pieces(NamedTuple):
    """The regions within one strip: their number, and that of each pixel, 0 for no region."""

    n_pieces: int
    region: NDArray[np.int32]

    def at_frame(self, strip: Strip) -> NDArray[np.int32]:
        """Return the regions of the pixels along the edges of the image; corners count twice."""
        sides = [self.region[:, 0], self.region[:, -1]]
        sides += [self.region[0]] if strip.first == 0 else []
        sides += [self.region[-1]] if strip.stop == strip.height else []
        return np.concatenate(sides)


@dataclass(frozen=True)
class SeamedRegions:
    """Regions of an image as pieces within strips, numbered one strip after the other.

    Attributes
    ----------
    begins : dict of Strip to int
        Number of the first piece of each strip.
    whole : ndarray of int32, shape (P,)
        First of the pieces that make the same region as each piece.
    total : ndarray of float64, shape (P, K)
        Sums over the whole region, in the row of its first piece; 0 in other rows.
    """

    begins: dict[Strip, int]
    whole: NDArray[np.int32]
    total: NDArray[np.float64]

    @property
    def is_first(self) -> NDArray[np.bool_]:
        """Which pieces stand for a region."""
        return np.asarray(self.whole == np.arange(len(self.whole)))

    def spread(self, chosen: NDArray[np.bool_], strip: Strip, pieces: Pieces) -> NDArray[np.bool_]:
        """Return the pixels of a strip that lie in chosen regions, (P,) by their first pieces."""
        begin = self.begins[strip]
        mine = chosen[self.whole[begin : begin + pieces.n_pieces]]
        return np.asarray(np.append(False, mine)[pieces.region])


def find_pieces(mask: NDArray[np.uint8], connectivity: int) -> Pieces:
    """Return the regions of a strip."""
    n_regions, region = cv2.connectedComponents(mask, connectivity=connectivity)
    return Pieces(n_regions - 1, region)


def join_regions(
    strips: Sequence[Strip],
    mask_of: Callable[[Strip], NDArray[np.uint8]],
    connectivity: int,
    sums: Callable[[Strip, Pieces], NDArray[np.float64]],
) -> SeamedRegions:
    """Find the regions of a mask and sum something over each.

    Parameters
    ----------
    strips : sequence of Strip
        From the top to the bottom of the image.
    mask_of : callable
        Returns the mask of a strip, 1 inside.
    connectivity : int
        4 or 8.
    sums : callable
        Returns sums over each piece of a strip, whole numbers, shape (n, K).

    Returns
    -------
    SeamedRegions
        With 4-connected regions the order is that of their first pixels in the image.

    Examples
    --------
    >>> from grainscope.laws.strips import strips_of
    >>> ring = np.ones((3, 3), np.uint8)
    >>> ring[1, 1] = 0
    >>> area = lambda strip, pieces: np.bincount(pieces.region.ravel())[1:, None].astype(float)
    >>> found = join_regions(strips_of(3, 1), lambda s: ring[s.first : s.stop], 4, area)
    >>> found.whole.tolist(), found.total[:, 0].tolist()
    ([0, 0, 0, 0], [8.0, 0.0, 0.0, 0.0])
    """

    def find(strip: Strip) -> tuple[NDArray[np.uint8], Pieces]:
        mask = mask_of(strip)
        return mask, find_pieces(mask, connectivity)

    return join_labels(strips, find, connectivity, sums)


def join_labels(
    strips: Sequence[Strip],
    find: Callable[[Strip], tuple[NDArray[Any], Pieces]],
    connectivity: int,
    sums: Callable[[Strip, Pieces], NDArray[np.float64]],
) -> SeamedRegions:
    """Find the regions of equal labels, as :func:`join_regions` does of a mask.

    Parameters
    ----------
    strips, connectivity, sums
        As for :func:`join_regions`.
    find : callable
        Returns the labels of a strip, and its pieces.
    """
    from grainscope.laws.union_find_kernel import connected

    begins: dict[Strip, int] = {}
    seams, parts = [np.zeros((0, 2), np.int32)], []
    n_pieces, above = 0, None
    for strip in strips:
        labels, pieces = find(strip)
        begins[strip] = n_pieces
        below = np.stack([_numbers(pieces.region[0], n_pieces), labels[0]])
        if above is not None:
            seams.append(_across(above, below, connectivity))
        above = np.stack([_numbers(pieces.region[-1], n_pieces), labels[-1]])
        parts.append(sums(strip, pieces))
        n_pieces += pieces.n_pieces
    pairs = np.concatenate(seams)
    whole = connected(n_pieces, pairs[:, 0].copy(), pairs[:, 1].copy())
    part = np.concatenate(parts)
    total = [np.bincount(whole, column, n_pieces) for column in part.T]
    return SeamedRegions(begins, whole, np.stack(total, axis=1))


def _numbers(region: NDArray[np.int32], begin: int) -> NDArray[np.int32]:
    return np.where(region > 0, region + np.int32(begin - 1), np.int32(-1))


def _across(
    above: NDArray[np.int64], below: NDArray[np.int64], connectivity: int
) -> NDArray[np.int32]:
    """Return the pairs of pieces of one label that touch; rows beside a seam are (piece, label)."""
    pairs = [(above, below)]
    if connectivity == 8:
        pairs += [(above[:, 1:], below[:, :-1]), (above[:, :-1], below[:, 1:])]
    upper, lower = (np.concatenate([pair[k] for pair in pairs], axis=1) for k in (0, 1))
    joined = (upper[0] >= 0) & (lower[0] >= 0) & (upper[1] == lower[1])
    return np.unique(np.stack([upper[0, joined], lower[0, joined]], axis=1), axis=0).astype(
        np.int32
    )
