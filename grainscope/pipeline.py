"""The story: from a micrograph to grains, from grains to transport. No loop, no disk."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from grainscope import grains, network, preprocessing, segmentation, transport
from grainscope.analysis_warnings import (
    completeness_warnings,
    current_warnings,
    grain_warnings,
    sweep_warnings,
)
from grainscope.records import UNSURE_CONFIDENCE, Analysis, Headline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grainscope.laws.strips import Empty
    from grainscope.records import (
        ClusterModel,
        Completeness,
        GrainModel,
        GrainTable,
        LoopStatistics,
        Micrograph,
        Percolation,
        Segmentation,
        SizedGrains,
        SizeFigure,
        SizeStatistics,
    )
    from grainscope.settings import Settings


#: Which size figures are headline figures.
SIZE_HEADLINES = (
    "density_per_um2",
    "area_fraction",
    "mean_equivalent_diameter_um",
    "median_equivalent_diameter_um",
)
#: Which loop figures are headline figures.
LOOP_HEADLINES = (
    "mean_loop_area_um2",
    "median_loop_area_um2",
    "mean_loop_field_g",
)


@dataclass
class StageClock:
    """Seconds per stage, and which stage is at work (a failure is reported with its name)."""

    stage: str = "read"
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def at(self, stage: str, part: str = "") -> Iterator[None]:
        """Time one stage; on an error ``stage`` keeps its name. A part is such as "2/4"."""
        self.stage = stage
        start = perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + perf_counter() - start

    def tell(self, part: str) -> None:
        """Hear how far the stage is, such as "12/300"; a clock that reports says so."""


class TakenImage(NamedTuple):
    """An image that has been read and segmented, ready to be analysed.

    Attributes
    ----------
    micrograph : Micrograph
    segmented : Segmentation
    draws : iterator of Segmentation
        Other sets of grains that are as plausible.
    empty : callable
        Makes images of its size to work in, in memory or on a disk.
    """

    micrograph: Micrograph
    segmented: Segmentation
    draws: Iterator[Segmentation]
    empty: Empty


def segment_micrograph(
    micrograph: Micrograph,
    settings: Settings,
    model: ClusterModel | GrainModel | None = None,
    clock: StageClock | None = None,
) -> Segmentation:
    """Find the grains of one micrograph.

    Parameters
    ----------
    micrograph : Micrograph
        The raw image, shape (H, W).
    settings : Settings
        ``preprocessing`` and ``segmentation`` are used, and ``run.seed``.
    model : GrainModel or ClusterModel, optional
        A saved segmenter to apply: ``grainscope.load_model()`` for the shipped one,
        which the default method needs. ``method = "fast"`` without a model fits a
        clustering to this image.
    clock : StageClock, optional
        Collects the seconds per stage.

    Returns
    -------
    Segmentation
        Labels of shape (H, W), 0 outside the frame.

    Raises
    ------
    ModelError
        The model does not fit the settings, or the default method got none.

    Examples
    --------
    >>> from grainscope.records import Frame, Micrograph, PixelSize
    >>> from grainscope.settings import SegmentationSettings, Settings
    >>> fast = Settings(segmentation=SegmentationSettings(method="fast"))
    >>> grey = np.full((60, 80), 40, np.uint8)
    >>> grey[20:40, 10:30] = grey[20:40, 50:70] = 200
    >>> discs = Micrograph("two", grey, PixelSize(5.0, 0.0, "option"), Frame.whole((60, 80)))
    >>> segment_micrograph(discs, fast).n_grains
    2
    """
    clock = clock or StageClock()
    with clock.at("preprocess"):
        prepared = preprocessing.preprocess(micrograph, settings.preprocessing)
    with clock.at("segment"):
        return segmentation.segment(prepared, settings.segmentation, model)


def analyse(
    micrograph: Micrograph,
    segmented: Segmentation,
    settings: Settings,
    clock: StageClock | None = None,
    completeness: Completeness | None = None,
    empty: Empty = np.empty,
) -> Analysis:
    """Measure every table from a micrograph and its (possibly corrected) labels.

    Parameters
    ----------
    micrograph : Micrograph
        The raw image; grey levels in the tables are those of the input file.
    segmented : Segmentation
        Its grains.
    settings : Settings
        ``grains``, ``network`` and ``transport`` are used.
    clock : StageClock, optional
        Collects the seconds per stage.
    completeness : Completeness, optional
        Of this segmentation: sizes are corrected for the grains that it misses.
    empty : callable
        Makes images to work in, by default in memory.

    Returns
    -------
    Analysis
        All tables and headline figures; empty tables for a film without grains.

    Raises
    ------
    PlanarityError
        The contact graph broke Euler's relation (a bug, never bad input).
    """
    clock = clock or StageClock()
    with clock.at("measure"):
        table, sizes = measured_grains(micrograph, segmented, settings, completeness)
        histogram = grains.size_histogram(
            table, segmented.pixel_size, settings.grains, completeness
        )
        draws, seed = settings.grains.bootstrap_draws, settings.run.seed
        rng = np.random.default_rng(seed)
        statistics = grains.size_statistics(sizes, draws, rng)
        size_laws = grains.fit_size_laws(sizes, settings.grains, rng)
        cumulative = grains.cumulative_sizes(sizes, size_laws, draws, rng)
    with clock.at("network"):
        contacts = network.build_network(segmented, table, settings.network, empty)
        loops = network.find_loops(contacts, segmented, table, settings.network)
        tiled = network.loops_in_tiles(loops, segmented.frame, segmented.pixel_size)
        loop_statistics = network.loop_statistics(tiled, draws, np.random.default_rng(seed))
        scan = network.scan_loops(contacts, segmented, table, settings.network, draws, seed, empty)
        percolation = network.percolate(contacts, segmented, table, settings.network)
        degree, component = network.membership(contacts, table, settings.network)
        table = replace(table, degree=degree, component=component)
    with clock.at("flux"):
        chosen = network.loop_contacts(contacts, table, settings.network)
        # A generator of its own: what one stage draws is nothing to the next.
        rng = np.random.default_rng((seed, 1))
        loop_sum = transport.commensurate(tiled, settings.transport, rng)
        curves, resistance = transport.sweep_fields(
            loop_sum, contacts, table, chosen, settings.transport, clock.tell
        )
        features = transport.flux_features(curves, tiled, loop_statistics, settings.transport, rng)
    with clock.at("transport"):
        rng = np.random.default_rng((seed, 2))
        charging, couplings = transport.charge_grains(table, contacts, settings.transport)
        ground = segmented.frame, segmented.pixel_size
        kinds = transport.barriers_of_film(table, contacts, charging, couplings, ground, rng)
        barriers = transport.barrier_histogram(kinds, settings.transport, rng)
        barrier_laws = transport.fit_barrier_laws(
            kinds, size_laws.n_effective, settings.grains.goodness_draws, rng
        )
        sides = network.frame_sides(segmented)
        resistors = transport.film_networks(couplings, charging, sides, segmented.frame.shape_px)
        conductance = transport.conduct(
            table, charging, couplings, resistors, settings.transport, clock.tell
        )
        shares = transport.current_shares(couplings, resistors, settings.transport)
        at_k = settings.transport.current_temperature_k
        couplings = replace(couplings, current_share=shares, temperature_k=at_k)
    return Analysis(
        grains=table,
        histogram=histogram,
        statistics=statistics,
        size_laws=size_laws,
        cumulative=cumulative,
        network=contacts,
        loops=loops,
        loop_statistics=loop_statistics,
        loop_scan=scan,
        percolation=percolation,
        commensuration=curves,
        flux_features=features,
        magnetoresistance=resistance,
        charging=charging,
        couplings=couplings,
        barriers=barriers,
        barrier_laws=barrier_laws,
        conductance=conductance,
        log_windows=transport.log_windows(conductance),
        log_slopes=transport.log_slopes(conductance, settings.transport),
        normal_state=transport.normal_state(couplings, resistors),
        headline=headline_figures(table, statistics, loop_statistics, percolation),
        warnings=(
            *grain_warnings(micrograph, segmented, table, loops, size_laws, settings),
            *completeness_warnings(completeness, settings.grains.completeness_rounds, table),
            *current_warnings(conductance, couplings),
            *sweep_warnings(curves),
        ),
        completeness=grains.tabulate_completeness(completeness, settings.grains.bins_per_decade),
    )


def measured_grains(
    micrograph: Micrograph,
    segmented: Segmentation,
    settings: Settings,
    completeness: Completeness | None,
) -> tuple[GrainTable, SizedGrains]:
    """Measure the grains, tell which are resolved, and sort their sizes by tile.

    Parameters
    ----------
    micrograph, segmented, settings, completeness
        As for :func:`analyse`; of the settings ``grains`` are used.

    Returns
    -------
    table : GrainTable
        ``degree`` and ``component`` are 0 until the network is known.
    sizes : SizedGrains
    """
    table = grains.measure(micrograph, segmented, settings.grains)
    cut_um2 = grains.resolution_cut_um2(segmented.pixel_size, settings.grains, completeness)
    table = grains.apply_completeness(table, completeness, cut_um2)
    return table, grains.sizes_in_tiles(table, segmented, cut_um2)


def headline_figures(
    table: GrainTable,
    statistics: SizeStatistics,
    loops: LoopStatistics,
    percolation: Percolation,
) -> dict[str, Headline]:
    """Reduce the tables to the figures of ``record.json``.

    Sizes are the corrected ones of the statistics, of grains above the
    resolution cut; the count is of all grains. Loops carry Miles–Lantuéjoul
    weights, so that large ones cut by the frame are not under-counted. NaN
    where there is nothing to average. ``mean_loop_field_g`` is Φ0 divided by
    the mean loop area, which is not the mean of the fields. The confidence of
    the grains is told of where the segmentation gives one.
    """
    found = {
        "n_grains": Headline(table.n_grains, ""),
        **{name: _headline(statistics.of(name)) for name in SIZE_HEADLINES},
        "n_loops": Headline(loops.n_loops, ""),
        **{name: _headline(loops.of(name)) for name in LOOP_HEADLINES},
        "percolation_gap_nm": Headline(
            percolation.threshold_gap_nm,
            "nm",
            _known(percolation.threshold_low_nm),
            _known(percolation.threshold_high_nm),
        ),
    }
    if table.confidence is not None and table.n_grains:
        unsure = table.confidence < UNSURE_CONFIDENCE
        found["mean_confidence"] = Headline(float(table.confidence.mean()), "")
        found["unsure_fraction"] = Headline(float(unsure.mean()), "")
    return found


def _headline(figure: SizeFigure) -> Headline:
    return Headline(figure.value, figure.unit, _known(figure.low), _known(figure.high))


def _known(bound: float) -> float | None:
    return bound if np.isfinite(bound) else None
