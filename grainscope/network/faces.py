"""Which faces of a choice of contacts are loops, and how much background each encloses."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Embedding(NamedTuple):
    """A rotation system with what lies between its half-edges, each array of shape (2E,)."""

    following: NDArray[np.int32]
    contour: NDArray[np.int32]
    around_hole: NDArray[np.bool_]
    frame_follows: NDArray[np.bool_]
    background_before: NDArray[np.float64]
    background_after: NDArray[np.float64]


class InnerFaces(NamedTuple):
    """The loops: one half-edge of each (L,), its background (L,), and ``kept_from`` (2E,)."""

    start: NDArray[np.int32]
    background: NDArray[np.float64]
    found: NDArray[np.int32]


def inner_faces(network: Embedding, kept: NDArray[np.bool_]) -> InnerFaces:
    """Trace the faces of the kept contacts, leaving out the outer one of each component.

    The contacts that are not kept join faces to regions of the plane: a region
    is what can be reached without crossing a kept contact or a grain. Its
    background is the sum of the pieces along all facets that lie in it.

    Parameters
    ----------
    network : Embedding
        All contacts E.
    kept : ndarray of bool, shape (E,)
        The choice.

    Returns
    -------
    InnerFaces
        L = E − V + C faces for E kept contacts between V contours in C components.

    Raises
    ------
    ValueError
        The faces do not obey Euler's relation V − E + F = 2C.

    Examples
    --------
    Three grains around one corner, each with the frame on its outer side:

    >>> whole = np.array([2, 4, 1, 5, 0, 3], np.int32)  # around 0: 0, 2; around 1: 1, 4; …
    >>> contour = np.array([0, 1, 0, 2, 1, 2], np.int32)
    >>> rotation = np.array([2, 4, 0, 5, 1, 3], np.int32)
    >>> at_frame = np.array([0, 1, 1, 0, 0, 1], bool)
    >>> triangle = Embedding(rotation, contour, ~at_frame & False, at_frame, np.ones(6), np.ones(6))
    >>> faces = inner_faces(triangle, np.ones(3, bool))
    >>> len(faces.start), faces.background.tolist()
    (1, [6.0])
    """
    from grainscope.laws.union_find_kernel import connected
    from grainscope.network.face_kernel import kept_from, trace_faces

    found = kept_from(network.following, kept)
    face, n_faces = trace_faces(network.following, found)
    n_contours = int(network.contour.max(initial=-1)) + 1
    ends = network.contour[0::2][kept], network.contour[1::2][kept]
    component = connected(n_contours, *ends)
    _assert_planar(np.unique(np.concatenate(ends)), component, int(kept.sum()), n_faces)

    # The corner before each half-edge: a face, or all around a contour without kept contacts.
    corner = np.where(found >= 0, face[found], n_faces + network.contour).astype(np.int32)
    region = connected(n_faces + n_contours, corner[0::2][~kept], corner[1::2][~kept])
    background = np.zeros(len(region))
    background += np.bincount(region[corner], network.background_before, len(region))
    corner_after = corner[network.following]
    background += np.bincount(region[corner_after], network.background_after, len(region))

    start = np.full(n_faces, -1, np.int32)
    own = np.flatnonzero(face >= 0)[::-1]
    start[face[own]] = own
    roots = np.concatenate(
        (
            region[corner_after[network.frame_follows]],
            _least_faces_of_holes(network, corner, component, region, background, start),
        )
    )
    outer = _outer_faces(region[:n_faces], component[network.contour[start]], len(region), roots)
    inner = np.flatnonzero(~outer)
    return InnerFaces(start[inner], background[region[inner]], found)


def _assert_planar(
    contours: NDArray[np.int32], component: NDArray[np.int32], n_contacts: int, n_faces: int
) -> None:
    n_components = len(np.unique(component[contours]))
    if len(contours) - n_contacts + n_faces != 2 * n_components:
        raise ValueError(
            f"contact graph: got V = {len(contours)}, E = {n_contacts}, F = {n_faces}, "
            f"C = {n_components}, expected V − E + F = 2C"
        )


def _least_faces_of_holes(
    network: Embedding,
    corner: NDArray[np.int32],
    component: NDArray[np.int32],
    region: NDArray[np.int32],
    background: NDArray[np.float64],
    start: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Return the region that counts as outside within each ring-shaped grain.

    Around the inner contour of a ring no face is the outer one: all lie within
    the ring. The face with the least background is left out, so that the number
    of loops is E − V + C there too.
    """
    inside = np.flatnonzero(network.around_hole)
    if len(inside) == 0:
        return np.empty(0, np.int32)
    alone = inside[corner[inside] >= len(start)]
    rings = np.unique(component[network.contour[inside]])
    faces = np.flatnonzero(np.isin(component[network.contour[start]], rings))
    of_ring = component[network.contour[start[faces]]]
    order = np.lexsort((faces, background[region[faces]], of_ring))
    least = order[np.unique(of_ring[order], return_index=True)[1]]
    return np.concatenate((region[corner[alone]], region[faces[least]]))


def _outer_faces(
    region: NDArray[np.int32],
    component: NDArray[np.int32],
    n_regions: int,
    roots: NDArray[np.int32],
) -> NDArray[np.bool_]:
    """Mark the face by which each component is reached from the root regions.

    Regions and components border each other like a tree, once through each
    face, so the way from a root to a component is unique.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import breadth_first_order

    root = n_regions + int(component.max(initial=-1)) + 1
    first = np.concatenate((region, np.full(len(roots), root, np.int32)))
    second = np.concatenate((n_regions + component, roots))
    graph = coo_array((np.ones(len(first), np.int8), (first, second)), (root + 1, root + 1))
    _, reached_from = breadth_first_order(graph.tocsr(), root, directed=False)
    return np.asarray(reached_from[n_regions + component] == region)
