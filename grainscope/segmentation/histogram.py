"""Joint histograms: a clustering sees a few thousand weighted cells, not millions of pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.laws.strips import over_strips, strips_of
from grainscope.segmentation.features import unit_scale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.laws.strips import Strip

#: Scaled features are cut to this range: 0…1 holds all but the extreme pixels.
_LOW, _HIGH = -0.25, 1.25
#: Cells per axis for one, two and three features: fine enough that the result is
#: that of a fit to all pixels, and that a table of all cells stays small.
_CELLS = {1: 1024, 2: 128, 3: 64}
_CELL_TYPE = {1: np.uint16, 2: np.uint16, 3: np.int32}
MAX_FEATURES = max(_CELLS)
#: Features that are scaled already.
_UNIT = (0.0, 1.0)
#: Many enough that counting takes longer than adding up the counts.
_ROWS_TO_COUNT = 256


@dataclass(frozen=True)
class JointHistogram:
    """Pixels sorted into cells of equal size.

    Attributes
    ----------
    cell : ndarray of uint16, or of int32 for three features, shape (H, W)
        Cell of each pixel.
    weight : ndarray of float64, shape (C,)
        Share of the pixels in each cell; sums to 1.
    n_per_axis : int
        Cells along each feature.
    n_features : int
        Number of axes F; C = n_per_axis ** F.
    """

    cell: NDArray[np.integer[Any]]
    weight: NDArray[np.float64]
    n_per_axis: int
    n_features: int

    def image_of(self, value: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return the image that has at each pixel the value of its cell, shape (H, W)."""
        from grainscope.segmentation.histogram_kernel import look_up

        image = np.empty(self.cell.shape, bool)

        def fill(strip: Strip) -> None:
            look_up(self.cell[strip.first : strip.stop], value, image[strip.first : strip.stop])

        over_strips(fill, strips_of(len(image)))
        return image

    def centres(self, cells: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the centres of some cells in scaled feature units, shape (len(cells), F)."""
        return cell_centres(cells, self.n_features)


def cell_centres(cells: NDArray[np.int64], n_features: int) -> NDArray[np.float64]:
    """Return the centres of some cells in scaled feature units, shape (len(cells), F)."""
    n_per_axis = _CELLS[n_features]
    index = np.stack(np.unravel_index(cells, (n_per_axis,) * n_features), axis=1)
    cell_width = (_HIGH - _LOW) / n_per_axis
    return (_LOW + (index + 0.5) * cell_width).astype(np.float64)


def joint_histogram(
    features: Sequence[NDArray[np.float32]], ends: Sequence[tuple[float, float]] | None = None
) -> JointHistogram:
    """Sort pixels into the cells of a regular grid over their features.

    Parameters
    ----------
    features : sequence of ndarray of float32, shape (H, W)
        One to three features.
    ends : sequence of (float, float), optional
        What becomes 0 and 1 of each; without it they are scaled already.

    Returns
    -------
    JointHistogram
        With 1024, 128² or 64³ cells.

    Raises
    ------
    ValueError
        No feature, or more than three.

    Examples
    --------
    >>> found = joint_histogram([np.array([[0.0, 1.0, 1.0]], np.float32)])
    >>> cells = np.flatnonzero(found.weight)
    >>> found.weight[cells].round(2), found.centres(cells)[:, 0].round(1) + 0.0
    (array([0.33, 0.67]), array([0., 1.]))
    """
    cell = cells_of(features, ends or [_UNIT] * len(features))
    count = count_cells(cell, len(features))
    return JointHistogram(cell, count / cell.size, _CELLS[len(features)], len(features))


def cells_of(
    features: Sequence[NDArray[np.float32]], ends: Sequence[tuple[float, float]]
) -> NDArray[np.integer[Any]]:
    """Return the cell of each pixel; see :func:`joint_histogram`."""
    n_features = len(features)
    if n_features not in _CELLS:
        raise ValueError(f"got {n_features} features, expected 1 to {MAX_FEATURES}")
    # Compiled code loads only when there is something to sort.
    from grainscope.segmentation.histogram_kernel import add_axis

    n_per_axis, scales = _CELLS[n_features], [unit_scale(pair) for pair in ends]
    grid = np.float32(_LOW), np.float32(n_per_axis / (_HIGH - _LOW)), n_per_axis
    cell = np.zeros(features[0].shape, _CELL_TYPE[n_features])

    def sort(strip: Strip) -> None:
        rows = slice(strip.first, strip.stop)
        for feature, scale in zip(features, scales, strict=True):
            add_axis(feature[rows], scale, grid, cell[rows])

    over_strips(sort, strips_of(len(cell)))
    return cell


def count_cells(cell: NDArray[np.integer[Any]], n_features: int) -> NDArray[np.int64]:
    """Count the pixels in each cell."""
    from grainscope.segmentation import histogram_kernel

    n_cells = _CELLS[n_features] ** n_features

    def count(strip: Strip) -> NDArray[np.int64]:
        rows = cell[strip.first : strip.stop]
        found: NDArray[np.int64] = histogram_kernel.count_cells(rows, n_cells)
        return found

    return sum(
        over_strips(count, strips_of(len(cell), _ROWS_TO_COUNT)), np.zeros(n_cells, np.int64)
    )
