"""A film of the same grains, each placed as if the others were not there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.synthetic.outlines import with_ghosts

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Places that are tried for a disc before it is made smaller, and by what factor it is.
_TRIES, _SHRINK = 20_000, 0.97


@dataclass(frozen=True)
class PlacedDiscs:
    """Discs placed at random without overlap.

    Attributes
    ----------
    labels : ndarray of int32, shape (H, W)
        1…n; discs across an edge go on at the opposite one as grains of their own.
    shrunken : int
        Discs that were made smaller to find room.
    lost_area : float
        Share of the area of all discs that this cost.
    """

    labels: NDArray[np.int32]
    shrunken: int
    lost_area: float


def place_discs(
    diameter_px: NDArray[np.float64], shape_px: tuple[int, int], rng: np.random.Generator
) -> PlacedDiscs:
    """Place discs by random sequential addition, the largest first, in a periodic box.

    Where a disc finds no room it is made smaller by 3 % until it does: random
    sequential addition of equal discs jams at a coverage of 0.547, of unequal ones,
    the largest first, well above.

    Parameters
    ----------
    diameter_px : ndarray of float64, shape (N,)
        Of each disc.
    shape_px : (int, int)
        The box.
    rng : numpy.random.Generator
        Equal states give equal films.

    Returns
    -------
    PlacedDiscs

    References
    ----------
    J. Feder, J. Theor. Biol. 87, 237 (1980).

    Examples
    --------
    >>> film = place_discs(np.full(30, 12.0), (120, 120), np.random.default_rng(0))
    >>> bool(abs((film.labels > 0).mean() - 30 * np.pi * 36 / 120**2) < 0.01), film.shrunken
    (True, 0)
    """
    from grainscope.synthetic.placement_kernel import paint_labels, place_in_turn, seed_placement

    radius = np.sort(np.asarray(diameter_px, np.float64))[::-1] / 2
    if len(radius) == 0:
        return PlacedDiscs(np.zeros(shape_px, np.int32), 0, 0.0)
    seed_placement(int(rng.integers(2**31)))
    edge = float(np.sqrt(shape_px[0] * shape_px[1] / len(radius)))
    centre, placed = place_in_turn(radius, np.array(shape_px, float), edge, _TRIES, _SHRINK)
    # A pixel's centre is a whole number: the box reaches from −½ to H − ½.
    ghosts, radii = with_ghosts(centre - 0.5, placed, shape_px, float(placed.max()))
    painted = paint_labels(ghosts, radii, *shape_px)
    present = np.bincount(painted.ravel(), minlength=len(radii) + 1) > 0
    present[0] = False
    number = np.zeros(len(present), np.int32)
    number[present] = np.arange(1, present.sum() + 1)
    lost = 1 - float((placed**2).sum() / (radius**2).sum())
    return PlacedDiscs(number[painted], int((placed < radius).sum()), max(lost, 0.0))
