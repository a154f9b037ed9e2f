"""Measured transport against the morphology of its film."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grainscope.linking.barriers import link_barriers
from grainscope.linking.loops import link_loops

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np

    from grainscope.linking.morphology import Morphology
    from grainscope.records import Conductance
    from grainscope.records.transport_data import TransportCurve
    from grainscope.records.transport_fit import TransportFit
    from grainscope.settings import FittingSettings


def link(
    morphology: Morphology,
    fluctuations: Sequence[TransportFit],
    curves: Sequence[TransportCurve],
    conductance: Conductance | None,
    settings: FittingSettings,
    rng: np.random.Generator,
    tell: Callable[[str], None] = lambda part: None,
) -> tuple[TransportFit, ...]:
    """Link one sample's transport to a micrograph of it: loops, and barriers.

    Parameters
    ----------
    morphology : Morphology
        From `morphology_of` the labels of a result.
    fluctuations : sequence of TransportFit
        Of the analysis ``fluctuations``, one a stage.
    curves : sequence of TransportCurve
        All curves of the sample; those R(T) that rise on cooling are used.
    conductance : Conductance or None
        What the run predicts for this micrograph.
    settings : FittingSettings
        Priors of ``max_gap_nm``, ``min_grain_diameter_um`` and ξ.
    rng : numpy Generator
        Source of chance.
    tell : callable
        Is told how far it is.

    Returns
    -------
    tuple of TransportFit
        ``"link"`` of each stage and of all (see `link_loops`), then ``"barrier_link"``
        (see `link_barriers`); each skipped where what it needs is missing.
    """
    loops = link_loops(morphology, fluctuations, settings, rng, tell)
    tell("barriers")
    return (*loops, link_barriers(curves, conductance))
