"""Records as napari layers. No Qt here: `napari.components.ViewerModel` shows them as well.

Data are in pixels; every layer has the pixel's edge as ``scale`` and µm as ``units``, so that
napari's coordinates are those of the tables.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.viewer.loop_mesh import loop_mesh

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from grainscope.records import GrainNetwork, GrainTable, LoopTable, Micrograph, PixelSize

    #: What napari makes a layer of: data, its keywords, its type.
    LayerData = tuple[Any, dict[str, Any], str]

#: Names of the layers, from the bottom to the top.
MICROGRAPH, CONFIDENCE, COMPLETENESS = "micrograph", "confidence", "completeness"
GRAINS, LOOPS, CONTACTS, NODES = "grains", "loops", "contacts", "nodes"
SELECTED_LOOPS, SELECTED_GRAINS = "selected loops", "selected grains"

#: Okabe and Ito's colours without black: the largest component is orange, lone grains are grey.
_COMPONENT_COLOURS = np.array(
    [
        (0.90, 0.62, 0.00),
        (0.34, 0.71, 0.91),
        (0.00, 0.62, 0.45),
        (0.94, 0.89, 0.26),
        (0.00, 0.45, 0.70),
        (0.84, 0.37, 0.00),
        (0.80, 0.47, 0.65),
    ]
)
_LONE_COLOUR = (0.6, 0.6, 0.6)
#: Nodes are drawn at this part of the grain's diameter, so that neighbours stay apart.
_NODE_SHARE = 0.45
#: A colour map for phases: a whole flux quantum looks like none.
_PHASE_COLOURS = "twilight_shifted"
_GAP_COLOURS, _FIELD_COLOURS, _SHARE_COLOURS = "viridis", "plasma", "viridis"


def placed(pixel_size: PixelSize) -> dict[str, Any]:
    """Return the keywords that put a layer where its pixels are, in µm."""
    return {"scale": (pixel_size.um, pixel_size.um), "units": ("µm", "µm")}


def micrograph_layer(micrograph: Micrograph) -> LayerData:
    """Return the grey image, with the contrast of the film and not of the databar."""
    low, high = np.percentile(micrograph.film_intensity[::4, ::4], (0.5, 99.7))
    shown: dict[str, Any] = {
        "name": MICROGRAPH,
        "colormap": "gray",
        "contrast_limits": (low, max(high, low + 1)),
    }
    return micrograph.intensity, shown | placed(micrograph.pixel_size), "image"


def grains_layer(
    labels: NDArray[np.int32], features: pd.DataFrame, pixel_size: PixelSize
) -> LayerData:
    """Return the grains; the pointer tells the row of each in the status line."""
    shown: dict[str, Any] = {"name": GRAINS, "features": features, "opacity": 0.45}
    return labels, shown | placed(pixel_size), "labels"


def grain_features(
    table: GrainTable,
    ids: NDArray[np.int32],
    more: Mapping[str, NDArray[Any]] | None = None,
) -> pd.DataFrame:
    """Return all columns of ``grains.csv``, with ``index`` equal to the label in the image.

    Parameters
    ----------
    table : GrainTable
        N rows.
    ids : ndarray of int32, shape (N,)
        Label of each row in the label image. It differs from ``label``, the number in the
        saved table, once a grain was deleted.
    more : mapping of str to ndarray, optional
        Columns to put in the place of the table's own, such as a stored confidence.
    """
    import pandas as pd

    columns = {"index": np.asarray(ids)}
    columns |= {column.name: getattr(table, column.name) for column in fields(table)}
    columns |= more or {}
    return pd.DataFrame({name: values for name, values in columns.items() if values is not None})


def share_layer(
    name: str, labels: NDArray[np.int32], ids: NDArray[np.int32], share: NDArray[np.float64],
    pixel_size: PixelSize,
) -> LayerData:  # fmt: skip
    """Paint a number between 0 and 1 on every grain, such as its confidence; hidden at first."""
    shown: dict[str, Any] = {
        "name": name,
        "colormap": _SHARE_COLOURS,
        "contrast_limits": (0.0, 1.0),
    }
    shown |= {"visible": False, "opacity": 0.7, "blending": "translucent_no_depth"}
    return painted_share(labels, ids, share), shown | placed(pixel_size), "image"


def painted_share(
    labels: NDArray[np.int32], ids: NDArray[np.int32], share: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Return the image of a number of each grain; NaN, which napari does not draw, on film."""
    values = np.full(max(int(labels.max(initial=0)), int(np.max(ids, initial=0))) + 1, np.nan)
    values[ids] = share
    return np.asarray(values.astype(np.float32)[labels])


