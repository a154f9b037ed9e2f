"""The film that benchmarks of corrections and of the window share.

Lets the others import the film and the processes that lie beside them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from grainscope.edits import compact
from grainscope.opencv import cv2
from grainscope.records import Frame, Micrograph, PixelSize, Segmentation

SIDE_PX, PITCH_PX = 4096, 31
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def film_of_discs() -> tuple[Micrograph, Segmentation]:
    """Return some 17,000 discs of mixed size, moved off a square lattice, a few touching."""
    labels = compact(_discs(np.random.default_rng(1)))
    size, frame = PixelSize(5.0, 0.0, "option"), Frame.whole(labels.shape)
    grey = np.where(labels > 0, 180, 60).astype(np.uint8)
    return Micrograph("film", grey, size, frame), Segmentation(labels, size, frame)


def _discs(rng: np.random.Generator) -> np.ndarray:
    labels = np.zeros((SIDE_PX, SIDE_PX), np.int32)
    places = np.arange(PITCH_PX // 2, SIDE_PX, PITCH_PX)
    for number, (y, x) in enumerate(np.stack(np.meshgrid(places, places), -1).reshape(-1, 2), 1):
        away = rng.integers(-5, 6, 2)
        cv2.circle(
            labels, (int(x + away[1]), int(y + away[0])), int(rng.integers(4, 13)), number, -1
        )
    return labels
