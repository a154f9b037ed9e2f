"""How residuals change with parameters at a point, and the step down that this suggests."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Column = NDArray[np.float64]
    Residual = Callable[[Column], Column]

_EPS = float(np.finfo(np.float64).eps)
#: A residual that is not finite, or above this, counts as this large.
HUGE = 1e100
#: Singular values of the Jacobian, its columns scaled to 1, below which nothing is told.
_BLIND = 1e-11


class Box(NamedTuple):
    """Bounds of P parameters; one whose bounds are equal is held."""

    low: Column
    high: Column

    @property
    def free(self) -> NDArray[np.bool_]:
        """Which parameters are not held."""
        return self.low < self.high


class Point(NamedTuple):
    """Parameters and what they leave."""

    theta: Column
    residual: Column
    chi2: float


class Slope(NamedTuple):
    """The residuals near a point, taken as linear: J = Q·upper and Qᵀr = along.

    Attributes
    ----------
    jacobian : ndarray of float64, shape (K, P)
    upper : ndarray of float64, shape (P, P)
        Of the QR decomposition of the Jacobian, whose square JᵀJ would cost half the digits.
    along : ndarray of float64, shape (P,)
        The residual in the directions that parameters can change.
    norms : ndarray of float64, shape (P,)
        Lengths of the Jacobian's columns.
    """

    jacobian: NDArray[np.float64]
    upper: NDArray[np.float64]
    along: Column
    norms: Column

    def downhill(self, theta: Column, box: Box) -> NDArray[np.bool_]:
        """Return which parameters can lower the sum: not held, nor pressed against a bound."""
        gradient = self.upper.T @ self.along
        at_low, at_high = theta <= box.low, theta >= box.high
        pressed = (at_low & (gradient > 0)) | (at_high & (gradient < 0))
        return box.free & ~pressed & (self.norms > 0)

    def promised(self, theta: Column, box: Box) -> float:
        """Return by how much the sum of squares would fall if the residuals were linear."""
        moving = self.downhill(theta, box)
        if not moving.any():
            return 0.0
        ways, _ = np.linalg.qr(self.upper[:, moving] / self.norms[moving])
        return float(np.sum((ways.T @ self.along) ** 2))

    def rounding(self, theta: Column) -> float:
        """Return a fall of the sum of squares that is lost in the rounding of the residuals."""
        return 4 * float(np.sum((_EPS * self.norms * theta) ** 2))

    def step(self, theta: Column, box: Box, scale: Column, damping: float) -> tuple[Column, float]:
        """Return the damped step that keeps inside the box, and by how much it should lower χ².

        A parameter that would leave the box stops at the bound, and the others are
        solved for again.
        """
        step = np.zeros(len(theta))
        moving = self.downhill(theta, box)
        while moving.any():
            left = self.along + self.upper @ np.where(moving, 0.0, step)
            step[moving] = _damped(self.upper[:, moving] / scale[moving], left, damping)
            step[moving] /= scale[moving]
            there = theta + step
            outside = moving & ((there < box.low) | (there > box.high))
            if not outside.any():
                break
            step[outside] = (np.clip(there, box.low, box.high) - theta)[outside]
            moving &= ~outside
        left = self.along + self.upper @ step
        return step, float(self.along @ self.along - left @ left)

    def bent(
        self, at: Point, residual: Residual, step: Column, scale: Column, damping: float
    ) -> Column:
        """Return a damped step with its second order, where that is small against the first.

        Transtrum & Sethna, arXiv:1201.5885: the acceleration along the geodesic.
        """
        ahead = residual(at.theta + 0.1 * step)
        curve = 20.0 * ((ahead - at.residual) / 0.1 - self.jacobian @ step)
        top = self.upper / scale
        square = top.T @ top + max(damping, 1e-12) * np.eye(len(scale))
        try:
            bend = -0.5 * np.linalg.solve(square, self.jacobian.T @ curve / scale)
        except np.linalg.LinAlgError:  # directions that nothing tells of
            return step
        small = 2 * np.linalg.norm(bend) <= 0.75 * np.linalg.norm(step * scale)
        return np.asarray(step + bend / scale if small else step)

    def covariance(self, box: Box) -> NDArray[np.float64]:
        """Return (JᵀJ)⁻¹: 0 for held parameters, infinite on the diagonal where nothing is told."""
        free = box.free
        norms = np.where(self.norms > 0, self.norms, 1.0)[free]
        _, size, ways = np.linalg.svd(self.upper[:, free] / norms)
        seen = size > _BLIND * size.max(initial=0.0)
        half = ways[seen].T / size[seen] / norms[:, None]
        blind = np.zeros(len(free), bool)
        blind[free] = (np.abs(ways[~seen]) > 1e-6).any(axis=0)
        covariance = np.zeros((len(free), len(free)))
        covariance[np.ix_(free, free)] = half @ half.T
        np.fill_diagonal(covariance, np.where(blind, np.inf, np.diag(covariance)))
        return covariance


def _damped(top: NDArray[np.float64], left: Column, damping: float) -> Column:
    """Return the x that makes |top·x + left|² + damping·|x|² smallest."""
    rows, size, ways = np.linalg.svd(top, full_matrices=False)
    size = np.where(size > _EPS * size[0], size, 0.0)
    shrunk = np.divide(size, size**2 + damping, out=np.zeros_like(size), where=size > 0)
    return np.asarray(-ways.T @ (shrunk * (rows.T @ left)))


def slope_at(residual: Residual, at: Point, box: Box, lengths: Column) -> Slope:
    """Return the slope from differences on three points.

    Parameters
    ----------
    residual : callable
    at : Point
    box : Box
        Nothing outside it is asked for; columns of held parameters stay 0.
    lengths : ndarray of float64, shape (P,)
        By how much each parameter must change to move the residuals by their own size.

    Returns
    -------
    Slope

    Examples
    --------
    >>> at = Point(np.array([2.0]), np.array([4.0, 1.0]), 17.0)
    >>> box = Box(np.array([0.0]), np.array([np.inf]))
    >>> found = slope_at(lambda p: np.array([p[0] ** 2, 1.0]), at, box, np.array([1.0]))
    >>> found.jacobian.round(6).tolist(), round(found.promised(at.theta, box), 6)
    ([[4.0], [0.0]], 16.0)
    """
    from scipy.linalg.lapack import dgeqrf

    size = np.abs(at.theta)
    most = np.maximum(size, lengths)
    widths = np.minimum(np.clip(0.01 * lengths, 1e-7 * most, 6e-6 * most), (box.high - box.low) / 4)
    p = len(at.theta)
    both = np.zeros((max(len(at.residual), p), p + 1), order="F")
    rows = both[: len(at.residual)]
    rows[:, p] = at.residual
    for index in np.flatnonzero(box.free):
        rows[:, index] = _column(residual, at, box, int(index), float(widths[index]))
    upper = np.triu(dgeqrf(both)[0][:p])
    norms = np.sqrt((upper[:, :p] ** 2).sum(axis=0))
    return Slope(rows[:, :p], upper[:, :p], upper[:, p], norms)


def _column(residual: Residual, at: Point, box: Box, index: int, width: float) -> Column:
    """Differentiate by one parameter, on one side only at a bound or beside infinity."""
    value = at.theta[index]
    offsets = [-width, width]
    if value - width < box.low[index]:
        offsets[0] = 2 * width
    elif value + width > box.high[index]:
        offsets[1] = -2 * width
    sides = []
    for offset in offsets:
        moved = at.theta.copy()
        moved[index] += offset
        change = residual(moved) - at.residual
        if np.abs(change).max(initial=0.0) < HUGE / 2:
            sides.append((float(moved[index] - value), change))
    if len(sides) < 2:
        return sides[0][1] / sides[0][0] if sides else np.zeros_like(at.residual)
    (a, at_a), (b, at_b) = sides
    return np.asarray((at_a * (b / a) - at_b * (a / b)) / (b - a))


def lengths_at(residual: Residual, at: Point, box: Box) -> Column:
    """Return first lengths for `slope_at`: the parameters themselves; where 0, by trying."""
    lengths = np.abs(at.theta)
    for index in np.flatnonzero((lengths == 0) & box.free):
        width = float(box.high[index] - box.low[index])
        lengths[index] = _tried(residual, at, int(index), 1e-9 * (width if width < np.inf else 1.0))
    return lengths


def _tried(residual: Residual, at: Point, index: int, change: float) -> float:
    for _ in range(8):
        moved = at.theta.copy()
        moved[index] += change
        difference = float(np.linalg.norm(residual(moved) - at.residual))
        if difference > 1e-9 * np.sqrt(at.chi2):
            return float(change * np.sqrt(at.chi2 / len(at.residual)) / difference)
        change *= 1e3
    return change


def lengths_after(slope: Slope, at: Point, lengths: Column) -> Column:
    """Return lengths for the next slope, of which this one tells."""
    told = slope.norms > 0
    found = np.sqrt(at.chi2 / max(len(at.residual), 1)) / np.where(told, slope.norms, 1.0)
    return np.where(told & (found > 0), found, lengths)
