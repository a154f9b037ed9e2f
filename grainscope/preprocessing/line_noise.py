"""Level rows that the scan shifted as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.strips import Strip, over_strips, strips_of
from grainscope.opencv import cv2

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Drift slower than this many rows is shading or grains, not line noise.
_DRIFT_ROWS = 5.0
#: Steps beyond this many robust standard deviations are grain edges.
_CLIP = 2.5
#: With fewer rows no drift can be told.
LEAST_ROWS = 3


def level_rows(
    intensity: NDArray[np.float32], out: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Remove the offset of each row against its neighbours.

    The step between two rows is the mean difference of their pixels without
    those that cross a grain edge; the running sum of steps, less its slow part,
    is the offset. Rows of grains and rows of film are not drawn together, as
    they would be by equal row means.

    Parameters
    ----------
    intensity : ndarray of float32, shape (H, W)
        Grey levels.
    out : ndarray of float32, shape (H, W), optional
        Filled here; may be ``intensity``.

    Returns
    -------
    ndarray of float32, shape (H, W)
        ``out``, or a new array.

    Examples
    --------
    >>> rows = np.zeros((64, 64), np.float32)
    >>> rows[20:44, 20:44] = 50
    >>> rows[30] += 6
    >>> float(rows[30, 0] - rows[29, 0])
    6.0
    >>> level = level_rows(rows)
    >>> bool(abs(level[30, 0] - level[29, 0]) < 0.5)
    True
    """
    few = intensity.shape[0] < LEAST_ROWS
    offset = np.zeros((1, 1), np.float32) if few else row_offsets(row_steps(intensity))
    return np.subtract(intensity, offset, out=out)


def row_steps(intensity: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the step from each of H rows to the next, shape (H - 1,); none looks further."""

    def below(strip: Strip) -> NDArray[np.float32]:
        return _row_steps(intensity[strip.first : strip.stop + 1])

    return np.concatenate(
        [np.zeros(0, np.float32), *over_strips(below, strips_of(len(intensity) - 1))]
    )


def row_offsets(steps: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return by how much each row of an image is shifted, shape (H, 1), from all its steps."""
    offset = np.concatenate([[0.0], np.cumsum(steps)]).astype(np.float32)
    slow = cv2.GaussianBlur(offset[:, None], (1, 0), sigmaX=1e-6, sigmaY=_DRIFT_ROWS)
    return np.asarray(offset[:, None] - slow.reshape(-1, 1), np.float32)


def _row_steps(intensity: NDArray[np.float32]) -> NDArray[np.float32]:
    # Compiled code loads only when there are rows to level.
    from grainscope.preprocessing.row_step_kernel import steps_of_film

    steps, middle, kept = steps_of_film(intensity, _CLIP)
    mean: NDArray[np.float32] = middle + steps.sum(axis=1) / np.maximum(kept, 1)
    return mean.astype(np.float32)
