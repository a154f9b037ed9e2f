"""What the microscope adds to a scene: point spread, charging, drift, noise, grey levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.opencv import cv2
from grainscope.synthetic.outlines import smooth_noise
from grainscope.synthetic.scene_draws import choose, happens, log_uniform

if TYPE_CHECKING:
    from numpy.typing import NDArray


def drifted(
    level: NDArray[np.float32], contrast: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Add what varies slowly or along a scan direction: shading, streaks, curtains, row offsets.

    Parameters
    ----------
    level : ndarray of float32, shape (H, W)
        Bare film near 0, grains above.
    contrast : float
        Typical height of grains above the film; everything added scales with it.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of float32, shape (H, W)

    Examples
    --------
    >>> drifted(np.zeros((16, 24), "f4"), 0.5, np.random.default_rng(0)).shape
    (16, 24)
    """
    height, width = level.shape
    if happens(rng, 0.5):
        shading = smooth_noise((height, width), rng.uniform(0.7, 2.5) * max(height, width), rng)
        level = level + np.float32(rng.uniform(0.05, 0.6) * contrast) * shading
    if happens(rng, 0.12):
        level = level + _streaks(level, rng)
    if happens(rng, 0.08):
        curtains = smooth_noise((1, width), log_uniform(rng, 3.0, 60.0), rng)
        level = level + np.float32(log_uniform(rng, 0.02, 0.15) * contrast) * curtains
    if happens(rng, 0.2):
        offsets = rng.standard_normal((height, 1), dtype=np.float32)
        level = level + np.float32(log_uniform(rng, 0.01, 0.08) * contrast) * offsets
    return level


def _streaks(level: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Tails along the rows, behind bright grains, of a detector or sample that recovers slowly."""
    length = log_uniform(rng, 10.0, 80.0)
    tail = np.exp(-np.arange(int(3 * length)) / length, dtype=np.float32)
    tail /= tail.sum()
    # filter2D correlates: with the anchor at its end the kernel reads earlier columns.
    smeared = cv2.filter2D(
        level,
        cv2.CV_32F,
        tail[::-1][None],
        anchor=(len(tail) - 1, 0),
        borderType=cv2.BORDER_REFLECT,
    )
    strength = choose(rng, {-1.0: 0.6, 1.0: 0.4}) * rng.uniform(0.1, 0.4)
    return np.float32(strength) * np.asarray(smeared, np.float32)


def noisy(
    level: NDArray[np.float32], deviation: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Add noise: constant or growing with the signal, white or smeared by the scan or a filter.

    Parameters
    ----------
    level : ndarray of float32, shape (H, W)
        Of full scale.
    deviation : float
        Standard deviation of the noise at the mean level, of full scale.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of float32, shape (H, W)
    """
    shot = rng.uniform(0.0, 1.0)
    mean = max(float(level.mean()), 0.02)
    variance = (1 - shot) + shot * np.clip(level / np.float32(mean), 0.1, 4.0)
    noise = rng.standard_normal(level.shape, dtype=np.float32)
    if happens(rng, 0.35):  # frame averaging with drift, resampling, a low-pass filter
        along, across = log_uniform(rng, 0.4, 1.5), log_uniform(rng, 0.4, 1.2)
        noise = cv2.GaussianBlur(noise, (0, 0), sigmaX=along, sigmaY=across)
        noise /= max(float(noise.std()), 1e-6)
    return np.asarray(level + np.float32(deviation) * np.sqrt(variance) * noise, np.float32)


def grey_levels(level: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Stretch to a range of grey levels, with a gamma; some pictures clip, some use little of it.

    Examples
    --------
    >>> grey_levels(np.zeros((4, 4), "f4"), np.random.default_rng(0)).dtype
    dtype('uint8')
    """
    clipped = choose(rng, {0.0: 0.4, 0.2: 0.35, 2.0: 0.25})  # percent at either end
    low, high = np.percentile(level, (clipped, 100 - clipped * rng.uniform(0.2, 1.0)))
    unit = np.clip((level - np.float32(low)) / np.float32(max(high - low, 1e-6)), 0.0, 1.0)
    unit = unit ** np.float32(np.exp(rng.uniform(-0.4, 0.4)))
    darkest, brightest = choose(rng, {(0, 255): 0.5, (20, 235): 0.3, (60, 170): 0.2})
    black, white = darkest + rng.uniform(0, 25), brightest - rng.uniform(0, 25)
    return np.asarray(np.rint(black + (white - black) * unit), np.uint8)


def compressed(intensity: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Leave the picture as it is, denoise it, or store it as JPEG: what happens before a paper."""
    if happens(rng, 0.12):
        intensity = np.asarray(cv2.medianBlur(intensity, 3))
    if happens(rng, 0.4):
        quality = int(rng.integers(50, 96))
        _, stored = cv2.imencode(".jpg", intensity, [cv2.IMWRITE_JPEG_QUALITY, quality])
        intensity = np.asarray(cv2.imdecode(stored, cv2.IMREAD_GRAYSCALE))
    return np.asarray(intensity, np.uint8)
