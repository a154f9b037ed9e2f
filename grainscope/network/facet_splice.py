"""Facets of a film of which some zones have changed, made from those before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.network.contacts import HalfFacets, follow_contours, pair_sides

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.network.contacts import Zones
    from grainscope.network.zone_update_kernel import Box

#: What belongs to a facet, and what to each of its sides.
_OF_FACET = ("distance_px", "length_px", "y_px", "x_px", "key", "cut")
_OF_SIDE = ("own", "contour", "around_hole", "frame_follows", "background_px")


def splice(
    divided: Zones,
    before: HalfFacets,
    touched: NDArray[np.bool_],
    chosen: NDArray[np.bool_],
    region: Box,
) -> HalfFacets:
    """Replace the facets of touched zones, and walk the contours of chosen zones again.

    Parameters
    ----------
    divided : Zones
        As it is now.
    before : HalfFacets
        Facets before, sorted by pair and key.
    touched : ndarray of bool
        By label: zones of which a pixel, its label or its nearest grain pixel changed.
    chosen : ndarray of bool
        By label: touched zones and their neighbours.
    region : tuple of int
        Box that holds the chosen zones and a pixel around them.

    Returns
    -------
    HalfFacets
        As listed anew, but for the numbers of contours.

    Raises
    ------
    ValueError
        A facet that should be as before is not there (a bug, never bad input).
    """
    from grainscope.network import contour_kernel as contour
    from grainscope.network.zone_update_kernel import find_keys

    labels, zones, nearest, _ = divided
    walked = np.empty((region[2] - region[0], region[3] - region[1]), np.bool_)
    runs, keys = contour.trace_runs(zones, labels, region, chosen, walked)
    own, other = runs[:, contour.OWN], runs[:, contour.OTHER]
    fresh = np.flatnonzero((other > 0) & (touched[own] | touched[other]))
    sides = fresh[pair_sides(runs[fresh], keys[fresh])]
    first = sides[0::2]
    distance_px, y_px, x_px, length_px, cut = contour.measure_facets(
        zones, labels, nearest, runs[first]
    )
    values = dict(
        zip(_OF_FACET, (distance_px, length_px, y_px, x_px, keys[first], cut), strict=True)
    )
    facets, half_edge_now = _merge(before, touched, own[sides], values)

    inner = np.flatnonzero(other > 0)
    rows = find_keys(
        _pairs(facets.own[0::2], facets.own[1::2]),
        facets.key,
        _pairs(np.minimum(own, other)[inner], np.maximum(own, other)[inner]),
        keys[inner],
    )
    if np.any(rows < 0):
        raise ValueError("contacts: the facets of unchanged zones are not those of before")
    half_edge = np.full(len(runs), -1, np.int64)
    half_edge[inner] = 2 * rows + (own > other)[inner]
    following = _map_following(before, half_edge_now, len(facets.own))
    after, at_frame = follow_contours(runs)
    here = half_edge[inner]
    following[here] = half_edge[after[inner]]
    facets.around_hole[here] = runs[inner, contour.HOLE] > 0
    facets.frame_follows[here] = at_frame[inner]
    facets.contour[here] = runs[inner, contour.CONTOUR] + int(before.contour.max(initial=-1)) + 1
    run_cut = np.zeros(len(runs))
    along = facets.cut[rows]
    from_end = runs[inner, contour.CRACKS] - 1 - along
    run_cut[inner] = np.where((own < other)[inner], along, from_end)
    facets.background_px[here] = _shares(divided, runs, run_cut, chosen, region)[inner]
    return facets._replace(following=following, contour=_without_gaps(facets.contour))


def _merge(
    before: HalfFacets,
    touched: NDArray[np.bool_],
    own: NDArray[np.int32],
    values: dict[str, NDArray[np.float64]],
) -> tuple[HalfFacets, NDArray[np.int64]]:
    """Put fresh facets in the place of those of touched zones, in the order of pairs.

    Also return where each half-edge of before is now, −1 if nowhere. Two grains
    keep all their facets or none, so pairs alone decide the order.
    """
    old_a, old_b = before.own[0::2], before.own[1::2]
    kept = np.flatnonzero(~(touched[old_a] | touched[old_b]))
    pairs = _pairs(old_a[kept], old_b[kept])
    place = np.searchsorted(pairs, _pairs(own[0::2], own[1::2]))
    n_fresh, n_facets = len(place), len(place) + len(kept)
    fresh_rows = place + np.arange(n_fresh)
    is_kept = np.ones(n_facets, np.bool_)
    is_kept[fresh_rows] = False
    kept_rows = np.flatnonzero(is_kept)

    merged = {}
    for name in _OF_FACET:
        old = getattr(before, name)
        merged[name] = np.empty(n_facets, old.dtype)
        merged[name][kept_rows] = old[kept]
        merged[name][fresh_rows] = values[name]
    for name in _OF_SIDE:
        old = getattr(before, name)
        by_facet = np.zeros((n_facets, 2, *old.shape[1:]), old.dtype)
        by_facet[kept_rows] = old.reshape(-1, 2, *old.shape[1:])[kept]
        merged[name] = by_facet.reshape(-1, *old.shape[1:])
    merged["own"].reshape(-1, 2)[fresh_rows] = own.reshape(-1, 2)
    now = np.full(len(before.own), -1, np.int64)
    now[2 * kept], now[2 * kept + 1] = 2 * kept_rows, 2 * kept_rows + 1
    return HalfFacets(following=np.zeros(0, np.int32), **merged), now


def _map_following(
    before: HalfFacets, half_edge_now: NDArray[np.int64], count: int
) -> NDArray[np.int32]:
    """Return the rotation system of before in the numbers of now; −1 where it is gone."""
    following = np.full(count, -1, np.int32)
    kept = half_edge_now >= 0
    following[half_edge_now[kept]] = half_edge_now[before.following[kept]]
    return following


def _shares(
    divided: Zones,
    runs: NDArray[np.int32],
    run_cut: NDArray[np.float64],
    chosen: NDArray[np.bool_],
    region: Box,
) -> NDArray[np.int64]:
    """Share the background of the chosen zones in a window of their own."""
    from grainscope.network import background_kernel as background
    from grainscope.network import contour_kernel as contour
    from grainscope.network.zone_update_kernel import cut_out

    window = slice(region[0], region[2]), slice(region[1], region[3])
    moved = runs.copy()
    moved[:, contour.ROW] -= region[0]
    moved[:, contour.COLUMN] -= region[1]
    zones = np.ascontiguousarray(divided.zones[window])
    labels = np.ascontiguousarray(divided.labels[window])
    nearest = cut_out(divided.zones, divided.nearest, region, chosen)
    return background.share_background(zones, labels, moved, run_cut, nearest)


def _pairs(a: NDArray[np.int32], b: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return one number for two labels, in the order of the first, then of the second."""
    return np.asarray(a.astype(np.int64) << 32 | b)


def _without_gaps(numbers: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return numbers from 0 without gaps, in the same order."""
    used = np.zeros(int(numbers.max(initial=-1)) + 1, np.bool_)
    used[numbers] = True
    return (np.cumsum(used, dtype=np.int32) - 1)[numbers]
