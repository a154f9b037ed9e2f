"""Laws of the field fitted to an isotherm whose zero of field is known only so well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.least_squares import (
    LawFit,
    censored_residual,
    minimise,
    profile_interval,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.field.field_rows import FieldRows
    from grainscope.laws.conduction.law import ConductionLaw

    Column = NDArray[np.float64]

#: The offset is sought within so many of its errors.
_OFFSET_REACH = 6.0
#: Rows of one field, within so much in ln H, have no slope.
_NO_SPAN = 1e-4


def fit_in_field(
    law: ConductionLaw,
    rows: FieldRows,
    *,
    start: Sequence[float] | None = None,
    profiled: Sequence[int] | None = None,
    least_scale: float = 1.0,
) -> LawFit:
    """Fit ρ(|H − H0|), the rest H0 of the offset being drawn to 0 by its error.

    H0 is one parameter more, after those of the law, and one residual more, H0/s:
    so its error goes into every interval as it should (a normal prior). Without
    an error of the offset H0 is 0 and no parameter.

    Parameters
    ----------
    law : ConductionLaw
        Of the size of the field.
    rows : FieldRows
    start : sequence of float, optional
        Guess of the law's parameters; the law's own by default.
    profiled : sequence of int, optional
        Which parameters get an interval, the offset last; all by default.
    least_scale : float
        Intervals are widened by this at least, by √(χ²/dof) where that is more.

    Returns
    -------
    LawFit
        ``n`` counts the residual of the offset.

    Raises
    ------
    ValueError
        No row above 0 to start from.

    Examples
    --------
    >>> from grainscope.fitting.field.field_rows import FieldRows
    >>> from grainscope.laws.conduction.field_power import FieldPower
    >>> h = np.geomspace(1e-3, 0.03, 40)
    >>> rows = FieldRows(h, 5e3 * h**0.66, 50 * h**0.66, np.zeros(40, bool), 1e-5)
    >>> fit_in_field(FieldPower(), rows).theta.round(4)
    array([5.0e+03, 6.6e-01, 0.0e+00])
    """
    first, low, high = _box(law, rows, start)
    prior = rows.offset_error_t > 0
    # The offset is fitted in its errors: in tesla its column would dwarf all others.
    units = np.ones(len(first))
    units[-1] = rows.offset_error_t if prior else 1.0

    def model(theta: Column) -> Column:
        offset = theta[-1] * rows.offset_error_t if prior else 0.0
        return law.value(rows.field_t - offset, theta[:-1] if prior else theta)

    def residual(theta: Column) -> Column:
        value, error = rows.resistivity_ohm_sq, rows.error_ohm_sq
        pull = censored_residual(model(theta), value, error, rows.censored)
        return np.append(pull, theta[-1]) if prior else pull

    best = minimise(residual, first, low, high)
    count = len(best.theta)
    dof = max(len(best.residual) - count, 1)
    scale = max(float(np.sqrt(best.chi2 / dof)), least_scale)
    ends = np.full((2, count), np.nan)
    for index in range(count) if profiled is None else profiled:
        ends[:, index] = profile_interval(residual, best, low, high, index, scale**2)
    return LawFit(
        theta=best.theta * units,
        low=ends[0] * units,
        high=ends[1] * units,
        covariance=best.covariance * scale**2 * np.outer(units, units),
        chi2=best.chi2,
        n=len(best.residual),
        model=model(best.theta),
        residual=best.residual[: len(rows)],
        scale=scale,
        converged=best.converged,
    )


def _box(
    law: ConductionLaw, rows: FieldRows, start: Sequence[float] | None
) -> tuple[Column, Column, Column]:
    """Return start and bounds, those of the offset, in its errors, included."""
    usable = ~rows.censored & (rows.resistivity_ohm_sq > 0)
    if start is None and usable.sum() < 2:
        raise ValueError(f"{law.name}: {int(usable.sum())} rows above 0 and above the floor; 2")
    guess = start or law.start(rows.field_t[usable], rows.resistivity_ohm_sq[usable])
    reach = [_OFFSET_REACH] if rows.offset_error_t > 0 else []
    low = [p.low for p in law.parameters] + [-r for r in reach]
    high = [p.high for p in law.parameters] + reach
    return np.array([*guess, *(0.0 for _ in reach)]), np.array(low), np.array(high)


def power_line(rows: FieldRows) -> LawFit:
    """Fit a power law as a line through ln ρ, for windows of which there are many.

    One linear least squares, the offset a column more: good to a hundredth of an
    error where ρ is ten errors or more above 0, and a hundred times as fast.

    Parameters
    ----------
    rows : FieldRows
        Without limits.

    Returns
    -------
    LawFit
        Of `FieldPower`; ``low`` and ``high`` are NaN, errors as stated (``scale`` is 1).

    Examples
    --------
    >>> from grainscope.fitting.field.field_rows import FieldRows
    >>> h = np.geomspace(1e-3, 0.03, 40)
    >>> line = power_line(FieldRows(h, 5e3 * h**0.66, 50 * h**0.66, np.zeros(40, bool)))
    >>> line.theta.round(4)
    array([5.0e+03, 6.6e-01])
    """
    at, level = np.log(rows.size_t), np.log(rows.resistivity_ohm_sq)
    prior = rows.offset_error_t > 0
    off = at - at.mean()
    slope = float(off @ level) / max(float(off @ off), 1e-12)
    first = float(level.mean()) - slope * float(at.mean())
    for _ in range(2):  # weights by the model: by the data they would favour low rows
        weight = np.exp(first + slope * at) / rows.error_ohm_sq
        design = np.stack([np.ones_like(at), at], 1) * weight[:, None]
        target = level * weight
        if prior:
            shift = -slope * rows.offset_error_t / rows.field_t * weight
            design = np.vstack([np.column_stack([design, shift]), [0.0, 0.0, 1.0]])
            target = np.append(target, 0.0)
        covariance = np.linalg.pinv(design.T @ design, hermitian=True)
        found = covariance @ (design.T @ target)
        first, slope = found[:2]
    if np.ptp(at) < _NO_SPAN:
        covariance[1, 1] = np.inf
    residual = target - design @ found
    turn = np.array([float(np.exp(first)), 1.0, rows.offset_error_t][: len(found)])
    theta = np.array([np.exp(first), slope, *(found[2:] * rows.offset_error_t)])
    nothing = np.full(len(theta), np.nan)
    model = np.exp(first + slope * at)
    return LawFit(
        theta=theta,
        low=nothing,
        high=nothing,
        covariance=np.asarray(covariance * np.outer(turn, turn), np.float64),
        chi2=float(residual @ residual),
        n=len(target),
        model=model,
        residual=residual[: len(rows)],
        scale=1.0,
        converged=True,
    )
