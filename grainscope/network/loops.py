"""Loops: the elementary faces of the planar contact graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import FLUX_QUANTUM_G_UM2, GAUSS_PER_MILLITESLA
from grainscope.errors import PlanarityError
from grainscope.network.choice import loop_contacts
from grainscope.network.faces import Embedding, inner_faces
from grainscope.records import LoopTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import GrainNetwork, GrainTable, Segmentation
    from grainscope.settings import NetworkSettings


def find_loops(
    network: GrainNetwork,
    segmentation: Segmentation,
    table: GrainTable,
    settings: NetworkSettings,
) -> LoopTable:
    """Find the loops of the contacts that the settings choose.

    A loop is an inner face of the contact graph: L = E − V + C. Its polygon
    runs centroid → contact point → centroid → …; its field is that of one flux
    quantum,

        B = Φ0 / A.

    Where strongly concave grains fold the polygon to less than half of the
    background that it should hold, that background is the area; nothing is
    below one pixel. Grains and groups of grains that lie within a loop, loose or hanging on one
    contact or one grain, are not taken off its area.

    Parameters
    ----------
    network : GrainNetwork
        All contacts of the film.
    segmentation : Segmentation
        For the frame and the pixel size.
    table : GrainTable
        The grains; centroids and diameters are used.
    settings : NetworkSettings
        ``max_gap_nm`` and ``min_grain_diameter_um``.

    Returns
    -------
    LoopTable
        In the order of their first contacts.

    Raises
    ------
    PlanarityError
        The faces do not obey Euler's relation (a bug, never bad input).
    """
    from grainscope.network.face_kernel import enclosing_cycles

    try:
        faces = inner_faces(_embedding(network), loop_contacts(network, table, settings))
    except ValueError as broken:
        raise PlanarityError(f"{broken}; please report this image") from broken

    grains = _sides(network) - 1
    centroid_um = np.column_stack((table.y_um, table.x_um))[grains]
    centroid_um[network.around_hole] = np.nan  # a ring's centroid lies within its hole
    contact_um = np.column_stack((network.y_um, network.x_um))
    cycles, begins, polygon_um2 = enclosing_cycles(
        network.next_half_edge, faces.found, faces.start, network.node_contour,
        centroid_um, contact_um,
    )  # fmt: skip
    area_um2 = _loop_area(polygon_um2, faces.background, segmentation.pixel_size.um**2)
    vertices_um, vertex_start = _polygons(centroid_um, contact_um, cycles, begins)
    field_g = FLUX_QUANTUM_G_UM2 / area_um2
    first = begins[:-1]
    return LoopTable(
        loop=np.arange(1, len(first) + 1, dtype=np.int32),
        n_grains=np.diff(begins).astype(np.int32),
        area_um2=area_um2,
        hole_area_um2=np.minimum(faces.background, area_um2),
        equivalent_diameter_um=2 * np.sqrt(area_um2 / np.pi),
        field_mt=field_g / GAUSS_PER_MILLITESLA,
        field_g=field_g,
        max_gap_nm=_reduced(np.maximum, network.gap_nm[cycles // 2], first),
        min_grain_diameter_um=_reduced(
            np.minimum, table.equivalent_diameter_um[grains[cycles]], first
        ),
        edge_weight=_edge_weight(segmentation, grains[cycles], first),
        vertex_start=vertex_start,
        vertex_y_um=vertices_um[:, 0],
        vertex_x_um=vertices_um[:, 1],
    )


def _loop_area(
    polygon_um2: NDArray[np.float64], background_um2: NDArray[np.float64], pixel_um2: float
) -> NDArray[np.float64]:
    """Trust the polygon unless it is folded: what is seen to be empty is enclosed."""
    folded = polygon_um2 < background_um2 / 2
    return np.maximum(np.where(folded, background_um2, polygon_um2), pixel_um2)


def _embedding(network: GrainNetwork) -> Embedding:
    return Embedding(
        network.next_half_edge,
        network.node_contour,
        network.around_hole,
        network.frame_follows,
        network.background_before_um2,
        network.background_after_um2,
    )


def _sides(network: GrainNetwork) -> NDArray[np.int32]:
    """Label of the grain of each half-edge."""
    return np.column_stack((network.grain_a, network.grain_b)).ravel()


def _polygons(
    centroid_um: NDArray[np.float64],
    contact_um: NDArray[np.float64],
    cycles: NDArray[np.int32],
    begins: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Lay out y, x of the vertices of all loops, and where each loop begins."""
    pairs = np.stack((centroid_um[cycles], contact_um[cycles // 2]), axis=1)
    present = ~np.isnan(pairs[:, :, 0])
    vertices_before = np.concatenate(([0], np.cumsum(present.sum(axis=1))))
    return pairs[present], vertices_before[begins]


def _edge_weight(
    segmentation: Segmentation, grains: NDArray[np.int32], first: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return HW/((H − h − 1)(W − w − 1)) for the box h × w of all grains of a loop.

    A loop is whole when none of its grains touches the frame, and only then is
    its polygon its own (Miles 1974; Lantuéjoul 1980); others weigh nothing.
    """
    from grainscope.network.grain_box_kernel import grain_boxes

    labels = np.ascontiguousarray(segmentation.film_labels)
    box = grain_boxes(labels, segmentation.n_grains)[grains].astype(np.float64)
    low, high = _reduced(np.minimum, box[:, :2], first), _reduced(np.maximum, box[:, 2:], first)
    frame = np.array(labels.shape)
    whole = np.all((low > 0) & (high < frame - 1), axis=1)
    room = frame - (high - low + 1) - 1
    room[~whole] = 1
    return np.where(whole, frame.prod() / room.prod(axis=1), 0.0)


def _reduced(
    ufunc: np.ufunc, values: NDArray[np.float64], first: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Reduce stretches of rows that begin at ``first``; none of them is empty."""
    if len(first) == 0:
        return np.empty((0, *values.shape[1:]))
    return np.asarray(ufunc.reduceat(values, first, axis=0))