def contacts_layer(
    network: GrainNetwork, table: GrainTable, kept: NDArray[np.bool_], pixel_size: PixelSize
) -> LayerData:
    """Return the contacts as lines from grain to grain, coloured by gap; see `contact_lines`."""
    shown: dict[str, Any] = {"name": CONTACTS, "vector_style": "line", "edge_width": 1.2}
    shown |= contact_style(network) | {"opacity": 0.9, "edge_contrast_limits": _gap_limits(network)}
    lines = contact_lines(network, table, kept, pixel_size)
    return lines, shown | placed(pixel_size), "vectors"


def contact_lines(
    network: GrainNetwork, table: GrainTable, kept: NDArray[np.bool_], pixel_size: PixelSize
) -> NDArray[np.float32]:
    """Return start and span of the line of each contact, in pixels, shape (E, 2, 2).

    Contacts that are not kept have no span and are not seen: their number, features and
    colours stay as they are while a slider moves, which is quick.
    """
    place_px = np.column_stack((table.y_um, table.x_um)) / pixel_size.um
    first = place_px[network.grain_a - 1]
    span = (place_px[network.grain_b - 1] - first) * kept[:, None]
    return np.stack((first, span), axis=1).astype(np.float32)


def contact_style(network: GrainNetwork) -> dict[str, Any]:
    """Return features and colours of the contacts."""
    import pandas as pd

    names = ("grain_a", "grain_b", "gap_nm", "facet_nm")
    features = pd.DataFrame({name: getattr(network, name) for name in names})
    if len(features) == 0:  # napari cannot spread colours over nothing
        return {"features": features, "edge_color": "white"}
    return {"features": features, "edge_color": "gap_nm", "edge_colormap": _GAP_COLOURS}


def _gap_limits(network: GrainNetwork) -> tuple[float, float]:
    """Return the range that colours are spread over: nearly all gaps, not the few widest."""
    widest = float(np.quantile(network.gap_nm, 0.95)) if network.n_contacts else 0.0
    return 0.0, max(widest, 1.0)


def nodes_layer(
    table: GrainTable, ids: NDArray[np.int32], component: NDArray[np.int32], pixel_size: PixelSize
) -> LayerData:
    """Return the grains as discs: size by diameter, colour by component; hidden at first."""
    import pandas as pd

    features = pd.DataFrame({"index": ids, "component": component})
    shown: dict[str, Any] = {
        "name": NODES,
        "features": features,
        "border_width": 0.0,
        "visible": False,
    }
    shown |= {"size": _NODE_SHARE * node_size_px(table, pixel_size), "opacity": 0.9}
    shown |= {"face_color": component_colours(component), "symbol": "disc"}
    return node_places_px(table, pixel_size), shown | placed(pixel_size), "points"


def node_places_px(table: GrainTable, pixel_size: PixelSize) -> NDArray[np.float64]:
    """Return the centroids in pixels, shape (N, 2)."""
    return np.column_stack((table.y_um, table.x_um)) / pixel_size.um


def node_size_px(table: GrainTable, pixel_size: PixelSize) -> NDArray[np.float64]:
    """Return the equivalent diameters in pixels, shape (N,)."""
    return np.asarray(table.equivalent_diameter_um / pixel_size.um)


