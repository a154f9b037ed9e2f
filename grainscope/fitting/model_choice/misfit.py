"""What the residuals of a fit say against it, and by how much its intervals grow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

#: A test speaks up where so odd a result has less than this chance.
_ODD = 0.01
#: Fewer residuals than these tell nothing of drift or of unequal noise.
_LEAST_ROWS = 15
_BLOCKS = 10


@dataclass(frozen=True)
class Misfit:
    """What is wrong with a fit.

    Attributes
    ----------
    scale : float
        By what intervals are to be widened; at least 1.
    p : float
        Chance of a χ² as large.
    warnings : tuple of str
        Empty where nothing is.
    """

    scale: float
    p: float
    warnings: tuple[str, ...]


def judge_residuals(residual: Column, n_parameters: int) -> Misfit:
    """Test residuals for their size, for drift along the axis and for unequal noise.

    Errors that are too small show in χ²/dof. A law of the wrong form, or a background
    that drifts in time, leaves neighbours of one sign: means of ten blocks of rows are
    then larger than independent ones. Noise that is stronger at one end shows in the
    squares of the three thirds. The scale is the largest of the three ratios of spread
    found to spread expected; those of drift and of noise count only where they are odd.

    Parameters
    ----------
    residual : ndarray of float64, shape (K,)
        In standard deviations, in the order of the axis, without upper limits.
    n_parameters : int
        Of the law fitted.

    Returns
    -------
    Misfit

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=200)
    >>> judge_residuals(noise, 2).scale < 1.1
    True
    >>> found = judge_residuals(noise + np.linspace(-1, 1, 200) ** 2 * 3 - 1, 2)
    >>> found.scale > 3, len(found.warnings) >= 2
    (True, True)
    """
    from scipy.special import chdtrc

    n = len(residual)
    chi2, dof = float(residual @ residual), max(n - n_parameters, 1)
    p = float(chdtrc(dof, chi2))
    scale, warnings = np.sqrt(max(chi2 / dof, 1.0)), []
    if p < _ODD:
        warnings.append(f"χ²/dof = {chi2 / dof:.2g}: errors are too small or the law is off")
    if n < max(_LEAST_ROWS, n_parameters + 5):
        return Misfit(float(scale), p, tuple(warnings))
    drift, drift_p = _drift(residual, n_parameters)
    if drift_p < _ODD:
        scale = max(scale, drift)
        warnings.append("residuals keep their sign over many rows: drift, or the law is off")
    noise, noise_p = _unequal(residual)
    if noise_p < _ODD:
        scale = max(scale, noise)
        warnings.append("residuals are larger at one end of the window: unequal noise")
    return Misfit(float(scale), p, tuple(warnings))


def _drift(residual: Column, n_parameters: int) -> tuple[float, float]:
    from scipy.special import chdtrc

    blocks = np.array_split(residual, min(_BLOCKS, len(residual) // 4))
    sums = np.array([block.sum() / np.sqrt(len(block)) for block in blocks])
    square = float(sums @ sums)
    # Parameters take up some of the blocks' freedom, so that this p is too large.
    free = max(len(sums) - min(n_parameters, len(sums) // 2), 1)
    return float(np.sqrt(square / free)), float(chdtrc(len(sums), square))


def _unequal(residual: Column) -> tuple[float, float]:
    """Return the largest spread of the thirds, and the chance of so large a ratio of two."""
    from scipy.special import fdtrc

    thirds = np.array_split(residual, 3)
    mean = np.array([float(third @ third) / len(third) for third in thirds])
    high, low = int(mean.argmax()), int(mean.argmin())
    if mean[low] == 0:
        return 1.0, 1.0
    chance = fdtrc(len(thirds[high]), len(thirds[low]), mean[high] / mean[low])
    return float(np.sqrt(mean[high])), min(float(chance) * 6, 1.0)  # six ordered pairs
