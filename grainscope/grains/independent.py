"""What neighbours that are alike cost: in number of grains, and in the width of intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.tiles import drawn_again, widening

#: Relative step of the differences that give a law's scores.
_STEP = 1e-4

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.laws.size import SizeLaw, SizeSample

    Column = NDArray[np.float64]


def independent_number(
    x: Column, per_piece: NDArray[np.float64], n_draws: int, rng: np.random.Generator
) -> float:
    """Return how many independent grains would know mean and variance of x as well.

    A mean of n independent values has the variance σ²/n, their variance the
    variance (μ₄ − σ⁴)/n. Where the pieces of a film are drawn again, both vary
    more, as grains near one another are alike; n is what makes the variances of
    the draws equal to those, averaged over the two as 1/n.

    Parameters
    ----------
    x : ndarray of float64, shape (M,)
        Logarithms of size.
    per_piece : ndarray of float64, shape (P, M)
        Weights in each piece of film.
    n_draws : int
        Bootstrap draws.
    rng : numpy Generator
        Source of chance.

    Returns
    -------
    float
        At least 1; infinite where the draws do not vary.

    References
    ----------
    L. Kish, Survey Sampling (Wiley, 1965), on the design effect; S. N. Lahiri,
    Resampling Methods for Dependent Data (Springer, 2003), chapter 12.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x, piece = rng.standard_normal(2000), np.arange(2000) % 50
    >>> alone = (piece == np.arange(50)[:, None]).astype(float)
    >>> 1000 < independent_number(x, alone, 400, rng) < 4000
    True
    """
    total = per_piece.sum(axis=0)
    mean, variance = _mean_and_variance(x, total[None])
    fourth = float(total @ (x - mean[0]) ** 4 / total.sum())
    drawn = drawn_again(len(per_piece), n_draws, rng) @ per_piece
    drawn = drawn[drawn.sum(axis=1) > 0]
    means, variances = _mean_and_variance(x, drawn)
    spread = len(per_piece) / (len(per_piece) - 1)
    ratios = [
        spread * float(np.var(values)) / alone
        for values, alone in ((means, variance[0]), (variances, fourth - variance[0] ** 2))
        if alone > 1e-12
    ]
    per_grain = float(np.mean(ratios)) if ratios else 0.0
    return max(1 / per_grain, 1.0) if per_grain > 0 else float("inf")


def _mean_and_variance(x: Column, weight: NDArray[np.float64]) -> tuple[Column, Column]:
    total = weight.sum(axis=1)
    mean = weight @ x / total
    return mean, np.maximum(weight @ x**2 / total - mean**2, 0.0)


def cluster_stretch(
    law: SizeLaw,
    theta: tuple[float, ...],
    sample: SizeSample,
    piece: NDArray[np.int64],
    n_pieces: int,
) -> Column:
    """Return by what to stretch the interval of each parameter, as grains come in pieces.

    With scores s = ∂ ln f/∂θ, information H = Σ w s sᵀ and the sums g of w s over
    each piece, estimates vary by H⁻¹ (Σ g gᵀ) H⁻¹ over films made of such pieces,
    where independent grains would give H⁻¹. This is what drawing the pieces again
    tends to, without the draws. The factor is the root of the ratio of the
    diagonals, for few pieces widened as Student's t, and no smaller than one.

    Parameters
    ----------
    law, theta
        A fitted law.
    sample : SizeSample
        N grains, weights summing to the number that they are worth by those alone.
    piece : ndarray of int64, shape (N,)
        Which of the pieces each grain lies in.
    n_pieces : int
        P, at least 2.

    Returns
    -------
    ndarray of float64, one a parameter
        1 where the law has no score there (an end of a range).

    References
    ----------
    K.-Y. Liang and S. L. Zeger, Biometrika 73, 13 (1986); A. C. Cameron and D. L. Miller,
    J. Hum. Resour. 50, 317 (2015).
    """
    scores = np.stack([_score(law, theta, sample, k) for k in range(len(theta))])
    weighted = scores * sample.weight
    information = weighted @ scores.T
    sums = np.stack([np.bincount(piece, row, n_pieces) for row in weighted])
    inverse = np.linalg.pinv(information, hermitian=True)
    alone = np.diag(inverse)
    together = np.diag(inverse @ (sums @ sums.T) @ inverse)
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = widening(n_pieces) * np.sqrt(together / alone)
    return np.maximum(np.nan_to_num(factor, nan=1.0, posinf=1.0), 1.0)


def _score(law: SizeLaw, theta: tuple[float, ...], sample: SizeSample, k: int) -> Column:
    """Return ∂ ln f/∂θ_k of each grain by central differences, less its mean.

    At the top of a likelihood the mean is zero. An end of a range has no top
    there and every grain the same slope, which says nothing: it becomes 0.
    """
    low = law.parameters[k].low
    # A value above a bound stays above it, however small it is.
    step = _STEP * (theta[k] - low if np.isfinite(low) else max(abs(theta[k]), 1.0))
    moved = [(*theta[:k], theta[k] + sign * step, *theta[k + 1 :]) for sign in (1, -1)]
    with np.errstate(invalid="ignore"):
        above, below = (law.log_density(sample.x, values, sample.cut) for values in moved)
        slope = (above - below) / (2 * step)
    slope = np.where(np.isfinite(slope), slope, 0.0)
    mean = np.average(slope, weights=sample.weight)
    return np.where(np.abs(slope - mean) > 1e-6 * abs(mean), slope - mean, 0.0)
