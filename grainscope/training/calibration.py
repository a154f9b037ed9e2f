"""From scores to confidences: what IoU a chosen region has on average, by its score."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SCORE_BINS = 12
#: The mean of fewer grains says little of an image.
_LEAST_GRAINS = 5
#: A bin in which all grains agree to this would else decide everything.
_LEAST_SD = 0.02
#: No image's mean IoU is farther off than 1, so b is at most 1/σ; and where σ is nowhere even
#: this large, as after a training too small to tell, b is at most what this gives.
_WIDEST_SD = 0.1
#: What lies within 0…1 spreads no more.
_MOST_SD = 0.5
#: σ and b each need the other; they settle within this many rounds.
_ROUNDS = 20


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
    last = np.searchsorted(share, np.arange(1, _SCORE_BINS) / _SCORE_BINS * (1 + 1e-9)) - 1
    part = np.searchsorted(score[order][np.maximum(last, 0)], score)  # equal scores stay together
    mass = np.asarray(np.bincount(part, weight, _SCORE_BINS), np.float64)
    x = np.bincount(part, weight * score, _SCORE_BINS) / np.maximum(mass, 1e-300)
    y = np.bincount(part, weight * value, _SCORE_BINS) / np.maximum(mass, 1e-300)
    return x[mass > 0], _isotonic(y[mass > 0], mass[mass > 0])


def residual_spread(
    knots: NDArray[np.float64],
    score: NDArray[np.float64],
    residual: NDArray[np.float64],
    image: NDArray[np.int64],
    weight: NDArray[np.float64],
) -> tuple[NDArray[np.float64], float]:
    """Spread of found IoUs around their calibration: within an image, and from image to image.

    A residual is taken as σ(score) (b + e), with e of variance 1 and one b an
    image: where grains of some score differ much, so do images. The variance of
    b is that of the images' mean residuals, each divided by its σ, less what e
    alone gives them, over images of at least five grains.

    Parameters
    ----------
    knots : ndarray of float64, shape (K,)
        Scores at which σ is wanted.
    score, residual, weight : ndarray of float64, shape (N,)
        Of each grain; the residual is its IoU less the calibrated one.
    image : ndarray of int64, shape (N,)
        Image of each grain, numbered from 0.

    Returns
    -------
    within : ndarray of float64, shape (K,)
        σ of the grains nearest to each knot.
    between : float
        Standard deviation of b.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> image = np.repeat(np.arange(200), 50)
    >>> residual = 0.2 * (rng.normal(0, 0.5, 200)[image] + rng.normal(0, 1, 10_000))
    >>> one = np.ones(10_000)
    >>> within, between = residual_spread(np.array([0.5]), one, residual, image, one)
    >>> within.round(2), round(between, 1)
    (array([0.2]), 0.5)
    """
    n = np.bincount(image)
    nearest = np.searchsorted((knots[1:] + knots[:-1]) / 2, score)
    told = weight * (n > 1)[image]  # a grain alone in its image tells nothing of e
    mass = np.maximum(np.bincount(nearest, told, len(knots)), 1e-300)
    sigma = np.ones(len(score))
    for _ in range(_ROUNDS):
        b = np.bincount(image, residual / sigma) / np.maximum(n, 1)
        square = (residual - sigma * b[image]) ** 2 * (n / np.maximum(n - 1, 1))[image]
        within = np.sqrt(np.bincount(nearest, told * square, len(knots)) / mass)
        within = np.minimum(within, _MOST_SD)
        sigma = np.maximum(within, _LEAST_SD)[nearest]
    many = np.flatnonzero(n >= _LEAST_GRAINS)
    if len(many) < 2:
        return within, 0.0
    b = np.bincount(image, residual / sigma)[many] / n[many]
    share = np.bincount(image, weight)[many]
    centre = np.average(b, weights=share)
    variance = np.average((b - centre) ** 2 - 1 / n[many], weights=share)
    most = 1 / max(float(within.max()), _WIDEST_SD)
    return within, min(float(np.sqrt(max(variance, 0.0))), most)


def _isotonic(value: NDArray[np.float64], mass: NDArray[np.float64]) -> NDArray[np.float64]:
    blocks: list[list[float]] = []
    for v, m in zip(value, mass, strict=True):
        blocks.append([v, m, 1])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            v2, m2, n2 = blocks.pop()
            v1, m1, n1 = blocks.pop()
            blocks.append([(v1 * m1 + v2 * m2) / (m1 + m2), m1 + m2, n1 + n2])
    return np.repeat([b[0] for b in blocks], [int(b[2]) for b in blocks])
