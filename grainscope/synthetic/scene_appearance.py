"""How bright a grain is: each as a whole, across its relief, inside, and where two touch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.opencv import cv2
from grainscope.synthetic.outlines import smooth_noise
from grainscope.synthetic.scene_draws import choose, happens, log_uniform
from grainscope.synthetic.scene_labels import borders, contacts, depth_px, distance_px
from grainscope.synthetic.scene_layout import Layout

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Spread of the grains' brightness that shows where two meet.
_TOLD_APART = 0.1


def grain_brightness(layout: Layout, rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw the brightness of every grain above the film.

    Parameters
    ----------
    layout : Layout
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of float32, shape (H, W)
        About 1 for the brightest grains, down to about 0.1 for the faintest; 0
        on bare film.

    Examples
    --------
    >>> from grainscope.synthetic.scene_layout import draw_layout
    >>> layout = draw_layout((64, 64), 1.0, np.random.default_rng(0))
    >>> bright = grain_brightness(layout, np.random.default_rng(1))
    >>> bool((bright[layout.labels == 0] == 0).all())
    True
    """
    radii = np.sqrt(np.bincount(layout.labels.ravel()) / np.pi)
    radii[0] = 0.0
    depth = depth_px(layout.labels)
    inside = _relief(layout, depth, radii, rng)
    for mark, chance in ((_texture, 0.4), (_stripes, 0.12), (_facets, 0.2), (_bumps, 0.14)):
        if happens(rng, chance):
            inside += mark(layout, radii, rng)
    # Tiny grains show no inside: the interaction volume is as wide as they are.
    plain = np.clip((radii - 2.0) / 6.0, 0.15, 1.0).astype(np.float32)[layout.labels]
    bright = np.maximum(1 + plain * (inside - 1), np.float32(0.25))
    amplitudes = _amplitudes(radii, rng)
    bright *= amplitudes[layout.labels]
    bright *= _contacts(layout.labels, float(amplitudes[1:].std()) > _TOLD_APART, rng)
    if happens(rng, 0.7):
        bright *= _below_others(layout, radii, rng)
    return np.where(layout.labels > 0, bright, np.float32(0)).astype(np.float32)


