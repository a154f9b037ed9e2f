"""The grain network: contacts, loops, percolation. Field name = CSV header."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.records.record import freeze, freeze_columns, record

if TYPE_CHECKING:
    from numpy.typing import NDArray


@record
class GrainNetwork:
    """Every contact of the Voronoi partition of the frame by its grains.

    The partition gives each background pixel to its nearest grain; two grains
    are in contact along each connected facet that their zones share, whatever
    the gap. Stages choose their own contacts from it by ``gap_nm``.

    Attributes
    ----------
    grain_a, grain_b : ndarray of int32, shape (E,)
        Labels of the two grains, ``grain_a < grain_b``.
    gap_nm : ndarray of float64, shape (E,)
        Smallest edge-to-edge distance through the facet, at least 0.
    facet_nm : ndarray of float64, shape (E,)
        Length of the shared facet.
    y_um, x_um : ndarray of float64, shape (E,)
        Contact point: middle of the shortest path between the two grains.
    next_half_edge : ndarray of int32, shape (2E,)
        Rotation system of the planar embedding. Half-edge 2e runs from
        ``grain_a[e]``, 2e + 1 from ``grain_b[e]``; the value is the next
        half-edge around the same boundary contour of the same grain, so that a
        ring-shaped grain has one cycle outside and one for each of its holes.
    node_contour : ndarray of int32, shape (2E,)
        Identity of that contour; equal for all half-edges of one cycle.
    around_hole : ndarray of bool, shape (2E,)
        Whether that contour runs around a hole of the grain's zone.
    frame_follows : ndarray of bool, shape (2E,)
        Whether the frame lies between this half-edge and ``next_half_edge``.
    background_before_um2, background_after_um2 : ndarray of float64, shape (2E,)
        Background of the grain's zone on this facet, before and after the
        contact point as the contour is walked: the pieces of which the hole of
        any loop of any choice of contacts is the sum.
    """

    grain_a: NDArray[np.int32]
    grain_b: NDArray[np.int32]
    gap_nm: NDArray[np.float64]
    facet_nm: NDArray[np.float64]
    y_um: NDArray[np.float64]
    x_um: NDArray[np.float64]
    next_half_edge: NDArray[np.int32]
    node_contour: NDArray[np.int32]
    around_hole: NDArray[np.bool_]
    frame_follows: NDArray[np.bool_]
    background_before_um2: NDArray[np.float64]
    background_after_um2: NDArray[np.float64]

    def __post_init__(self) -> None:
        columns = dict.fromkeys(("gap_nm", "facet_nm", "y_um", "x_um"), np.float64)
        freeze_columns(self, {"grain_a": np.int32, "grain_b": np.int32, **columns})
        sides = {"next_half_edge": np.int32, "node_contour": np.int32}
        flags = dict.fromkeys(("around_hole", "frame_follows"), np.bool_)
        areas = dict.fromkeys(("background_before_um2", "background_after_um2"), np.float64)
        for name, dtype in (sides | flags | areas).items():
            freeze(self, name, 1, dtype, 2 * self.n_contacts)

    @property
    def n_contacts(self) -> int:
        """Number of contacts E."""
        return len(self.grain_a)


@record
class LoopTable:
    """Elementary faces of the planar contact graph, one row a loop, shape (L,).

    Attributes
    ----------
    loop : ndarray of int32
        1…L.
    n_grains : ndarray of int32
        Number of contacts around the loop.
    area_um2 : ndarray of float64
        Area of the polygon centroid → contact point → centroid → …
    hole_area_um2 : ndarray of float64
        Background area that the loop encloses, a lower bound of the flux area.
    equivalent_diameter_um : ndarray of float64
        Diameter of the disc of equal area.
    field_mt, field_g : ndarray of float64
        Field of one flux quantum through the loop, Φ0/A, in mT and G.
    max_gap_nm : ndarray of float64
        Largest gap around the loop.
    min_grain_diameter_um : ndarray of float64
        Smallest equivalent diameter of its grains.
    edge_weight : ndarray of float64
        Miles–Lantuéjoul weight of the bounding box of its grains; 0 where one of
        them touches the frame.
    vertex_start : ndarray of int64, shape (L + 1,)
        Loop i owns polygon vertices ``vertex_start[i]:vertex_start[i + 1]``.
    vertex_y_um, vertex_x_um : ndarray of float64, shape (V,)
        Vertices of all polygons.
    """

    loop: NDArray[np.int32]
    n_grains: NDArray[np.int32]
    area_um2: NDArray[np.float64]
    hole_area_um2: NDArray[np.float64]
    equivalent_diameter_um: NDArray[np.float64]
    field_mt: NDArray[np.float64]
    field_g: NDArray[np.float64]
    max_gap_nm: NDArray[np.float64]
    min_grain_diameter_um: NDArray[np.float64]
    edge_weight: NDArray[np.float64]
    vertex_start: NDArray[np.int64]
    vertex_y_um: NDArray[np.float64]
    vertex_x_um: NDArray[np.float64]

    def __post_init__(self) -> None:
        lengths = ("area_um2", "hole_area_um2", "equivalent_diameter_um", "field_mt", "field_g")
        limits = ("max_gap_nm", "min_grain_diameter_um", "edge_weight")
        columns = dict.fromkeys((*lengths, *limits), np.float64)
        freeze_columns(self, {"loop": np.int32, "n_grains": np.int32, **columns})
        freeze(self, "vertex_start", 1, np.int64, self.n_loops + 1)
        freeze(self, "vertex_y_um", 1, np.float64, int(self.vertex_start[-1]))
        freeze(self, "vertex_x_um", 1, np.float64, int(self.vertex_start[-1]))

    @property
    def n_loops(self) -> int:
        """Number of loops L."""
        return len(self.loop)

    @property
    def y_um(self) -> NDArray[np.float64]:
        """Where each loop is, in y: the mean of its vertices, shape (L,)."""
        return stretch_means(self.vertex_y_um, self.vertex_start)

    @property
    def x_um(self) -> NDArray[np.float64]:
        """Where each loop is, in x: the mean of its vertices, shape (L,)."""
        return stretch_means(self.vertex_x_um, self.vertex_start)


def stretch_means(values: NDArray[np.float64], start: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mean of each stretch of values; 0 for an empty one."""
    total = np.concatenate(([0.0], np.cumsum(values)))[start]
    return np.asarray(np.diff(total) / np.maximum(np.diff(start), 1))


