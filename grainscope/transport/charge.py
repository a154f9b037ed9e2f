"""Grains and contacts → ChargingEnergies, Couplings: what an electron costs, what joins grains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import BOLTZMANN_J_PER_K, ELEMENTARY_CHARGE_C
from grainscope.laws.capacitance import (
    capacitance_matrix_f,
    elliptic_disc_capacitance_f,
    gap_capacitance_f,
    network_charging,
)
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

    A grain is a thin elliptic disc of its own area and axis ratio, C = 4π ε0 ε a/K(k);
    two neighbours share the gap capacitance of discs in one plane. The capacitance
    matrix of the film, C_ii = C_i + Σ C_ij, −C_ij, gives the energy of an electron
    on grain i, (e²/2)(C⁻¹)_ii, and of an electron and a hole on neighbours, the
    thermal barrier of a contact. Contacts conduct as facet · exp(−2κ gap).

    Parameters
    ----------
    table : GrainTable
        N grains.
    network : GrainNetwork
        E contacts.
    settings : TransportSettings
        Permittivities, ``contact_barrier``, ``tunnel_decay_per_nm``,
        ``contact_resistance_ohm`` and ``critical_temperature_k`` are used.

    Returns
    -------
    charging : ChargingEnergies
    couplings : Couplings
        ``current_share`` is NaN. A gap below 1 nm counts as 1 nm.
    """
    epsilon = settings.relative_permittivity
    own_f = _self_capacitance_f(table, epsilon)
    a, b, of_contact, gap_f = _pairs(table, network, settings)
    if table.n_grains:
        matrix = capacitance_matrix_f(own_f, a, b, gap_f)
        energies = network_charging(matrix, a, b)
        screened_k, pair_k = energies.electron_k, energies.pair_creation_k
    else:
        screened_k, pair_k = np.empty(0), np.empty(0)
    ends = np.concatenate((a, b))
    all_gaps_f = np.bincount(ends, np.tile(gap_f, 2), table.n_grains).astype(np.float64)
    charging = ChargingEnergies(
        label=table.label,
        self_capacitance_af=own_f * _AF_PER_F,
        gap_capacitance_af=all_gaps_f * _AF_PER_F,
        isolated_k=ELEMENTARY_CHARGE_C**2 / (2 * own_f) / BOLTZMANN_J_PER_K,
        screened_k=screened_k,
    )
    first, second = network.grain_a - 1, network.grain_b - 1
    barrier_k = pair_k[of_contact]
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
    table: GrainTable, network: GrainNetwork, settings: TransportSettings
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.intp], Column]:
    """Return the pairs of grains in contact, which pair each contact is of, and capacitances.

    Two grains that meet twice share one gap capacitance, that of their narrowest gap.
    """
    first, second = network.grain_a.astype(np.int64) - 1, network.grain_b.astype(np.int64) - 1
    keys, of_contact = np.unique(first * table.n_grains + second, return_inverse=True)
    a, b = np.divmod(keys, max(table.n_grains, 1))
    gap_nm = np.full(len(keys), np.inf)
    np.minimum.at(gap_nm, of_contact, np.maximum(network.gap_nm, SMALLEST_GAP_NM))
    epsilon = settings.relative_permittivity
    radius_um = table.equivalent_diameter_um / 2
    in_gap = settings.film_permittivity or epsilon
    gap_f = gap_capacitance_f(radius_um[a], radius_um[b], gap_nm, epsilon, in_gap / epsilon)
    return a, b, of_contact, gap_f


def _ln_conductance(network: GrainNetwork, settings: TransportSettings) -> Column:
    if network.n_contacts == 0:
        return np.empty(0)
    facet = network.facet_nm / network.facet_nm.mean()
    return np.asarray(np.log(facet) - 2 * settings.tunnel_decay_per_nm * network.gap_nm)
