"""Capacitances of flat grains in one plane: alone, in pairs, and of a whole network."""

from grainscope.laws.capacitance.charging_among_neutral import charging_among_neutral
from grainscope.laws.capacitance.charging_in_network import (
    NetworkCharging,
    grounded_charging_energy_k,
    network_charging,
)
from grainscope.laws.capacitance.disc import disc_capacitance_f, elliptic_disc_capacitance_f
from grainscope.laws.capacitance.disc_pair import DiscPair, disc_pair
from grainscope.laws.capacitance.gap_capacitance import gap_capacitance_f
from grainscope.laws.capacitance.network_matrix import capacitance_matrix_f
from grainscope.laws.capacitance.neutral_share import neutral_share
from grainscope.laws.capacitance.selected_inverse import InverseEntries, inverse_entries

__all__ = [
    "DiscPair",
    "InverseEntries",
    "NetworkCharging",
    "capacitance_matrix_f",
    "charging_among_neutral",
    "disc_capacitance_f",
    "disc_pair",
    "elliptic_disc_capacitance_f",
    "gap_capacitance_f",
    "grounded_charging_energy_k",
    "inverse_entries",
    "network_charging",
    "neutral_share",
]
