"""The picture that tells what the program does: micrograph, outlines, histogram."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Rectangle

from grainscope.figures.greys import film_range, stretched
from grainscope.figures.histogram import plot_histogram
from grainscope.figures.overview import OUTLINE_COLOUR, enlarged, outline_of
from grainscope.figures.scale_bar import length_label, round_length_nm
from grainscope.figures.style import house_style, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from grainscope.records import Analysis, Frame, Micrograph, Segmentation

#: Side of the square that is shown, small enough for single grains to be seen.
_SIDE_PX = 380
_ZOOM = 3


@house_style()
def draw_showcase(micrograph: Micrograph, segmentation: Segmentation, analysis: Analysis) -> Figure:
    """Draw the middle of the film, the same with outlines, and the histogram of all grains.

    Parameters
    ----------
    micrograph, segmentation, analysis
        One finished image.

    Returns
    -------
    matplotlib.figure.Figure
        Three panels in a row.
    """
    figure = new_figure((13.0, 4.1))
    grey_axes, outline_axes, histogram_axes = figure.subplots(1, 3, width_ratios=(1, 1, 1.25))
    middle = _middle(micrograph.frame)
    limits = film_range(micrograph.film_intensity)
    greys = enlarged(stretched(micrograph.intensity[middle], limits), _ZOOM)
    outlined = np.repeat(greys[:, :, None], 3, axis=2)
    rgb = [int(OUTLINE_COLOUR[i : i + 2], 16) for i in (1, 3, 5)]
    outlined[_thickened(outline_of(enlarged(segmentation.labels[middle], _ZOOM)))] = rgb
    for axes, picture, title in (
        (grey_axes, greys, "micrograph (detail)"),
        (outline_axes, outlined, "grains found"),
    ):
        axes.imshow(picture, cmap="gray", vmin=0, vmax=255)
        axes.set_axis_off()
        axes.set_title(title)
        _draw_bar(axes, greys.shape, micrograph.pixel_size.value_nm / _ZOOM)
    plot_histogram(histogram_axes, analysis.histogram)
    return figure


def _middle(frame: Frame) -> tuple[slice, slice]:
    height, width = frame.shape_px
    side_y, side_x = min(height, _SIDE_PX), min(width, _SIDE_PX)
    top = frame.row_start + (height - side_y) // 2
    left = frame.column_start + (width - side_x) // 2
    return slice(top, top + side_y), slice(left, left + side_x)


def _thickened(outline: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Widen lines to two pixels, which survive a page that shows the picture at half its size."""
    thick = outline.copy()
    thick[1:] |= outline[:-1]
    thick[:, 1:] |= outline[:, :-1]
    return thick


def _draw_bar(axes: Axes, shape_px: tuple[int, ...], nm_per_px: float) -> None:
    height, width = shape_px
    length_nm = round_length_nm(width * nm_per_px / 3)
    right, bottom = 0.96 * width, 0.95 * height
    left = right - length_nm / nm_per_px
    middle, pad = (left + right) / 2, 0.025 * width
    axes.add_patch(
        Rectangle(
            (left - pad, bottom - 0.095 * height), right - left + 2 * pad, 0.12 * height,
            facecolor="black", alpha=0.8, linewidth=0,
        )
    )  # fmt: skip
    axes.plot([left, right], [bottom, bottom], color="white", linewidth=3.0, solid_capstyle="butt")
    label = length_label(length_nm)
    axes.text(middle, bottom - pad, label, color="white", ha="center", va="bottom", fontsize=9)
