"""The micrograph with every grain outlined, pixel by pixel.

Painted straight into a palette image rather than through a plotting library:
small images are enlarged so that an outline is thinner than a pixel of the
micrograph and grains of a few pixels stay readable, and 10⁴ outlines cost no
more than one. Grey is film; one colour outlines grains, another those that the
frame cuts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

from grainscope.figures.greys import film_range, shrunk, stretched
from grainscope.figures.scale_bar import length_label, round_length_nm
from grainscope.figures.style import SKY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import Frame, Micrograph, Segmentation

#: Palette indices below are greys, then the two outline colours.
N_GREYS = 240
_OUTLINE, _CUT_OUTLINE = 240, 241
#: Red, green and blue of the greys, in turn.
GREY_LEVELS = [round(i * 255 / (N_GREYS - 1)) for i in range(N_GREYS) for _ in range(3)]
#: Brighter than the palette's orange: the line is one pixel wide, on grey.
OUTLINE_COLOUR = "#ff7a00"
CUT_OUTLINE_COLOUR = SKY

#: A line is this part of a typical grain, from one to a few pixels.
_GRAIN_PER_LINE, _WIDEST_LINE_PX = 40, 4
#: Small images are enlarged by one of these up to this many pixels a side …
COMFORTABLE_PX, _ZOOMS = 3000, (4, 2, 1)
#: … and none is painted larger than this.
_LARGEST_PX = 6000


def paint_overview(micrograph: Micrograph, segmentation: Segmentation) -> Image.Image:
    """Paint the whole micrograph, grains outlined, with a scale bar; the databar is dimmed.

    Parameters
    ----------
    micrograph : Micrograph
        Shape (H, W).
    segmentation : Segmentation
        Labels of the same shape.

    Returns
    -------
    PIL.Image.Image
        Palette image of the aspect H : W. Its sides are 1, 2 or 4 times the
        micrograph's, or a fraction of them past 6000 px.
    """
    colour = np.full(segmentation.n_grains + 1, _OUTLINE, np.uint8)
    colour[_labels_on_the_edge(segmentation.film_labels)] = _CUT_OUTLINE
    paint, px_per_px = paint_outlines(micrograph, segmentation.labels, colour, COMFORTABLE_PX)
    picture = Image.fromarray(paint, mode="L")
    draw_scale_bar(picture, micrograph, px_per_px)
    outline_colours = [*ImageColor.getrgb(OUTLINE_COLOUR), *ImageColor.getrgb(CUT_OUTLINE_COLOUR)]
    return with_palette(picture, GREY_LEVELS + outline_colours)


def paint_outlines(
    micrograph: Micrograph,
    labels: NDArray[np.int32],
    colour: NDArray[np.uint8],
    comfortable_px: int,
) -> tuple[NDArray[np.uint8], float]:
    """Paint the micrograph in palette indices, and the outline of grain k in ``colour[k]``.

    Parameters
    ----------
    micrograph : Micrograph
        Shape (H, W).
    labels : ndarray of int32, shape (H, W)
        0 is background.
    colour : ndarray of uint8, shape (n + 1,)
        Palette index of each label, the first for the background (not used).
    comfortable_px : int
        Small images are enlarged up to this many pixels a side.

    Returns
    -------
    paint : ndarray of uint8
        Palette indices; the film in the first 240.
    px_per_px : float
        Its pixels per pixel of the micrograph.
    """
    paint, zoom, step = paint_film(micrograph, comfortable_px)
    height, width = paint.shape
    # Half a pixel of the micrograph wide where grains are small: one of two pixels still shows.
    labels = enlarged(labels[::step, ::step], min(zoom, 2))
    outline = _widened(outline_of(labels), labels)
    where = enlarged(outline, zoom // min(zoom, 2))[:height, :width]
    paint[where] = enlarged(colour[labels], zoom // min(zoom, 2))[:height, :width][where]
    return paint, zoom / step


def outline_of(labels: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return the pixels of each grain that have a lower label beside them.

    Background is lower than any grain, and of two touching grains one only is
    drawn, so that a line is one pixel wide everywhere.

    Examples
    --------
    >>> outline_of(np.array([[0, 1, 1, 1, 2, 2, 2]])).astype(int)
    array([[0, 1, 0, 0, 1, 0, 0]])
    """
    outline = np.zeros(labels.shape, bool)
    for here, beyond, lines in (
        (labels[:, :-1], labels[:, 1:], (outline[:, :-1], outline[:, 1:])),
        (labels[:-1], labels[1:], (outline[:-1], outline[1:])),
    ):
        lines[0][here > beyond] = True
        lines[1][beyond > here] = True
    return outline


