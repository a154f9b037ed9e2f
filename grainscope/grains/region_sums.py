"""What grains are measured from: sums and extremes over their pixels, one row a grain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from grainscope.records import Frame

if TYPE_CHECKING:
    from numpy.typing import NDArray


class GrainSums(NamedTuple):
    """Of N grains, in pixels of the whole image; one row depends on no other.

    ``box`` (N, 4) is first row, last row, first column, last column; ``origin``,
    ``moments``, ``entries``, ``grey`` are those of ``sum_regions``; ``convex_px``
    (N,) counts the pixels of the hull, ``longest_px`` and ``shortest_px`` (N,) are
    caliper widths.
    """

    box: NDArray[np.int64]
    origin: NDArray[np.int64]
    moments: NDArray[np.int64]
    entries: NDArray[np.int64]
    grey: NDArray[np.float64]
    convex_px: NDArray[np.int64]
    longest_px: NDArray[np.float64]
    shortest_px: NDArray[np.float64]


def sum_grains(
    labels: NDArray[np.int32], intensity: NDArray[Any], frame: Frame, n_grains: int
) -> GrainSums:
    """Sum over the pixels of the grains 1…N inside the frame.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        0 is background.
    intensity : ndarray, shape (H, W)
        Grey levels.
    frame : Frame
        What lies outside is not grain.
    n_grains : int
        N.
    """
    # Compiled code is loaded when there is something to measure, not with the command line.
    from grainscope.grains.hull_kernels import measure_hulls
    from grainscope.grains.region_kernels import find_row_extremes, sum_regions

    bounds = frame_bounds(frame)
    box, origin, moments, entries, grey = sum_regions(labels, intensity, bounds, n_grains)
    first = np.concatenate([[0], np.cumsum(box[:, 1] - box[:, 0] + 1)])
    left, right = find_row_extremes(labels, bounds, box, first)
    return GrainSums(box, origin, moments, entries, grey, *measure_hulls(left, right, first))


def frame_bounds(frame: Frame) -> tuple[int, int, int, int]:
    """Return first row, row after the last, first column, column after the last."""
    return frame.row_start, frame.row_stop, frame.column_start, frame.column_stop


def sums_of_some(
    labels: NDArray[np.int32],
    intensity: NDArray[Any],
    window: tuple[slice, slice],
    grains: NDArray[np.int32],
) -> tuple[GrainSums, NDArray[np.bool_]]:
    """Sum over the pixels of some grains that lie within a window.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        Labels, of which numbers may be missing.
    intensity : ndarray, shape (H, W)
        Grey levels.
    window : tuple of slice
        Rows and columns, inside the frame.
    grains : ndarray of int32, shape (K,)
        Labels in ascending order; those without a pixel are left out.

    Returns
    -------
    sums : GrainSums
        Of those that are there.
    present : ndarray of bool, shape (K,)
        Which are.

    Examples
    --------
    >>> labels = np.array([[0, 7, 7, 0, 5]], np.int32)
    >>> window = slice(0, 1), slice(0, 4)
    >>> sums, present = sums_of_some(labels, labels, window, np.array([6, 7], np.int32))
    >>> sums.moments[:, 0].tolist(), present.tolist()
    ([2], [False, True])
    """
    part = labels[window]
    number = np.zeros(max(int(part.max(initial=0)), int(grains.max(initial=0))) + 1, np.int32)
    number[grains] = np.arange(1, len(grains) + 1)
    present = np.bincount(number[part].ravel(), minlength=len(grains) + 1)[1:] > 0
    number[grains] = np.cumsum(present) * present
    found = sum_grains(
        number[part],
        np.ascontiguousarray(intensity[window]),
        Frame.whole(part.shape),
        int(present.sum()),
    )
    corner = np.array([window[0].start, window[1].start])
    return found._replace(
        box=found.box + np.repeat(corner, 2), origin=found.origin + corner
    ), present
