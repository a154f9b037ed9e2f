"""Collapse on a function of which only smoothness is assumed: a Gaussian process."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from grainscope.fitting.collapse.series import INVERSE_BOUNDS, scaled_control

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.collapse.series import ScalingRows

    Column = NDArray[np.float64]
    Matrix = NDArray[np.float64]

_MOST_STEPS = 200


class GaussianProcessCollapse(NamedTuple):
    """The likeliest collapse on a Gaussian process.

    Attributes
    ----------
    critical, inverse : float
        xc and κ.
    critical_error, inverse_error : float
        Standard deviations, from the curvature of the marginal likelihood.
    log_likelihood : float
    amplitude, length, noise : float
        Of the process: its size, its length in u at the mean ln T, and the noise over
        and above the stated errors, the size and the noise in the unit of y.
    """

    critical: float
    inverse: float
    critical_error: float
    inverse_error: float
    log_likelihood: float
    amplitude: float
    length: float
    noise: float


def gaussian_process_collapse(
    rows: ScalingRows, start: Sequence[float] | Column
) -> GaussianProcessCollapse:
    """Maximise the marginal likelihood over xc, κ and what the process is like.

    Values are normal about their mean with covariance

        a² exp(−(u_i − u_j)²/2l²) + δ_ij (σ_i² + s²)

    The cost grows as the cube of the number of rows: pool them before.

    Parameters
    ----------
    rows : ScalingRows
        A few hundred at most.
    start : sequence of float
        xc and κ.

    Returns
    -------
    GaussianProcessCollapse

    References
    ----------
    K. Harada, Phys. Rev. E 84, 056704 (2011).

    Examples
    --------
    >>> from grainscope.fitting.collapse.series import ScalingRows
    >>> rng = np.random.default_rng(0)
    >>> x, t = np.tile(np.linspace(-1, 1, 15), 3), np.repeat([1.0, 2.0, 4.0], 15)
    >>> y = np.tanh((x - 0.2) / t**0.75) + rng.normal(0, 1e-3, 45)
    >>> found = gaussian_process_collapse(ScalingRows(x, t, y, np.full(45, 1e-3)), (0.0, 1.0))
    >>> round(found.critical, 2), round(found.inverse, 2)
    (0.2, 0.75)
    """
    from scipy.optimize import minimize

    mean = math.exp(float(np.log(rows.temperatures).mean()))
    reduced = replace(
        rows, temperature=rows.temperature / mean, value=rows.value - rows.value.mean()
    )
    unit = float(np.ptp(rows.control)) / 100  # so that all unknowns are of order 1
    spread = float(np.ptp(scaled_control(reduced, start)))
    error = float(np.median(rows.error))
    first = [
        *(start[0] / unit, start[1], math.log(2 * float(rows.value.std()) + error)),
        *(math.log(spread / 2), math.log(0.3 * error)),
    ]
    low, high = (float(end) / unit for end in (rows.control.min(), rows.control.max()))
    bounds = [
        *((low, high), INVERSE_BOUNDS, (first[2] - 5, first[2] + 5)),
        *((first[3] - 4, first[3] + 4), (math.log(1e-3 * error), math.log(1e3 * error))),
    ]
    found = minimize(
        _minus_log_likelihood, first, (reduced, unit), method="L-BFGS-B", jac=True, bounds=bounds,
        options={"maxiter": _MOST_STEPS, "ftol": 1e-12, "gtol": 1e-5},
    )  # fmt: skip
    at = np.asarray(found.x)
    covariance = np.linalg.pinv(_curvature(at, reduced, unit), hermitian=True)
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    return GaussianProcessCollapse(
        *(float(at[0] * unit), float(at[1]), float(errors[0] * unit), float(errors[1])),
        *(-float(found.fun), *np.exp(at[2:]).tolist()),
    )


def _minus_log_likelihood(at: Column, rows: ScalingRows, unit: float) -> tuple[float, Column]:
    from scipy.linalg import cho_factor, cho_solve

    u = scaled_control(rows, (at[0] * unit, at[1]))
    amplitude2, length, noise2 = math.exp(2 * at[2]), math.exp(at[3]), math.exp(2 * at[4])
    apart = (u[:, None] - u) / length
    smooth = amplitude2 * np.exp(-0.5 * apart**2)
    covariance = smooth + np.diag(rows.error**2 + noise2)
    factor = cho_factor(covariance, lower=True, check_finite=False)
    weights = cho_solve(factor, rows.value, check_finite=False)
    inverse = cho_solve(factor, np.eye(len(u)), check_finite=False)
    half_log_det = float(np.log(np.diag(factor[0])).sum())
    value = 0.5 * float(rows.value @ weights) + half_log_det + 0.5 * len(u) * math.log(2 * math.pi)
    # dL/dp = ½ tr[(K⁻¹ − ααᵀ) dK/dp]; dK_ij = −K_ij (u_i − u_j)(du_i − du_j)/l².
    left = inverse - np.outer(weights, weights)
    pull = -(left * smooth) * apart / length
    by_u = pull.sum(axis=1)  # antisymmetric: the two ends of a pair count alike
    shift = -unit * rows.temperature ** -at[1], -np.log(rows.temperature) * u
    gradient = [float(by_u @ moved) for moved in shift]
    gradient += [
        float((left * smooth).sum()),
        0.5 * float((left * smooth * apart**2).sum()),
        noise2 * float(np.trace(left)),
    ]
    return value, np.array(gradient)


def _curvature(at: Column, rows: ScalingRows, unit: float) -> Matrix:
    """Return the second derivatives of −ln L, from differences of the gradient."""
    step = 1e-4
    rows_of = []
    for k in range(len(at)):
        up, down = at.copy(), at.copy()
        up[k] += step
        down[k] -= step
        difference = (
            _minus_log_likelihood(up, rows, unit)[1] - _minus_log_likelihood(down, rows, unit)[1]
        )
        rows_of.append(difference / (2 * step))
    matrix = np.array(rows_of)
    return np.asarray(0.5 * (matrix + matrix.T))
