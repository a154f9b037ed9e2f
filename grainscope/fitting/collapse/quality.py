"""Houdayer and Hartmann's quality of a collapse: how far points lie from the other curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.collapse.series import scaled_control

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.collapse.series import ScalingRows

    Column = NDArray[np.float64]


def collapse_quality(rows: ScalingRows, theta: Sequence[float] | Column) -> float:
    """Return S: the mean square distance of each point from the line of its neighbours.

    The neighbours of a point are, of every other curve, the two points on either side
    of it; a straight line is fitted through all of them, and

        S = ⟨(y − Y)²/(dy² + dY²)⟩

    with Y and dY the line's value and error there. Points that no other curve embraces
    are left out. About 1 is a collapse within the errors.

    Parameters
    ----------
    rows : ScalingRows
    theta : sequence of float
        xc and κ.

    Returns
    -------
    float
        NaN where curves do not overlap.

    References
    ----------
    J. Houdayer and A. K. Hartmann, Phys. Rev. B 70, 014418 (2004).

    Examples
    --------
    >>> from grainscope.fitting.collapse.series import ScalingRows
    >>> x, t = np.tile(np.linspace(-1, 1, 9), 2), np.repeat([1.0, 4.0], 9)
    >>> rows = ScalingRows(x, t, x / t, np.full(18, 0.01))
    >>> round(collapse_quality(rows, (0.0, 1.0)), 9), collapse_quality(rows, (0.1, 1.0)) > 1
    (0.0, True)
    """
    u = scaled_control(rows, theta)
    curves = [np.flatnonzero(rows.temperature == t) for t in rows.temperatures]
    curves = [own[np.argsort(u[own], kind="stable")] for own in curves]
    # Of the weighted line through a point's neighbours: Σ w (1, x, x², y, xy).
    sums = np.zeros((5, len(rows)))
    for own in curves:
        others = np.setdiff1d(np.arange(len(rows)), own)
        if len(own) < 2:
            continue
        right = np.searchsorted(u[own], u[others], side="right")
        right = np.where(u[others] == u[own[-1]], len(own) - 1, right)
        inside = (right > 0) & (right < len(own))
        others, right = others[inside], right[inside]
        for neighbour in (own[right - 1], own[right]):
            w = rows.error[neighbour] ** -2
            x, y = u[neighbour] - u[others], rows.value[neighbour]  # the line is wanted at 0
            sums[:, others] += w * np.stack((np.ones_like(x), x, x**2, y, x * y))
    k, kx, kxx, ky, kxy = sums
    determinant = k * kxx - kx**2
    known = determinant > 1e-12 * k * kxx
    if not known.any():
        return float("nan")
    line = (kxx * ky - kx * kxy)[known] / determinant[known]
    variance = kxx[known] / determinant[known]
    square = (rows.value[known] - line) ** 2 / (rows.error[known] ** 2 + variance)
    return float(square.mean())
