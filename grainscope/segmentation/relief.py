"""Height maps that are climbed: a few rows at a time, with what breaks their ties."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from grainscope.opencv import cv2

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.laws.strips import Strip

    #: Heights, at least 0, and crowding of some rows, shape (h, W) each.
    Slopes = tuple[NDArray[np.float32], NDArray[np.float32]]

_CROWDING_PX = 15
#: Rows that the crowding of one row depends on, to each side.
CROWDING_HALO_PX = _CROWDING_PX // 2


class Relief(Protocol):
    """A height map, shape (H, W)."""

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        ...

    def slopes(self, rows: Strip) -> Slopes:
        """Return heights and crowding of some rows, both C-contiguous."""
        ...

    def heights(self, pixels: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the heights of some pixels, by their places in raster order."""
        ...


class StoredRelief(NamedTuple):
    """A height map and its crowding in memory."""

    height: NDArray[np.float32]
    crowding: NDArray[np.float32]

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.height.shape[0], self.height.shape[1]

    def slopes(self, rows: Strip) -> Slopes:
        """Return views of some rows."""
        here = slice(rows.first, rows.stop)
        return self.height[here], self.crowding[here]

    def heights(self, pixels: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the heights of some pixels."""
        return self.height.ravel()[pixels]


class DistanceRelief(NamedTuple):
    """Distances to the background, of which only the squares are in memory.

    Equal slopes are common on it, so that crowding is the sum of the squares nearby.
    """

    squared: NDArray[np.float32]

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.squared.shape[0], self.squared.shape[1]

    def slopes(self, rows: Strip) -> Slopes:
        """Compute distances and crowding of some rows."""
        outer = rows.around(CROWDING_HALO_PX)
        squares = self.squared[outer.first : outer.stop]
        inside = rows.rows_in(outer)
        return np.sqrt(squares[inside]), crowding_of(squares)[inside]

    def heights(self, pixels: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the distances of some pixels."""
        return np.sqrt(self.squared.ravel()[pixels])


def crowding_of(squared: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sum squared distances over a window, which reaches ``CROWDING_HALO_PX`` to each side."""
    # Whole numbers summed in double precision: the same to the last bit in any orientation.
    # The window is wide, because a tie that it does not break goes by raster order.
    crowding: NDArray[np.float32] = cv2.boxFilter(
        squared, -1, (_CROWDING_PX, _CROWDING_PX), normalize=False, borderType=cv2.BORDER_REPLICATE
    )
    return crowding
