"""A frame whose zones and facets follow its labels, redone only where they change.

Let D be the pixels whose labels change. Which grain pixel is nearest changes only in
the Voronoi cells of D, old or new. A cell is star-shaped about its pixel, so one that
reaches beyond a box around D crosses its rim; where every pixel of the rim is nearer
to some grain than to D, none does (``is_clear``). Within that box nearest pixels are
found anew in a window so wide that no grain outside it is nearer than what is found.

Mending (``zones_of``) goes from pixel to pixel, in the order of the whole image. A
pixel's turn reads it and its four neighbours, so mended pixels influence each other
only within groups whose members are at most two pixels apart: groups that keep away from
the box are as before, and those that do not are done again with it. If they, old and
new, keep off the rim of the window, what lies beyond has no influence on them;
otherwise the window is widened.

Everything about a facet comes from the pixels of its two zones, and everything about
the contour of a zone from its own pixels and the facets along it. So the zones that
have a changed pixel and their neighbours are walked again, facets with a side in a
changed zone are measured, and all others stay (``splice``).
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from grainscope.network.contacts import Zones, divide, list_facets, no_facets
from grainscope.network.facet_splice import splice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.network.contacts import HalfFacets
    from grainscope.network.zone_update_kernel import Box

#: Changed pixels are taken together when their squares of so many pixels touch.
_CLUSTER_PX = 64
#: First guess of how far a change of mended pixels spreads.
_MARGIN_PX = 8
#: To follow changes in more places than these costs more than to begin anew.
_MANY = 64


class ZonedFilm:
    """The zones and facets of one frame, kept up with its labels.

    A film of 4096² pixels holds 220 MB; a copy for each edit would cost more time
    than the edit, so this is one of the few things here that change.

    Attributes
    ----------
    labels : ndarray of int32, shape (H, W)
        Of the frame, its own copy; numbers may be missing. To be changed by `change` only.
    facets : HalfFacets
        Exactly ``zone_facets(labels)``, but for the numbers of contours.
    """

    def __init__(self, labels: NDArray[np.int32]) -> None:
        self._begin(np.array(labels, np.int32, order="C"))

    def _begin(self, labels: NDArray[np.int32]) -> None:
        from grainscope.network.grain_box_kernel import grain_boxes

        self.labels = labels
        self.facets: HalfFacets = no_facets()
        self._grain_px = int(np.count_nonzero(labels))
        self._zones = divide(labels)
        self._boxes = np.zeros((1, 4), np.int32)
        if self._zones is not None:
            self.facets = list_facets(self._zones, self._zones.nearest.copy())
            self._boxes = grain_boxes(self._zones.zones + 1, int(labels.max()) + 1)

    def change(self, corner: tuple[int, int], after: NDArray[np.int32]) -> None:
        """Put new labels into a rectangle of the film and follow them.

        Parameters
        ----------
        corner : tuple of int
            Row and column of the rectangle's first pixel in the frame.
        after : ndarray of int32, shape (h, w)
            Its labels.
        """
        rows = slice(corner[0], corner[0] + after.shape[0])
        columns = slice(corner[1], corner[1] + after.shape[1])
        before = self.labels[rows, columns]
        other = before != after
        kept_px = self._grain_px - int(np.count_nonzero(before[other]))
        clusters = _clusters(other)
        # With no grain pixel that stays, there is perhaps nothing to be near to between two places.
        if kept_px == 0 or len(clusters) > _MANY:
            before[:] = after
            self._begin(self.labels)
            return
        self._grain_px = kept_px + int(np.count_nonzero(after[other]))
        for y, x in clusters:
            self._follow((y.start + corner[0], x.start + corner[1]), after[y, x])

    def _follow(self, corner: tuple[int, int], after: NDArray[np.int32]) -> None:
        assert self._zones is not None
        touched = np.zeros(max(len(self._boxes), int(after.max(initial=0)) + 1), np.bool_)
        window = _divide_again(self._zones, corner, after, touched)
        self._splice(touched, window)

    def _splice(self, touched: NDArray[np.bool_], window: Box) -> None:
        from grainscope.network import zone_update_kernel as kernel

        assert self._zones is not None
        boxes = np.full((len(touched), 4), -1, np.int32)
        boxes[:, :2] = self.labels.shape
        boxes[: len(self._boxes)] = self._boxes
        self._boxes = boxes
        zones = self._zones.zones
        kernel.box_again(zones, _around(boxes[touched], [window]), touched, boxes)
        chosen = kernel.with_neighbours(zones, _around(boxes[touched], []), touched)
        region = _grown(_around(boxes[chosen], []), 1, zones.shape)
        self.facets = splice(self._zones, self.facets, touched, chosen, region)


def _divide_again(
    divided: Zones,
    corner: tuple[int, int],
    after: NDArray[np.int32],
    touched: NDArray[np.bool_],
) -> Box:
    """Change labels and zones in place; mark the zones touched; return where they changed."""
    from grainscope.network import zone_update_kernel as kernel

    labels, zones, nearest, mended = divided
    shape = labels.shape
    box = (*corner, corner[0] + after.shape[0], corner[1] + after.shape[1])
    before = labels[_slices(box)]
    other = before != after
    touched[np.unique(zones[_slices(box)][other])] = True
    before[other] = after[other]
    reached = _reached(nearest, box)
    margin = _MARGIN_PX
    while True:
        window = _grown(reached, margin, shape)
        part, around = _divide_window(labels, window)
        first = window[0] - around[0], window[1] - around[1]
        here = slice(first[0], first[0] + window[2] - window[0])
        there = slice(first[1], first[1] + window[3] - window[1])
        inside = _connected_to(
            mended[_slices(window)] | part.mended[here, there], _grown(reached, 2, shape), window
        )
        if _keeps_off_rim(inside, window, shape):
            break
        margin *= 2
    kernel.paste(
        (zones, nearest, mended),
        (part.zones, part.nearest, part.mended),
        around[:2],
        window,
        inside,
        touched,
    )
    touched[np.unique(zones[_slices(box)][other])] = True
    return window


def _reached(nearest: NDArray[np.int32], box: Box) -> Box:
    """Return a box beyond which the pixels of ``box`` are nearest to nothing."""
    from grainscope.network.zone_update_kernel import is_clear

    margin = _MARGIN_PX
    while not is_clear(nearest, box, around := _grown(box, margin, nearest.shape)):
        margin = ceil(1.4 * margin)
    return around


def _divide_window(labels: NDArray[np.int32], window: Box) -> tuple[Zones, Box]:
    """Divide a window and what lies around it, so wide that the window's pixels are exact."""
    from grainscope.network.zone_update_kernel import farthest

    margin = _MARGIN_PX
    while True:
        around = _grown(window, margin, labels.shape)
        part = divide(labels[_slices(around)])
        whole = around == (0, 0, *labels.shape)
        if part is None:
            margin *= 2
            continue
        place = tuple(window[k] - around[k % 2] for k in range(4))
        reach = ceil(farthest(part.nearest, place))
        if whole or reach <= margin:
            return part, around
        margin = reach