def component_colours(component: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the colour of each grain, shape (N, 3): grey for lone grains and for none.

    Examples
    --------
    >>> component_colours(np.array([1, 1, 2, 0], np.int32)).round(1).tolist()
    [[0.9, 0.6, 0.0], [0.9, 0.6, 0.0], [0.6, 0.6, 0.6], [0.6, 0.6, 0.6]]
    """
    members = np.bincount(component, minlength=1)
    colours = _COMPONENT_COLOURS[(component - 1) % len(_COMPONENT_COLOURS)]
    colours[(component == 0) | (members[component] < 2)] = _LONE_COLOUR
    return np.asarray(colours)


def ring_size_px(table: GrainTable, pixel_size: PixelSize) -> NDArray[np.float64]:
    """Return the diameters of rings that go around the grains, shape (N,)."""
    return np.asarray(1.15 * table.feret_max_um / pixel_size.um + 4)


def selected_grains_layer(
    table: GrainTable, selected: NDArray[np.bool_], pixel_size: PixelSize
) -> LayerData:
    """Return a ring around each selected grain."""
    shown: dict[str, Any] = {
        "name": SELECTED_GRAINS,
        "size": ring_size_px(table, pixel_size)[selected],
    }
    shown |= {"face_color": "transparent", "border_color": "#ffe600", "symbol": "disc"}
    shown |= {"border_width": 2.0, "border_width_is_relative": False}
    return node_places_px(table, pixel_size)[selected], shown | placed(pixel_size), "points"


def loops_layer(loops: LoopTable, pixel_size: PixelSize) -> LayerData:
    """Return all loops as one mesh, coloured by the field of one flux quantum; hidden at first."""
    mesh = loop_mesh(loops, pixel_size.um)
    values, style = loop_colours(loops, None)
    shown: dict[str, Any] = style | {
        "name": LOOPS,
        "shading": "none",
        "visible": False,
        "opacity": 0.55,
    }
    data = mesh.vertices_px, mesh.triangles, vertex_values(mesh.loop, values)
    return data, shown | placed(pixel_size), "surface"


def vertex_values(loop: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the value of each vertex's loop; 0 where there are no loops."""
    return np.asarray(values[loop]) if len(values) else np.zeros(len(loop))


def loop_colours(
    loops: LoopTable, field_g: float | None
) -> tuple[NDArray[np.float64], dict[str, Any]]:
    """Return a value for each loop, and how to colour it.

    Without a field, log10 of the field of one quantum in G. In a field, the flux
    in quanta, BA/Φ0, without its whole part, on a scale that ends as it begins.

    Examples
    --------
    >>> from grainscope.records import LoopTable
    >>> one = np.ones(1)
    >>> loop = LoopTable(one, one, one, *5 * [one], one, one, [0, 0], [], [])  # of 1 µm²
    >>> loop_colours(loop, 1.25 * 20.678)[0].round(2)
    array([0.25])
    """
    if field_g is not None:
        quanta = field_g * loops.area_um2 / FLUX_QUANTUM_G_UM2
        return quanta % 1.0, {"colormap": _PHASE_COLOURS, "contrast_limits": (0.0, 1.0)}
    values = np.log10(loops.field_g)
    low, high = (values.min(), values.max()) if len(values) else (0.0, 1.0)
    return values, {"colormap": _FIELD_COLOURS, "contrast_limits": (low, max(high, low + 0.01))}


def selected_loops_layer(
    loops: LoopTable, rows: NDArray[np.int64], pixel_size: PixelSize
) -> LayerData:
    """Return the outlines of a few loops."""
    shown: dict[str, Any] = {
        "name": SELECTED_LOOPS,
        "shape_type": "polygon",
        "face_color": "transparent",
    }
    shown |= {"edge_color": "#00e5ff", "edge_width": 3.0}
    return loop_outlines_px(loops, rows, pixel_size), shown | placed(pixel_size), "shapes"


def loop_outlines_px(
    loops: LoopTable, rows: NDArray[np.int64], pixel_size: PixelSize
) -> list[NDArray[np.float64]]:
    """Return the polygon of each of the rows, in pixels, shape (V, 2) each."""
    vertices_px = np.column_stack((loops.vertex_y_um, loops.vertex_x_um)) / pixel_size.um
    return [vertices_px[loops.vertex_start[row] : loops.vertex_start[row + 1]] for row in rows]
