"""The film between the grains: its texture, its scratches and what lies on it that is no grain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.opencv import cv2
from grainscope.synthetic.outlines import smooth_noise
from grainscope.synthetic.scene_draws import choose, happens, log_uniform

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


def draw_substrate(shape_px: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw the bare film's deviation from its mean level.

    Parameters
    ----------
    shape_px : (int, int)
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of float32, shape (H, W)
        In units of the faintest grain's contrast: features near 1 look like
        faint grains without an edge, and are rare.

    Examples
    --------
    >>> draw_substrate((32, 48), np.random.default_rng(0)).shape
    (32, 48)
    """
    film = np.zeros(shape_px, np.float32)
    if happens(rng, 0.55):
        film += _blotches(shape_px, rng)
    marks: dict[Callable[[tuple[int, int], np.random.Generator], NDArray[np.float32]], float] = {
        _scratches: 0.13,
        _stripes: 0.06,
        _debris: 0.16,
        _pores: 0.1,
        _cracks: 0.06,
    }
    for mark, chance in marks.items():
        if happens(rng, chance):
            film += mark(shape_px, rng)
    return film


def _blotches(shape_px: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Texture at one or two wavelengths; sometimes ridged, as of a network of grain boundaries."""
    film = np.zeros(shape_px, np.float32)
    for _ in range(int(rng.integers(1, 3))):
        noise = smooth_noise(shape_px, log_uniform(rng, 2.5, 40.0), rng)
        if happens(rng, 0.25):
            noise = np.float32(0.7) - 2 * np.abs(noise)
        film += np.float32(log_uniform(rng, 0.03, 0.5)) * noise
    return film


def _lines(
    shape_px: tuple[int, int],
    ends_px: NDArray[np.float64],
    weights: NDArray[np.float64],
    thick_px: int,
) -> NDArray[np.float32]:
    """Draw straight lines between pairs of (column, row) ends, shape (n, 2, 2)."""
    film = np.zeros(shape_px, np.float32)
    for (start, end), weight in zip(np.rint(ends_px).astype(int).tolist(), weights, strict=True):
        cv2.line(film, start, end, float(weight), thick_px)
    return np.asarray(cv2.GaussianBlur(film, (0, 0), 0.7), np.float32)


def _scratches(shape_px: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Polishing marks: straight, in a few directions, bright or dark."""
    n = int(rng.integers(2, 40))
    angles = rng.uniform(0, np.pi) + rng.normal(0, rng.uniform(0.02, 0.6), n)
    middles = rng.random((n, 2)) * np.array(shape_px)[::-1]
    halves = 0.5 * rng.uniform(0.1, 1.5, (n, 1)) * min(shape_px)
    halves = halves * np.stack([np.cos(angles), np.sin(angles)], 1)
    ends = np.stack([middles - halves, middles + halves], 1)
    sign = choose(rng, {1.0: 0.4, -1.0: 0.6})
    return _lines(shape_px, ends, sign * rng.uniform(0.1, 0.8, n), 1)


def _stripes(shape_px: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Roll the film, or cut it in curtains: noise that varies across one direction only."""
    angle = rng.uniform(0, np.pi)
    rows, columns = np.indices(shape_px, dtype=np.float32)
    across = rows * np.float32(np.cos(angle)) + columns * np.float32(np.sin(angle))
    across -= across.min()
    pitch = log_uniform(rng, 2.0, 30.0)
    steps = np.arange(int(across.max() / pitch) + 2) * pitch
    levels = rng.standard_normal(len(steps)) * rng.uniform(0.1, 0.35)
    return np.interp(across, steps, levels).astype(np.float32)


def _debris(shape_px: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Bright specks without an edge: contamination, and grains below resolution."""
    film = np.zeros(shape_px, np.float32)
    density = log_uniform(rng, 2e-4, 2e-2)
    specks = rng.random(shape_px) < density
    film[specks] = rng.gamma(1.5, 1.0, int(specks.sum()))
    spread = log_uniform(rng, 0.8, 4.0)
    film = np.asarray(cv2.GaussianBlur(film, (0, 0), spread), np.float32)
    return film * np.float32(rng.uniform(0.1, 0.35) * 2 * np.pi * spread**2)


def _pores(shape_px: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Small dark holes, some with a bright rim."""
    film = np.zeros(shape_px, np.float32)
    for _ in range(int(log_uniform(rng, 3, 150))):
        centre = (int(rng.integers(shape_px[1])), int(rng.integers(shape_px[0])))
        cv2.circle(film, centre, int(rng.integers(1, 4)), -float(rng.uniform(0.3, 1.2)), -1)
    soft = cv2.GaussianBlur(film, (0, 0), 0.8)
    if happens(rng, 0.4):
        soft = 1.5 * soft - cv2.GaussianBlur(film, (0, 0), 2.0)
    return np.asarray(soft, np.float32)


def _cracks(shape_px: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Dark wandering lines with branches left out."""
    film = np.zeros(shape_px, np.float32)
    for _ in range(int(rng.integers(1, 8))):
        n = int(rng.integers(10, 60))
        headings = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.35, n))
        steps = 8.0 * np.stack([np.cos(headings), np.sin(headings)], 1)
        path = rng.random(2) * np.array(shape_px)[::-1] + np.cumsum(steps, axis=0)
        points = np.rint(path).astype(np.int32)
        cv2.polylines(film, [points], False, -float(rng.uniform(0.4, 1.5)), int(rng.integers(1, 3)))
    return np.asarray(cv2.GaussianBlur(film, (0, 0), 0.7), np.float32)
