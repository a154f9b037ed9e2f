"""The one core of all fits: least squares with bounds, limits and profile intervals."""

from grainscope.fitting.descent import Minimum, minimise
from grainscope.fitting.law_fit import LawFit, censored_residual, fit_law
from grainscope.fitting.profile import Intervals, profile_interval, profile_intervals

__all__ = [
    "Intervals",
    "LawFit",
    "Minimum",
    "censored_residual",
    "fit_law",
    "minimise",
    "profile_interval",
    "profile_intervals",
]
