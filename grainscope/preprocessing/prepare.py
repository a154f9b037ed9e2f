"""The stage's verb: the steps in their order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from grainscope.opencv import cv2
from grainscope.preprocessing.annotations import fill_in, find_annotations
from grainscope.preprocessing.illumination import flatten_illumination
from grainscope.preprocessing.line_noise import level_rows
from grainscope.preprocessing.polarity import grains_are_dark

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import Micrograph
    from grainscope.settings import PreprocessingSettings


def preprocess(micrograph: Micrograph, settings: PreprocessingSettings) -> Micrograph:
    """Make the grains bright on a level film.

    Annotations, polarity, illumination, line noise, denoising, in this order.
    What was drawn on the film is filled from around it, so that no later step
    sees it, and masked. Everything is computed inside the frame; what lies
    outside it keeps its grey levels.

    Parameters
    ----------
    micrograph : Micrograph
        The raw image, shape (H, W).
    settings : PreprocessingSettings
        ``illumination_scale_px`` and ``denoise_sigma_px`` are in pixels.

    Returns
    -------
    Micrograph
        The same micrograph with float32 intensity and ``masked``; warnings say
        how much is masked and how an automatic polarity was decided.

    Examples
    --------
    >>> from grainscope.records import Frame, Micrograph, PixelSize
    >>> from grainscope.settings import PreprocessingSettings
    >>> grey = np.full((30, 40), 200, np.uint8)
    >>> grey[10:20, 10:20] = 40
    >>> dark = Micrograph("dark", grey, PixelSize(5.0, 0.0, "option"), Frame.whole((30, 40)))
    >>> bright = preprocess(dark, PreprocessingSettings(polarity="dark"))
    >>> bool(bright.intensity[15, 15] > bright.intensity[2, 2]), str(bright.intensity.dtype)
    (True, 'float32')
    """
    film = np.array(micrograph.film_intensity, dtype=np.float32, order="C")
    drawn = find_annotations(micrograph.film_intensity) if settings.annotations else None
    if drawn is not None and drawn.any():
        film = fill_in(film, drawn)
        micrograph = _masked(micrograph, drawn)
    dark = _must_invert(film, settings.polarity)
    if dark:
        film = film.min() + film.max() - film
    if settings.illumination_scale_px > 0:
        film = flatten_illumination(film, settings.illumination_scale_px, out=film)
    if settings.line_noise:
        film = level_rows(film, out=film)
    if settings.denoise_sigma_px > 0:
        film = cv2.GaussianBlur(film, (0, 0), settings.denoise_sigma_px, dst=film)
    intensity = film
    if film.shape != micrograph.intensity.shape:
        intensity = micrograph.intensity.astype(np.float32)
        intensity[micrograph.frame.slices] = film
    warnings = micrograph.warnings
    if settings.polarity == "auto":
        warnings += (
            f"grains were taken as {'darker' if dark else 'brighter'} than the film: "
            "set preprocessing.polarity where that is wrong",
        )
    return replace(micrograph, intensity=intensity, warnings=warnings)


def _masked(micrograph: Micrograph, drawn: NDArray[np.bool_]) -> Micrograph:
    masked = np.zeros(micrograph.intensity.shape, bool)
    masked[micrograph.frame.slices] = drawn
    warning = (
        f"annotations cover {drawn.mean():.1%} of the film and are left out: "
        "set preprocessing.annotations = false if they are grains"
    )
    return replace(micrograph, masked=masked, warnings=(*micrograph.warnings, warning))


def _must_invert(film: NDArray[np.float32], polarity: str) -> bool:
    return polarity == "dark" or (polarity == "auto" and grains_are_dark(film))
