"""How far two distributions are from one another, counted with weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def two_sample_distances(
    weight_a: NDArray[np.float64], weight_b: NDArray[np.float64], n_a: float, n_b: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Kolmogorov–Smirnov and Anderson–Darling distances of D pairs of samples.

    With F and G the shares of weight up to each value, and H that of both
    together (n_a F + n_b G over n = n_a + n_b),

        D = max |F − G|,   A² = (n_a n_b / n) Σ ΔH (F − G)² / (H (1 − H)),

    the sum over all values but the largest. For unit weights and no ties it is
    the two-sample A² before normalisation.

    Parameters
    ----------
    weight_a, weight_b : ndarray of float64, shape (D, M)
        Weights at the same M ascending values, no two of them equal; each row sums
        to more than 0.
    n_a, n_b : float
        How many grains each is worth.

    Returns
    -------
    ks, ad : ndarray of float64, shape (D,)

    References
    ----------
    A. N. Pettitt, Biometrika 63, 161 (1976); F. W. Scholz and M. A. Stephens,
    J. Am. Stat. Assoc. 82, 918 (1987).

    Examples
    --------
    >>> a, b = np.array([[1.0, 0, 1, 0]]), np.array([[0.0, 1, 0, 1]])
    >>> ks, ad = two_sample_distances(a, b, 2, 2)
    >>> ks.round(3), ad.round(3)
    (array([0.5]), array([0.667]))
    """
    below_a, below_b = (
        np.cumsum(weight, axis=1) / weight.sum(axis=1)[:, None] for weight in (weight_a, weight_b)
    )
    gap = below_a - below_b
    both = (n_a * below_a + n_b * below_b) / (n_a + n_b)
    step = np.diff(both, axis=1, prepend=0.0)
    inner = (both > 1e-12) & (both < 1 - 1e-12)
    spread = np.where(inner, both * (1 - both), 1.0)
    parts = np.where(inner, step * gap**2 / spread, 0.0)
    return np.abs(gap).max(axis=1), n_a * n_b / (n_a + n_b) * parts.sum(axis=1)
