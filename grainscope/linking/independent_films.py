"""Films of a micrograph's grains, placed independently of one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.linking.morphology import Morphology, morphology_of
from grainscope.records import Frame, Segmentation
from grainscope.synthetic.placed_discs import place_discs

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: So many films, and more of small ones: some 100,000 grains in all.
_FEWEST, _MOST, _GRAINS = 24, 60, 100_000


def number_of_films(n_grains: int) -> int:
    """Return how many films are compared with one of so many grains.

    Examples
    --------
    >>> [number_of_films(n) for n in (500, 4000, 17_000)]
    [60, 25, 24]
    """
    return int(np.clip(_GRAINS // max(n_grains, 1), _FEWEST, _MOST))


def independent_film(morphology: Morphology, rng: np.random.Generator) -> tuple[Morphology, float]:
    """Return a film of the same grains as discs, placed at random without overlap.

    Grains cut by the frame are seen too small. So each whole grain comes up as often as
    its Miles–Lantuéjoul weight w says, ⌊w⌋ or ⌈w⌉ times: density, sizes and coverage are
    those of the film, edges or not. The frame is a periodic box, and discs across its
    edge are cut like those of the micrograph.

    Parameters
    ----------
    morphology : Morphology
        Of the micrograph.
    rng : numpy.random.Generator
        Equal states give equal films.

    Returns
    -------
    film : Morphology
        Of the same frame and pixel size, its contacts found by the same code.
    lost_area : float
        Share of the grains' area that was given up to find room for all.
    """
    pixel = morphology.pixel_size
    shape_px = morphology.frame.shape_px
    diameter_px = drawn_sizes(morphology, rng) / pixel.um
    placed = place_discs(diameter_px, shape_px, rng)
    film = Segmentation(placed.labels, pixel, Frame.whole(shape_px))
    return morphology_of(film, morphology.name), placed.lost_area


def drawn_sizes(morphology: Morphology, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return diameters in µm of whole grains, each as often as its edge weight says.

    Rounding is systematic, along the sizes: how many there are above any size is off by
    less than 1.
    """
    weight = morphology.grains.edge_weight
    order = np.argsort(morphology.grains.equivalent_diameter_um, kind="stable")
    reached = np.floor(np.cumsum(weight[order]) + rng.random())
    times = np.diff(reached, prepend=0.0).astype(np.int64)
    return np.repeat(morphology.grains.equivalent_diameter_um[order], times)
