"""Tables → predictions: flux commensuration, barriers, conductance."""

from grainscope.transport.barriers import barrier_histogram
from grainscope.transport.commensurate import commensurate
from grainscope.transport.conduct import conduct
from grainscope.transport.flux_features import flux_features
from grainscope.transport.flux_sweep import sweep_fields

__all__ = ["barrier_histogram", "commensurate", "conduct", "flux_features", "sweep_fields"]
