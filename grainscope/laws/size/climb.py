"""Newton's way to the top of a log-likelihood inside a box of bounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

#: Value and gradient of a log-likelihood.
Score = Callable[["Vector"], tuple[float, "Vector"]]

_DIFFERENCE = 1e-5
_LONGEST_STEP = 1.0
_MOST_HALVINGS = 12


@dataclass(frozen=True)
class Box:
    """Bounds of a search, each of shape (P,).

    Examples
    --------
    >>> Box(np.zeros(2), np.ones(2)).clip(np.array([-1.0, 0.5]))
    array([0. , 0.5])
    """

    low: Vector
    high: Vector

    def clip(self, point: Vector) -> Vector:
        """Return the nearest point of the box."""
        return np.minimum(np.maximum(point, self.low), self.high)


@dataclass(frozen=True)
class Top:
    """Where a climb ended: the point, the log-likelihood and its gradient there."""

    point: Vector
    value: float
    gradient: Vector


def climb(score: Score, start: Vector, box: Box, held: int | None = None, steps: int = 60) -> Top:
    """Return the top of a log-likelihood near a starting point.

    Each step is Newton's, with the absolute values of the curvatures, so that it
    leads uphill on a saddle as well; it is halved until it gains. A coordinate at a
    bound which the gradient pushes against rests there. The climb ends where a
    step promises less than 1e-7.

    Parameters
    ----------
    score : callable
        Value and gradient at a point.
    start : ndarray of float64, shape (P,)
        Coordinates in which a step of 1 is a long one.
    box : Box
        Bounds.
    held : int, optional
        A coordinate that stays as it is.
    steps : int
        Most steps.

    Returns
    -------
    Top

    References
    ----------
    Y. N. Dauphin et al., NeurIPS 27 (2014), for the absolute curvatures.

    Examples
    --------
    >>> def score(u):
    ...     return -((u[0] - 1) ** 2) - (u[1] - 5) ** 4, np.array(
    ...         [-2 * (u[0] - 1), -4 * (u[1] - 5) ** 3]
    ...     )
    >>> climb(score, np.zeros(2), Box(np.zeros(2), np.full(2, 3.0))).point.round(6)
    array([1., 3.])
    """
    point = box.clip(start)
    value, gradient = score(point)
    top = Top(point, value, gradient)
    for _ in range(steps):
        free = _free(top, box, held)
        if not free.any():
            break
        step = _step(top, -curvature(score, top, free), free)
        if 0.5 * abs(step @ top.gradient) < 1e-7:
            break
        higher = _higher(score, top, step, box)
        if higher is None:
            break
        top = higher
    return top


def curvature(score: Score, top: Top, free: NDArray[np.bool_]) -> Vector:
    """Return the second derivatives along free coordinates, by differences of the gradient.

    Parameters
    ----------
    score : callable
        Value and gradient at a point.
    top : Top
        Where.
    free : ndarray of bool, shape (P,)
        The F coordinates to take.

    Returns
    -------
    ndarray of float64, shape (F, F)
        Symmetric.
    """
    axes = np.flatnonzero(free)
    hessian = np.empty((len(axes), len(axes)))
    for row, axis in enumerate(axes):
        moved = top.point.copy()
        moved[axis] += _DIFFERENCE
        hessian[row] = (score(moved)[1] - top.gradient)[axes] / _DIFFERENCE
    return 0.5 * (hessian + hessian.T)


def _free(top: Top, box: Box, held: int | None) -> NDArray[np.bool_]:
    pushed_down = (top.point <= box.low) & (top.gradient <= 0)
    pushed_up = (top.point >= box.high) & (top.gradient >= 0)
    free = ~(pushed_down | pushed_up)
    if held is not None:
        free[held] = False
    return free


def _step(top: Top, information: Vector, free: NDArray[np.bool_]) -> Vector:
    curvatures, axes = np.linalg.eigh(information)
    curvatures = np.maximum(np.abs(curvatures), 1e-8 * np.abs(curvatures).max() + 1e-12)
    inner = axes @ ((axes.T @ top.gradient[free]) / curvatures)
    step = np.zeros(len(top.point))
    step[free] = inner / max(1.0, np.abs(inner).max() / _LONGEST_STEP)
    return step


def _higher(score: Score, top: Top, step: Vector, box: Box) -> Top | None:
    for halving in range(_MOST_HALVINGS):
        point = box.clip(top.point + step * 0.5**halving)
        value, gradient = score(point)
        if value > top.value:
            return Top(point, value, gradient)
    return None
