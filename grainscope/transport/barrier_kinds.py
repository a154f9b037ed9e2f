"""The barriers of a film, kind by kind, as the histogram and the laws take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.tiles import tiled
from grainscope.transport.barriers import Barriers

if TYPE_CHECKING:
    from grainscope.records import (
        ChargingEnergies,
        Couplings,
        Frame,
        GrainNetwork,
        GrainTable,
        PixelSize,
    )


def barriers_of_film(
    table: GrainTable,
    network: GrainNetwork,
    charging: ChargingEnergies,
    couplings: Couplings,
    ground: tuple[Frame, PixelSize],
    rng: np.random.Generator,
) -> list[Barriers]:
    """Return charging energies of the grains and thermal barriers of the contacts.

    A grain counts with its edge weight; a contact with the mean of those of its two
    grains, where both are whole. Random offset charges, 0 to half an electron's,
    leave of a charging energy any share from 1 to 0 (uniform): one is drawn for
    each grain.

    Parameters
    ----------
    table, network, charging, couplings
        Of one film.
    ground : Frame and PixelSize
        To cut into tiles.
    rng : numpy Generator
        Source of chance.

    Returns
    -------
    list of Barriers
        Kinds ``charging``, ``screened``, ``offset``, ``contact``, and
        ``contact_by_facet``, which counts contacts by the length of their facets.
    """
    tile, film_um2 = tiled(table.y_um, table.x_um, *ground)
    of_grains = table.edge_weight, tile, table.resolved, len(film_um2)
    share = 1 - rng.random(table.n_grains)  # above 0, as barriers are
    a, b = network.grain_a - 1, network.grain_b - 1
    whole = (table.edge_weight[a] > 0) & (table.edge_weight[b] > 0)
    weight = np.where(whole, (table.edge_weight[a] + table.edge_weight[b]) / 2, 0.0)
    place, film_um2 = tiled(network.y_um, network.x_um, *ground)
    of_contacts = place, table.resolved[a] & table.resolved[b], len(film_um2)
    return [
        Barriers("charging", charging.isolated_k, *of_grains),
        Barriers("screened", charging.screened_k, *of_grains),
        Barriers("offset", charging.screened_k * share, *of_grains),
        Barriers("contact", couplings.barrier_k, weight, *of_contacts),
        Barriers("contact_by_facet", couplings.barrier_k, weight * network.facet_nm, *of_contacts),
    ]
