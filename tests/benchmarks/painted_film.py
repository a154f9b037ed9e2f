"""A film for timing: grains of mixed size, many of which touch, on noise."""

import numpy as np
from numpy.typing import NDArray

from grainscope.opencv import cv2


def paint_film(side_px: int, pitch_px: float, seed: int = 1) -> NDArray[np.uint8]:
    """Draw (side / pitch)² ellipses, one near each point of a square lattice.

    A pitch of 30.5 px gives 18,000 grains on 4096².
    """
    rng = np.random.default_rng(seed)
    grey = np.full((side_px, side_px), 60, np.float32)
    for y in np.arange(pitch_px / 2, side_px, pitch_px):
        for x in np.arange(pitch_px / 2, side_px, pitch_px):
            centre = (np.array([x, y]) + rng.uniform(-0.15, 0.15, 2) * pitch_px).astype(int)
            axes = (rng.uniform(0.2, 0.5, 2) * pitch_px).astype(int)
            level, turn = float(rng.uniform(140, 200)), float(rng.uniform(0, 180))
            cv2.ellipse(grey, centre.tolist(), axes.tolist(), turn, 0, 360, level, -1)
    grey = cv2.GaussianBlur(grey, (0, 0), 1.0)
    for row in range(0, side_px, 64):
        strip = grey[row : row + 64]
        strip += rng.normal(0, 8, strip.shape).astype(np.float32)
    return np.clip(grey, 0, 255).astype(np.uint8)
