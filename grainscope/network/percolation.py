"""Percolation: how the components grow as wider gaps count as contacts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from grainscope.network.choice import counted_grains, large_grains
from grainscope.network.components import find_bottleneck, list_components
from grainscope.network.contacts import PIXEL_CENTRE_EXCESS_PX
from grainscope.network.gap_order import contacts_in_order, grow, in_order
from grainscope.network.grown_area import grown_area_fraction
from grainscope.network.periodic import periodic_contacts
from grainscope.network.spanning import (
    first_gap,
    frame_edges,
    spanning_gaps,
    threshold_interval,
)
from grainscope.records import Percolation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.network.gap_order import OrderedContacts
    from grainscope.records import GrainNetwork, GrainTable, Segmentation
    from grainscope.settings import NetworkSettings


class _Film(NamedTuple):
    """What grows: M grains at their places with their contacts, and where to measure area."""

    contacts: OrderedContacts
    place_um: NDArray[np.float64]
    cell_um: tuple[float, float]
    labels: NDArray[np.int32]
    margin: tuple[int, int]


def percolate(
    network: GrainNetwork,
    segmentation: Segmentation,
    table: GrainTable,
    settings: NetworkSettings,
) -> Percolation:
    """Follow the components of the film from touching grains to the widest gap.

    One pass over the contacts in the order of their gaps gives every state
    exactly (Newman & Ziff, Phys. Rev. E 64, 016706, 2001). Only grains of at
    least ``min_grain_diameter_um`` take part, as in the loops; ``max_gap_nm``
    plays no role. A component spans in x when its grains touch the left and the
    right edge of the frame, in y when they touch top and bottom. The correlation
    length is

        ξ² = Σ 2 R² s² / Σ s²

    over all components but one largest, of s grains and radius of gyration R
    (Stauffer & Aharony, Introduction to Percolation Theory, 1994).

    Parameters
    ----------
    network : GrainNetwork
        All contacts of the film.
    segmentation : Segmentation
        Tells which grains touch which edge of the frame, and how far the film is
        from its grains.
    table : GrainTable
        The grains.
    settings : NetworkSettings
        ``min_grain_diameter_um``, ``percolation_points`` and ``periodic``. On a
        periodic film the curves count contacts across the opposite edges too, and
        parts of a grain on either side as two grains; spanning, components and
        bottleneck are those of the frame.

    Returns
    -------
    Percolation
        Rows at gap 0, at the widest gap, at the threshold (on a periodic film
        also where it wraps) and at gaps spread evenly over the different ones
        found, at most ``percolation_points`` in all (one or two more if that is
        2, one if it is 3 and the film also wraps); none for a film without grains.
    """
    takes_part = large_grains(table, settings)
    if not takes_part.any():
        return _nothing(network, table)
    contacts = contacts_in_order(network, table, settings)
    edges = frame_edges(segmentation.film_labels, table.n_grains)
    edges[~takes_part] = 0
    gap_x_nm, gap_y_nm = spanning_gaps(contacts, edges)
    threshold_nm = float(np.fmin(gap_x_nm, gap_y_nm))  # NaN where both are
    if settings.periodic:
        counted = counted_grains(segmentation, table, settings)
        film = _periodic_film(segmentation, takes_part, *counted)
    else:
        film = _framed_film(contacts, segmentation, table, takes_part)
    curve = _grown(film, segmentation.pixel_size.value_nm, takes_part, threshold_nm, settings)
    low_nm, high_nm = threshold_interval(
        gap_x_nm, gap_y_nm, segmentation.film_labels, contacts, takes_part,
        _points_px(network, segmentation)[contacts.row],
    )  # fmt: skip
    found = contacts.where(contacts.gap_nm <= np.nan_to_num(threshold_nm, nan=np.inf))
    return replace(
        curve,
        spans_x=curve.gap_nm >= gap_x_nm,
        spans_y=curve.gap_nm >= gap_y_nm,
        threshold_gap_nm=threshold_nm,
        threshold_gap_x_nm=gap_x_nm,
        threshold_gap_y_nm=gap_y_nm,
        threshold_low_nm=low_nm,
        threshold_high_nm=high_nm,
        components=list_components(found, table, takes_part, edges),
        bottleneck=find_bottleneck(found, network, edges, _direction(gap_x_nm, gap_y_nm)),
    )


def _grown(
    film: _Film,
    pixel_nm: float,
    takes_part: NDArray[np.bool_],
    threshold_nm: float,
    settings: NetworkSettings,
) -> Percolation:
    """Follow the components; what spans the frame is not told here."""
    gaps = np.unique(np.concatenate(([0.0], film.contacts.gap_nm)))
    if np.isfinite(threshold_nm):  # on a periodic film that of no contact, perhaps
        gaps = np.unique(np.append(gaps, threshold_nm))
    n_grains = len(film.place_um)
    states = grow(film.contacts, gaps, np.zeros(n_grains, np.uint8), film.place_um, film.cell_um)
    wrapping_nm = first_gap(gaps, states.wraps_x | states.wraps_y)
    rows = _spread(gaps, settings.percolation_points, (threshold_nm, wrapping_nm))
    squares = states.sum_of_squares - states.largest**2
    area_fraction = grown_area_fraction(
        film.labels, np.append(False, takes_part), gaps[rows] / pixel_nm, film.margin
    )
    at_threshold = area_fraction[gaps[rows] == threshold_nm]
    return Percolation(
        gap_nm=gaps[rows],
        largest_component_fraction=states.largest[rows] / n_grains,
        n_components=states.n_components[rows],
        mean_component_size=_over(squares, n_grains - states.largest)[rows],
        spans_x=states.spans_x[rows],
        spans_y=states.spans_y[rows],
        threshold_gap_nm=threshold_nm,
        correlation_length_um=np.sqrt(_over(states.spread, squares))[rows],
        area_fraction=area_fraction,
        wraps_x=states.wraps_x[rows],
        wraps_y=states.wraps_y[rows],
        threshold_area_fraction=float(at_threshold[0]) if len(at_threshold) else float("nan"),
        wrapping_gap_nm=wrapping_nm,
    )


def _framed_film(
    contacts: OrderedContacts,
    segmentation: Segmentation,
    table: GrainTable,
    takes_part: NDArray[np.bool_],
) -> _Film:
    """Take the film as it is seen, without the grains that take no part."""
    place_um = np.column_stack((table.y_um, table.x_um))[takes_part]
    position = np.cumsum(takes_part) - 1
    return _Film(
        contacts._replace(first=position[contacts.first], second=position[contacts.second]),
        place_um - place_um.mean(axis=0),  # small numbers: their squares are subtracted
        (0.0, 0.0),
        segmentation.film_labels,
        (0, 0),
    )


def _periodic_film(
    segmentation: Segmentation,
    takes_part: NDArray[np.bool_],
    counted_labels: NDArray[np.int32],
    counted: NDArray[np.int32],
) -> _Film:
    """Continue the film at its edges; a grain there is as many as the edges make of it."""
    labels, pixel = segmentation.film_labels, segmentation.pixel_size
    found = periodic_contacts(counted_labels)
    large = takes_part[counted[found.label - 1] - 1]
    position = np.cumsum(large) - 1
    kept = large[found.first] & large[found.second]
    gap_px = np.maximum(found.distance_px - PIXEL_CENTRE_EXCESS_PX, 0)
    contacts = in_order(
        position[found.first[kept]],
        position[found.second[kept]],
        gap_px[kept] * pixel.value_nm,
        found.shift[kept],
    )
    place_um = np.column_stack((found.y_px, found.x_px))[large] * pixel.um
    height, width = labels.shape
    return _Film(
        contacts,
        place_um - place_um.mean(axis=0),
        (height * pixel.um, width * pixel.um),
        np.pad(labels, tuple((side, side) for side in found.margin), mode="wrap"),
        found.margin,
    )


def _points_px(network: GrainNetwork, segmentation: Segmentation) -> NDArray[np.float64]:
    """Row and column in the frame of each contact point."""
    frame, um = segmentation.frame, segmentation.pixel_size.um
    corner = np.array([frame.row_start, frame.column_start])
    return np.asarray(np.column_stack((network.y_um, network.x_um)) / um - corner)


def _direction(gap_x_nm: float, gap_y_nm: float) -> str:
    """Which way the film is spanned first; x where both are at once."""
    if np.isnan(gap_x_nm) and np.isnan(gap_y_nm):
        return ""
    return "x" if gap_x_nm == np.fmin(gap_x_nm, gap_y_nm) else "y"


def _over(sums: NDArray[Any], weights: NDArray[np.int64]) -> NDArray[np.float64]:
    """Divide, 0 where there is nothing to divide by; rounding gives no negative mean."""
    means = np.divide(sums, weights, out=np.zeros(len(sums)), where=weights > 0)
    return np.asarray(np.maximum(means, 0))


def _spread(
    gaps: NDArray[np.float64], points: int, always_nm: tuple[float, float]
) -> NDArray[np.int64]:
    """Choose at most ``points`` rows evenly, with the first, the last and those of some gaps."""
    count = len(gaps)
    if count <= points:
        return np.arange(count)
    always = np.flatnonzero(np.isin(gaps, always_nm))
    even = np.linspace(0, count - 1, max(points - len(always), 2)).round().astype(np.int64)
    return np.unique(np.concatenate((even, always)))


def _nothing(network: GrainNetwork, table: GrainTable) -> Percolation:
    none, no_count, no_flag = np.zeros(0), np.zeros(0, np.int64), np.zeros(0, bool)
    nobody, no_edges = np.zeros(table.n_grains, bool), np.zeros(table.n_grains, np.uint8)
    no_contacts = in_order(no_count, no_count, none)
    return Percolation(
        none, none, no_count, none, no_flag, no_flag, float("nan"),
        none, none, no_flag, no_flag,
        components=list_components(no_contacts, table, nobody, no_edges),
        bottleneck=find_bottleneck(no_contacts, network, no_edges, ""),
    )  # fmt: skip
