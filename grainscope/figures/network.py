"""The grain network over the micrograph: contacts by gap, loops by field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import LogNorm, Normalize
from matplotlib.ticker import MaxNLocator

from grainscope.figures.greys import film_range, shrunk, stretched
from grainscope.figures.style import BLACK, PAGE_IN, house_style, log_ticks, new_figure
from grainscope.records import Frame

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from grainscope.records import GrainNetwork, GrainTable, LoopTable, Micrograph

#: A panel of this width has about one dot a pixel of a common micrograph, and its words stay
#: readable where the report shows both panels a third as large.
_PANEL_IN = 4.5
NETWORK_DPI = 230
_BACKGROUND_PX = 1200
#: With more contacts a second picture shows the middle of the film, with so many of them.
_CROWDED, _CONTACTS_SHOWN = 4000, 1200


@house_style()
def draw_network(
    micrograph: Micrograph,
    grains: GrainTable,
    network: GrainNetwork,
    loops: LoopTable,
    part: Frame | None = None,
) -> Figure:
    """Draw the contacts of the loop network and the loops they enclose, side by side.

    A contact runs from centroid to contact point to centroid and is coloured
    by its gap; a loop is filled by the field of one flux quantum through it.

    Parameters
    ----------
    micrograph : Micrograph
        The background, cropped to the frame.
    grains : GrainTable
        Their centroids, and ``degree`` and ``component`` of the loop network.
    network : GrainNetwork
        All contacts; those of the loop network are drawn.
    loops : LoopTable
        Their polygons.
    part : Frame, optional
        What to show of the film; all of it by default.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels: contacts, loops.
    """
    part = part or micrograph.frame
    figure = new_figure(_size_in(*part.shape_px), layout="compressed")
    contact_axes, loop_axes = figure.subplots(1, 2, sharey=True)
    for axes in (contact_axes, loop_axes):
        show_film(axes, micrograph, part)
    contact_axes.set_ylabel("y (µm)")
    share = float(np.prod(part.shape_px) / np.prod(micrograph.frame.shape_px))
    _draw_contacts(contact_axes, grains, network, share)
    _draw_loop_areas(loop_axes, loops, share)
    return figure


def middle_part(frame: Frame, n_contacts: int) -> Frame | None:
    """Return the middle of a film that has too many contacts to be told apart; else None.

    Examples
    --------
    >>> from grainscope.records import Frame
    >>> middle_part(Frame(0, 4000, 0, 4000), 60_000)
    Frame(row_start=1718, row_stop=2282, column_start=1718, column_stop=2282)
    """
    if n_contacts <= _CROWDED:
        return None
    height, width = frame.shape_px
    share = np.sqrt(_CONTACTS_SHOWN / n_contacts)
    half_y, half_x = (max(int(length * share / 2), 8) for length in (height, width))
    y, x = (frame.row_start + frame.row_stop) // 2, (frame.column_start + frame.column_stop) // 2
    return Frame(y - half_y, y + half_y, x - half_x, x + half_x)


def _size_in(height_px: int, width_px: int) -> tuple[float, float]:
    """Return the size of the figure: two panels, with colour bars below, or beside tall ones."""
    aspect = float(np.clip(height_px / width_px, 0.1, 6))
    if aspect > 1.25:
        panel_in = _PANEL_IN / np.sqrt(aspect)
        return min(2 * panel_in + 2.6, PAGE_IN), panel_in * aspect + 0.7
    return 2 * _PANEL_IN + 0.4, _PANEL_IN * aspect + 1.1


def panel_size_in(height_px: int, width_px: int) -> tuple[float, float]:
    """Return the size of a figure of one panel over a film, with a colour bar below."""
    aspect = float(np.clip(height_px / width_px, 0.2, 4))
    width_in = 1.4 * _PANEL_IN / max(1.0, np.sqrt(aspect))
    return width_in, width_in * aspect + 1.1


def contacts_in_loop_network(grains: GrainTable, network: GrainNetwork) -> NDArray[np.int64]:
    """Return the rows of the contacts that the loop network uses, by ascending gap.

    They are the narrowest between grains that take part, as many as half the
    sum of the degrees; so the figure needs no settings.
    """
    member = np.concatenate([[False], grains.component > 0])
    between = np.flatnonzero(member[network.grain_a] & member[network.grain_b])
    by_gap = between[np.argsort(network.gap_nm[between], kind="stable")]
    return by_gap[: int(grains.degree.sum()) // 2]


def show_film(axes: Axes, micrograph: Micrograph, part: Frame) -> None:
    """Show the film subdued, in µm from the centre of the image's first pixel."""
    px_um = micrograph.pixel_size.um
    shown = micrograph.intensity[part.slices]
    greys = stretched(shrunk(shown, _BACKGROUND_PX), film_range(micrograph.film_intensity))
    left, right = (part.column_start - 0.5) * px_um, (part.column_stop - 0.5) * px_um
    top, bottom = (part.row_start - 0.5) * px_um, (part.row_stop - 0.5) * px_um
    axes.imshow(
        greys, cmap="gray", vmin=-30, vmax=380, extent=(left, right, bottom, top), aspect="equal"
    )
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    axes.set_xlabel("x (µm)")
    axes.tick_params(direction="out")


