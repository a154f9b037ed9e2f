"""From scores to confidences: what IoU a chosen region has on average, by its score."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SCORE_BINS = 12


def rising_mean(
    score: NDArray[np.float64], value: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean of ``value`` as a rising step of ``score``, by pooling adjacent violators.

    Parameters
    ----------
    score, value, weight : ndarray of float64, shape (N,)

    Returns
    -------
    score, mean : ndarray of float64, shape (K,)
        Means of bins of equal weight, K at most 12, both rising; the identity on 0…1, so the
        score as it is, where N is below 120: too few to say better.

    Examples
    --------
    >>> score = np.linspace(0, 1, 1200)
    >>> x, y = rising_mean(score, (score > 0.5).astype(float), np.ones(1200))
    >>> len(x), y[[0, 5, 6, 11]]
    (12, array([0., 0., 1., 1.]))
    """
    if len(score) < 10 * _SCORE_BINS:
        return np.array([0.0, 1.0]), np.array([0.0, 1.0])
    order = np.argsort(score, kind="stable")
    share = np.cumsum(weight[order]) / weight.sum()
    part = np.minimum((share * _SCORE_BINS * (1 - 1e-9)).astype(int), _SCORE_BINS - 1)
    mass = np.asarray(np.bincount(part, weight[order], _SCORE_BINS), np.float64)
    x = np.bincount(part, (weight * score)[order], _SCORE_BINS) / np.maximum(mass, 1e-300)
    y = np.bincount(part, (weight * value)[order], _SCORE_BINS) / np.maximum(mass, 1e-300)
    return x[mass > 0], _isotonic(y[mass > 0], mass[mass > 0])


def _isotonic(value: NDArray[np.float64], mass: NDArray[np.float64]) -> NDArray[np.float64]:
    blocks: list[list[float]] = []
    for v, m in zip(value, mass, strict=True):
        blocks.append([v, m, 1])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            v2, m2, n2 = blocks.pop()
            v1, m1, n1 = blocks.pop()
            blocks.append([(v1 * m1 + v2 * m2) / (m1 + m2), m1 + m2, n1 + n2])
    return np.repeat([b[0] for b in blocks], [int(b[2]) for b in blocks])
