"""Hall resistance against field → its odd part, and the slope of that at low field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import ELEMENTARY_CHARGE_C
from grainscope.fitting.model_choice.mixture import nested_quantiles
from grainscope.fitting.model_choice.window_choice import choose_window

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

_LEAST_ROWS = 4
_WINDOWS = 16
#: What a power costs, in ln K: with 1 the intervals of true lines are wider than they need be.
_PER_POWER = 2.0
#: Errors are believed unless so large a χ² has less than this chance.
_ODD = 0.16


@dataclass(frozen=True)
class OddPart:
    """Half the difference, and half the sum, of what ±B give; |B| ascending, shape (K,).

    Attributes
    ----------
    field_t, odd_ohm, even_ohm, error_ohm : ndarray of float64
        The error is that of either part.
    """

    field_t: Column
    odd_ohm: Column
    even_ohm: Column
    error_ohm: Column


def odd_part(field_t: Column, value_ohm: Column, error_ohm: Column) -> OddPart:
    """Antisymmetrise in ±B: (R(B) − R(−B))/2 at the fields of the sparser side.

    The denser side is interpolated; fields beyond the shorter side are left out. Rows at
    one field (repeats, sweeps up and down) are averaged first.

    Parameters
    ----------
    field_t, value_ohm, error_ohm : ndarray of float64, shape (K,)
        Offset of the field removed.

    Returns
    -------
    OddPart
        Empty where one sign is missing.

    Examples
    --------
    >>> b = np.linspace(-2, 2, 9)
    >>> found = odd_part(b, 0.5 * b + 3 + b**2, np.full(9, 0.1))
    >>> found.field_t, found.odd_ohm
    (array([0.5, 1. , 1.5, 2. ]), array([0.25, 0.5 , 0.75, 1.  ]))
    """
    sides = [merged_fields(sign * field_t, value_ohm, error_ohm) for sign in (1, -1)]
    if min(len(side[0]) for side in sides) < 2:
        nothing = np.empty(0)
        return OddPart(nothing, nothing, nothing, nothing)
    sparse, dense = sorted(sides, key=lambda side: len(side[0]))
    sign = 1.0 if sparse is sides[0] else -1.0
    slack = 1e-6 * float(dense[0][-1])
    inside = (sparse[0] >= dense[0][0] - slack) & (sparse[0] <= dense[0][-1] + slack)
    at, value, error = (column[inside] for column in sparse)
    other = np.interp(at, dense[0], dense[1])
    right = np.clip(np.searchsorted(dense[0], at), 1, len(dense[0]) - 1)
    share = np.clip((at - dense[0][right - 1]) / (dense[0][right] - dense[0][right - 1]), 0, 1)
    other_error = np.hypot((1 - share) * dense[2][right - 1], share * dense[2][right])
    return OddPart(
        at, sign * (value - other) / 2, (value + other) / 2, np.hypot(error, other_error) / 2
    )


def merged_fields(field_t: Column, value: Column, error: Column) -> tuple[Column, Column, Column]:
    """Return the rows at fields above 0, ascending, those at one field as their mean.

    Examples
    --------
    >>> b, r, e = merged_fields(np.array([2.0, 1, -1, 2]), np.array([3.0, 1, 9, 5]), np.ones(4))
    >>> b, r, e.round(3)
    (array([1., 2.]), array([1., 4.]), array([1.   , 0.707]))
    """
    positive = field_t > 0
    order = np.argsort(field_t[positive], kind="stable")
    b, y, e = (column[positive][order] for column in (field_t, value, error))
    if len(b) == 0:
        return b, y, e
    # Set points repeat to within a hundredth of what lies between them.
    new = np.append(True, np.diff(b) > 1e-3 * np.ptp(b) / max(len(b), 1) + 1e-9)
    group = np.cumsum(new) - 1
    weight = e**-2
    total = np.bincount(group, weight)
    field, mean = (np.bincount(group, weight * column) / total for column in (b, y))
    return field, mean, np.asarray(total**-0.5, np.float64)


@dataclass(frozen=True)
class HallSlope:
    """dR_odd/dB at B = 0, averaged over windows and orders.

    Attributes
    ----------
    slope_ohm_per_t, error_ohm_per_t : float
        s, and one standard deviation, widened by √(χ²/dof) where chance does not explain it.
    stop : int
        One past the last row of the window of the most weight.
    model_ohm : ndarray of float64, shape (K,)
        Its polynomial at all rows, with its offset where one is free.
    powers : tuple of int
        Of that polynomial.
    offset_ohm, offset_error_ohm : float
        What of it does not depend on B; 0 where that is not free.
    curvature : float
        By how many standard deviations a term in B³ differs from 0 over all rows.
    windows : ndarray of float64, shape (W, 7)
        Highest field, rows, parameters, χ², slope, its error and weight of each fit.
    """

    slope_ohm_per_t: float
    error_ohm_per_t: float
    stop: int
    model_ohm: Column
    powers: tuple[int, ...]
    offset_ohm: float
    offset_error_ohm: float
    curvature: float
    windows: Column

    @property
    def n_parameters(self) -> int:
        """Of the polynomial."""
        return len(self.powers)


def fit_hall_slope(
    field_t: Column, odd_ohm: Column, error_ohm: Column, *, offset: bool
) -> HallSlope:
    """Fit odd polynomials in windows that end at ever higher fields, for the slope at B = 0.

    Hall resistance of several kinds of carriers, or of grains that stop to superconduct,
    bends at higher fields: lines in short windows and powers up to B⁵ in long ones are
    averaged by exp(−½ (χ² + 2 k ln K + 2 n_cut)): a line unless the data bend.

    Parameters
    ----------
    field_t, odd_ohm, error_ohm : ndarray of float64, shape (K,)
        |B| ascending; four rows at least.
    offset : bool
        Whether an offset is free, where R(−B) is not there to take it off.

    Returns
    -------
    HallSlope

    Raises
    ------
    ValueError
        Fewer than four rows.

    Examples
    --------
    >>> b = np.linspace(0.5, 8, 16)
    >>> found = fit_hall_slope(b, 0.156 * b, np.full(16, 0.01), offset=False)
    >>> round(found.slope_ohm_per_t, 6), found.stop
    (0.156, 16)
    """
    from scipy.special import chdtrc

    n = len(field_t)
    if n < _LEAST_ROWS:
        raise ValueError(f"got {n} fields, expected {_LEAST_ROWS} at least")
    least = _LEAST_ROWS + 1 if offset else _LEAST_ROWS
    stops = np.unique(np.linspace(min(least, n), n, _WINDOWS).round().astype(np.int64))
    base = (1, 0) if offset else (1,)
    tried = [
        (int(stop), (*base, *odd))
        for stop in stops
        for odd in ((), (3,), (3, 5))
        if stop >= len(base) + len(odd) + 3 or not odd
    ]
    fits = [_line(field_t[:m], odd_ohm[:m], error_ohm[:m], powers) for m, powers in tried]
    rows = np.array([m for m, _ in tried])
    k = np.array([len(powers) for _, powers in tried])
    chi2 = np.array([chi2 for _, _, chi2 in fits])
    slopes = np.array([(c[0], e[0]) for c, e, _ in fits])
    _, scale = choose_window(chi2, rows, k, n)
    score = chi2 / scale**2 + _PER_POWER * k * np.log(n) + 2 * (n - rows)
    chosen = int(np.argmin(score))
    weight = np.exp(-0.5 * (score - score.min()))
    slope, low, high = nested_quantiles(slopes[:, 0], scale * slopes[:, 1], weight)
    dof, left = max(int(rows[chosen] - k[chosen]), 1), float(chi2[chosen]) / scale**2
    widened = np.sqrt(left / dof) if chdtrc(dof, left) < _ODD else 1.0
    powers, (coefficients, errors, _) = tried[chosen][1], fits[chosen]
    cubic, cubic_error, _ = _line(field_t, odd_ohm, error_ohm, (*base, 3))
    tops = field_t[rows - 1]
    return HallSlope(
        slope_ohm_per_t=slope,
        error_ohm_per_t=float(widened) * 0.5 * (high - low),
        stop=int(rows[chosen]),
        model_ohm=sum(c * field_t**power for c, power in zip(coefficients, powers, strict=True)),
        powers=powers,
        offset_ohm=float(coefficients[1]) if offset else 0.0,
        offset_error_ohm=float(errors[1]) if offset else 0.0,
        curvature=float(cubic[-1] / cubic_error[-1]),
        windows=np.column_stack((tops, rows, k, chi2, slopes, weight / weight.sum())),
    )


def slope_of_shape(fit: HallSlope, field_t: Column, error_ohm: Column, shape: Column) -> float:
    """Return by what an admixture of a known shape, 1 Ω at B = 0, changes the fitted slope.

    The fit is linear: the polynomial of the most weight, fitted to the shape instead.

    Parameters
    ----------
    fit : HallSlope
    field_t, error_ohm, shape : ndarray of float64, shape (K,)
        All rows of the fit.

    Examples
    --------
    >>> b = np.linspace(0.5, 8, 16)
    >>> fit = fit_hall_slope(b, 0.156 * b + 2, np.full(16, 0.01), offset=True)
    >>> round(slope_of_shape(fit, b, np.full(16, 0.01), 1 + 0.01 * b), 6)
    0.01
    """
    part = slice(0, fit.stop)
    return float(_line(field_t[part], shape[part], error_ohm[part], fit.powers)[0][0])


def _line(
    field_t: Column, value: Column, error: Column, powers: tuple[int, ...]
) -> tuple[Column, Column, float]:
    top = max(float(np.abs(field_t).max()), 1e-300)
    design = np.column_stack([(field_t / top) ** k for k in powers]) / error[:, None]
    inverse = np.linalg.pinv(design.T @ design, hermitian=True)
    coefficients = inverse @ (design.T @ (value / error))
    left = value / error - design @ coefficients
    unit = np.array([top**-k for k in powers])
    return coefficients * unit, np.sqrt(np.diag(inverse)) * unit, float(left @ left)


def carrier_density(slope_ohm_per_t: float) -> float:
    """Return n = 1/(e |dR_xy/dB|) in 1/cm².

    Parameters
    ----------
    slope_ohm_per_t : float
        Of the Hall resistance; 0 gives infinity.

    Examples
    --------
    >>> f"{carrier_density(0.156):.3g}"
    '4e+15'
    """
    if slope_ohm_per_t == 0:
        return float("inf")
    return 1e-4 / (ELEMENTARY_CHARGE_C * abs(slope_ohm_per_t))
