"""Text art to labels and back, and the invariants that every edit keeps."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.measure import label

from grainscope.edits import apply_edit
from grainscope.records import Edit

DIGITS = ".123456789abcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def art():
    """Read text art: ``.`` is film, ``1``–``9`` and ``a``–``z`` are grains 1–35."""

    def read(text: str) -> np.ndarray:
        rows = [line.strip() for line in text.strip().splitlines()]
        return np.array([[DIGITS.index(c) for c in row] for row in rows], np.int32)

    return read


@pytest.fixture
def drawn_after():
    """Make an edit and draw the labels as text art."""

    def after(labels: np.ndarray, edit: Edit) -> list[str]:
        return ["".join(DIGITS[v] for v in row) for row in apply_edit(labels, edit)]

    return after


@pytest.fixture(scope="session")
def is_sound():
    """Tell whether every label is one 8-connected region."""

    def tell(labels: np.ndarray) -> bool:
        pieces = label(labels, connectivity=2)
        return pieces.max(initial=0) == len(np.unique(labels[labels > 0]))

    return tell
