"""Intervals from the profile of a log-likelihood."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.size.climb import Box, Score, Top, climb, curvature

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

_MOST_STEPS = 15


def profile_interval(score: Score, best: Vector, box: Box) -> tuple[Vector, Vector]:
    """Return the 68 % interval of each coordinate.

    The profile lp(t) is the largest log-likelihood with one coordinate held at t.
    The interval ends where z(t) = √(2 [l_max − lp(t)]) is 1, the 68.3 % point of
    its normal limit. As dlp/dt is the partial derivative at the constrained top, and
    z is nearly linear in t, Newton's steps on z arrive after two or three.

    Parameters
    ----------
    score : callable
        Value and gradient of the log-likelihood.
    best : ndarray of float64, shape (P,)
        Its top.
    box : Box
        Where to search.

    Returns
    -------
    low, high : ndarray of float64, shape (P,)
        Ends; infinite where the profile does not fall that far inside the box,
        which is to say that the data set no bound on that side.

    References
    ----------
    S. S. Wilks, Ann. Math. Stat. 9, 60 (1938); D. J. Venzon and S. H. Moolgavkar,
    Appl. Stat. 37, 87 (1988).

    Examples
    --------
    A normal log-likelihood of unit curvature and 25 times that:

    >>> def score(u):
    ...     return -0.5 * (u[0] ** 2 + 25 * u[1] ** 2), -u * np.array([1.0, 25.0])
    >>> low, high = profile_interval(score, np.zeros(2), Box(np.full(2, -9.0), np.full(2, 9.0)))
    >>> low.round(3), high.round(3)
    (array([-1. , -0.2]), array([1. , 0.2]))
    """
    top = Top(best, *score(best))
    covariance = _covariance(-curvature(score, top, np.ones(len(best), bool)))
    low, high = np.empty_like(best), np.empty_like(best)
    for axis in range(len(best)):
        low[axis] = _end(score, top, covariance[axis], box, (axis, -1.0))
        high[axis] = _end(score, top, covariance[axis], box, (axis, 1.0))
    return low, high


def _covariance(information: Vector) -> Vector:
    curvatures, axes = np.linalg.eigh(information)
    curvatures = np.maximum(np.abs(curvatures), 1e-8 * np.abs(curvatures).max() + 1e-12)
    return np.asarray((axes / curvatures) @ axes.T)


def _end(score: Score, top: Top, covariance: Vector, box: Box, way: tuple[int, float]) -> float:
    """Walk along one coordinate, the others at their best, to where z is 1."""
    axis, sign = way
    bound = (box.high if sign > 0 else box.low)[axis]
    inside, outside = 0.0, sign * (bound - top.point[axis])
    if not outside > 0:
        return sign * np.inf
    away = min(np.sqrt(covariance[axis]), 0.5 * outside)
    point = top.point + sign * away * covariance / covariance[axis]
    for _ in range(_MOST_STEPS):
        point = box.clip(point)
        point[axis] = top.point[axis] + sign * away
        here = climb(score, point, box, held=axis)
        point = here.point
        z = np.sqrt(max(0.0, 2 * (top.value - here.value)))
        slope = -sign * here.gradient[axis] / z if z > 0 else 0.0
        if z < 1:
            inside = away
        else:
            outside = away
        ahead = away + (1 - z) / slope if slope > 0 else np.inf
        if abs(z - 1) < 0.01:
            return float(top.point[axis] + sign * ahead)
        if z < 1 and away >= sign * (bound - top.point[axis]):
            return sign * np.inf
        away = ahead if inside < ahead < outside else _between(inside, outside, z)
    return float(top.point[axis] + sign * away)


def _between(inside: float, outside: float, z: float) -> float:
    """Go out threefold (or to the bound) while too near; halve the bracket when too far."""
    if z < 1:
        return min(outside, 3 * inside)
    return 0.5 * (inside + outside)
