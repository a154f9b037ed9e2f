"""The verb: a training scene, every property of it drawn at random, with its true grains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.opencv import cv2
from grainscope.synthetic.film import FilmImage
from grainscope.synthetic.scene_annotation import annotated
from grainscope.synthetic.scene_appearance import grain_brightness
from grainscope.synthetic.scene_draws import choose, happens, log_uniform
from grainscope.synthetic.scene_layout import Layout, draw_layout, tidied
from grainscope.synthetic.scene_microscope import compressed, drifted, grey_levels, noisy
from grainscope.synthetic.scene_substrate import draw_substrate
from grainscope.synthetic.scene_visibility import (
    contact_visibility,
    edge_contrast,
    least_contrast,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: A scene is drawn this much larger or smaller and then resampled, as pictures in papers are.
_ZOOMS = {1.0: 0.35, 1.5: 0.25, 2.0: 0.22, 0.7: 0.18}
#: Widest point spread, of the diameter of a small grain: what is blurrier shows no grains.
_WIDEST_SPREAD = 0.28


def draw_scene(shape_px: tuple[int, int], rng: np.random.Generator) -> FilmImage:
    """Draw a micrograph of no particular material, for training.

    Sizes, shapes, arrangement and shading of the grains, the film between them,
    the microscope and what is burnt into the picture are all drawn from `rng`,
    over a range meant to contain micrographs that were never seen
    (domain randomisation: Tobin et al., IROS 2017, doi:10.1109/IROS.2017.8202133).

    Parameters
    ----------
    shape_px : (int, int)
        Rows and columns, at least 32 each.
    rng : numpy.random.Generator
        Equal states give equal scenes.

    Returns
    -------
    FilmImage
        Grains are brighter than the film at their edge. The truth holds what
        can be seen: grains of 8 px or more with a contrast above the noise,
        without what lies under letters. No scale bar is given.

    Examples
    --------
    >>> scene = draw_scene((96, 128), np.random.default_rng(0))
    >>> scene.intensity.shape, scene.intensity.dtype, bool(scene.labels.max() > 0)
    ((96, 128), dtype('uint8'), True)
    """
    while True:
        zoom = choose(rng, _ZOOMS)
        drawn_px = (round(shape_px[0] * zoom), round(shape_px[1] * zoom))
        layout = draw_layout(drawn_px, zoom, rng)
        level, deviation = _imaged(layout, zoom, rng)
        level, labels = _resampled(level, layout.labels, shape_px)
        contrast = edge_contrast(level, labels)
        seen = contrast >= 0.5 * least_contrast(labels, deviation)
        intensity = grey_levels(noisy(level, deviation, rng), rng)
        labels = np.where(seen[labels], labels, 0).astype(np.int32)
        if happens(rng, 0.2):
            intensity, burnt = annotated(intensity, rng)
            labels[burnt] = 0
        intensity = compressed(intensity, rng)
        labels = tidied(Layout(labels, np.zeros(shape_px, np.float32))).labels
        if labels.any():
            return FilmImage(intensity, labels, 0, "", 1.0)


def _imaged(
    layout: Layout, zoom: float, rng: np.random.Generator
) -> tuple[NDArray[np.float32], float]:
    """Return the picture before noise and grey levels, and the noise that it will get."""
    contrast = rng.uniform(0.12, 0.7)
    film_level = rng.uniform(0.03, 0.9 - contrast)
    bright = np.float32(contrast) * grain_brightness(layout, rng)
    faintest = _faintest(bright, layout.labels)
    spread_px = _point_spread_px(layout.labels, zoom, rng)
    deviation = faintest / choose(rng, {2.0: 0.25, 7.0: 0.35, 30.0: 0.4}) * rng.uniform(0.5, 2.0)
    film = np.float32(faintest) * draw_substrate(layout.labels.shape, rng)
    film = _lit_beside_grains(film, layout.labels, contrast, rng)
    level = np.where(layout.labels > 0, bright, film).astype(np.float32)
    for _ in range(2):
        level = level + _lacking(level, layout.labels, spread_px, deviation)
    level = np.asarray(cv2.GaussianBlur(level, (0, 0), spread_px), np.float32)
    deviation = min(deviation, contact_visibility(level, layout.labels))
    return drifted(level, contrast, rng) + np.float32(film_level), deviation


def _faintest(bright: NDArray[np.float32], labels: NDArray[np.int32]) -> float:
    """Return the mean brightness of a grain that is fainter than nine of ten others."""
    area = np.bincount(labels.ravel())[1:]
    means = np.bincount(labels.ravel(), bright.ravel())[1:] / area
    return float(np.quantile(means, 0.1))


def _point_spread_px(labels: NDArray[np.int32], zoom: float, rng: np.random.Generator) -> float:
    diameters = 2 * np.sqrt(np.bincount(labels.ravel())[1:] / np.pi)
    widest = float(np.clip(_WIDEST_SPREAD * np.quantile(diameters, 0.15), 0.6 * zoom, 3.2 * zoom))
    return log_uniform(rng, min(max(0.55, 0.45 * zoom), widest), widest)


def _lacking(
    level: NDArray[np.float32], labels: NDArray[np.int32], spread_px: float, deviation: float
) -> NDArray[np.float32]:
    """Return what each grain has to be raised by to be seen after the point spread."""
    blurred = np.asarray(cv2.GaussianBlur(level, (0, 0), spread_px), np.float32)
    area = np.maximum(np.bincount(labels.ravel()), 1)
    kept = 1 - np.exp(-area / (2 * np.pi * spread_px**2))  # of a disc's height, at its middle
    lacking = least_contrast(labels, deviation) - edge_contrast(blurred, labels)
    lacking = np.where(np.isfinite(lacking), np.maximum(lacking, 0.0) / np.maximum(kept, 0.3), 0.0)
    lacking[0] = 0.0
    return lacking.astype(np.float32)[labels]


def _lit_beside_grains(
    film: NDArray[np.float32],
    labels: NDArray[np.int32],
    contrast: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Add a halo or a dark moat round the grains, and shadows on one side of them."""
    solid = (labels > 0).astype(np.float32)
    if happens(rng, 0.3):
        halo = cv2.GaussianBlur(solid, (0, 0), log_uniform(rng, 1.5, 15.0))
        film = film + np.float32(contrast * rng.uniform(-0.5, 0.35)) * halo
    if happens(rng, 0.15):
        angle, reach = rng.uniform(0, 2 * np.pi), log_uniform(rng, 2.0, 10.0)
        move = np.array([[1, 0, reach * np.cos(angle)], [0, 1, reach * np.sin(angle)]])
        shadow = cv2.warpAffine(solid, move, solid.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
        shadow = cv2.GaussianBlur(shadow, (0, 0), reach / 2)
        film = film - np.float32(contrast * rng.uniform(0.1, 0.5)) * shadow
    return np.asarray(film, np.float32)


def _resampled(
    level: NDArray[np.float32], labels: NDArray[np.int32], shape_px: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    if level.shape == shape_px:
        return level, labels
    size = shape_px[::-1]
    way = cv2.INTER_AREA if level.shape[0] > shape_px[0] else cv2.INTER_CUBIC
    level = np.asarray(cv2.resize(level, size, interpolation=way), np.float32)
    nearest = cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST_EXACT)
    layout = tidied(Layout(np.asarray(nearest, np.int32), np.zeros(shape_px, np.float32)))
    return level, layout.labels
