"""Faces, areas and edge weights of the loops of any choice of contacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from grainscope.errors import PlanarityError
from grainscope.network.faces import Embedding, inner_faces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import Frame, GrainNetwork, GrainTable, PixelSize, Segmentation


class LoopGround(NamedTuple):
    """What the loops of every choice of contacts are made from, per half-edge (2E,)."""

    embedding: Embedding
    grains: NDArray[np.int32]
    centroid_um: NDArray[np.float64]
    contact_um: NDArray[np.float64]
    grain_box: NDArray[np.int32]
    frame_px: tuple[int, int]
    pixel_um2: float


class ChosenFaces(NamedTuple):
    """The L loops of one choice: half-edges, where each loop begins in them, areas."""

    cycles: NDArray[np.int32]
    begins: NDArray[np.int64]
    area_um2: NDArray[np.float64]
    background_um2: NDArray[np.float64]


def loop_ground(network: GrainNetwork, segmentation: Segmentation, table: GrainTable) -> LoopGround:
    """Lay out what does not depend on the choice of contacts."""
    from grainscope.network.grain_box_kernel import grain_boxes

    labels = np.ascontiguousarray(segmentation.film_labels)
    grain_box = grain_boxes(labels, segmentation.n_grains)
    return ground_of(network, table, grain_box, segmentation.frame, segmentation.pixel_size)


def ground_of(
    network: GrainNetwork,
    table: GrainTable,
    grain_box: NDArray[np.int32],
    frame: Frame,
    pixel_size: PixelSize,
) -> LoopGround:
    """Lay out what does not depend on the choice of contacts, with grain boxes that are known.

    Parameters
    ----------
    network, table
        E contacts of N grains.
    grain_box : ndarray of int32, shape (N, 4)
        First row, first column, last row, last column in the frame.
    frame, pixel_size
        Of the micrograph.
    """
    grains = np.column_stack((network.grain_a, network.grain_b)).ravel() - 1
    centroid_um = np.column_stack((table.y_um, table.x_um))[grains]
    centroid_um[network.around_hole] = np.nan  # a ring's centroid lies within its hole
    return LoopGround(
        _embedding(network),
        grains,
        centroid_um,
        np.column_stack((network.y_um, network.x_um)),
        grain_box,
        frame.shape_px,
        pixel_size.um**2,
    )


def _embedding(network: GrainNetwork) -> Embedding:
    return Embedding(
        network.next_half_edge,
        network.node_contour,
        network.around_hole,
        network.frame_follows,
        network.background_before_um2,
        network.background_after_um2,
    )


def chosen_faces(ground: LoopGround, kept: NDArray[np.bool_]) -> ChosenFaces:
    """Return the loops of the contacts that are kept.

    Parameters
    ----------
    ground : LoopGround
        From ``loop_ground``.
    kept : ndarray of bool, shape (E,)
        Which contacts count.

    Raises
    ------
    PlanarityError
        The faces do not obey Euler's relation (a bug, never bad input).
    """
    from grainscope.network.face_kernel import enclosing_cycles

    try:
        faces = inner_faces(ground.embedding, kept)
    except ValueError as broken:
        raise PlanarityError(f"{broken}; please report this image") from broken
    embedding = ground.embedding
    cycles, begins, polygon_um2 = enclosing_cycles(
        embedding.following, faces.found, faces.start, embedding.contour,
        ground.centroid_um, ground.contact_um,
    )  # fmt: skip
    area_um2 = _loop_area(polygon_um2, faces.background, ground.pixel_um2)
    return ChosenFaces(cycles, begins, area_um2, faces.background)


def _loop_area(
    polygon_um2: NDArray[np.float64], background_um2: NDArray[np.float64], pixel_um2: float
) -> NDArray[np.float64]:
    """Trust the polygon unless it is folded: what is seen to be empty is enclosed."""
    folded = polygon_um2 < background_um2 / 2
    return np.maximum(np.where(folded, background_um2, polygon_um2), pixel_um2)


def polygons(
    ground: LoopGround, faces: ChosenFaces
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Lay out y, x of the vertices of all loops, and where each loop begins."""
    cycles = faces.cycles
    pairs = np.stack((ground.centroid_um[cycles], ground.contact_um[cycles // 2]), axis=1)
    present = ~np.isnan(pairs[:, :, 0])
    vertices_before = np.concatenate(([0], np.cumsum(present.sum(axis=1))))
    return pairs[present], vertices_before[faces.begins]


def edge_weights(ground: LoopGround, faces: ChosenFaces) -> NDArray[np.float64]:
    """Return HW/((H − h − 1)(W − w − 1)) for the box h × w of all grains of a loop.

    A loop is whole when none of its grains touches the frame, and only then is
    its polygon its own (Miles 1974; Lantuéjoul 1980); others weigh nothing.
    """
    box = ground.grain_box[ground.grains[faces.cycles]].astype(np.float64)
    first = faces.begins[:-1]
    low, high = reduced(np.minimum, box[:, :2], first), reduced(np.maximum, box[:, 2:], first)
    frame = np.array(ground.frame_px)
    whole = np.all((low > 0) & (high < frame - 1), axis=1)
    room = frame - (high - low + 1) - 1
    room[~whole] = 1
    return np.where(whole, frame.prod() / room.prod(axis=1), 0.0)


def reduced(
    ufunc: np.ufunc, values: NDArray[np.float64], first: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Reduce stretches of rows that begin at ``first``; none of them is empty."""
    if len(first) == 0:
        return np.empty((0, *values.shape[1:]))
    return np.asarray(ufunc.reduceat(values, first, axis=0))
