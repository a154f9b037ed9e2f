"""Couplings → NormalState: conductivity and Hall density of grains that conduct perfectly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.records import NormalState
from grainscope.transport.charge import SMALLEST_GAP_NM

if TYPE_CHECKING:
    from grainscope.records import Couplings
    from grainscope.transport.film_networks import FilmNetworks


def normal_state(couplings: Couplings, networks: FilmNetworks) -> NormalState:
    """Return the composite whose grains are perfect conductors in a film.

    A gap conducts as the film does, σ2 facet/gap (1 nm at least), so the network is the
    sheet conductivity in units of the film's; NaN where no contacts join the edges. Of a
    two-phase film in two dimensions whose better phase has no Hall resistance to speak of,
    the Hall density is, exactly,

        n_e = n2 (σ_e/σ2)².

    References
    ----------
    D. J. Bergman and D. Stroud, Solid State Phys. 46, 147 (1992), section 7.
    """
    ln_g = np.log(couplings.facet_nm / np.maximum(couplings.gap_nm, SMALLEST_GAP_NM))
    # Sheet conductivity is conductance times length over width.
    found = [
        one.mesh.ln_conductance(ln_g) + sign * np.log(networks.aspect)
        for one, sign in ((networks.across, 1.0), (networks.down, -1.0))
        if one is not None
    ]
    if not found or not np.isfinite(found).all():  # what flows is the film's own, then
        return NormalState(float("nan"), float("nan"))
    ratio = float(np.exp(np.mean(found)))
    return NormalState(ratio, ratio**2)