def _widened(outline: NDArray[np.bool_], labels: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Widen the lines inwards where grains are large, so that they are seen at a glance."""
    typical_px = np.sqrt(np.count_nonzero(labels) / max(int(labels.max(initial=0)), 1))
    width_px = int(np.clip(typical_px / _GRAIN_PER_LINE, 1, _WIDEST_LINE_PX))
    if width_px == 1:
        return outline
    from grainscope.opencv import cv2

    around = np.ones((2 * width_px - 1, 2 * width_px - 1), np.uint8)
    wide: NDArray[np.uint8] = cv2.dilate(outline.astype(np.uint8), around)
    return (wide > 0) & (labels > 0)


def paint_film(micrograph: Micrograph, comfortable_px: int) -> tuple[NDArray[np.uint8], int, int]:
    """Paint the micrograph in 240 greys, and return how often each, or which, pixel is painted.

    Every pixel is enlarged to zoom × zoom where the image is small; only each
    step-th row and column has one where it is huge.
    """
    longest = max(micrograph.intensity.shape)
    zoom = next((z for z in _ZOOMS if z * longest <= comfortable_px), 1)
    step = -(-longest // _LARGEST_PX)
    intensity = micrograph.intensity
    if step > 1:
        intensity = shrunk(intensity, -(-longest // step))
    limits = film_range(micrograph.film_intensity)
    paint = enlarged(stretched(intensity, limits, N_GREYS), zoom)
    _dim_outside(paint, micrograph.frame, zoom / step)
    return paint, zoom, step


def _dim_outside(paint: NDArray[np.uint8], frame: Frame, px_per_px: float) -> None:
    """Halve the grey levels of what is not film, the databar above all."""
    outside = np.ones(paint.shape, bool)
    rows = slice(round(frame.row_start * px_per_px), round(frame.row_stop * px_per_px))
    columns = slice(round(frame.column_start * px_per_px), round(frame.column_stop * px_per_px))
    outside[rows, columns] = False
    paint[outside] //= 2


def enlarged(image: NDArray[Any], zoom: int) -> NDArray[Any]:
    """Repeat every pixel zoom × zoom times."""
    return image.repeat(zoom, axis=0).repeat(zoom, axis=1)


def _labels_on_the_edge(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    edges = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    return np.unique(edges[edges > 0])


def draw_scale_bar(picture: Image.Image, micrograph: Micrograph, px_per_px: float) -> None:
    """Put a bar of round length into the film's lower right corner, on a dark ground."""
    frame = micrograph.frame
    right, bottom = int(frame.column_stop * px_per_px), int(frame.row_stop * px_per_px)
    film_width, film_height = (int(side * px_per_px) for side in reversed(frame.shape_px))
    nm_per_px = micrograph.pixel_size.value_nm / px_per_px
    length_nm = round_length_nm(film_width * nm_per_px / 5)
    length_px = max(1, round(length_nm / nm_per_px))
    font = label_font(max(11, round(min(film_width, film_height) / 40)))
    label = length_label(length_nm)
    label_width, label_height = font.getbbox(label)[2:]
    pad = max(4, label_height // 3)
    bar_height = max(2, label_height // 5)
    box_width = max(length_px, int(label_width)) + 2 * pad
    box_height = int(label_height) + bar_height + 3 * pad
    if box_width > film_width or box_height > film_height:
        return  # a film of a few dozen pixels has no room for one
    left, top = right - box_width, bottom - box_height
    draw = ImageDraw.Draw(picture)
    draw.rectangle((left, top, right - 1, bottom - 1), fill=0)
    middle = left + box_width / 2
    draw.text((middle - label_width / 2, top + pad), label, fill=N_GREYS - 1, font=font)
    bar_left = round(middle - length_px / 2)
    bar_bottom = bottom - pad
    bar = (bar_left, bar_bottom - bar_height, bar_left + length_px - 1, bar_bottom - 1)
    draw.rectangle(bar, fill=N_GREYS - 1)


def label_font(size_px: int) -> ImageFont.FreeTypeFont:
    """Return the font of the figures."""
    from matplotlib import get_data_path

    return ImageFont.truetype(f"{get_data_path()}/fonts/ttf/DejaVuSans.ttf", size_px)


def with_palette(picture: Image.Image, colours: list[int]) -> Image.Image:
    """Return a picture of palette indices in colour; red, green, blue of each in turn."""
    # The palette goes on the very same bytes: converting would requantise them.
    painted = Image.frombytes("P", picture.size, picture.tobytes())
    painted.putpalette(colours)
    return painted
