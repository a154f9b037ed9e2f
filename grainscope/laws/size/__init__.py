"""Laws of grain size: one a file, one interface (`law.SizeLaw`), fitted above a cut."""

from grainscope.laws.parameter import Parameter
from grainscope.laws.size.goodness import Goodness, distances, goodness_of_fit
from grainscope.laws.size.law import Estimate, SizeLaw
from grainscope.laws.size.log_uniform import LogUniform
from grainscope.laws.size.lognormal import Lognormal
from grainscope.laws.size.power_law import PowerLaw
from grainscope.laws.size.sample import MIN_GRAINS, SizeSample, binned, check_worth, size_sample
from grainscope.laws.size.selection import bic, bic_weights
from grainscope.laws.size.two_lognormals import TwoLognormals
from grainscope.laws.size.two_sample import two_sample_distances
from grainscope.laws.size.weibull import Weibull

_LAWS: tuple[SizeLaw, ...] = (Lognormal(), LogUniform(), PowerLaw(), Weibull(), TwoLognormals())
#: By name, in the order of tables.
SIZE_LAWS: dict[str, SizeLaw] = {law.name: law for law in _LAWS}

__all__ = [
    "MIN_GRAINS",
    "SIZE_LAWS",
    "Estimate",
    "Goodness",
    "LogUniform",
    "Lognormal",
    "Parameter",
    "PowerLaw",
    "SizeLaw",
    "SizeSample",
    "TwoLognormals",
    "Weibull",
    "bic",
    "bic_weights",
    "binned",
    "check_worth",
    "distances",
    "goodness_of_fit",
    "size_sample",
    "two_sample_distances",
]
