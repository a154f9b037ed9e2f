"""Two samples: how far apart their sizes are, and how far chance would put them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.grains.size_figures import FIGURE_UNITS
from grainscope.grains.size_statistics import effective_number, in_cells
from grainscope.laws.size import two_sample_distances
from grainscope.records import SizeDistances, SizeFigure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import SizedGrains, SizeStatistics

    Column = NDArray[np.float64]

#: With fewer pieces in all, there is no telling chance from difference.
_LEAST_PIECES = 4


def size_distances(
    a: SizedGrains, b: SizedGrains, n_draws: int, rng: np.random.Generator
) -> SizeDistances:
    """Return Kolmogorov–Smirnov and Anderson–Darling distances of two samples, with p values.

    If both were one film, any pieces of the two would do for either. So as many
    pieces as each has are drawn, with replacement, from all of them together;
    p is how often the draws are as far apart as the samples. Grains of one
    piece stay together: a test that takes them as independent finds differences
    between two places of one film.

    Parameters
    ----------
    a, b : SizedGrains
        Only their corrected weights are used; grains below the larger cut are not.
    n_draws : int
        Draws.
    rng : numpy Generator
        Source of chance.

    Returns
    -------
    SizeDistances
        NaN where one has no grain above the cut; p is NaN without draws or where
        there are fewer than four pieces in all.
    """
    cut = math.log(4 / math.pi * max(a.cut_um2, b.cut_um2)) / 2 - 1e-9
    both = [_above(sizes, cut) for sizes in (a, b)]
    if not all(len(x) for x, _, _ in both):
        return SizeDistances(math.nan, math.nan, math.nan, math.nan)
    worth = [effective_number(weight) for _, weight, _ in both]
    n_pieces = a.n_pieces + b.n_pieces
    x, weight = (np.concatenate([part[k] for part in both]) for k in (0, 1))
    piece = np.concatenate([both[0][2], a.n_pieces + both[1][2]])
    found = two_sample_distances(*_at_equal_sizes(x, weight, piece < a.n_pieces), *worth)
    order = np.argsort(x, kind="stable")
    _, per_piece = in_cells(x[order], weight[order], piece[order], n_pieces)
    p = _p_values(per_piece, a.n_pieces, worth, n_draws, rng)
    return SizeDistances(float(found[0][0]), p[0], float(found[1][0]), p[1])


def _above(sizes: SizedGrains, cut: float) -> tuple[Column, Column, NDArray[np.int64]]:
    """Return ln d, weight and piece of the grains that count."""
    weight = sizes.weight["corrected"]
    kept = (weight > 0) & (sizes.log_diameter >= cut)
    return sizes.log_diameter[kept], weight[kept], sizes.piece[kept]


def _at_equal_sizes(
    x: Column, weight: Column, of_a: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the weight of either sample at each size that there is, shapes (1, M)."""
    places, where = np.unique(x.round(9), return_inverse=True)
    both = (np.bincount(where, weight * mine, len(places)) for mine in (of_a, ~of_a))
    at_a, at_b = (row[None].astype(np.float64) for row in both)
    return at_a, at_b


def _p_values(
    per_piece: NDArray[np.float64],
    n_of_a: int,
    worth: list[float],
    n_draws: int,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """Return how often pieces drawn for both from all are as far apart as the samples."""
    n_of_b = len(per_piece) - n_of_a
    drawn_a, drawn_b = (_drawn(per_piece, n, n_draws, rng) for n in (n_of_a, n_of_b))
    filled = (drawn_a.sum(axis=1) > 0) & (drawn_b.sum(axis=1) > 0)
    if len(per_piece) < _LEAST_PIECES or not filled.any():
        return math.nan, math.nan
    sums = (part.sum(axis=0)[None] for part in (per_piece[:n_of_a], per_piece[n_of_a:]))
    here = two_sample_distances(*sums, *worth)  # in the cells that draws are counted in
    far = two_sample_distances(drawn_a[filled], drawn_b[filled], *worth)
    ks, ad = (
        float((1 + np.sum(d >= h[0] - 1e-12)) / (1 + len(d)))
        for d, h in zip(far, here, strict=True)
    )
    return ks, ad


def _drawn(
    per_piece: NDArray[np.float64], n_pieces: int, n_draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    share = np.full(len(per_piece), 1 / len(per_piece))
    return np.asarray(rng.multinomial(n_pieces, share, n_draws) @ per_piece)


def size_differences(a: SizeStatistics, b: SizeStatistics) -> dict[str, SizeFigure]:
    """Return what each corrected figure of the second has more than the first.

    The two are independent, so the distances to the ends of their intervals add
    in quadrature.

    Parameters
    ----------
    a, b : SizeStatistics
        Of grains above the same cut.

    Returns
    -------
    dict of str to SizeFigure
        b − a, in the unit of the figure; low and high NaN where one has none.
    """
    found: dict[str, SizeFigure] = {}
    for name, unit in FIGURE_UNITS.items():
        one, two = a.of(name), b.of(name)
        value = two.value - one.value
        below = np.hypot(two.value - two.low, one.high - one.value)
        above = np.hypot(two.high - two.value, one.value - one.low)
        found[name] = SizeFigure(value, value - float(below), value + float(above), unit)
    return found