@record
class ComponentTable:
    """Components of the film at one gap, the largest first, shape (C,).

    Attributes
    ----------
    component : ndarray of int32
        1…C; equal ones in the order of their smallest labels.
    n_grains : ndarray of int64
        Grains in it.
    area_um2 : ndarray of float64
        Sum of the areas of its grains.
    y_um, x_um : ndarray of float64
        Mean of the centroids of its grains.
    radius_of_gyration_um : ndarray of float64
        Root mean square distance of the centroids from that mean.
    spans_x, spans_y : ndarray of bool
        Whether it touches the left and right (top and bottom) edge of the frame.
    grain_component : ndarray of int32, shape (N,)
        Component of each grain of the film; 0 is a grain that takes no part.
    """

    component: NDArray[np.int32]
    n_grains: NDArray[np.int64]
    area_um2: NDArray[np.float64]
    y_um: NDArray[np.float64]
    x_um: NDArray[np.float64]
    radius_of_gyration_um: NDArray[np.float64]
    spans_x: NDArray[np.bool_]
    spans_y: NDArray[np.bool_]
    grain_component: NDArray[np.int32]

    def __post_init__(self) -> None:
        lengths = ("area_um2", "y_um", "x_um", "radius_of_gyration_um")
        flags = dict.fromkeys(("spans_x", "spans_y"), np.bool_)
        columns = dict.fromkeys(lengths, np.float64) | flags
        freeze_columns(self, {"component": np.int32, "n_grains": np.int64, **columns})
        freeze(self, "grain_component", 1, np.int32)

    @property
    def n_components(self) -> int:
        """Number of components C."""
        return len(self.component)


