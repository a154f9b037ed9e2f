"""A correction to scaling: y = F(u) + (T/T_max)^w G(u)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from grainscope.fitting.collapse.series import CORRECTION_BOUNDS, CollapseForm, settle

if TYPE_CHECKING:
    from grainscope.fitting.collapse.series import Collapse, ScalingRows

#: G is a line: the crossing drifts with T, and so does the slope there.
_DEGREE = 1
_STARTS = (0.6, 1.2, 2.5)
#: Rows over and above the unknowns, for each unknown.
_ROWS_LEFT = 2


class Correction(NamedTuple):
    """A collapse with a correction, against the one without.

    Attributes
    ----------
    collapse : Collapse
        Its theta is xc, κ and w.
    bic_gain : float
        By what Bayes' criterion is smaller with the correction, above 0 for better.
    chance : float
        Of as large a fall of χ² where there is no correction (likelihood ratio).
    """

    collapse: Collapse
    bic_gain: float
    chance: float

    @property
    def wanted(self) -> bool:
        """Whether it is worth its unknowns and its exponent is one that could be.

        An exponent at the end of its range is a curve at the warm or the cold end that
        does not belong to the others; few rows can be made to agree with anything.
        """
        low, high = CORRECTION_BOUNDS
        inside = 1.05 * low < float(self.collapse.theta[2]) < 0.95 * high
        many = self.collapse.dof >= _ROWS_LEFT * self.collapse.form.n_parameters
        return inside and many and self.bic_gain > 0


def correct(rows: ScalingRows, plain: Collapse) -> Correction:
    """Fit a leading irrelevant term on top of a collapse.

    Near a critical point ρ = F(u, b T^(ω/z)), whose first term in b is T^w G(u) with
    w = ω/z. The term is largest at the highest temperature; one that grows on cooling,
    such as a resistance that saturates, is none. Errors are taken up to a factor: that
    of the fit with the correction.

    Parameters
    ----------
    rows : ScalingRows
    plain : Collapse
        Without the correction.

    Returns
    -------
    Correction

    References
    ----------
    K. Slevin and T. Ohtsuki, Phys. Rev. Lett. 82, 382 (1999).

    Examples
    --------
    >>> from grainscope.fitting.collapse.series import ScalingRows, collapse
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x, t = np.tile(np.linspace(-1, 1, 15), 3), np.repeat([1.0, 2.0, 4.0], 15)
    >>> y, error = np.tanh(x / t) + rng.normal(0, 1e-3, 45), np.full(45, 1e-3)
    >>> for true in (y, y + 0.02 * t):
    ...     rows = ScalingRows(x, t, true, error)
    ...     print(correct(rows, collapse(rows, (0.0, 1.0))).bic_gain > 0)
    False
    True
    """
    from scipy.special import chdtrc

    form = CollapseForm(plain.form.degree, _DEGREE)
    starts = [(*plain.theta[:2], w) for w in _STARTS]
    best = min((settle(rows, form, start) for start in starts), key=lambda one: one.chi2)
    fall = max(plain.chi2 - best.chi2, 0.0) / max(best.chi2 / best.dof, 1e-300)
    further = form.n_parameters - plain.form.n_parameters
    return Correction(best, fall - further * math.log(len(rows)), float(chdtrc(further, fall)))
