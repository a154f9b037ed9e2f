"""Loops: the elementary faces of the planar contact graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import FLUX_QUANTUM_G_UM2, GAUSS_PER_MILLITESLA
from grainscope.network.choice import loop_contacts
from grainscope.network.loop_shapes import (
    chosen_faces,
    edge_weights,
    loop_ground,
    polygons,
    reduced,
)
from grainscope.records import LoopTable

if TYPE_CHECKING:
    from grainscope.network.loop_shapes import LoopGround
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
    return loops_on(loop_ground(network, segmentation, table), network, table, settings)


def loops_on(
    ground: LoopGround, network: GrainNetwork, table: GrainTable, settings: NetworkSettings
) -> LoopTable:
    """Find the loops as `find_loops` does, on a ground already laid out."""
    faces = chosen_faces(ground, loop_contacts(network, table, settings))
    cycles, begins, area_um2 = faces.cycles, faces.begins, faces.area_um2
    vertices_um, vertex_start = polygons(ground, faces)
    field_g = FLUX_QUANTUM_G_UM2 / area_um2
    first = begins[:-1]
    return LoopTable(
        loop=np.arange(1, len(first) + 1, dtype=np.int32),
        n_grains=np.diff(begins).astype(np.int32),
        area_um2=area_um2,
        hole_area_um2=np.minimum(faces.background_um2, area_um2),
        equivalent_diameter_um=2 * np.sqrt(area_um2 / np.pi),
        field_mt=field_g / GAUSS_PER_MILLITESLA,
        field_g=field_g,
        max_gap_nm=reduced(np.maximum, network.gap_nm[cycles // 2], first),
        min_grain_diameter_um=reduced(
            np.minimum, table.equivalent_diameter_um[ground.grains[cycles]], first
        ),
        edge_weight=edge_weights(ground, faces),
        vertex_start=vertex_start,
        vertex_y_um=vertices_um[:, 0],
        vertex_x_um=vertices_um[:, 1],
    )
