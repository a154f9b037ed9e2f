"""Tables → predictions: flux commensuration, barriers, conductance."""

from grainscope.transport.barrier_kinds import barriers_of_film
from grainscope.transport.barrier_laws import fit_barrier_laws
from grainscope.transport.barriers import barrier_histogram
from grainscope.transport.charge import charge_grains
from grainscope.transport.commensurate import commensurate
from grainscope.transport.conduct import conduct
from grainscope.transport.film_networks import current_shares, film_networks
from grainscope.transport.flux_features import flux_features
from grainscope.transport.flux_sweep import sweep_fields
from grainscope.transport.log_temperature import log_slopes, log_windows
from grainscope.transport.normal_state import normal_state

__all__ = [
    "barrier_histogram",
    "barriers_of_film",
    "charge_grains",
    "commensurate",
    "conduct",
    "current_shares",
    "film_networks",
    "fit_barrier_laws",
    "flux_features",
    "log_slopes",
    "log_windows",
    "normal_state",
    "sweep_fields",
]
