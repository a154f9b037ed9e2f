"""Whether a drop has two steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.least_squares import minimise
from grainscope.fitting.temperature.smooth_step import STEPS, StepModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.fitting.least_squares import Minimum
    from grainscope.fitting.smoothing.averaged_rows import Rows
    from grainscope.fitting.temperature.smooth_step import SmoothStep

    Column = NDArray[np.float64]

#: The window reaches to this ratio of temperature on either side.
_REACH = 1.8
#: A two-step drop is claimed where BIC falls by so much.
_TWO_STEPS = 10.0


def second_step(rows: Rows, fit: SmoothStep) -> tuple[float, float] | None:
    """Return the temperatures of two steps where two describe the drop far better than one.

    Both are fitted around the drop, to a ratio of 1.8 in temperature, on one background of
    second order: windows chosen for one step may have cut the other off.

    Parameters
    ----------
    rows : Rows
        As of `fit_step`.
    fit : SmoothStep
        With one step.

    Returns
    -------
    (float, float) or None
        In K, the warmer first; None where BIC does not fall by 10.
    """
    centre, width = fit.step
    part = rows.at((rows.x * _REACH >= centre) & (rows.x <= _REACH * centre))
    model = StepModel(part, fit.model.shape, 2, 1)
    n = len(part)
    if n < model.n_parameters + 8:
        return None
    y = part.value / part.error
    spacing = float(np.median(np.diff(np.unique(part.x))))

    def solved(theta: Column) -> tuple[Column, Column]:
        """Return residuals and the heights; theta is ln w and one temperature a step."""
        w = np.exp(theta[:1])
        columns = model.columns(theta[1:2], w, part.x)[0]
        others = [STEPS[model.shape]((part.x - at) / w[0])[:, None] for at in theta[2:]]
        scaled = np.hstack([columns, *others]) / part.error[:, None]
        coefficients, *_ = np.linalg.lstsq(scaled, y, rcond=None)
        heights = np.append(coefficients[model.above + 1], coefficients[model.n_parameters - 2 :])
        return y - scaled @ coefficients, heights

    def best(starts: list[list[float]]) -> Minimum:
        free = len(starts[0]) - 1
        low = np.array([np.log(0.15 * spacing)] + [float(part.x[2])] * free)
        high = np.array([np.log(0.08 * centre)] + [float(part.x[-3])] * free)
        found = [minimise(lambda theta: solved(theta)[0], one, low, high) for one in starts]
        return min(found, key=lambda one: one.chi2)

    narrow = float(np.log(width / 2))
    one = best([[float(np.log(width)), centre], [narrow, centre]])
    apart = [float(np.clip(away, 0.02, 0.3)) * centre for away in (width / centre, 0.05, 0.12)]
    two = best(
        [[narrow, centre + 0.3 * gap, centre - 0.7 * gap] for gap in apart]
        + [[narrow, centre, centre - gap] for gap in apart]
    )
    heights = solved(two.theta)[1]
    warm, cold = sorted(map(float, two.theta[1:]), reverse=True)
    scale2 = max(two.chi2 / (n - model.n_parameters - 2), 1.0)
    gain = (one.chi2 - two.chi2) / scale2 - 2 * np.log(n)
    both_fall = bool(max(heights) < 0.1 * min(heights))  # negative, neither a tenth of the other
    distinct = warm - cold > np.exp(two.theta[0])
    return (warm, cold) if gain > _TWO_STEPS and both_fall and distinct else None
