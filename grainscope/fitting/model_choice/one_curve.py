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
    shared : float
        What is off in all estimates alike, in its standard deviations; 0 without any.
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
    shared: float = 0.0

    @property
    def chi2(self) -> float:
        """Of the estimates, and of what they share."""
        return float(self.pulls.sum()) + self.shared**2

    @property
    def scale(self) -> float:
        """√(χ²/dof) where that is above 1 (R. T. Birge, Phys. Rev. 40, 207 (1932))."""
        return float(np.sqrt(max(self.chi2 / max(self.dof, 1), 1.0)))


def common_value(
    estimates: ArrayLike, covariances: ArrayLike, levers: ArrayLike | None = None
) -> CommonValue:
    """Return the generalised least squares mean of estimates, and whether they agree.

    Something that is off in all of them alike, such as the zero of a field, is no noise of
    each: it neither averages out nor makes them differ. It is one unknown more, of known
    standard deviation.

    Parameters
    ----------
    estimates : array_like, shape (N, P)
    covariances : array_like, shape (N, P, P)
        Of the noise of each.
    levers : array_like, shape (N, P), optional
        By what one standard deviation of what is shared moves each estimate.

    Returns
    -------
    CommonValue

    Examples
    --------
    >>> found = common_value([[1.0], [3.0]], [[[1.0]], [[1.0]]])
    >>> found.theta.tolist(), found.pulls.sum().round(3).item(), round(found.p, 3)
    ([2.0], 2.0, 0.157)

    What moves both by 1 moves their mean by 1: a variance of ½ + 1.

    >>> common_value([[1.0], [3.0]], [[[1.0]], [[1.0]]], [[1.0], [1.0]]).covariance.round(3)
    array([[1.5]])
    """
    from scipy.stats import chi2

    values = np.asarray(estimates, np.float64)
    weights = np.linalg.inv(np.asarray(covariances, np.float64))
    count, size = values.shape
    dof = (count - 1) * size
    design = np.broadcast_to(np.eye(size), weights.shape)
    if levers is not None:
        design = np.concatenate((design, np.asarray(levers, np.float64)[..., None]), axis=2)
    normal = np.einsum("nia,nij,njb->ab", design, weights, design)
    normal[size:, size:] += 1.0  # what is shared is 0 within 1
    covariance = np.linalg.inv(normal)
    found = covariance @ np.einsum("nia,nij,nj->a", design, weights, values)
    off = values - design @ found
    pulls = np.einsum("ni,nij,nj->n", off, weights, off)
    shared = float(found[size]) if levers is not None else 0.0
    p = float(chi2.sf(pulls.sum() + shared**2, dof)) if dof else float("nan")
    return CommonValue(found[:size], covariance[:size, :size], pulls, dof, p, shared)


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
