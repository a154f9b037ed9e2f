"""Profile intervals: how far a parameter can go before the sum of squares has risen."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from grainscope.fitting.least_squares.descent import (
    CLOSELY,
    Minimum,
    descend,
    minimise,
    point_at,
    tamed,
)
from grainscope.fitting.least_squares.slope import Box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from grainscope.fitting.least_squares.slope import Column, Residual

#: How near √(rise) must come to 1 before the last interpolation.
_NEAR = 2e-3
#: Places on one side of the minimum that are tried at most.
_MOST_PLACES = 60
#: A profile that rises by less than this over a hundredfold way has come to rest.
_REST = 1e-3
#: Lower minima that are followed while profiling.
_MOST_MINIMA = 5


class Intervals(NamedTuple):
    """The minimum, and the ends of each parameter's interval, shape (P,)."""

    best: Minimum
    low: Column
    high: Column


def profile_interval(
    residual: Residual, best: Minimum, low: ArrayLike, high: ArrayLike, index: int, rise: float = 1
) -> tuple[float, float]:
    """Return where the profile of the sum of squares has risen by ``rise``, on either side.

    If a lower minimum is met on the way, the interval is that around the lower one.

    Parameters
    ----------
    residual, best, low, high
        Of `minimise`.
    index : int
        Which parameter.
    rise : float
        1 for 68.3 %; more where the errors are known up to a factor only.

    Returns
    -------
    low, high : float
        The bound itself where the profile does not rise so far before it: infinite
        where there is no bound. NaN where lower minima were met time and again.

    Examples
    --------
    >>> residual = lambda p: (p - 3.0) / 0.5
    >>> best = minimise(residual, [0.0], [-9.0], [9.0])
    >>> tuple(round(end, 4) for end in profile_interval(residual, best, [-9.0], [9.0], 0))
    (2.5, 3.5)
    """
    found = _profiled(residual, best, _box(low, high), (index,), rise)
    return float(found.low[index]), float(found.high[index])


def profile_intervals(
    residual: Residual, best: Minimum, low: ArrayLike, high: ArrayLike, rise: float = 1
) -> Intervals:
    """Return the intervals of all parameters, and the minimum that they are around.

    That is ``best``, unless a lower one was met on the way: then everything is
    profiled anew from there.

    Parameters
    ----------
    residual, best, low, high, rise
        Of `profile_interval`.

    Returns
    -------
    Intervals

    Examples
    --------
    >>> residual = lambda p: np.array([p[0] - p[1], p[1] - 2.0])
    >>> best = minimise(residual, [0.0, 0.0], [-9.0, -9.0], [9.0, 9.0])
    >>> profile_intervals(residual, best, [-9.0, -9.0], [9.0, 9.0]).high.round(4)
    array([3.4142, 3.    ])
    """
    return _profiled(residual, best, _box(low, high), range(len(best.theta)), rise)


def _box(low: ArrayLike, high: ArrayLike) -> Box:
    return Box(np.asarray(low, np.float64), np.asarray(high, np.float64))


def _profiled(
    residual: Residual, best: Minimum, box: Box, indices: Sequence[int], rise: float
) -> Intervals:
    """Profile, and start anew from a lower minimum where one is met."""
    ends = np.full((2, len(best.theta)), np.nan)
    for _ in range(_MOST_MINIMA):
        lower = None
        for index, row in product(indices, (0, 1)):
            walk = _Walk(tamed(residual), best, box, index, row, rise)
            ends[row, index], lower = walk.end()
            if lower is not None:
                break
        if lower is None:
            break
        best = minimise(residual, lower, box.low, box.high)
    return Intervals(best, ends[0], ends[1])


class _Place(NamedTuple):
    """So far from the minimum, all other parameters at their best."""

    distance: float
    height: float
    theta: Column


