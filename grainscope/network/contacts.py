"""The grain network: which grains are neighbours, how far apart, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from grainscope.errors import ResultError
from grainscope.network.choice import counted_grains
from grainscope.records import GrainNetwork

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.laws.strips import Empty
    from grainscope.records import Frame, GrainTable, PixelSize, Segmentation
    from grainscope.settings import NetworkSettings

#: Distance between the centres of the two nearest pixels minus the true gap, mean
#: over pairs of discs (0.595 ± 0.004, tests/network/test_gap_of_disc_pairs.py).
PIXEL_CENTRE_EXCESS_PX = 0.6


class Zones(NamedTuple):
    """A frame divided among its grains, each array of shape (H, W); nobody's where 0 grains."""

    labels: NDArray[np.int32]
    zones: NDArray[np.int32]
    nearest: NDArray[np.int32]
    mended: NDArray[np.bool_]


class HalfFacets(NamedTuple):
    """Both sides of every facet of a partition, in pixels; side 2e + 1 is the twin of 2e.

    ``key`` is the same for the two sides of a facet and for no others, and orders
    the facets of a pair of grains; ``cut`` is where the shortest way crosses, among
    the cracks that side 2e walks.
    """

    own: NDArray[np.int32]
    distance_px: NDArray[np.float64]
    length_px: NDArray[np.float64]
    y_px: NDArray[np.float64]
    x_px: NDArray[np.float64]
    following: NDArray[np.int32]
    contour: NDArray[np.int32]
    around_hole: NDArray[np.bool_]
    frame_follows: NDArray[np.bool_]
    background_px: NDArray[np.int64]
    key: NDArray[np.int64]
    cut: NDArray[np.float64]


def build_network(
    segmentation: Segmentation,
    table: GrainTable,
    settings: NetworkSettings | None = None,
    empty: Empty = np.empty,
) -> GrainNetwork:
    """Find every contact between neighbouring grains, with the order around each grain.

    Each background pixel of the frame goes to its nearest grain. The zones that
    result tile the frame; each connected facet that two zones share is one
    contact, whatever its gap. The gap is the smallest distance between two grain
    pixels that face each other through the facet,

        gap = max(0, d − 0.6 px) · pixel size, 0 for grains that touch,

    where the constant takes the pixel centres to the outlines (docs/network.md
    gives its spread). The contact point is the middle between the two pixels.

    Parameters
    ----------
    segmentation : Segmentation
        Labels, shape (H, W).
    table : GrainTable
        The grains of these labels.
    settings : NetworkSettings, optional
        With ``small_grains = "ignore"`` grains below ``min_grain_diameter_um`` are
        film to the others. Without, all grains count.
    empty : callable
        Makes the images and lists that this works in, some twelve bytes a pixel (sixteen
        where small grains are ignored); by default in memory.

    Returns
    -------
    GrainNetwork
        Contacts sorted by ``grain_a``, ``grain_b``; none for fewer than two grains.

    Raises
    ------
    ResultError
        Table and labels are not of the same grains.

    Examples
    --------
    >>> from grainscope.network.contacts import zone_facets
    >>> facets = zone_facets(np.array([[1, 0, 0, 0, 2]], np.int32))
    >>> facets.own.tolist(), facets.distance_px.tolist(), facets.x_px.tolist()
    ([1, 2], [4.0], [2.0])
    """
    if segmentation.n_grains != table.n_grains:
        raise ResultError(
            f"labels hold {segmentation.n_grains} grains but the grain table {table.n_grains}: "
            "measure the grains of these labels again"
        )
    labels, counted = counted_grains(segmentation, table, settings, empty)
    facets = zone_facets(labels, empty)
    own = counted[facets.own - 1]
    return network_of(facets, own, segmentation.pixel_size, segmentation.frame)


def network_of(
    facets: HalfFacets, own: NDArray[np.int32], pixel: PixelSize, frame: Frame
) -> GrainNetwork:
    """Give facets their units, their place in the whole image and the grains' numbers.

    Parameters
    ----------
    facets : HalfFacets
        E facets.
    own : ndarray of int32, shape (2E,)
        Number of the grain on each side.
    pixel, frame
        Of the micrograph.
    """
    gap_px = np.maximum(facets.distance_px - PIXEL_CENTRE_EXCESS_PX, 0)
    before_um2, after_um2 = facets.background_px.T * np.float64(pixel.um**2)
    return GrainNetwork(
        grain_a=own[0::2],
        grain_b=own[1::2],
        gap_nm=gap_px * pixel.value_nm,
        facet_nm=facets.length_px * pixel.value_nm,
        y_um=(facets.y_px + frame.row_start) * pixel.um,
        x_um=(facets.x_px + frame.column_start) * pixel.um,
        next_half_edge=facets.following,
        node_contour=facets.contour,
        around_hole=facets.around_hole,
        frame_follows=facets.frame_follows,
        background_before_um2=before_um2,
        background_after_um2=after_um2,
    )


