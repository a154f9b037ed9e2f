"""The verb: what a scanning electron microscope makes of a film."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.opencv import cv2
from grainscope.synthetic.film import Film, FilmImage
from grainscope.synthetic.information_strip import draw_strip
from grainscope.synthetic.outlines import smooth_noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.settings import SemSettings

#: Level of bare film, of full scale.
_FILM_LEVEL = 0.16
#: Grain of the bare film: wavelength and relative strength.
_TEXTURE_NM, _TEXTURE = 25.0, 0.12
#: Yield at a grazing slope, over that of a flat top: the interaction volume limits the secant.
_LARGEST_SECANT = 3.0
#: Added by the slope at the largest secant, relative to a flat top: the bright rim.
_RIM = 0.45
#: Contrast inside a grain (facets, twins) over that between grains.
_FACETS = 0.35
#: Reach of shadows, and the share of the signal lost where neighbours stand high.
_SHADOW_NM, _SHADOW = 25.0, 0.45


def image_film(film: Film, settings: SemSettings, rng: np.random.Generator) -> FilmImage:
    """Image a film with secondary electrons.

    Signal = yield ∝ 1/cos(tilt), limited × channelling contrast of the grain ×
    shadow of its neighbours; then point spread, shading, line offsets, and
    Poisson noise of the dose.

    Parameters
    ----------
    film : Film
    settings : SemSettings
    rng : numpy.random.Generator
        Equal states give equal images.

    Returns
    -------
    FilmImage
        With a databar below the film where the settings ask for one.

    Examples
    --------
    >>> from grainscope.settings import SemSettings
    >>> bare = Film(np.zeros((64, 96), "i4"), np.zeros((64, 96)), np.empty((0, 2)), np.empty(0), 5)
    >>> image_film(bare, SemSettings(databar=False), np.random.default_rng(0)).intensity.shape
    (64, 96)
    """
    level = _emitted(film, settings, rng) * _shadow(film)
    blur_px = settings.blur_nm / film.pixel_size_nm
    if blur_px > 0:
        level = np.asarray(cv2.GaussianBlur(level, (0, 0), blur_px), np.float32)
    level = _drifted(level, settings, rng)
    intensity = _counted(level, settings.electrons_per_pixel, rng)
    if not settings.databar:
        return FilmImage(intensity, film.labels, 0, "", film.pixel_size_nm)
    strip, bar_px, bar_label = draw_strip(film.labels.shape[1], film.pixel_size_nm)
    labels = np.vstack([film.labels, np.zeros(strip.shape, np.int32)])
    return FilmImage(np.vstack([intensity, strip]), labels, bar_px, bar_label, film.pixel_size_nm)


def _emitted(film: Film, settings: SemSettings, rng: np.random.Generator) -> NDArray[np.float32]:
    """Yield of grains and film before anything is lost, of full scale."""
    shape = film.labels.shape
    channelling = 1 + settings.contrast_spread * rng.uniform(-1, 1, len(film.radii_nm) + 1)
    facet_px = np.maximum(film.radii_nm.max(initial=1.0) / 3, 30.0) / film.pixel_size_nm
    facets = 1 + settings.contrast_spread * _FACETS * smooth_noise(shape, facet_px, rng)
    rim = _RIM * (_secant(film.relief_px) - 1) / (_LARGEST_SECANT - 1)
    grain = settings.grain_contrast * channelling.astype(np.float32)[film.labels] * facets
    texture = smooth_noise(shape, _TEXTURE_NM / film.pixel_size_nm, rng)
    bare = _FILM_LEVEL * (1 + _TEXTURE * texture)
    return np.asarray(
        np.where(film.labels > 0, _FILM_LEVEL + grain * (0.85 + rim), bare), np.float32
    )


def _secant(relief_px: NDArray[np.float32]) -> NDArray[np.float32]:
    """1/cos(tilt) = √(1 + |∇h|²), limited."""
    slope_y = cv2.Sobel(relief_px, cv2.CV_32F, 0, 1, scale=1 / 8)
    slope_x = cv2.Sobel(relief_px, cv2.CV_32F, 1, 0, scale=1 / 8)
    secant = np.sqrt(1 + slope_x**2 + slope_y**2)
    return np.asarray(np.minimum(secant, _LARGEST_SECANT), np.float32)


def _shadow(film: Film) -> NDArray[np.float32]:
    """Share of electrons that escape: fewer where the surroundings stand higher."""
    reach_px = _SHADOW_NM / film.pixel_size_nm
    surroundings = cv2.GaussianBlur(film.relief_px, (0, 0), reach_px)
    depth = np.maximum(surroundings - film.relief_px, 0.0) / reach_px
    return np.asarray(1 - _SHADOW * np.minimum(depth, 1.0), np.float32)


def _drifted(
    level: NDArray[np.float32], settings: SemSettings, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Add shading (a smooth factor) and the offset of each scan line."""
    height, width = level.shape
    shading = smooth_noise((height, width), 2.0 * max(height, width), rng)
    lines = settings.line_jitter * rng.standard_normal((height, 1))
    drifted = level * (1 + settings.shading * shading) + lines
    return np.asarray(drifted, np.float32)


def _counted(
    level: NDArray[np.float32], electrons_per_pixel: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Count electrons: a level L gives N ~ Poisson(L·dose), so its variance is L/dose."""
    counts = rng.poisson(np.clip(level, 0.0, 1.0) * electrons_per_pixel)
    grey = np.rint(counts * (255.0 / electrons_per_pixel))
    return np.asarray(np.clip(grey, 0, 255), np.uint8)
