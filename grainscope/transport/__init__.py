"""Tables → predictions: flux commensuration, barriers, conductance."""

from grainscope.transport.barriers import barrier_histogram
from grainscope.transport.commensurate import commensurate
from grainscope.transport.conduct import conduct

__all__ = ["barrier_histogram", "commensurate", "conduct"]
