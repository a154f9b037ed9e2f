"""Grains and contacts → ChargingEnergies, Couplings: what an electron costs, what joins grains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import BOLTZMANN_J_PER_K, ELEMENTARY_CHARGE_C
from grainscope.laws.capacitance import (
    capacitance_matrix_f,
    charging_among_neutral,
    elliptic_disc_capacitance_f,
    gap_capacitance_f,
    network_charging,
)
from grainscope.laws.charging_energy import charging_energy_k
from grainscope.laws.josephson import josephson_energy_k, superconducting_gap_k
from grainscope.records import ChargingEnergies, Couplings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import GrainNetwork, GrainTable
    from grainscope.settings import TransportSettings

    Column = NDArray[np.float64]

_AF_PER_F = 1e18
#: Gaps below this are touches that the segmentation has split: they count with it.
SMALLEST_GAP_NM = 1.0


def charge_grains(
    table: GrainTable, network: GrainNetwork, settings: TransportSettings
) -> tuple[ChargingEnergies, Couplings]:
    """Work out capacitances, charging energies and the couplings of every contact.

    A grain by itself is a thin elliptic disc of its own area and axis ratio,
    C = 4π ε0 ε a/K(k). In the film its neighbours stay neutral and polarise, which
    lowers the energy of an electron on it, and of an electron and a hole on two
    neighbours, the thermal barrier of a contact
    (`grainscope.laws.capacitance.charging_among_neutral`); or else, if asked for, a
    matrix of self- and gap capacitances does. Contacts conduct as
    facet · exp(−2κ gap).

    Parameters
    ----------
    table : GrainTable
        N grains.
    network : GrainNetwork
        E contacts.
    settings : TransportSettings
        Permittivities, ``charging_model``, ``contact_barrier``, ``tunnel_decay_per_nm``,
        ``contact_resistance_ohm`` and ``critical_temperature_k`` are used.

    Returns
    -------
    charging : ChargingEnergies
    couplings : Couplings
        ``current_share`` is NaN. A gap below 1 nm counts as 1 nm.
    """
    epsilon = settings.relative_permittivity
    own_f = _self_capacitance_f(table, epsilon)
    isolated_k = ELEMENTARY_CHARGE_C**2 / (2 * own_f) / BOLTZMANN_J_PER_K
    a, b, of_contact, gap_nm = _pairs(table, network)
    radius_um, in_gap = table.equivalent_diameter_um / 2, settings.film_permittivity or epsilon
    gap_f = gap_capacitance_f(radius_um[a], radius_um[b], gap_nm, epsilon, in_gap / epsilon)
    if settings.charging_model == "matrix" and table.n_grains:
        energies = network_charging(capacitance_matrix_f(own_f, a, b, gap_f), a, b)
        screened_k = energies.electron_k
    else:
        centroid_um = np.column_stack((table.y_um, table.x_um))
        energies = charging_among_neutral(radius_um, centroid_um, a, b, gap_nm, epsilon)
        # It is of round discs: long ones cost less, alone as among neighbours.
        round_k = charging_energy_k(table.equivalent_diameter_um, epsilon)
        screened_k = energies.electron_k * isolated_k / round_k
    ends = np.concatenate((a, b))
    all_gaps_f = np.bincount(ends, np.tile(gap_f, 2), table.n_grains).astype(np.float64)
    charging = ChargingEnergies(
        label=table.label,
        self_capacitance_af=own_f * _AF_PER_F,
        gap_capacitance_af=all_gaps_f * _AF_PER_F,
        isolated_k=isolated_k,
        screened_k=screened_k,
    )
    first, second = network.grain_a - 1, network.grain_b - 1
    barrier_k = energies.pair_creation_k[of_contact]
    if settings.contact_barrier == "larger":
        barrier_k = np.maximum(screened_k[first], screened_k[second])
    ln_conductance = _ln_conductance(network, settings)
    # Resistances beyond any number are those of contacts that join nothing.
    resistance = settings.contact_resistance_ohm * np.exp(np.minimum(-ln_conductance, 600.0))
    gap_k = superconducting_gap_k(0.0, settings.critical_temperature_k)
    josephson_k = josephson_energy_k(resistance, gap_k, 0.0)
    mean_k = (screened_k[first] + screened_k[second]) / 2
    return charging, Couplings(
        grain_a=network.grain_a,
        grain_b=network.grain_b,
        gap_nm=network.gap_nm,
        facet_nm=network.facet_nm,
        gap_capacitance_af=gap_f[of_contact] * _AF_PER_F,
        barrier_k=barrier_k,
        ln_conductance=ln_conductance,
        josephson_k=josephson_k,
        josephson_ratio=josephson_k / mean_k,
        current_share=np.full(network.n_contacts, np.nan),
    )


def _self_capacitance_f(table: GrainTable, epsilon: float) -> Column:
    """Return that of an elliptic disc of each grain's area and axis ratio."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = table.minor_axis_um / table.major_axis_um
    ratio = np.where((ratio > 0) & (ratio <= 1), ratio, 1.0)
    diameter_um = table.equivalent_diameter_um
    return elliptic_disc_capacitance_f(
        diameter_um / np.sqrt(ratio), diameter_um * np.sqrt(ratio), epsilon
    )


def _pairs(
    table: GrainTable, network: GrainNetwork
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.intp], Column]:
    """Return the pairs of grains in contact, which pair each contact is of, and narrowest gaps."""
    first, second = network.grain_a.astype(np.int64) - 1, network.grain_b.astype(np.int64) - 1
    keys, of_contact = np.unique(first * table.n_grains + second, return_inverse=True)
    a, b = np.divmod(keys, max(table.n_grains, 1))
    gap_nm = np.full(len(keys), np.inf)
    np.minimum.at(gap_nm, of_contact, np.maximum(network.gap_nm, SMALLEST_GAP_NM))
    return a, b, of_contact, gap_nm


def _ln_conductance(network: GrainNetwork, settings: TransportSettings) -> Column:
    if network.n_contacts == 0:
        return np.empty(0)
    facet = network.facet_nm / network.facet_nm.mean()
    return np.asarray(np.log(facet) - 2 * settings.tunnel_decay_per_nm * network.gap_nm)