def contact_paths(
    grains: GrainTable, network: GrainNetwork, rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return centroid → contact point → centroid of some contacts, shape (K, 3, 2), x before y."""
    ends = network.grain_a[rows] - 1, network.grain_b[rows] - 1
    xs = grains.x_um[ends[0]], network.x_um[rows], grains.x_um[ends[1]]
    ys = grains.y_um[ends[0]], network.y_um[rows], grains.y_um[ends[1]]
    return np.stack([np.stack(xs, 1), np.stack(ys, 1)], axis=2)


def _draw_contacts(axes: Axes, grains: GrainTable, network: GrainNetwork, share: float) -> None:
    chosen = contacts_in_loop_network(grains, network)
    if len(chosen) == 0:
        axes.set_title("no contacts")
        return
    axes.set_title(f"{len(chosen):,} contacts")
    paths = contact_paths(grains, network, chosen)
    gap_nm = network.gap_nm[chosen]
    norm = Normalize(0, max(float(gap_nm.max()), 1e-3))
    # Wide gaps first, so that the narrow ones, which matter, lie on top.
    lines = LineCollection(
        list(paths[::-1]), array=gap_nm[::-1], cmap="plasma_r", norm=norm,
        linewidths=_line_width(share * len(chosen)),
    )  # fmt: skip
    _print_small(lines, axes)
    axes.add_collection(lines, autolim=False)
    _colour_bar(axes, lines, "gap of the contact (nm)", decades=False)


def _draw_loop_areas(axes: Axes, loops: LoopTable, share: float) -> None:
    if loops.n_loops == 0:
        axes.set_title("no loops")
        return
    axes.set_title(f"{loops.n_loops:,} loops")
    vertices = np.column_stack([loops.vertex_x_um, loops.vertex_y_um])
    polygons = np.split(vertices, loops.vertex_start[1:-1])
    low, high = np.percentile(loops.field_g, [1, 99])
    norm = LogNorm(low, max(high, 1.01 * low), clip=True)
    order = np.argsort(loops.field_g, kind="stable")  # large loops below, small ones on top
    areas = PolyCollection(
        [polygons[i] for i in order], array=loops.field_g[order], cmap="viridis_r", norm=norm,
        alpha=0.6, edgecolors=BLACK, linewidths=0.4 * _line_width(share * loops.n_loops),
    )  # fmt: skip
    _print_small(areas, axes)
    axes.add_collection(areas, autolim=False)
    _colour_bar(axes, areas, "field of one flux quantum, Φ₀/A (G)", decades=True)


def _print_small(drawn: LineCollection | PolyCollection, axes: Axes) -> None:
    """Keep a PDF small: leave out what lies beyond the axes, and make dots of what is crowded."""
    (left, right), (bottom, top) = axes.get_xlim(), sorted(axes.get_ylim())
    inside = np.array(
        [
            corners[:, 0].max() >= left
            and corners[:, 0].min() <= right
            and corners[:, 1].max() >= bottom
            and corners[:, 1].min() <= top
            for corners in (path.vertices for path in drawn.get_paths())
        ],
        bool,
    )
    paths, values = drawn.get_paths(), drawn.get_array()
    drawn.set_paths([paths[k].vertices for k in np.flatnonzero(inside)])
    drawn.set_array(None if values is None else values[inside])
    if inside.sum() > _CROWDED:
        axes.set_rasterization_zorder(2)  # film and drawing become one picture; the frame stays


def _line_width(count: float) -> float:
    """Thinner lines where there are many of them."""
    return float(np.clip(36 / np.sqrt(count), 0.3, 1.2))


def _colour_bar(axes: Axes, drawn: Any, label: str, decades: bool) -> None:
    width_in, height_in = axes.figure.get_size_inches()
    side = "right" if height_in > width_in else "bottom"
    bar = axes.figure.colorbar(drawn, ax=axes, location=side, shrink=0.8, aspect=35, pad=0.02)
    bar.set_label(label)
    if decades:
        log_ticks(bar.long_axis, drawn.norm.vmin, drawn.norm.vmax)
    else:
        bar.long_axis.set_major_locator(MaxNLocator(5))
