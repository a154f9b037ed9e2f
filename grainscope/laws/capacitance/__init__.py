"""Capacitances of flat grains in one plane: alone, in pairs, and of a whole network."""

from grainscope.laws.capacitance.disc import disc_capacitance_f, elliptic_disc_capacitance_f
from grainscope.laws.capacitance.disc_pair import DiscPair, disc_pair
from grainscope.laws.capacitance.gap_capacitance import gap_capacitance_f

__all__ = [
    "DiscPair",
    "disc_capacitance_f",
    "disc_pair",
    "elliptic_disc_capacitance_f",
    "gap_capacitance_f",
]
