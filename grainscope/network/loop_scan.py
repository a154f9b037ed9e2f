"""The loops of every choice of contacts: how firm is what one choice says."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.laws.interval_around import interval_around
from grainscope.laws.tiles import drawn_again, tile_edges, tile_grid, tile_of, widening
from grainscope.laws.weighted_quantile import weighted_median
from grainscope.network.choice import contacts_of_large_grains
from grainscope.network.contacts import build_network
from grainscope.network.loop_shapes import chosen_faces, edge_weights, loop_ground
from grainscope.records import LoopScan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from grainscope.records import GrainNetwork, GrainTable, Segmentation
    from grainscope.settings import NetworkSettings

#: The largest grains that a choice may ask for leave so many of them.
_FEWEST_GRAINS = 20
#: Gaps reach from that of touching grains, in pixels, to what nearly all contacts have.
_NARROWEST_PX, _WIDEST_SHARE = 2.0, 0.995
_DRAWS = 100
#: Fewer whole loops than these tell nothing of their own spread.
_LEAST_LOOPS = 5


def scan_loops(
    network: GrainNetwork,
    segmentation: Segmentation,
    table: GrainTable,
    settings: NetworkSettings,
    rng: np.random.Generator,
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
    rng : numpy Generator
        Source of chance.

    Returns
    -------
    LoopScan
        No rows with ``scan_gaps`` or ``scan_diameters`` 0, or fewer than two contacts.
    """
    rows = list(_rows(network, segmentation, table, settings, rng))
    names = LoopScan.columns()
    found = zip(*rows, strict=True) if rows else ((),) * len(names)
    columns: dict[str, Any] = {n: np.array(c) for n, c in zip(names, found, strict=True)}
    return LoopScan(**columns, choice=(settings.min_grain_diameter_um, settings.max_gap_nm))


def _rows(
    network: GrainNetwork,
    segmentation: Segmentation,
    table: GrainTable,
    settings: NetworkSettings,
    rng: np.random.Generator,
) -> Iterator[tuple[float, ...]]:
    if not settings.scan_gaps or not settings.scan_diameters or network.n_contacts < 2:
        return
    size_um = table.equivalent_diameter_um
    tiles = _Tiles(segmentation, len(size_um), rng)
    gaps = _gaps(network.gap_nm, segmentation.pixel_size.value_nm, settings)
    ground = loop_ground(network, segmentation, table)
    for diameter_um in _diameters(size_um, settings):
        n_grains = int((size_um >= diameter_um).sum())
        choice = settings.model_copy(update={"min_grain_diameter_um": diameter_um})
        if settings.small_grains == "ignore":  # what is film changes, and with it every contact
            network = build_network(segmentation, table, choice)
            ground = loop_ground(network, segmentation, table)
        large = contacts_of_large_grains(network, table, choice)
        tile = tiles.of(network)
        for gap_nm in gaps:
            faces = chosen_faces(ground, large & (network.gap_nm <= gap_nm))
            weight = edge_weights(ground, faces)
            place = tile[faces.cycles[faces.begins[:-1]] // 2]
            figures = _figures(faces.area_um2, weight, place, tiles)
            number = len(weight), int(np.count_nonzero(weight))
            yield (diameter_um, gap_nm, n_grains, *number, *figures)


class _Tiles:
    """Tiles of the frame, and how often each is drawn again."""

    def __init__(self, segmentation: Segmentation, n_grains: int, rng: np.random.Generator) -> None:
        self._frame, self._pixel_um = segmentation.frame, segmentation.pixel_size.um
        shape = self._frame.shape_px
        grid = tile_grid(shape, n_grains)
        self._edges = tuple(map(tile_edges, shape, grid))
        self.number = grid[0] * grid[1]
        self.film_um2 = float(np.prod(shape)) * self._pixel_um**2
        self.again = drawn_again(self.number, _DRAWS, rng) if self.number > 1 else None

    def of(self, network: GrainNetwork) -> NDArray[np.intp]:
        """Return the tile of each contact."""
        y_px, x_px = network.y_um / self._pixel_um, network.x_um / self._pixel_um
        frame = self._frame
        return tile_of(y_px - frame.row_start, x_px - frame.column_start, self._edges)


def _figures(
    area_um2: NDArray[np.float64],
    weight: NDArray[np.float64],
    tile: NDArray[np.intp],
    tiles: _Tiles,
) -> tuple[float, ...]:
    """Return density, mean with interval, median, diameter, field and spread of one choice."""
    total = float(weight.sum())
    if not total > 0:
        return (0.0, *(float("nan"),) * 7)
    mean = float(weight @ area_um2) / total
    spread = float(np.sqrt(weight @ (area_um2 - mean) ** 2 / total))
    low = high = float("nan")
    if np.count_nonzero(weight) >= _LEAST_LOOPS and tiles.again is not None:
        sums = (np.bincount(tile, w, tiles.number) for w in (weight * area_um2, weight))
        above, below = (tiles.again @ s for s in sums)
        known = above[below > 0] / below[below > 0]
        if 2 * len(known) >= _DRAWS:
            low, high = interval_around(mean, known, widening(tiles.number))
    return (
        total / tiles.film_um2,
        mean,
        low,
        high,
        weighted_median(area_um2, weight),
        2 * float(np.sqrt(mean / np.pi)),
        FLUX_QUANTUM_G_UM2 / mean,
        spread / mean,
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
