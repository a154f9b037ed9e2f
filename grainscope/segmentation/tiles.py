"""Large images in pieces: memory stays bounded and the result does not depend on who does which."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.segmentation.region_runs import Regions

#: Longest side of a tile with its halo: what 1.5 GB hold.
_SIDE_PX = 1800
#: A grain is seen whole up to this size, wherever the tiles meet.
HALO_PX = 200
#: What begins this close to a core is returned too: tiles see slightly different outlines, and
#: where the first pixel lies on the line between two cores each could leave a grain to the other.
_MARGIN_PX = 16


@dataclass(frozen=True)
class Tile:
    """A piece of an image: the core, which it answers for, inside the outer part it looks at.

    Attributes
    ----------
    outer : (slice, slice)
        Rows and columns looked at.
    core : (slice, slice)
        Rows and columns whose grains this tile returns.
    shape : (int, int)
        Rows and columns of the whole image.
    """

    outer: tuple[slice, slice]
    core: tuple[slice, slice]
    shape: tuple[int, int]

    @property
    def origin(self) -> tuple[int, int]:
        """Row and column of the outer part's first pixel."""
        return self.outer[0].start, self.outer[1].start

    def owns(self, regions: Regions) -> NDArray[np.int64]:
        """Regions (in outer coordinates) that begin in or near the core and reach no seam."""
        first = regions.first[:-1]
        last = regions.first[1:] - 1
        top, left = self.origin
        row, column = regions.row[first] + top, regions.left[first] + left
        rows, columns = self.core
        mine = (row >= rows.start - _MARGIN_PX) & (row < rows.stop + _MARGIN_PX)
        mine &= (column >= columns.start - _MARGIN_PX) & (column < columns.stop + _MARGIN_PX)
        height, width = self.shape
        if len(first):
            west = np.minimum.reduceat(regions.left, first) + left
            east = np.maximum.reduceat(regions.right, first) + left
            mine &= (row > top) | (top == 0)
            mine &= (regions.row[last] + 1 + top < self.outer[0].stop) | (
                self.outer[0].stop == height
            )
            mine &= (west > left) | (left == 0)
            mine &= (east < self.outer[1].stop) | (self.outer[1].stop == width)
        return np.flatnonzero(mine)


def tiles_of(shape: tuple[int, int]) -> list[Tile]:
    """Cover an image with cores of about equal size.

    Examples
    --------
    >>> len(tiles_of((1000, 1200))), len(tiles_of((4096, 4096)))
    (1, 9)
    """
    rows, columns = (_spans(length) for length in shape)
    return [Tile((r[0], c[0]), (r[1], c[1]), shape) for r in rows for c in columns]


def _spans(length: int) -> list[tuple[slice, slice]]:
    n = 1 if length <= _SIDE_PX else -(-length // (_SIDE_PX - 2 * HALO_PX))
    edges = [round(k * length / n) for k in range(n + 1)]
    return [
        (slice(max(a - HALO_PX, 0), min(b + HALO_PX, length)), slice(a, b))
        for a, b in pairwise(edges)
    ]
