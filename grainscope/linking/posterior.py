"""Posterior of the choice of contacts on its grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.records.transport_fit import FitParameter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.settings import FittingSettings

    Column = NDArray[np.float64]

#: Axes of the grid, in its order, and the unit of each.
AXES = (("min_grain_diameter_um", "µm"), ("max_gap_nm", "nm"), ("coupling_length_nm", "nm"))
#: Within the outermost cells of a range, the data may well want to go beyond it.
_AT_AN_END = 0.5


def posterior_of(log_evidence: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities of grid points of equal prior weight; they sum to 1."""
    share = np.exp(log_evidence - log_evidence.max())
    return np.asarray(share / share.sum())


def choice_parameters(
    posterior: NDArray[np.float64], settings: FittingSettings
) -> tuple[dict[str, FitParameter], list[str]]:
    """Reduce the posterior to median and 68 % interval of each axis.

    Returns
    -------
    parameters : dict of str to FitParameter
    warnings : list of str
        Where most of the probability lies at the end of a range.
    """
    found, warnings = {}, []
    for axis, (name, unit) in enumerate(AXES):
        ends = getattr(settings, f"{name}_range")
        share = posterior.sum(axis=tuple(k for k in range(len(AXES)) if k != axis))
        low, value, high = log_quantiles(share, ends, (0.16, 0.5, 0.84))
        found[name] = FitParameter(value, low, high, unit)
        for place, end in ((0, "lower"), (-1, "upper")):
            if share[place] > _AT_AN_END:
                warnings.append(
                    f"{name} lies at the {end} end of its prior {ends[0]:g} … {ends[1]:g} {unit}: "
                    f"see fitting.{name}_range"
                )
    return found, warnings


def log_quantiles(
    share: Column, ends: tuple[float, float], levels: Sequence[float]
) -> tuple[float, ...]:
    """Return quantiles of equal cells of ln x between two ends, each of even density.

    Examples
    --------
    >>> [round(x, 3) for x in log_quantiles(np.ones(4) / 4, (1.0, 16.0), (0.25, 0.5))]
    [2.0, 4.0]
    """
    reached = np.concatenate(([0.0], np.cumsum(share)))
    edges = np.linspace(np.log(ends[0]), np.log(ends[1]), len(share) + 1)
    return tuple(float(np.exp(np.interp(level, reached, edges))) for level in levels)
