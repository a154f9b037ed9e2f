"""All loops as one mesh of triangles: thousands of polygons draw as fast as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import LoopTable


class LoopMesh(NamedTuple):
    """Vertices (V, 2) in pixels, triangles (T, 3) of them, and the row of each one's loop (V,)."""

    vertices_px: NDArray[np.float64]
    triangles: NDArray[np.int64]
    loop: NDArray[np.int64]


#: napari refuses a mesh without triangles: one without area stands for none.
_NOTHING = LoopMesh(np.zeros((3, 2)), np.array([[0, 1, 2]]), np.zeros(3, np.int64))


def loop_mesh(loops: LoopTable, pixel_um: float) -> LoopMesh:
    """Cut the polygon of every loop into triangles.

    Parameters
    ----------
    loops : LoopTable
        L loops with their polygons.
    pixel_um : float
        Edge of a pixel in µm.

    Returns
    -------
    LoopMesh
        Loops share no vertices, so that each can have a colour of its own. Of no
        loops, one triangle without area.

    Examples
    --------
    >>> from grainscope.records import LoopTable
    >>> one, square = np.ones(1), np.array([[0, 0], [0, 2], [2, 2], [2, 0]], float)
    >>> loop = LoopTable(one, 4 * one, 4 * one, *5 * [one], one, one, [0, 4], *square.T)
    >>> mesh = loop_mesh(loop, pixel_um=0.5)
    >>> float(mesh.vertices_px.max()), len(mesh.triangles), mesh.loop.tolist()
    (4.0, 2, [0, 0, 0, 0])
    """
    from mapbox_earcut import triangulate_float64

    if loops.n_loops == 0:
        return _NOTHING
    vertices_px = np.column_stack((loops.vertex_y_um, loops.vertex_x_um)) / pixel_um
    start = loops.vertex_start
    corners = np.diff(start).astype(np.uint32)[:, None]
    # The polygons lie anywhere between 0 and 10⁵ px: earcut works on exact signs, not on sizes.
    cut = [
        triangulate_float64(vertices_px[start[i] : start[i + 1]], corners[i])
        for i in range(loops.n_loops)
    ]
    sizes = np.array([len(indices) for indices in cut])
    if sizes.sum() == 0:
        return _NOTHING
    triangles = np.concatenate(cut).astype(np.int64) + np.repeat(start[:-1], sizes)
    return LoopMesh(
        vertices_px,
        triangles.reshape(-1, 3),
        np.repeat(np.arange(loops.n_loops), np.diff(start)),
    )