@dataclass
class _Walk:
    """Away from a minimum along one parameter, to where the height is 1.

    The height is the root of the rise of the sum of squares over ``rise``: straight in
    the distance where the problem is linear, so that few places find its crossing.
    """

    residual: Residual
    best: Minimum
    box: Box
    index: int
    row: int
    rise: float
    places: list[_Place] = field(default_factory=list)
    outer: _Place | None = None
    checked: float = np.inf

    def __post_init__(self) -> None:
        self.inner = _Place(0.0, 0.0, self.best.theta)

    def end(self) -> tuple[float, Column | None]:
        """Return the end of the interval, and a lower minimum if one was met."""
        value, bound = self.best.theta[self.index], self.box[self.row][self.index]
        farthest = abs(float(bound - value))
        with np.errstate(all="ignore"):
            distance, lower = self._crossing(farthest) if farthest > 0 else (0.0, None)
        return (bound if distance >= farthest else value + self._side * distance), lower

    def _crossing(self, farthest: float) -> tuple[float, Column | None]:
        distance = min(self._first(), farthest)
        for _ in range(_MOST_PLACES):
            place = self._place(distance)
            if place.height < 0:
                return np.nan, place.theta
            self._keep(place)
            if abs(place.height - 1) < _NEAR:
                return float(np.clip(self._aimed(), 0.98 * distance, 1.02 * distance)), None
            if self._is_over(farthest):
                break
            distance = min(self._next(), farthest)
        return (farthest if self.outer is None else self.outer.distance), None

    def _keep(self, place: _Place) -> None:
        self.places.append(place)
        if place.height >= 1:
            self.outer = place
            return
        self.inner = place
        if self.outer is not None and self.outer.distance <= place.distance:
            self.outer = None  # its other parameters were led astray

    def _is_over(self, farthest: float) -> bool:
        """Return whether there is no crossing, or it is a wall that is closed in on."""
        if self.outer is None:
            return self.inner.distance >= farthest or self._rests()
        closed = self.outer.distance - self.inner.distance < 1e-6 * self.outer.distance
        return closed and self.checked == self.outer.distance

    @property
    def _side(self) -> int:
        return 2 * self.row - 1

    @property
    def _straight(self) -> float:
        """Distance of height 1 if all were linear; 0 where the data do not tell."""
        variance = float(self.best.covariance[self.index, self.index])
        return float(np.sqrt(variance * self.rise)) if 0 < variance < np.inf else 0.0

    def _first(self) -> float:
        size = abs(float(self.best.theta[self.index]))
        return self._straight or 0.1 * size or 1e-6

    def _place(self, distance: float) -> _Place:
        """Return the height there; negative where the sum is lower than at the minimum."""
        at = float(self.best.theta[self.index] + self._side * distance)
        low, high = self.box.low.copy(), self.box.high.copy()
        low[self.index] = high[self.index] = at
        box = Box(low, high)
        points = (
            point_at(self.residual, np.clip(guess, low, high)) for guess in self._guesses(distance)
        )
        start = min(points, key=lambda point: point.chi2).theta
        found = descend(self.residual, start, box, CLOSELY, 1e-6 * self.rise).at
        rise = (found.chi2 - self.best.chi2) / self.rise
        lower = rise < -1e-4 - 1e-9 * self.best.chi2 / self.rise
        return _Place(distance, -1.0 if lower else float(np.sqrt(max(rise, 0.0))), found.theta)

    def _guesses(self, distance: float) -> list[Column]:
        """Return where the other parameters may be: along the valley, or where they were."""
        start = self.best.theta
        toward = self._side * self.best.covariance[:, self.index]
        toward = toward * (self.rise / self._straight**2 if self._straight else 0.0)
        toward = np.where(np.isfinite(toward), toward, 0.0)
        straight = start + toward * distance
        # Places of great height may have been led astray.
        good = [place for place in self.places if place.height < 3]
        if not good:
            return [straight, start]
        near = min(good, key=lambda place: abs(place.distance - distance))
        curve = (near.theta - start - toward * near.distance) / near.distance**2
        return [straight + curve * distance**2, near.theta, start]

    def _rests(self) -> bool:
        """Return whether the height no longer grows, however far one goes."""
        last = self.places[-1]
        size = max(abs(float(self.best.theta[self.index])), self._first())
        before = [p.height for p in self.places if p.distance <= last.distance / 100]
        return last.distance > 1e3 * size and bool(before) and last.height - before[-1] < _REST

    def _aimed(self) -> float:
        """Return the distance of height 1 from the last two places.

        With d = s h + g h², s known where all is linear near the minimum, and g itself
        taken as linear in the height h.
        """
        s, used = self._straight, [p for p in self.places if 0 < p.height < 1e3][-2:]
        g = [(p.distance / p.height - s) / p.height for p in used]
        if len(used) < 2 or abs(used[0].height - used[1].height) < 1e-6:
            return s + g[-1] if g else np.inf
        (h0, g0), (h1, g1) = ((p.height, value) for p, value in zip(used, g, strict=True))
        return float(s + g0 + (g1 - g0) * (1 - h0) / (h1 - h0))

    def _next(self) -> float:
        """Return the distance to try next: farther out, a wall once more, or in between."""
        inner, outer, aimed = self.inner.distance, self.outer, self._aimed()
        if outer is None:
            farther = 3 if len(self.places) < 4 else 10
            return aimed * (1 + 1e-4) if inner < aimed <= farther * inner else farther * inner
        if outer.height > 1.5 and inner > 0.9 * outer.distance and self.checked > outer.distance:
            self.checked = outer.distance
            return outer.distance
        halved = len(self.places) % 3 == 0
        if inner < aimed < outer.distance and not halved:
            return aimed
        far = outer.distance > 10 * inner > 0
        return float(np.sqrt(inner * outer.distance)) if far else 0.5 * (inner + outer.distance)
