"""The micrograph with every grain outlined in the colour of its confidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from PIL import Image, ImageDraw

from grainscope.figures.overview import (
    GREY_LEVELS,
    N_GREYS,
    draw_scale_bar,
    label_font,
    paint_outlines,
    with_palette,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import Micrograph, Segmentation

#: From violet to yellow, told apart with any colour vision; never grey, unlike viridis's middle.
_COLOURS = "plasma"
_N_STEPS, _DARKEST = 15, 0.15
#: The film is dimmed to this part, so that even the darkest outline stands out.
_FILM = 0.6
_COMFORTABLE_PX = 1400
_TICKS = (0.0, 0.5, 1.0)
#: Around the bar everything is black; what is written, white.
_BLACK, _WHITE = 0, N_GREYS + _N_STEPS


def paint_confidence(
    micrograph: Micrograph, segmentation: Segmentation, confidence: NDArray[np.float64]
) -> Image.Image:
    """Paint the micrograph with grains outlined by confidence, and a colour bar on its right.

    Parameters
    ----------
    micrograph : Micrograph
        Shape (H, W).
    segmentation : Segmentation
        Labels of the same shape.
    confidence : ndarray of float64, shape (n,)
        Of each grain, 0…1.

    Returns
    -------
    PIL.Image.Image
        Palette image: what :func:`overview.paint_overview` paints, and the bar.
    """
    step = np.clip(np.floor(confidence * _N_STEPS), 0, _N_STEPS - 1)
    colour = np.concatenate([[_BLACK], N_GREYS + step]).astype(np.uint8)
    paint, px_per_px = paint_outlines(micrograph, segmentation.labels, colour, _COMFORTABLE_PX)
    film = Image.fromarray(paint, mode="L")
    draw_scale_bar(film, micrograph, px_per_px)
    bar = _colour_bar(film.height)
    picture = Image.new("L", (film.width + bar.width, film.height), _BLACK)
    picture.paste(film, (0, 0))
    picture.paste(bar, (film.width, 0))
    return with_palette(picture, _palette())


def _palette() -> list[int]:
    share = np.linspace(_DARKEST, 1, _N_STEPS)
    steps = np.round(255 * mpl.colormaps[_COLOURS](share)[:, :3]).astype(int)
    greys = [round(_FILM * level) for level in GREY_LEVELS]
    return [*greys, *steps.ravel().tolist(), 255, 255, 255]


def _colour_bar(height_px: int) -> Image.Image:
    """Draw the steps from 0 at the bottom to 1 at the top, with their numbers."""
    font = label_font(int(np.clip(height_px // 40, 11, 30)))
    text_width, text_height = (int(side) for side in font.getbbox("confidence")[2:])
    pad, width = text_height // 2, max(text_height, 12)
    bar = Image.new("L", (text_width + 2 * pad, height_px), _BLACK)
    draw = ImageDraw.Draw(bar)
    draw.fontmode = "1"  # levels between black and white would be colours of the palette
    top, bottom = 2 * pad + text_height + pad, height_px - pad - text_height // 2
    if bottom - top < 3 * text_height:
        return bar  # a film of a few dozen pixels has no room for one
    draw.text((pad, pad), "confidence", fill=_WHITE, font=font)
    for step in range(_N_STEPS):
        low, high = (bottom - round((bottom - top) * k / _N_STEPS) for k in (step, step + 1))
        draw.rectangle((pad, high, pad + width, low - 1), fill=N_GREYS + step)
    for tick in _TICKS:
        y = bottom - round((bottom - top) * tick)
        draw.line((pad, y, pad + width + pad // 2, y), fill=_WHITE)
        draw.text((2 * pad + width, y), f"{tick:g}", fill=_WHITE, font=font, anchor="lm")
    return bar
