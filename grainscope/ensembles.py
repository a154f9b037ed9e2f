"""What repeats the story: the same micrograph, segmented again within its own uncertainty."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from grainscope import grains, network, pipeline, preprocessing, segmentation
from grainscope.laws.interval_around import interval_around

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from grainscope.records import (
        Analysis,
        ClusterModel,
        Completeness,
        GrainModel,
        Headline,
        Micrograph,
        Segmentation,
    )
    from grainscope.settings import Settings

#: With fewer draws in which a figure exists, nothing is said of its spread.
_LEAST_DRAWS = 4


def segment_in_draws(
    micrograph: Micrograph,
    settings: Settings,
    model: ClusterModel | GrainModel | None = None,
    clock: pipeline.StageClock | None = None,
) -> tuple[Segmentation, Iterator[Segmentation]]:
    """Find the grains of one micrograph, and other sets of grains that are as plausible.

    Parameters
    ----------
    micrograph, settings, model, clock
        As for :func:`pipeline.segment_micrograph`; ``run.uncertainty_draws`` says
        how many others, ``run.seed`` which.

    Returns
    -------
    segmented : Segmentation
        What :func:`pipeline.segment_micrograph` returns.
    draws : iterator of Segmentation
        The others, each made when it is asked for. None where the model has not
        measured its uncertainty.

    Raises
    ------
    ModelError
        The model does not fit the settings, or the default method got none.
    """
    clock = clock or pipeline.StageClock()
    with clock.at("preprocess"):
        prepared = preprocessing.preprocess(micrograph, settings.preprocessing)
    with clock.at("segment"):
        run = settings.run
        return segmentation.segment_in_draws(
            prepared, settings.segmentation, model, run.seed, run.uncertainty_draws
        )


def with_intervals(
    analysis: Analysis,
    micrograph: Micrograph,
    draws: Iterable[Segmentation],
    settings: Settings,
    clock: pipeline.StageClock | None = None,
    completeness: Completeness | None = None,
) -> Analysis:
    """Give the headline figures the spread that they have over the draws.

    Parameters
    ----------
    analysis : Analysis
        Of the segmentation itself.
    micrograph : Micrograph
        The raw image.
    draws : iterable of Segmentation
        From :func:`segment_in_draws`.
    settings : Settings
        ``grains`` and ``network`` are used.
    clock : StageClock, optional
        Collects the seconds, as stage ``draws``.
    completeness : Completeness, optional
        What the analysis was corrected by.

    Returns
    -------
    Analysis
        Equal to the given one but for ``low`` and ``high`` of its headline figures.
    """
    clock = clock or pipeline.StageClock()
    with clock.at("draws"):
        drawn = [_headline(micrograph, segmented, settings, completeness) for segmented in draws]
    figures = {
        name: _interval(figure, [found[name].value for found in drawn if name in found])
        for name, figure in analysis.headline.items()
    }
    return replace(analysis, headline=figures)


def _headline(
    micrograph: Micrograph,
    segmented: Segmentation,
    settings: Settings,
    completeness: Completeness | None,
) -> Mapping[str, Headline]:
    """Measure what the headline figures come from, and nothing else."""
    table, sizes = pipeline.measured_grains(micrograph, segmented, settings, completeness)
    statistics = grains.size_statistics(sizes, 0, np.random.default_rng(0))
    contacts = network.build_network(segmented, table, settings.network)
    loops = network.find_loops(contacts, segmented, table, settings.network)
    tiled = network.loops_in_tiles(loops, segmented.frame, segmented.pixel_size)
    loop_statistics = network.loop_statistics(tiled, 0, np.random.default_rng(0))
    percolation = network.percolate(contacts, segmented, table, settings.network)
    return pipeline.headline_figures(table, statistics, loop_statistics, percolation)


def _interval(figure: Headline, drawn: Sequence[float]) -> Headline:
    """Add the spread of the draws to what is known of the figure already."""
    found = [value for value in drawn if math.isfinite(value)]
    if len(found) < _LEAST_DRAWS or not math.isfinite(figure.value):
        return figure
    low, high = interval_around(figure.value, found)
    if figure.low is not None and figure.high is not None:
        # What a larger film would show and what was chosen here vary independently.
        low = max(figure.value - math.hypot(figure.value - low, figure.value - figure.low), 0.0)
        high = figure.value + math.hypot(high - figure.value, figure.high - figure.value)
    if isinstance(figure.value, int):  # a count goes to the whole numbers outside
        low, high = math.floor(low), math.ceil(high)
    elif not figure.unit:  # a pure number that is no count is a share
        high = min(high, 1.0)
    return replace(figure, low=float(low), high=float(high))
