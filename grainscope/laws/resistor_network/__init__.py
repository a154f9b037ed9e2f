"""Laws of a network of resistors between two electrodes, of conductances of any span."""

from grainscope.laws.resistor_network.clipped import clipped_ln_conductance
from grainscope.laws.resistor_network.critical_path import critical_link, critical_path_ln_g
from grainscope.laws.resistor_network.effective_medium import effective_medium_ln_g
from grainscope.laws.resistor_network.network import ResistorNetwork
from grainscope.laws.resistor_network.pixel_film import PixelFilm
from grainscope.laws.resistor_network.star_mesh import (
    StarMesh,
    currents,
    ln_conductance_between,
)
from grainscope.laws.resistor_network.two_phase_hall import (
    carrier_density_among_good_grains,
    composite_hall_conductivity,
    effective_carrier_density,
)

__all__ = [
    "PixelFilm",
    "ResistorNetwork",
    "StarMesh",
    "carrier_density_among_good_grains",
    "clipped_ln_conductance",
    "composite_hall_conductivity",
    "critical_link",
    "critical_path_ln_g",
    "currents",
    "effective_carrier_density",
    "effective_medium_ln_g",
    "ln_conductance_between",
]