def _connected_to(mended: NDArray[np.bool_], core: Box, window: Box) -> NDArray[np.bool_]:
    """Mark the core and every mended pixel that hangs together with it, within three pixels."""
    from grainscope.opencv import cv2

    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    mask = cv2.dilate(mended.view(np.uint8), cross)
    top, left = core[0] - window[0], core[1] - window[1]
    mask[top : core[2] - window[0], left : core[3] - window[1]] = 1
    _, group = cv2.connectedComponents(mask, connectivity=4)
    return np.asarray(group == group[top, left])


def _keeps_off_rim(inside: NDArray[np.bool_], window: Box, shape: tuple[int, ...]) -> bool:
    """Whether nothing is marked along the sides of the window that are not the frame's."""
    sides = (
        (window[0] > 0, inside[0]),
        (window[1] > 0, inside[:, 0]),
        (window[2] < shape[0], inside[-1]),
        (window[3] < shape[1], inside[:, -1]),
    )
    return not any(cut and line.any() for cut, line in sides)


def _clusters(changed: NDArray[np.bool_]) -> list[tuple[slice, slice]]:
    """Box in the changed pixels that lie near one another."""
    from scipy.ndimage import label

    y, x = np.nonzero(changed)
    if len(y) == 0:
        return []
    shape = (y.max() // _CLUSTER_PX + 1, x.max() // _CLUSTER_PX + 1)
    coarse = np.zeros(shape, np.bool_)
    coarse[y // _CLUSTER_PX, x // _CLUSTER_PX] = True
    group, n_groups = label(coarse, np.ones((3, 3)))
    of = group[y // _CLUSTER_PX, x // _CLUSTER_PX]
    members = [(y[of == number], x[of == number]) for number in range(1, n_groups + 1)]
    return [
        (
            slice(int(rows.min()), int(rows.max()) + 1),
            slice(int(columns.min()), int(columns.max()) + 1),
        )
        for rows, columns in members
    ]


def _around(boxes: NDArray[np.int32], windows: list[Box]) -> Box:
    """Return the box around the boxes of zones (first and last pixels), and around windows."""
    found = boxes[boxes[:, 2] >= 0] + np.array([0, 0, 1, 1])
    all_boxes = np.concatenate((found, np.array(windows, int).reshape(-1, 4)))
    low, high = all_boxes[:, :2].min(axis=0), all_boxes[:, 2:].max(axis=0)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _grown(box: Box, margin: int, shape: tuple[int, ...]) -> Box:
    top, left, bottom, right = box
    return (
        max(top - margin, 0),
        max(left - margin, 0),
        min(bottom + margin, shape[0]),
        min(right + margin, shape[1]),
    )


def _slices(box: Box) -> tuple[slice, slice]:
    return slice(box[0], box[2]), slice(box[1], box[3])
