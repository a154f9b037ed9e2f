"""What a reader must know of a scaling before using its numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from grainscope.fitting.collapse.series import INVERSE_BOUNDS

if TYPE_CHECKING:
    from grainscope.fitting.collapse.curves import Shift
    from grainscope.fitting.collapse.estimate import CollapseEstimate

#: χ²/dof above this is not chance for any usual number of rows.
_LARGE_RISE = 1.5
#: A correction to scaling is mentioned where χ² falls as much with this chance only.
_SUSPECT = 0.02


def scaling_warnings(estimate: CollapseEstimate) -> tuple[str, ...]:
    """Return one sentence for each thing that is not as it should be.

    Parameters
    ----------
    estimate : CollapseEstimate

    Returns
    -------
    tuple of str
    """
    found = [*_collapse(estimate), *_correction(estimate), *_curves(estimate)]
    if estimate.trial.rise > _LARGE_RISE:
        found.append(
            f"χ²/dof = {estimate.trial.rise:.2g}: the stated errors are too small or the "
            "scaling function is not smooth; intervals are wider by its root"
        )
    inverse = float(estimate.values[1])
    if min(inverse / INVERSE_BOUNDS[0], INVERSE_BOUNDS[1] / inverse) < 1.001:
        found.append("z_nu is at the end of the range that was searched: the data do not tell it")
    return tuple(found)


def _collapse(estimate: CollapseEstimate) -> list[str]:
    trial, choice = estimate.trial, estimate.choice
    chance = trial.agreement.chance
    found = []
    if len(trial.rows.temperatures) < 3:
        found.append("two isotherms: whether they collapse cannot be tested")
    elif not trial.collapses:
        found.append(
            f"the isotherms do not collapse in any window (p = {chance:.2g} in the best): "
            "the interval is that of leaving out isotherms one by one"
        )
    elif estimate.jackknifed:
        found.append(
            "wider windows do not collapse, and in this one too little is left to see the same "
            "misfit: the interval is at least that of leaving out isotherms one by one"
        )
    if choice.warmer is not None:
        left = choice.warmer.rows.temperatures[-1]
        found.append(
            f"isotherms from {left:.3g} K up were left out because they do not collapse with "
            "the others; what the next would change is in the interval"
        )
    return found


def _correction(estimate: CollapseEstimate) -> list[str]:
    choice = estimate.choice
    if choice.corrected:
        exponent = float(estimate.trial.found.theta[2])
        return [
            f"a correction to scaling is needed (Bayes' criterion gains "
            f"{choice.correction.bic_gain:.3g}) and included, ∝ T^{exponent:.2g}: the isotherms "
            "do not cross in one point"
        ]
    if len(estimate.trial.rows.temperatures) > 2 and choice.correction.chance < _SUSPECT:
        theta = choice.correction.collapse.theta
        return [
            f"there may be a correction to scaling (p = {choice.correction.chance:.2g}); with it "
            f"the critical field is {theta[0]:.5g} T and z_nu {1 / theta[1]:.3g}"
        ]
    return []


def _curves(estimate: CollapseEstimate) -> list[str]:
    found = [
        f"the {temperature:.3g} K isotherm scatters {ratio:.2g} times as much as its stated "
        "errors, which were enlarged"
        for temperature, ratio in sorted(estimate.trial.scatter.items())
        if not math.isnan(ratio)
    ]
    for shift in estimate.odd:
        left = shift.trial.left_out
        found.append(
            f"the {left:.3g} K isotherm is at odds with the others ({shift.largest_sigma:.2g} "
            f"standard deviations): {left_out(estimate, shift)}; the change is in the interval"
        )
    for other in estimate.alternatives:
        if not math.isnan(other.left_out):
            found.append(
                f"without the {other.left_out:.3g} K isotherm the others collapse as they are, at "
                f"{other.found.theta[0]:.5g} T with z_nu {1 / other.found.theta[1]:.3g}"
            )
    return found


def left_out(estimate: CollapseEstimate, shift: Shift) -> str:
    """Say what leaving out an isotherm changes.

    Parameters
    ----------
    estimate : CollapseEstimate
    shift : Shift

    Returns
    -------
    str
        One phrase.
    """
    before, after = 1 / estimate.values[1], 1 / shift.trial.found.theta[1]
    return (
        f"without it the critical field is {shift.trial.found.theta[0]:.5g} T "
        f"({shift.critical:+.2g} T, {shift.critical_sigma:+.1f} σ) and z_nu {after:.3g} "
        f"({after - before:+.2g}, {-shift.inverse_sigma:+.1f} σ)"
    )
