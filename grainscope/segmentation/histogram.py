"""Joint histograms: a clustering sees a few thousand weighted cells, not millions of pixels."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Scaled features are cut to this range: 0…1 holds all but the extreme pixels.
_LOW, _HIGH = -0.25, 1.25
#: Cells per axis for one, two and three features: fine enough that the result is
#: that of a fit to all pixels, and that a table of all cells stays small.
_CELLS = {1: 1024, 2: 128, 3: 64}
MAX_FEATURES = max(_CELLS)


@dataclass(frozen=True)
class JointHistogram:
    """Pixels sorted into cells of equal size.

    Attributes
    ----------
    cell : ndarray of int32, shape (H, W)
        Cell of each pixel.
    weight : ndarray of float64, shape (C,)
        Share of the pixels in each cell; sums to 1.
    n_per_axis : int
        Cells along each feature.
    n_features : int
        Number of axes F; C = n_per_axis ** F.
    """

    cell: NDArray[np.int32]
    weight: NDArray[np.float64]
    n_per_axis: int
    n_features: int

    def centres(self, cells: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the centres of some cells in scaled feature units, shape (len(cells), F)."""
        return cell_centres(cells, self.n_features)


def cell_centres(cells: NDArray[np.int64], n_features: int) -> NDArray[np.float64]:
    """Return the centres of some cells in scaled feature units, shape (len(cells), F)."""
    n_per_axis = _CELLS[n_features]
    index = np.stack(np.unravel_index(cells, (n_per_axis,) * n_features), axis=1)
    cell_width = (_HIGH - _LOW) / n_per_axis
    return (_LOW + (index + 0.5) * cell_width).astype(np.float64)


def joint_histogram(features: Sequence[NDArray[np.float32]]) -> JointHistogram:
    """Sort pixels into the cells of a regular grid over their features.

    Parameters
    ----------
    features : sequence of ndarray of float32, shape (H, W)
        One to three scaled features.

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
    cell = cells_of(features)
    count = count_cells(cell, len(features))
    return JointHistogram(cell, count / cell.size, _CELLS[len(features)], len(features))


def cells_of(features: Sequence[NDArray[np.float32]]) -> NDArray[np.int32]:
    """Return the cell of each pixel; see :func:`joint_histogram`."""
    n_features = len(features)
    if n_features not in _CELLS:
        raise ValueError(f"got {n_features} features, expected 1 to {MAX_FEATURES}")
    n_per_axis = _CELLS[n_features]
    with ThreadPoolExecutor(2) as pool:
        cell, *others = pool.map(partial(_along_axis, n_per_axis=n_per_axis), features)
    for along in others:
        cell *= n_per_axis
        cell += along
    return cell


def count_cells(cell: NDArray[np.int32], n_features: int) -> NDArray[np.int64]:
    """Count the pixels in each cell."""
    return np.bincount(cell.ravel(), minlength=_CELLS[n_features] ** n_features)


def _along_axis(feature: NDArray[np.float32], n_per_axis: int) -> NDArray[np.int32]:
    place = (feature - np.float32(_LOW)) * np.float32(n_per_axis / (_HIGH - _LOW))
    np.clip(place, 0, n_per_axis - 1, out=place)
    return place.astype(np.int32)
