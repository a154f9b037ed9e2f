"""The gap at which a component spans a frame, and how far chance moves it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from grainscope.network.choice import large_grains
from grainscope.network.gap_order import contacts_in_order, grow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from grainscope.network.gap_order import OrderedContacts
    from grainscope.records import GrainNetwork, GrainTable, Segmentation
    from grainscope.settings import NetworkSettings

#: Exponent of the correlation length in two dimensions (Stauffer & Aharony 1994).
NU = 4 / 3
#: The frame is cut into k × k sub-frames for each of these k.
_CUTS = (2, 3)
#: Correlation of the thresholds in x and y of one frame, by simulation (0.26–0.35).
_CORRELATION = 0.3
#: With fewer of the sub-frames spanned, no interval is given.
_LEAST_SPANNED = 0.5


def frame_sides(segmentation: Segmentation) -> NDArray[np.bool_]:
    """Return which grains touch the left, right, top and bottom edge of the frame, shape (4, N)."""
    from grainscope.network.percolation_kernel import BOTTOM, LEFT, RIGHT, TOP

    edges = frame_edges(segmentation.film_labels, segmentation.n_grains)
    return np.stack([(edges & side) > 0 for side in (LEFT, RIGHT, TOP, BOTTOM)])


def frame_edges(labels: NDArray[np.int32], n_grains: int) -> NDArray[np.uint8]:
    """Return the frame edges that each grain touches, as bits, shape (N,); row k is label k + 1.

    Examples
    --------
    >>> from grainscope.network.percolation_kernel import BOTTOM, LEFT, TOP
    >>> frame_edges(np.array([[1, 0, 0]], np.int32), 1).tolist() == [LEFT | TOP | BOTTOM]
    True
    """
    from grainscope.network.percolation_kernel import BOTTOM, LEFT, RIGHT, TOP

    edges = np.zeros(n_grains + 1, np.uint8)
    lines = (labels[:, 0], LEFT), (labels[:, -1], RIGHT), (labels[0], TOP), (labels[-1], BOTTOM)
    for line, bit in lines:
        edges[np.unique(line)] |= bit
    return edges[1:]


def edges_of_boxes(box: NDArray[np.int32], shape_px: tuple[int, int]) -> NDArray[np.uint8]:
    """Return what `frame_edges` does, from the boxes of the N grains in the frame.

    Parameters
    ----------
    box : ndarray of int32, shape (N, 4)
        First row, first column, last row, last column in the frame.
    shape_px : tuple of int
        Height and width of the frame.
    """
    from grainscope.network.percolation_kernel import BOTTOM, LEFT, RIGHT, TOP

    last_row, last_column = shape_px[0] - 1, shape_px[1] - 1
    left, right = (box[:, 1] == 0) * LEFT, (box[:, 3] == last_column) * RIGHT
    top, bottom = (box[:, 0] == 0) * TOP, (box[:, 2] == last_row) * BOTTOM
    return np.asarray(left | right | top | bottom, np.uint8)


def network_spanning_gaps(
    network: GrainNetwork,
    table: GrainTable,
    edges: NDArray[np.uint8],
    settings: NetworkSettings,
) -> tuple[float, float]:
    """Return the smallest gaps at which a component of a film spans in x and in y; NaN for never.

    Parameters
    ----------
    network, table
        Contacts and grains.
    edges : ndarray of uint8, shape (N,)
        Frame edges that each grain touches.
    settings : NetworkSettings
        ``min_grain_diameter_um``: smaller grains take no part.
    """
    edges = np.where(large_grains(table, settings), edges, 0).astype(np.uint8)
    return spanning_gaps(contacts_in_order(network, table, settings), edges)


def spanning_gaps(contacts: OrderedContacts, edges: NDArray[np.uint8]) -> tuple[float, float]:
    """Return the smallest gaps at which a component spans in x and in y; NaN for never.

    Parameters
    ----------
    contacts : OrderedContacts
        Those inside the frame.
    edges : ndarray of uint8, shape (N,)
        Frame edges that each grain touches.
    """
    gaps = np.unique(np.append(contacts.gap_nm, 0.0))
    states = grow(contacts, gaps, edges)
    return first_gap(gaps, states.spans_x), first_gap(gaps, states.spans_y)


def first_gap(gap_nm: NDArray[np.float64], reached: NDArray[np.bool_]) -> float:
    """Return the first gap of a list at which something is reached; NaN for never."""
    return float(gap_nm[np.argmax(reached)]) if reached.any() else float("nan")


def threshold_interval(
    gap_x_nm: float,
    gap_y_nm: float,
    labels: NDArray[np.int32],
    contacts: OrderedContacts,
    takes_part: NDArray[np.bool_],
    point_px: NDArray[np.float64],
) -> tuple[float, float]:
    """Return the 68 % interval of the threshold of an endless film of this kind.

    A square spans in a given direction with probability 1/2 at the threshold
    (Cardy 1992), so the mean of the two directions is its estimate. Chance moves
    a threshold by σ ∝ L^(−1/ν), ν = 4/3: the scatter of the thresholds among
    k × k sub-frames, k = 2 and 3, is that of the frame times k^(1/ν). The two
    directions of a frame are correlated by some 0.3.

    Parameters
    ----------
    gap_x_nm, gap_y_nm : float
        Where the frame is spanned in x and y.
    labels : ndarray of int32, shape (H, W)
        The frame.
    contacts : OrderedContacts
        All that take part.
    takes_part : ndarray of bool, shape (N,)
        Which grains do.
    point_px : ndarray of float64, shape (E, 2)
        Row and column in the frame of the contacts' points.

    Returns
    -------
    low, high : float
        From 0; NaN where the frame is not spanned both ways, or fewer than half
        of the sub-frames are. The smaller of the two gaps is always inside.
    """
    variance, weight = 0.0, 0
    for cut in _CUTS:
        found = [
            spanning_gaps(
                contacts.where(np.all((point_px >= corner) & (point_px < far), axis=1)),
                np.where(takes_part, frame_edges(part, len(takes_part)), 0).astype(np.uint8),
            )
            for part, corner, far in _sub_frames(labels, cut)
        ]
        spanned = np.ravel(found)[np.isfinite(np.ravel(found))]
        if len(spanned) >= _LEAST_SPANNED * 2 * cut**2 and len(spanned) > 2:
            # Two directions of one frame are not two frames: two degrees of freedom less.
            variance += cut**2 * float(np.var(spanned, ddof=2)) * cut ** (-2 / NU)
            weight += cut**2
    middle = (gap_x_nm + gap_y_nm) / 2
    if weight == 0 or not np.isfinite(middle):
        return float("nan"), float("nan")
    half_width = float(np.sqrt(variance / weight * (1 + _CORRELATION) / 2))
    return max(min(middle - half_width, gap_x_nm, gap_y_nm), 0.0), middle + half_width


def _sub_frames(
    labels: NDArray[np.int32], cut: int
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]]:
    """Cut a frame: labels, and where the contact points inside begin and end."""
    rows, columns = (np.arange(cut + 1) * side // cut for side in labels.shape)
    if np.diff(rows).min() == 0 or np.diff(columns).min() == 0:
        return
    for top, bottom in pairwise(rows):
        for left, right in pairwise(columns):
            corner, far = np.array([top, left]) - 0.5, np.array([bottom, right]) - 0.5
            yield labels[top:bottom, left:right], corner, far
