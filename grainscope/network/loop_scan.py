"""The loops of every choice of contacts: how firm is what one choice says."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.network.choice import contacts_of_large_grains
from grainscope.network.contacts import build_network
from grainscope.network.loop_shapes import (
    ChosenFaces,
    LoopGround,
    chosen_faces,
    edge_weights,
    loop_ground,
    polygons,
)
from grainscope.network.loop_statistics import loop_statistics, tiled_loops
from grainscope.records import LoopScan, PiecedLoops
from grainscope.records.network import stretch_means

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from grainscope.laws.strips import Empty
    from grainscope.records import GrainNetwork, GrainTable, Segmentation
    from grainscope.settings import NetworkSettings

#: The largest grains that a choice may ask for leave so many of them.
_FEWEST_GRAINS = 20
#: Gaps reach from that of touching grains, in pixels, to what nearly all contacts have.
_NARROWEST_PX, _WIDEST_SHARE = 2.0, 0.995


def scan_loops(
    network: GrainNetwork,
    segmentation: Segmentation,
    table: GrainTable,
    settings: NetworkSettings,
    n_draws: int,
    seed: int,
    empty: Empty = np.empty,
) -> LoopScan:
    """Find the loops for every smallest grain and widest gap on a grid.

    What a film's mean loop is depends on which grains and which gaps count. The
    grid shows where a figure, such as a loop of 1.3 µm, comes from, and whether
    a range of choices or a single one gives it.

    Parameters
    ----------
    network : GrainNetwork
        All contacts of the film.
    segmentation : Segmentation
        For the frame and the pixel size.
    table : GrainTable
        The grains.
    settings : NetworkSettings
        ``scan_diameters`` and ``scan_gaps``, the numbers of steps; the choice of
        the settings themselves is always among them.
    n_draws, seed : int
        Bootstrap draws of the tiles for each interval, and where they start.
    empty : callable
        As for :func:`build_network`.

    Returns
    -------
    LoopScan
        No rows with ``scan_gaps`` or ``scan_diameters`` 0, or fewer than two contacts.
    """
    rows = list(_rows(network, segmentation, table, settings, (n_draws, seed), empty))
    names = LoopScan.columns()
    found = zip(*rows, strict=True) if rows else ((),) * len(names)
    columns: dict[str, Any] = {n: np.array(c) for n, c in zip(names, found, strict=True)}
    return LoopScan(**columns, choice=(settings.min_grain_diameter_um, settings.max_gap_nm))


def _rows(
    network: GrainNetwork,
    segmentation: Segmentation,
    table: GrainTable,
    settings: NetworkSettings,
    draws: tuple[int, int],
    empty: Empty,
) -> Iterator[tuple[float, ...]]:
    if not settings.scan_gaps or not settings.scan_diameters:
        return
    if settings.small_grains == "ignore":  # the grid is that of the whole film
        network = build_network(segmentation, table, None, empty)
    if network.n_contacts < 2:
        return
    size_um = table.equivalent_diameter_um
    gaps = _gaps(network.gap_nm, segmentation.pixel_size.value_nm, settings)
    ground = loop_ground(network, segmentation, table)
    for diameter_um in _diameters(size_um, settings):
        n_grains = int((size_um >= diameter_um).sum())
        choice = settings.model_copy(update={"min_grain_diameter_um": diameter_um})
        if settings.small_grains == "ignore":  # what is film changes, and with it every contact
            network = build_network(segmentation, table, choice, empty)
            ground = loop_ground(network, segmentation, table)
        large = contacts_of_large_grains(network, table, choice)
        for gap_nm in gaps:
            faces = chosen_faces(ground, large & (network.gap_nm <= gap_nm))
            loops = _loops(ground, faces, segmentation)
            yield (diameter_um, gap_nm, n_grains, *_figures(loops, *draws))


def _loops(ground: LoopGround, faces: ChosenFaces, segmentation: Segmentation) -> PiecedLoops:
    vertices_um, start = polygons(ground, faces)
    place_um = np.stack([stretch_means(column, start) for column in vertices_um.T])
    weight = edge_weights(ground, faces)
    return tiled_loops(
        faces.area_um2, weight, place_um, segmentation.frame, segmentation.pixel_size
    )


def _figures(loops: PiecedLoops, n_draws: int, seed: int) -> tuple[float, ...]:
    """Return numbers, density, mean with interval, median, diameter, field and spread."""
    # The same seed for every choice: the row of the run's own is its loop_summary.csv.
    found = loop_statistics(loops, n_draws, np.random.default_rng(seed))
    mean = found.of("mean_loop_area_um2")
    names = ("median_loop_area_um2", "mean_loop_diameter_um", "mean_loop_field_g", "area_cv")
    return (
        *(found.n_loops, found.n_whole, found.of("density_per_um2").value),
        *(mean.value, mean.low, mean.high),
        *(found.of(name).value for name in names),
    )


def _diameters(size_um: NDArray[np.float64], settings: NetworkSettings) -> list[float]:
    """Return 0 and diameters in equal ratios between the smallest and the large grains."""
    largest = float(np.sort(size_um)[-min(_FEWEST_GRAINS, len(size_um))])
    smallest = float(np.quantile(size_um, 0.1))
    steps = np.geomspace(smallest, max(largest, smallest), settings.scan_diameters - 1)
    return _readable([0.0, *steps], settings.min_grain_diameter_um)


def _gaps(gap_nm: NDArray[np.float64], pixel_nm: float, settings: NetworkSettings) -> list[float]:
    """Return gaps in equal ratios from those of touching grains to nearly the widest."""
    narrowest = _NARROWEST_PX * pixel_nm
    widest = max(float(np.quantile(gap_nm, _WIDEST_SHARE)), 2 * narrowest)
    steps = np.geomspace(narrowest, widest, settings.scan_gaps)
    return _readable(list(steps), settings.max_gap_nm)


def _readable(steps: list[float], chosen: float) -> list[float]:
    """Return steps cut to two digits, with the user's own value, in order."""
    cut = {_two_digits(step) for step in steps}
    return sorted(cut | {chosen})


def _two_digits(value: float) -> float:
    """Round down, so that no step goes beyond the largest grains."""
    if value <= 0:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return float(f"{math.floor(value / unit * (1 + 1e-9)) * unit:.2g}")
