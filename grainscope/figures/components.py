"""The components at the threshold over the darkened micrograph, and the way through the film.

Painted into a palette image like the overview: 10⁴ grains cost no more than one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageColor, ImageDraw

from grainscope.figures.overview import (
    N_GREYS,
    draw_scale_bar,
    enlarged,
    outline_of,
    paint_film,
    with_palette,
)
from grainscope.figures.style import GREEN, SKY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import (
        BottleneckPath,
        ComponentTable,
        GrainTable,
        Micrograph,
        Percolation,
        Segmentation,
    )

#: Palette: so many levels for each of film, other grains, three components, scale bar.
_LEVELS = 40
_FILM, _OTHERS, _FIRST, _BAR = 0, 1, 2, 5
_WHITE, _BLACK = 240, 241
#: The component that spans, or the largest; then the next two by size.
COMPONENT_COLOURS = ("#ff8c1a", SKY, GREEN)
#: Film and other grains are darkened to these parts; colours begin at this brightness.
_FILM_SHARE, _OTHERS_SHARE, _DARKEST_COLOUR = 0.35, 0.6, 0.45
_COMFORTABLE_PX = 1400


def paint_components(
    micrograph: Micrograph,
    segmentation: Segmentation,
    grains: GrainTable,
    percolation: Percolation,
) -> Image.Image:
    """Paint the three components that matter at the threshold, and the bottleneck path.

    Orange is the component that spans first (the largest where none does), blue
    and green are the largest of the others. The white line is the way through
    over the fewest contacts, the ring on it its widest gap.

    Parameters
    ----------
    micrograph : Micrograph
        Shape (H, W); darkened.
    segmentation : Segmentation
        Labels of the same shape.
    grains : GrainTable
        Where the path bends: centroids.
    percolation : Percolation
        With ``components`` and ``bottleneck``.

    Returns
    -------
    PIL.Image.Image
        Palette image of the aspect H : W.

    Raises
    ------
    ValueError
        The percolation has no components.
    """
    components, path = percolation.components, percolation.bottleneck
    if components is None or path is None:
        raise ValueError("percolation: got no components, expected those that percolate found")
    greys, zoom, step = paint_film(micrograph, _COMFORTABLE_PX)
    labels = segmentation.labels[::step, ::step]
    kind = _kind_of_grains(components, path)[labels]
    # A dark line between grains that touch, or a component looks like one grain.
    seam = outline_of(labels) & ~outline_of((labels > 0).astype(np.int32))
    height, width = greys.shape
    kind, seam = (enlarged(image, zoom)[:height, :width] for image in (kind, seam))
    barred = Image.fromarray(greys, mode="L")
    draw_scale_bar(barred, micrograph, zoom / step)
    shown = np.asarray(barred)
    kind = _with_bar(kind, shown != greys)
    paint = kind * np.uint8(_LEVELS) + shown // np.uint8(N_GREYS // _LEVELS)
    paint[seam & (kind != _BAR)] = _BLACK
    picture = Image.fromarray(paint, mode="L")
    _draw_path(picture, path, grains, zoom / step / micrograph.pixel_size.um)
    return with_palette(picture, _palette())


def _kind_of_grains(components: ComponentTable, path: BottleneckPath) -> NDArray[np.uint8]:
    """Return which levels each label is painted in, shape (N + 1,)."""
    of = np.append(0, components.grain_component)
    spans = {"x": components.spans_x, "y": components.spans_y}.get(path.direction)
    spanning = 1 if spans is None or not spans.any() else int(np.argmax(spans)) + 1
    if path.n_steps:
        spanning = int(of[path.grain_a[0]])
    kind = np.where(np.arange(len(of)) > 0, _OTHERS, _FILM)
    by_size = [spanning, *(c for c in (1, 2, 3) if c != spanning)]
    for place, component in enumerate(by_size[: len(COMPONENT_COLOURS)]):
        # Lone grains are no components worth a colour, but for one that spans.
        if place == 0 or (of == component).sum() > 1:
            kind[of == component] = _FIRST + place
    return kind.astype(np.uint8)


def _with_bar(kind: NDArray[np.uint8], changed: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Keep the box of the scale bar as it was drawn, whatever lies below it."""
    rows, columns = (np.flatnonzero(changed.any(axis=axis)) for axis in (1, 0))
    if len(rows):
        kind[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = _BAR
    return kind


def _draw_path(
    picture: Image.Image, path: BottleneckPath, grains: GrainTable, px_per_um: float
) -> None:
    """Draw centroid → contact point → centroid → …, and a ring at the bottleneck."""
    if path.n_steps == 0:
        return
    corners = np.empty((2 * path.n_steps + 1, 2))
    corners[0::2, 0] = grains.x_um[np.append(path.grain_a, path.grain_b[-1]) - 1]
    corners[0::2, 1] = grains.y_um[np.append(path.grain_a, path.grain_b[-1]) - 1]
    corners[1::2] = np.column_stack((path.x_um, path.y_um))
    corners = (corners + 0.5 / px_per_um) * px_per_um
    draw = ImageDraw.Draw(picture)
    line = max(2, round(min(picture.size) / 350))
    x, y = corners[1::2][np.argmax(path.gap_nm)]
    radius = 5 * line
    ring = (x - radius, y - radius, x + radius, y + radius)
    points = [tuple(corner) for corner in corners.tolist()]
    for colour, width in ((_BLACK, line + 2), (_WHITE, line)):
        draw.line(points, fill=colour, width=width, joint="curve")
        if path.gap_nm.max() > 0:  # of grains that touch none is the bottleneck
            draw.ellipse(ring, outline=colour, width=width)
        ring = (ring[0] + 1, ring[1] + 1, ring[2] - 1, ring[3] - 1)


def _palette() -> list[int]:
    level = np.linspace(0, 255, _LEVELS)
    grey = np.repeat(level[:, None], 3, axis=1)
    bright = _DARKEST_COLOUR + (1 - _DARKEST_COLOUR) * level[:, None] / 255
    coloured = [bright * ImageColor.getrgb(colour) for colour in COMPONENT_COLOURS]
    levels = [_FILM_SHARE * grey, 40 + _OTHERS_SHARE * grey, *coloured, grey]
    return [*np.rint(np.concatenate(levels)).astype(int).ravel().tolist(), *[255] * 3, *[0] * 3]
