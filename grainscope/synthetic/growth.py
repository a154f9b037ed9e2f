"""Grow caps until they cover a given share: flux, renucleation, coalescence.

A cap catches the flux on its footprint, so dV = π r² dh. With V = k r³ every
radius grows at one rate, dr = π dh / 3k, and the radius that a first nucleus
would have without merging is the clock.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from grainscope.synthetic.coalescence import Caps, coalesce
from grainscope.synthetic.overlap_kernels import paint_discs

#: Radius of a nucleus.
_NUCLEUS_NM = 2.5
#: Step of the clock: small against the distance between nuclei.
_STEPS_PER_SPACING = 40
#: A nucleus needs bare film around it, this share of the first nuclei's distance: closer to
#: a grain's edge, adatoms reach the grain first.
_CAPTURE_SHARE = 0.1
#: Radius steps after which a film that coalesces as fast as it grows is given up.
_MAX_STEPS = 5000


class GrowthLaw(NamedTuple):
    """Parameters of growth, in nanometres."""

    box_nm: tuple[float, float]
    coverage: float
    coalescence_radius_nm: float
    nuclei_per_um2: float
    renucleation_per_um2_nm: float
    grid_px: tuple[int, int]

    @property
    def spacing_nm(self) -> float:
        """Mean distance of the first nuclei."""
        return 1e3 / math.sqrt(self.nuclei_per_um2)


def grow_caps(law: GrowthLaw, rng: np.random.Generator) -> tuple[Caps, float]:
    """Grow until the caps cover the share asked for.

    Returns
    -------
    caps : Caps
        In nm; periodic. Pairs that stopped halfway overlap.
    step_nm : float
        What the last step added to every radius.

    Raises
    ------
    ValueError
        The coverage is not reached.
    """
    step_nm = law.spacing_nm / _STEPS_PER_SPACING
    area_um2 = law.box_nm[0] * law.box_nm[1] * 1e-6
    first = max(1, rng.poisson(law.nuclei_per_um2 * area_um2))
    caps = _with_nuclei(
        Caps(np.empty((0, 2)), np.empty(0), np.empty(0, np.uint64)), law, first, 0, rng
    )
    identity = first
    arrivals = law.renucleation_per_um2_nm * area_um2 * step_nm
    for _ in range(_MAX_STEPS):
        caps = caps._replace(radii=caps.radii + step_nm)
        caps = coalesce(caps, law.box_nm, law.coalescence_radius_nm)
        if _painted(caps, law, 0.0).mean() >= law.coverage:
            return caps, step_nm
        n_new = int(rng.poisson(arrivals))
        caps = _with_nuclei(caps, law, n_new, identity, rng)
        identity += n_new
    raise ValueError(f"coverage {law.coverage} not reached in {_MAX_STEPS} steps")


def _with_nuclei(
    caps: Caps, law: GrowthLaw, n_arrivals: int, identity: int, rng: np.random.Generator
) -> Caps:
    """Let nuclei arrive anywhere; those on bare film, away from every edge, stay."""
    arrived = rng.random((n_arrivals, 2)) * law.box_nm
    covered = _painted(caps, law, _CAPTURE_SHARE * law.spacing_nm)
    rows, columns = (arrived / law.box_nm * law.grid_px).astype(np.int64).T
    bare = ~covered[np.minimum(rows, law.grid_px[0] - 1), np.minimum(columns, law.grid_px[1] - 1)]
    n = int(bare.sum())
    return Caps(
        np.concatenate([caps.centres, arrived[bare]]),
        np.concatenate([caps.radii, np.full(n, _NUCLEUS_NM)]),
        np.concatenate([caps.identities, identity + np.arange(n, dtype=np.uint64)]),
    )


def _painted(caps: Caps, law: GrowthLaw, margin_nm: float) -> NDArray[np.bool_]:
    # Along the shorter side the number of pixels is rounded, to few of them in a narrow film.
    per_nm = max(law.grid_px) / max(law.box_nm)
    return np.asarray(
        paint_discs(caps.centres * per_nm, (caps.radii + margin_nm) * per_nm, *law.grid_px)
    )
