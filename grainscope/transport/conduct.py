"""GrainTable → Conductance: sheet conductance against temperature."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.charging_energy import charging_energy_k
from grainscope.laws.parallel_activation import activation
from grainscope.records import Conductance
from grainscope.transport.weighted import weighted_response

if TYPE_CHECKING:
    from grainscope.records import GrainTable
    from grainscope.settings import TransportSettings


def conduct(table: GrainTable, settings: TransportSettings) -> Conductance:
    """Predict the sheet conductance of activated grains in parallel.

    G(T) = G0 Σ w exp(−E_C/T) / Σ w with the grains' edge weights w, as the
    barrier argument has it: each grain is a channel of its own. It is an upper
    bound: in a real network grains stand in series as well.

    Parameters
    ----------
    table : GrainTable
        N grains.
    settings : TransportSettings
        ``relative_permittivity``, the temperatures and ``sheet_conductance_s``
        (G0) are used.

    Returns
    -------
    Conductance
        ``temperature_points`` rows on a logarithmic grid. NaN where no grain
        has a weight; 0 where the smallest barrier is above 745 T.
    """
    temperature_k = np.geomspace(
        settings.temperature_min_k, settings.temperature_max_k, settings.temperature_points
    )
    barrier_k = charging_energy_k(table.equivalent_diameter_um, settings.relative_permittivity)
    share = weighted_response(activation, temperature_k, barrier_k, table.edge_weight)
    return Conductance(temperature_k=temperature_k, parallel_s=settings.sheet_conductance_s * share)
