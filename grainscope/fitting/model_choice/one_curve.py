"""Whether estimates of the same parameters agree, and what they say together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Column = NDArray[np.float64]


@dataclass(frozen=True)
class CommonValue:
    """What N estimates of P parameters have in common.

    Attributes
    ----------
    theta : ndarray of float64, shape (P,)
    covariance : ndarray of float64, shape (P, P)
        From the errors as they are stated.
    pulls : ndarray of float64, shape (N,)
        χ² of each estimate about the common one.
    dof : int
        (N − 1) P.
    p : float
        Chance of so large a disagreement; NaN for one estimate.
    """

    theta: Column
    covariance: NDArray[np.float64]
    pulls: Column
    dof: int
    p: float

    @property
    def scale(self) -> float:
        """√(χ²/dof) where that is above 1 (R. T. Birge, Phys. Rev. 40, 207 (1932))."""
        return float(np.sqrt(max(self.pulls.sum() / max(self.dof, 1), 1.0)))


def common_value(estimates: ArrayLike, covariances: ArrayLike) -> CommonValue:
    """Return the generalised least squares mean of estimates, and whether they agree.

    Parameters
    ----------
    estimates : array_like, shape (N, P)
    covariances : array_like, shape (N, P, P)

    Returns
    -------
    CommonValue

    Examples
    --------
    >>> found = common_value([[1.0], [3.0]], [[[1.0]], [[1.0]]])
    >>> found.theta.tolist(), found.pulls.sum().round(3).item(), round(found.p, 3)
    ([2.0], 2.0, 0.157)
    """
    from scipy.stats import chi2

    values = np.asarray(estimates, np.float64)
    weights = np.linalg.inv(np.asarray(covariances, np.float64))
    covariance = np.linalg.inv(weights.sum(axis=0))
    theta = covariance @ np.einsum("nij,nj->i", weights, values)
    off = values - theta
    pulls = np.einsum("ni,nij,nj->n", off, weights, off)
    dof = (len(values) - 1) * values.shape[1]
    p = float(chi2.sf(pulls.sum(), dof)) if dof else float("nan")
    return CommonValue(theta, covariance, pulls, dof, p)


def intrinsic_spread(values: Column, errors: Column) -> tuple[float, float, float]:
    """Return the scatter of values beyond their errors, with its 68 % profile interval.

    The largest likelihood of a normal distribution of variance τ² + error².

    Parameters
    ----------
    values, errors : ndarray of float64, shape (N,)
        N at least 2.

    Returns
    -------
    spread, low, high : float

    References
    ----------
    R. J. Hardy & S. G. Thompson, Stat. Med. 15, 619 (1996).

    Examples
    --------
    >>> intrinsic_spread(np.array([1.0, 1.0, 1.0]), np.full(3, 0.1))[:2]
    (0.0, 0.0)
    """
    widest = 20 * max(float(np.ptp(values)), float(errors.max()))
    spread = np.append(0.0, np.geomspace(1e-4, 1.0, 2000) * widest)
    variance = errors**2 + spread[:, None] ** 2
    mean = (values / variance).sum(axis=1) / (1 / variance).sum(axis=1)
    misfit = (np.log(variance) + (values - mean[:, None]) ** 2 / variance).sum(axis=1)
    inside = spread[misfit <= misfit.min() + 1]
    return float(spread[np.argmin(misfit)]), float(inside[0]), float(inside[-1])
