"""LoopTable → Commensuration: how the loops of a film respond to a field together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import GAUSS_PER_MILLITESLA
from grainscope.laws.flux_quantum import flux_response, loop_field_g
from grainscope.laws.weighted_quantile import weighted_median
from grainscope.records import Commensuration
from grainscope.transport.weighted import weighted_response

if TYPE_CHECKING:
    from grainscope.records import LoopTable
    from grainscope.settings import TransportSettings

#: Fields reach this many quanta through the median loop unless the settings say otherwise.
_QUANTA_SHOWN = 5


def commensurate(loops: LoopTable, settings: TransportSettings) -> Commensuration:
    """Sum the response of all loops over field.

    S(B) = Σ w cos(2πBA/Φ0) / Σ w with the loops' edge weights w. A broad
    distribution of areas A leaves no revival: for a relative spread CV the
    first one has the height exp(−2π²CV²).

    Parameters
    ----------
    loops : LoopTable
        L loops.
    settings : TransportSettings
        ``field_points`` and ``field_max_g`` are used.

    Returns
    -------
    Commensuration
        ``field_points`` rows from 0; no rows where no loop has a weight.

    Examples
    --------
    >>> from grainscope.settings import TransportSettings
    >>> from grainscope.records import LoopTable
    >>> loop = LoopTable(*[np.ones(1)] * 10, np.zeros(2), np.empty(0), np.empty(0))  # 1 µm²
    >>> response = commensurate(loop, TransportSettings(field_points=11))
    >>> response.field_g[:4].round(2), response.loop_sum[:4].round(2)
    (array([ 0.  , 10.34, 20.68, 31.02]), array([ 1., -1.,  1., -1.]))
    """
    area_um2, weight = loops.area_um2, loops.edge_weight
    if not weight.sum() > 0:
        none = np.empty(0)
        return Commensuration(field_mt=none, field_g=none, loop_sum=none)
    field_max_g = settings.field_max_g
    if field_max_g is None:
        field_max_g = _QUANTA_SHOWN * float(loop_field_g(weighted_median(area_um2, weight)))
    field_g = np.linspace(0.0, field_max_g, settings.field_points)
    return Commensuration(
        field_mt=field_g / GAUSS_PER_MILLITESLA,
        field_g=field_g,
        loop_sum=weighted_response(flux_response, field_g, area_um2, weight),
    )
