"""About which field a curve is even: trapped flux and remanence of the magnet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

#: Knots of the even curve: one to so many rows, fewer rows until it fits, within bounds.
_ROWS_A_KNOT, _FEWEST_KNOTS, _MOST_KNOTS = (6, 4, 3), 4, 80
_FITS = 1.5
#: Elsewhere χ² must be so much larger, in units of what the curve leaves, for a centre to count.
_TOLD = 9.0
#: Offsets are looked for up to this share of the field that both signs reach.
_FARTHEST = 0.25
_SCANNED = 60
#: Of larger sweeps the rows nearest to zero decide, and so many are enough.
_MOST_ROWS = 2000
_FEWEST_ROWS = 12
#: Share of a coefficient's weight that draws it to zero.
_RIDGE = 1e-11
#: Values are taken as they are within so many errors, fields within this share of the rows.
_LINEAR_ERRORS, _LINEAR_FIELDS = 20.0, 0.15


@dataclass(frozen=True)
class EvenCentre:
    """The field about which a curve is even.

    Attributes
    ----------
    field_t, error_t : float
        Centre and standard deviation, which includes what the curve's own misfit adds.
    chi2_per_dof : float
        Of an even curve.
    """

    field_t: float
    error_t: float
    chi2_per_dof: float


def even_centre(field_t: Column, value: Column, error: Column) -> EvenCentre | None:
    """Return the field H0 for which the curve is an even function of H − H0.

    For each H0 a cubic spline is fitted to both branches together; its sum of squares is
    the profile of H0. No model of the curve is needed, and all its structure that is
    repeated at −H helps. Fields and values go through asinh, which is logarithmic where
    they are large, so that powers and exponentials are smooth, and linear about zero; of the
    field then the root, in which the cusp of |H|^p is smooth too.

    Parameters
    ----------
    field_t, value, error : ndarray of float64, shape (K,)
        In any order.

    Returns
    -------
    EvenCentre or None
        None where fewer than six rows lie on either side of zero field.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> h = np.linspace(-0.01, 0.01, 200)
    >>> y = np.abs(h - 3e-4) ** 0.66
    >>> found = even_centre(h, y + 0.01 * y * rng.standard_normal(200), 0.01 * y)
    >>> round(found.field_t * 1e4, 1), found.error_t < 1e-5
    (3.0, True)
    """
    overlap = min(float(field_t.max(initial=0.0)), -float(field_t.min(initial=0.0)))
    if min((field_t > 0).sum(), (field_t < 0).sum()) < _FEWEST_ROWS // 2 or overlap <= 0:
        return None
    near = np.argsort(np.abs(field_t), kind="stable")
    near = near[np.abs(field_t[near]) <= overlap * (1 + _FARTHEST)][:_MOST_ROWS]
    overlap = float(np.abs(field_t[near]).max()) / (1 + _FARTHEST)
    found = None
    for rows_a_knot in _ROWS_A_KNOT:
        n_knots = int(np.clip(len(near) // rows_a_knot, _FEWEST_KNOTS, _MOST_KNOTS))
        found = _Fold(field_t[near], value[near], error[near], overlap, n_knots).centre()
        if found is not None and found.chi2_per_dof < _FITS:
            break
    return found


class _Fold:
    def __init__(
        self, field_t: Column, value: Column, error: Column, overlap_t: float, n_knots: int
    ) -> None:
        # About zero values are told from noise alone; far above it their logarithm is smooth.
        unit = _LINEAR_ERRORS * float(np.min(error))
        self._weight = np.hypot(value, unit) / error
        self._field_t, self._y = field_t, np.arcsinh(value / unit) * self._weight
        self._unit_t = max(float(np.quantile(np.abs(field_t), _LINEAR_FIELDS)), 1e-12)
        self._farthest = _FARTHEST * overlap_t
        self._top_t = float(np.abs(field_t).max()) + self._farthest
        inner = np.unique(np.quantile(self._folded(0.0), np.linspace(0, 1, n_knots))[1:-1])
        top = np.sqrt(np.arcsinh(self._top_t / self._unit_t)) * (1 + 1e-9)
        self._knots = np.concatenate((np.zeros(4), inner[inner > 0], np.full(4, top)))

    def _folded(self, centre_t: float) -> Column:
        # In the root of the distance a cusp |H|^p is smooth enough for a spline, and H² is H⁴.
        distance = np.minimum(np.abs(self._field_t - centre_t), self._top_t)
        return np.sqrt(np.arcsinh(distance / self._unit_t))

    def chi2(self, centre_t: float) -> float:
        from scipy.interpolate import BSpline
        from scipy.linalg import cho_factor, cho_solve

        design = BSpline.design_matrix(self._folded(centre_t), self._knots, 3)
        design.data *= np.repeat(self._weight, 4)  # a row lies in four cubics
        normal = (design.T @ design).toarray()
        size = np.sqrt(normal.diagonal())
        size[size == 0] = 1.0
        normal /= size * size[:, None]
        # The ridge holds coefficients that no row tells; it is too small to be seen in others.
        normal[np.diag_indices_from(normal)] += _RIDGE
        fit = cho_solve(cho_factor(normal), design.T @ self._y / size) / size
        left = self._y - design @ fit
        return float(left @ left)

    def centre(self) -> EvenCentre | None:
        from scipy.optimize import minimize_scalar

        step = max(float(np.median(np.diff(np.sort(self._field_t)))), 1e-9 * self._farthest)
        reach = np.geomspace(step / 2, self._farthest, _SCANNED // 2)
        tried = np.concatenate((-reach[::-1], [0.0], reach))
        values = np.array([self.chi2(float(at)) for at in tried])
        best = int(np.argmin(values))
        ends = tried[max(best - 1, 0)], tried[min(best + 1, len(tried) - 1)]
        found = minimize_scalar(
            self.chi2, bounds=ends, method="bounded", options={"xatol": step * 1e-4}
        )
        dof = max(len(self._y) - len(self._knots) + 3, 1)
        scale = max(float(found.fun) / dof, 1.0)
        error = self._half_width(float(found.x), float(found.fun), scale, step)
        # A flat curve is even about any field: it tells of none.
        far = np.abs(tried - float(found.x)) > 5 * error
        if not far.any() or values[far].min() < float(found.fun) + _TOLD * scale:
            return None
        return EvenCentre(float(found.x), error, float(found.fun) / dof)

    def _half_width(self, best: float, least: float, scale: float, step: float) -> float:
        """Return half the distance of the places where χ² has risen by one (times the scale)."""
        ends = []
        for side in (-1.0, 1.0):
            inner, outer = 0.0, 0.25 * step
            while self.chi2(best + side * outer) - least < scale and outer < self._farthest:
                inner, outer = outer, 2 * outer
            for _ in range(8):
                middle = (inner + outer) / 2
                above = self.chi2(best + side * middle) - least >= scale
                inner, outer = (inner, middle) if above else (middle, outer)
            ends.append(outer)
        return float(np.mean(ends))
