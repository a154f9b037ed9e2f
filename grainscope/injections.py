"""What paints grains into a micrograph and tells the story again: how many of them are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope import grains, pipeline
from grainscope.records import Injections

if TYPE_CHECKING:
    from grainscope.records import (
        ClusterModel,
        Completeness,
        GrainModel,
        Micrograph,
        Segmentation,
    )
    from grainscope.settings import Settings

#: Curves of completeness drawn from their posterior.
_CURVES = 200


def measure_completeness(
    micrograph: Micrograph,
    segmented: Segmentation,
    settings: Settings,
    model: ClusterModel | GrainModel | None = None,
    clock: pipeline.StageClock | None = None,
) -> Completeness | None:
    """Measure what share of the grains of each size the segmentation finds.

    Copies of the micrograph's own grains are painted into it, and it is
    segmented again, as often as ``grains.completeness_rounds`` says. A painted
    grain is found where a grain has an IoU above 0.5 with it.

    Parameters
    ----------
    micrograph, settings, model
        As for :func:`pipeline.segment_micrograph`.
    segmented : Segmentation
        What that returned.
    clock : StageClock, optional
        Collects the seconds, as stage ``completeness``; is told of each round.

    Returns
    -------
    Completeness
        None without rounds, or with fewer than ten whole grains to copy.
    """
    clock = clock or pipeline.StageClock()
    rounds = []
    n_rounds = settings.grains.completeness_rounds
    for k in range(n_rounds):
        with clock.at("completeness", f"{k + 1}/{n_rounds}"):
            rng = np.random.default_rng([settings.run.seed, k])
            found = _one_round(micrograph, segmented, settings, model, rng)
            if found is None:
                return None
            rounds.append(found)
    if not rounds:
        return None
    columns = ("log10_area_um2", "found", "found_log10_area_um2")
    injections = Injections(*(np.concatenate([getattr(r, n) for r in rounds]) for n in columns))
    return grains.fit_completeness(
        injections, _CURVES, np.random.default_rng([settings.run.seed, len(rounds)])
    )


def _one_round(
    micrograph: Micrograph,
    segmented: Segmentation,
    settings: Settings,
    model: ClusterModel | GrainModel | None,
    rng: np.random.Generator,
) -> Injections | None:
    solidity = grains.measure(micrograph, segmented, settings.grains).solidity
    n_wanted = settings.grains.completeness_grains
    result = grains.paint_grains(micrograph, segmented, solidity, n_wanted, rng)
    if result is None:
        return None
    painted_micrograph, painted = result
    again = pipeline.segment_micrograph(painted_micrograph, settings, model)
    found, area_px = grains.match_painted(painted, again.labels)
    pixel_um2 = segmented.pixel_size.um**2
    painted_um2 = np.bincount(painted.ravel())[1:] * pixel_um2
    found_um2 = np.where(found, area_px * pixel_um2, np.nan)
    return Injections(np.log10(painted_um2), found, np.log10(found_um2))