def zone_facets(labels: NDArray[np.int32], empty: Empty = np.empty) -> HalfFacets:
    """Partition a label image among its grains and list both sides of every facet.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        0 is background.
    empty : callable
        Makes the images that this works in.

    Returns
    -------
    HalfFacets
        Per facet (E,): distance, length, middle, key, cut; per side (2E,): the
        rest; background (2E, 2) before and after the shortest way.
    """
    divided = divide(labels, empty)
    return no_facets() if divided is None else list_facets(divided, divided.nearest, empty)


def divide(labels: NDArray[np.int32], empty: Empty = np.empty) -> Zones | None:
    """Give each pixel of a label image to its nearest grain; None without grains."""
    from grainscope.network import feature_transform_kernel as transform

    labels = np.ascontiguousarray(labels, np.int32)
    nearest = transform.nearest_grain_pixels(labels, empty)
    if nearest.size == 0 or nearest[0, 0] < 0:
        return None
    zones, mended = transform.zones_of(labels, nearest, empty)
    return Zones(labels, zones, nearest, mended)


def list_facets(divided: Zones, working: NDArray[np.int32], empty: Empty = np.empty) -> HalfFacets:
    """List both sides of every facet.

    Parameters
    ----------
    divided : Zones
        Of a film with grains.
    working : ndarray of int32, shape (H, W)
        ``divided.nearest`` or a copy of it; overwritten.
    empty : callable
        Makes the images that this works in.
    """
    from grainscope.network import background_kernel as background
    from grainscope.network import contour_kernel as contour

    labels, zones, nearest, _ = divided
    shape = labels.shape
    every = np.ones(int(labels.max()) + 1, np.bool_)
    runs, keys = contour.trace_runs(zones, labels, (0, 0, *shape), every, empty(shape, np.bool_))
    sides = pair_sides(runs, keys)
    first, second = sides[0::2], sides[1::2]
    distance_px, y_px, x_px, length_px, cut = contour.measure_facets(
        zones, labels, nearest, runs[first]
    )
    run_cut = np.zeros(len(runs))
    run_cut[first], run_cut[second] = cut, runs[second, contour.CRACKS] - 1 - cut
    background_px = background.share_background(zones, labels, runs, run_cut, working, empty)
    following, at_frame = follow_contours(runs)
    half_edge = np.full(len(runs), -1, np.int32)
    half_edge[sides] = np.arange(len(sides), dtype=np.int32)
    return HalfFacets(
        own=runs[sides, contour.OWN],
        distance_px=distance_px,
        length_px=length_px,
        y_px=y_px,
        x_px=x_px,
        following=half_edge[following[sides]],
        contour=runs[sides, contour.CONTOUR],
        around_hole=runs[sides, contour.HOLE] > 0,
        frame_follows=at_frame[sides],
        background_px=background_px[sides],
        key=keys[first],
        cut=cut,
    )


def pair_sides(runs: NDArray[np.int32], keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the runs in the order of half-edges: by pair of grains, smaller label first."""
    from grainscope.network.contour_kernel import OTHER, OWN

    inner = np.flatnonzero(runs[:, OTHER] > 0)
    own, other = runs[inner, OWN], runs[inner, OTHER]
    order = np.lexsort((own, keys[inner], np.maximum(own, other), np.minimum(own, other)))
    return inner[order]


def follow_contours(runs: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return which facet's run follows each around its contour, and whether the frame is between.

    On a contour that meets nothing but the frame the run that follows is its own.
    """
    from grainscope.network.contour_kernel import CONTOUR, OTHER

    begins = np.flatnonzero(np.diff(runs[:, CONTOUR], prepend=-1))
    after = np.arange(1, len(runs) + 1)
    after[np.append(begins[1:], len(runs)) - 1] = begins
    at_frame = runs[:, OTHER] == 0
    # One stretch of frame is one run, so the run after it is a facet again.
    following = np.where(at_frame[after], after[after], after)
    return following, at_frame[after]


def no_facets() -> HalfFacets:
    """Return the facets of a film of fewer than two grains."""
    none, whole, flags = np.zeros(0), np.zeros(0, np.int32), np.zeros(0, bool)
    shares, keys = np.zeros((0, 2), np.int64), np.zeros(0, np.int64)
    return HalfFacets(
        whole, none, none, none, none, whole, whole, flags, flags, shares, keys, none
    )  # fmt: skip
