"""The one core of all fits: least squares with bounds, limits and profile intervals."""

from grainscope.fitting.least_squares.descent import Minimum, minimise
from grainscope.fitting.least_squares.law_fit import (
    LawFit,
    censored_residual,
    corrected_akaike,
    fit_law,
)
from grainscope.fitting.least_squares.profile import Intervals, profile_interval, profile_intervals

__all__ = [
    "Intervals",
    "LawFit",
    "Minimum",
    "censored_residual",
    "corrected_akaike",
    "fit_law",
    "minimise",
    "profile_interval",
    "profile_intervals",
]
