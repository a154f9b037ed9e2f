"""Which of several fitted laws is the most likely."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.laws.size.law import Estimate


def bic(estimate: Estimate, n: float) -> float:
    """Return Schwarz's criterion k ln n − 2 ln L, with k the estimate's complexity.

    References
    ----------
    G. Schwarz, Ann. Stat. 6, 461 (1978).

    Examples
    --------
    >>> from grainscope.laws.size import Estimate
    >>> round(bic(Estimate((0.0,), -10.0, 1.0), math.e), 6)
    21.0
    """
    return estimate.complexity * math.log(n) - 2 * estimate.log_likelihood


def bic_weights(bics: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return exp(−BIC/2), normalised: the odds of laws that were equally likely before.

    Examples
    --------
    >>> bic_weights(np.array([100.0, 100.0 + 2 * np.log(3)])).round(6)
    array([0.75, 0.25])
    """
    share = np.exp(-0.5 * (bics - bics.min()))
    return np.asarray(share / share.sum())
