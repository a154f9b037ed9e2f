"""Gather candidate regions from many sources, each set of pixels once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.segmentation import region_run_kernels as kernels
from grainscope.segmentation.region_runs import Regions, joined

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Runs = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]

#: A level set is kept when it outgrew the last one kept around its peak by this factor.
_GROWTH = 1.1
_SLOTS = 1 << 16


class RegionCollector:
    """Regions of many level sets and label images.

    Parameters
    ----------
    min_area_px, max_area_px : int
        Regions outside these limits are not kept.

    Examples
    --------
    >>> collector = RegionCollector(2, 100)
    >>> grey = np.array([[0, 5, 5, 0, 3, 3, 3]], np.float32)
    >>> collector.add_levels(grey, [1, 4])
    >>> collector.regions().area_px
    array([2, 3])
    """

    def __init__(self, min_area_px: int, max_area_px: int) -> None:
        self._limits = (min_area_px, max_area_px)
        self._digests = np.zeros(_SLOTS, np.uint64)
        self._n_known = 0
        self._parts: list[Regions] = []

    def add_levels(self, image: NDArray[np.float32], levels: Iterable[float]) -> None:
        """Add the regions above each level, thinned along every branch of the tree they form."""
        last_area = np.zeros(image.size, np.int64)
        for level in sorted(levels, reverse=True):
            *runs, n_regions = kernels.runs_above(image, np.float32(level))
            area, digest = kernels.areas_and_digests(*runs, n_regions)
            peak = kernels.peaks_of(image, *runs, n_regions)
            keep = kernels.thinned(peak, area, *self._limits, _GROWTH, last_area)
            self._add(tuple(runs), area, digest, keep)

    def add_labels(self, labels: NDArray[np.int32]) -> None:
        """Add the regions of a label image whose background is −1."""
        n_regions = int(labels.max(initial=-1)) + 1
        runs = kernels.runs_of_labels(labels)
        area, digest = kernels.areas_and_digests(*runs, n_regions)
        keep = (area >= self._limits[0]) & (area <= self._limits[1])
        self._add(runs, area, digest, keep)

    def add_collected(self, other: RegionCollector) -> None:
        """Add what another collector has gathered under the same limits."""
        for part in other._parts:
            owner = np.repeat(np.arange(len(part), dtype=np.int32), np.diff(part.first))
            runs = (part.row, part.left, part.right, owner)
            area, digest = kernels.areas_and_digests(*runs, len(part))
            self._add(runs, area, digest, np.ones(len(part), bool), fill=False)

    def regions(self) -> Regions:
        """Return all regions so far."""
        return joined(self._parts)

    def _add(
        self,
        runs: Runs,
        area: NDArray[np.int64],
        digest: NDArray[np.uint64],
        keep: NDArray[np.bool_],
        fill: bool = True,
    ) -> None:
        while 2 * (self._n_known + len(area)) > len(self._digests):
            self._digests = _grown(self._digests)
        self._n_known = kernels.new_digests(digest, keep, self._digests, self._n_known)
        if not keep.any():
            return
        first, row, left, right = kernels.runs_by_region(*runs, keep)
        part = Regions(first, row, left, right, area[keep])
        self._parts.append(part)
        if fill:
            self._add_filled(part)

    def _add_filled(self, part: Regions) -> None:
        """Add what has holes once more without them."""
        holes = kernels.hole_counts(part.first, part.row, part.left, part.right)
        holed = np.flatnonzero(holes > 0)
        if not len(holed):
            return
        runs = []
        for i in holed:
            at = slice(part.first[i], part.first[i + 1])
            runs.append(kernels.filled_runs(part.row[at], part.left[at], part.right[at]))
        region = np.repeat(np.arange(len(holed), dtype=np.int32), [r.shape[1] for r in runs])
        row, left, right = np.concatenate(runs, axis=1)
        area, digest = kernels.areas_and_digests(row, left, right, region, len(holed))
        self._add((row, left, right, region), area, digest, area <= self._limits[1], fill=False)


def _grown(digests: NDArray[np.uint64]) -> NDArray[np.uint64]:
    known = digests[digests != 0]
    larger = np.zeros(4 * len(digests), np.uint64)
    kernels.new_digests(known, np.ones(len(known), bool), larger, 0)
    return larger