@record
class BottleneckPath:
    """The way through the component that spans first, one row a contact, shape (S,).

    Attributes
    ----------
    step : ndarray of int32
        1…S, from the left to the right edge of the frame, or from top to bottom.
    grain_a, grain_b : ndarray of int32
        Labels in the order of the walk; each row begins where the last one ends.
    gap_nm : ndarray of float64
        Gap of the contact; the widest one is the bottleneck.
    y_um, x_um : ndarray of float64
        Contact point.
    contact : ndarray of int32
        Row of the contact in the network.
    direction : str
        ``"x"`` or ``"y"``; empty where nothing spans.
    """

    step: NDArray[np.int32]
    grain_a: NDArray[np.int32]
    grain_b: NDArray[np.int32]
    gap_nm: NDArray[np.float64]
    y_um: NDArray[np.float64]
    x_um: NDArray[np.float64]
    contact: NDArray[np.int32]
    direction: str = ""

    def __post_init__(self) -> None:
        lengths = dict.fromkeys(("gap_nm", "y_um", "x_um"), np.float64)
        labels = dict.fromkeys(("grain_a", "grain_b", "contact"), np.int32)
        freeze_columns(self, {"step": np.int32, **labels, **lengths})

    @property
    def n_steps(self) -> int:
        """Number of contacts S."""
        return len(self.step)


@record
class Percolation:
    """Growth of the components as the gap that counts as a contact widens; shape (G,).

    Attributes
    ----------
    gap_nm : ndarray of float64
        Ascending gaps.
    largest_component_fraction : ndarray of float64
        Share of the grains in the largest component.
    n_components : ndarray of int64
        Number of components, lone grains included.
    mean_component_size : ndarray of float64
        Mean over grains of the size of their component, without the largest.
    spans_x, spans_y : ndarray of bool
        Whether a component touches both the left and right (top and bottom) frame edges.
    threshold_gap_nm : float
        Smallest gap at which a component spans in x or y; NaN if none does.
    correlation_length_um : ndarray of float64, or None
        ξ, with ξ² = Σ 2R² s² / Σ s² over all components but one largest, of size s and
        radius of gyration R; 0 if there is no other.
    area_fraction : ndarray of float64, or None
        Share of the frame within half the gap of a grain that takes part.
    wraps_x, wraps_y : ndarray of bool, or None
        Whether a component meets its own copy in the next cell; False on a film
        that is not periodic.
    threshold_gap_x_nm, threshold_gap_y_nm : float
        Smallest gap at which a component spans in x, in y; NaN if none does.
    threshold_low_nm, threshold_high_nm : float
        68 % interval of the threshold of an endless film of this kind; NaN where
        the frame is too small to tell.
    threshold_area_fraction : float
        ``area_fraction`` at the threshold.
    wrapping_gap_nm : float
        Smallest gap at which a component wraps in x or y; NaN on a film that is
        not periodic.
    components : ComponentTable, or None
        At the threshold; at the widest gap where nothing spans.
    bottleneck : BottleneckPath, or None
        Without rows where nothing spans.
    """

    gap_nm: NDArray[np.float64]
    largest_component_fraction: NDArray[np.float64]
    n_components: NDArray[np.int64]
    mean_component_size: NDArray[np.float64]
    spans_x: NDArray[np.bool_]
    spans_y: NDArray[np.bool_]
    threshold_gap_nm: float
    correlation_length_um: NDArray[np.float64] | None = None
    area_fraction: NDArray[np.float64] | None = None
    wraps_x: NDArray[np.bool_] | None = None
    wraps_y: NDArray[np.bool_] | None = None
    threshold_gap_x_nm: float = np.nan
    threshold_gap_y_nm: float = np.nan
    threshold_low_nm: float = np.nan
    threshold_high_nm: float = np.nan
    threshold_area_fraction: float = np.nan
    wrapping_gap_nm: float = np.nan
    components: ComponentTable | None = None
    bottleneck: BottleneckPath | None = None

    def __post_init__(self) -> None:
        shares = ("largest_component_fraction", "mean_component_size", "area_fraction")
        numbers = dict.fromkeys((*shares, "correlation_length_um"), np.float64)
        flags = dict.fromkeys(("spans_x", "spans_y", "wraps_x", "wraps_y"), np.bool_)
        freeze_columns(self, {"gap_nm": np.float64, "n_components": np.int64, **numbers, **flags})