def _amplitudes(radii_px: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw the brightness of each grain as a whole, shape (n + 1,)."""
    n = len(radii_px)
    kind = choose(rng, {"alike": 0.3, "spread": 0.42, "faint ones": 0.14, "wide": 0.14})
    if kind == "alike":
        amplitude = 1 + rng.uniform(0.0, 0.06) * rng.standard_normal(n)
    elif kind == "spread":
        amplitude = rng.uniform(rng.uniform(0.35, 0.8), 1.0, n)
    elif kind == "faint ones":
        faint = rng.random(n) < rng.uniform(0.1, 0.6)
        amplitude = np.where(faint, rng.uniform(0.1, 0.3, n), rng.uniform(0.7, 1.0, n))
    else:
        amplitude = np.exp(rng.uniform(np.log(0.12), 0.0, n))
    if happens(rng, 0.3):  # small grains are thin, and lose light to the point spread
        thickness = (radii_px + 1e-6) / max(float(np.quantile(radii_px[1:], 0.9)), 1e-6)
        amplitude *= np.clip(thickness ** rng.uniform(0.1, 0.5), 0.25, 1.0)
    return np.clip(amplitude, 0.1, 1.2).astype(np.float32)


def _relief(
    layout: Layout,
    depth: NDArray[np.float32],
    radii: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Brightness across a grain's relief: rim, core, and light from one side; 1 where flat."""
    bright = np.ones(layout.labels.shape, np.float32)
    kind = choose(rng, {"flat": 0.22, "secant": 0.33, "core": 0.15, "ring": 0.15, "limb": 0.15})
    profile = layout.profile
    if kind == "secant":  # sphere: secondary electrons leave a grazing surface more easily
        secant = 1 / np.maximum(np.sqrt(1 - (1 - profile) ** 2), 0.3)
        bright += np.float32(rng.uniform(0.05, 0.45)) * (secant - 1.3)
    elif kind == "core":
        bright += np.float32(rng.uniform(0.2, 0.9)) * (profile - np.float32(0.6))
    elif kind == "limb":
        bright -= np.float32(rng.uniform(0.1, 0.6)) * profile ** np.float32(rng.uniform(0.5, 2))
    elif kind == "ring":  # a rim of one width on grains of all sizes
        rim = np.exp(-((depth / np.float32(log_uniform(rng, 1.0, 6.0))) ** 2))
        bright += np.float32(choose(rng, {1: 0.75, -0.45: 0.25}) * rng.uniform(0.15, 0.8)) * rim
    if happens(rng, 0.4):
        bright += _side_light(layout, depth, radii, rng)
    return bright


def _side_light(
    layout: Layout,
    depth: NDArray[np.float32],
    radii: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Lambert shading of spheres, or of flat tops with bevelled sides."""
    if happens(rng, 0.5):
        radius = radii.astype(np.float32)[layout.labels]
        height = radius * np.sqrt(np.maximum(1 - (1 - layout.profile) ** 2, 0.0))
    else:
        height = np.minimum(depth, np.float32(log_uniform(rng, 2.0, 12.0)))
    soft = cv2.GaussianBlur(height.astype(np.float32), (0, 0), 0.8)
    down = cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=1 / 8)
    right = cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=1 / 8)
    angle, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.6)
    towards = np.float32(np.cos(angle)) * right + np.float32(np.sin(angle)) * down
    lit = towards / np.sqrt(1 + right**2 + down**2)
    return np.asarray(np.float32(strength) * lit, np.float32)


def _texture(
    layout: Layout, radii: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Roughness of the surface, finer than the grain."""
    wavelength = rng.uniform(0.1, 0.8) * max(float(np.quantile(radii[1:], 0.8)), 5.0)
    noise = smooth_noise(layout.labels.shape, max(wavelength, 2.0), rng)
    return np.float32(log_uniform(rng, 0.03, 0.3)) * noise


def _stripes(
    layout: Layout, radii: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Layers or twins: parallel bands, turned anew in each grain."""
    rows, columns = np.indices(layout.labels.shape, dtype=np.float32)
    angles = rng.uniform(0, np.pi, len(radii)).astype(np.float32)[layout.labels]
    across = rows * np.cos(angles) + columns * np.sin(angles)
    pitch = np.maximum(radii * rng.uniform(0.15, 0.9), 3.0).astype(np.float32)[layout.labels]
    wave = np.sin(across / pitch * np.float32(2 * np.pi))
    if happens(rng, 0.5):
        wave = np.clip(4 * (wave - np.float32(rng.uniform(-0.8, 0.8))), -1, 1)
    return np.asarray(np.float32(rng.uniform(0.05, 0.25)) * wave, np.float32)


def _facets(
    layout: Layout, radii: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Crystal faces: each grain falls into sectors of different brightness round a flat top."""
    labels, n = layout.labels, len(radii)
    offsets = _from_middle(labels, 0.25 * radii * rng.standard_normal((2, n)))
    top = np.maximum(radii * rng.uniform(0.0, 0.6), 0.1).astype(np.float32)[labels]
    best, face = top, np.zeros(labels.shape, np.int64)
    sides = int(rng.integers(2, 7))
    turn = rng.uniform(0, 2 * np.pi, n)
    for k in range(sides):
        angle = (turn + 2 * np.pi * (k + rng.uniform(-0.3, 0.3, n)) / sides).astype(np.float32)
        along = np.cos(angle)[labels] * offsets[0] + np.sin(angle)[labels] * offsets[1]
        face = np.where(along > best, k + 1, face)
        best = np.maximum(along, best)
    levels = rng.uniform(-1, 1, (n, sides + 1)).astype(np.float32)
    return np.float32(rng.uniform(0.08, 0.4)) * levels[labels, face]


def _from_middle(
    labels: NDArray[np.int32], shifts_px: NDArray[np.float64]
) -> list[NDArray[np.float32]]:
    """Return each pixel's row and column from its grain's centre, moved by shifts (2, n + 1)."""
    n = shifts_px.shape[1]
    area = np.maximum(np.bincount(labels.ravel(), minlength=n), 1)
    offsets = []
    for place, shift in zip(np.indices(labels.shape, dtype=np.float32), shifts_px, strict=True):
        middle = np.bincount(labels.ravel(), place.ravel(), n) / area + shift
        offsets.append(place - middle.astype(np.float32)[labels])
    return offsets


def _bumps(
    layout: Layout, radii: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Knobs of one grain, as of a raspberry: bright in their middles, dark valleys between."""
    labels, n = layout.labels, len(radii)
    nearest = np.full(labels.shape, np.inf, np.float32)
    unit = np.maximum(radii, 1.0).astype(np.float32)[labels]
    down, across = (offset / unit for offset in _from_middle(labels, np.zeros((2, n))))
    knobs, turn = int(rng.integers(3, 12)), rng.uniform(0, 2 * np.pi, n)
    for k in range(knobs):
        angle = turn + 2.4 * k  # the golden angle spreads them evenly
        distance = np.sqrt((k + 0.5) / knobs) * rng.uniform(0.8, 1.05, n)
        dy = down - (distance * np.sin(angle)).astype(np.float32)[labels]
        dx = across - (distance * np.cos(angle)).astype(np.float32)[labels]
        nearest = np.minimum(nearest, dy * dy + dx * dx)
    knob = np.float32(1.0) - nearest * np.float32(0.5 * knobs)
    return np.asarray(np.float32(rng.uniform(0.1, 0.45)) * np.maximum(knob, -0.8), np.float32)


def _below_others(
    layout: Layout, radii: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Darken a grain beside one that lies on it; a factor, 1 where grains lie side by side."""
    labels = layout.labels
    outline = (0.15 + 1.5 / np.maximum(radii, 1.0)).astype(np.float32)[labels]
    # Only where another grain cuts it does a grain end far from its own outline.
    cut = borders(labels) & (labels > 0) & (layout.profile > outline)
    if not cut.any():
        return np.ones(labels.shape, np.float32)
    away, nearest = cv2.distanceTransformWithLabels(
        (~cut).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    grain_of = np.zeros(int(nearest.max()) + 1, np.int32)
    grain_of[nearest[cut]] = labels[cut]
    reach, strength = log_uniform(rng, 1.0, 10.0), rng.uniform(0.15, 0.6)
    shade = np.float32(strength) * np.exp(-away / np.float32(reach))
    return np.where(grain_of[nearest] == labels, 1 - shade, np.float32(1)).astype(np.float32)


def _contacts(
    labels: NDArray[np.int32], told_apart: bool, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Darken or brighten the line along which two grains touch; a factor.

    Grains of different brightness (``told_apart``) may meet without any line.
    """
    contact = contacts(labels)
    if not contact.any():
        return np.ones(labels.shape, np.float32)
    away = distance_px(~contact)
    kinds = {0.85: 0.35, 0.5: 0.35, 0.25: 0.2, -0.3: 0.1} | ({0.0: 0.3} if told_apart else {})
    darkening = choose(rng, kinds) * rng.uniform(0.7, 1.1)
    width = np.float32(log_uniform(rng, 0.7, 2.5))
    return np.asarray(1 - np.float32(darkening) * np.exp(-((away / width) ** 2)), np.float32)
