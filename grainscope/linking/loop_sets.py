"""The loops of every choice of contacts, and how strongly each couples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.network.loop_shapes import chosen_faces, edge_weights, loop_ground, reduced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from grainscope.linking.morphology import Morphology
    from grainscope.network.loop_shapes import LoopGround
    from grainscope.settings import FittingSettings

    Column = NDArray[np.float64]

#: Choices of the smallest grain and of the widest gap, and lengths ξ.
_DIAMETERS, _GAPS, _LENGTHS = 8, 8, 4
#: Contacts of the smallest loop.
_FEWEST = 2
#: exp(−600) is still a number.
_FAR = 600.0
#: A large grain is one of the largest quarter of those that take part.
_LARGE = 0.75


@dataclass(frozen=True)
class ChoiceGrid:
    """Points of the prior, all of equal weight: the middles of equal parts of each log range.

    Attributes
    ----------
    min_grain_diameter_um, max_gap_nm, coupling_length_nm : tuple of float
        Ascending; D, G and X of them.
    """

    min_grain_diameter_um: tuple[float, ...]
    max_gap_nm: tuple[float, ...]
    coupling_length_nm: tuple[float, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """D, G, X."""
        gaps, lengths = len(self.max_gap_nm), len(self.coupling_length_nm)
        return len(self.min_grain_diameter_um), gaps, lengths


@dataclass(frozen=True)
class LoopSet:
    """The L whole loops of one choice.

    Attributes
    ----------
    area_um2 : ndarray of float64, shape (L,)
    weight : ndarray of float64, shape (R, X, L)
        Edge weight times coupling, by each of the R rules (the weakest contact; the walk
        around it) and for each ξ; the largest of each row is 1.
    holds_large : ndarray of bool, shape (L,)
        Whether one of its grains is of the largest quarter of those that take part.
    contact : ndarray of int64, shape (L,)
        One of its contacts, to say where it lies.
    """

    area_um2: Column
    weight: Column
    holds_large: NDArray[np.bool_]
    contact: NDArray[np.int64]

    def __len__(self) -> int:
        """Return L."""
        return len(self.area_um2)


def choice_grid(settings: FittingSettings) -> ChoiceGrid:
    """Return the grid over the priors of the settings.

    Examples
    --------
    >>> from grainscope.settings.fitting import FittingSettings
    >>> grid = choice_grid(FittingSettings(coupling_length_nm_range=(1.0, 16.0)))
    >>> [round(length, 3) for length in grid.coupling_length_nm]
    [1.414, 2.828, 5.657, 11.314]
    """
    return ChoiceGrid(
        _middles(settings.min_grain_diameter_um_range, _DIAMETERS),
        _middles(settings.max_gap_nm_range, _GAPS),
        _middles(settings.coupling_length_nm_range, _LENGTHS),
    )


def _middles(ends: tuple[float, float], number: int) -> tuple[float, ...]:
    edges = np.geomspace(*ends, number + 1)
    return tuple(float(middle) for middle in np.sqrt(edges[:-1] * edges[1:]))


def loop_sets(morphology: Morphology, grid: ChoiceGrid) -> Iterator[tuple[int, int, LoopSet]]:
    """Find the loops for every smallest grain and widest gap of a grid.

    With J = facet · exp(−gap/ξ) a loop weighs its edge weight times

        min J                  junctions in series: the weakest contact limits it
        Π J / D                a walk around it, D the sum of J at each of its grains:
                               its first term in ln det(D − J), the network's response

    and which rule it is counts as not known.

    Parameters
    ----------
    morphology : Morphology
    grid : ChoiceGrid

    Yields
    ------
    diameter, gap : int
        Places in the grid; only those with at least one whole loop.
    loops : LoopSet

    Examples
    --------
    Nine squares in three rows make four loops of one period squared.

    >>> from grainscope.linking.morphology import morphology_of
    >>> from grainscope.records import Frame, PixelSize, Segmentation
    >>> labels = np.zeros((50, 50), np.int32)
    >>> for k in range(9):
    ...     labels[4 + 15 * (k // 3) :, 4 + 15 * (k % 3) :][:11, :11] = k + 1
    >>> frame = Frame.whole(labels.shape)
    >>> film = morphology_of(Segmentation(labels, PixelSize(10.0, 0.0, "option"), frame))
    >>> squares = loop_sets(film, ChoiceGrid((0.05,), (60.0,), (10.0,)))
    >>> [(i, j, loops.area_um2.round(4).tolist()) for i, j, loops in squares]
    [(0, 0, [0.0225, 0.0225, 0.0225, 0.0225])]
    """
    network = morphology.network
    if network.n_contacts == 0:
        return
    ground = loop_ground(network, morphology.segmentation, morphology.grains)
    size_um = morphology.grains.equivalent_diameter_um
    facet_nm = np.maximum(network.facet_nm, morphology.pixel_size.value_nm)
    length_nm = np.array(grid.coupling_length_nm)[:, None]
    ln_coupling = np.log(facet_nm) - network.gap_nm / length_nm
    smaller_um = size_um[np.stack((network.grain_a, network.grain_b)) - 1].min(axis=0)
    for i, diameter_um in enumerate(grid.min_grain_diameter_um):
        counted = size_um[size_um >= diameter_um]
        if len(counted) == 0:
            return
        large = size_um >= np.quantile(counted, _LARGE)
        for j, gap_nm in enumerate(grid.max_gap_nm):
            kept = (smaller_um >= diameter_um) & (network.gap_nm <= gap_nm)
            if kept.sum() < _FEWEST:
                continue
            loops = _whole_loops(ground, kept, ln_coupling, large)
            if len(loops):
                yield i, j, loops


def _whole_loops(
    ground: LoopGround, kept: NDArray[np.bool_], ln_coupling: Column, large: NDArray[np.bool_]
) -> LoopSet:
    faces = chosen_faces(ground, kept)
    edge_weight = edge_weights(ground, faces)
    whole, first = edge_weight > 0, faces.begins[:-1]
    contact, grain = faces.cycles // 2, ground.grains[faces.cycles]
    weakest = reduced(np.minimum, ln_coupling.T[contact], first)
    ln_step = ln_coupling.T[contact] - _ln_sums(ground, kept, ln_coupling)[grain]
    ln_coupled = np.stack((weakest, reduced(np.add, ln_step, first)))[:, whole]
    holds_large = reduced(np.maximum, large[grain].astype(np.float64), first)[whole]
    ln_weight = np.moveaxis(ln_coupled, 1, 2) + np.log(edge_weight[whole])
    weight = np.exp(ln_weight - ln_weight.max(axis=2, initial=-np.inf, keepdims=True))
    return LoopSet(
        faces.area_um2[whole], weight, holds_large > 0, contact[first][whole].astype(np.int64)
    )


def _ln_sums(ground: LoopGround, kept: NDArray[np.bool_], ln_coupling: Column) -> Column:
    """Return ln D of every grain for each ξ, shape (N, X): of kept contacts; 0 without any."""
    ends = ground.grains.reshape(-1, 2)[kept].ravel()
    count = int(ground.grains.max()) + 1
    sums = np.zeros((count, len(ln_coupling)))
    top = ln_coupling[:, kept].max(axis=1)
    for column, row in enumerate(ln_coupling[:, kept]):
        coupling = np.exp(np.maximum(row - top[column], -_FAR))
        sums[:, column] = np.bincount(ends, np.repeat(coupling, 2), count)
    return np.asarray(np.where(sums > 0, np.log(np.maximum(sums, 1e-300)) + top, 0.0))
