"""PiecedLoops → Commensuration: how the loops of a film respond to a field together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import FLUX_QUANTUM_G_UM2, GAUSS_PER_MILLITESLA
from grainscope.laws.flux_quantum import flux_response, loop_field_g
from grainscope.laws.tiles import drawn_again, widening
from grainscope.laws.weighted_quantile import weighted_quantiles
from grainscope.records import Commensuration
from grainscope.transport.weighted import piecewise_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import PiecedLoops
    from grainscope.settings import TransportSettings

#: Fields reach this many quanta through the median loop unless the settings say otherwise.
_QUANTA_SHOWN = 5
#: Fields for each quantum through a large loop; bounds of their number.
_POINTS_A_QUANTUM, _LARGE = 24, 0.95
#: Fields in equal ratios where large loops are so many times the median.
_BROAD, _POINTS_A_DECADE, _PARTS_OF_LARGEST = 4.0, 72, 20
_FEWEST_POINTS, _MOST_POINTS = 60, 300
_DRAWS = 200


def commensurate(
    loops: PiecedLoops, settings: TransportSettings, rng: np.random.Generator
) -> Commensuration:
    """Sum the response of all loops over field.

    S(B) = Σ w cos(2πBA/Φ0) / Σ w with the loops' edge weights w. A broad
    distribution of areas A leaves no revival: for a relative spread CV the
    first one has the height exp(−2π²CV²). The interval is what drawing the
    pieces of the film again gives.

    Parameters
    ----------
    loops : PiecedLoops
        L loops in P pieces.
    settings : TransportSettings
        ``field_points`` and ``field_max_g`` are used.
    rng : numpy Generator
        Source of chance.

    Returns
    -------
    Commensuration
        Fields from 0 in equal steps, or in equal ratios where areas spread far; no
        rows where no loop has a weight. The interval is NaN for a film of one piece.

    Examples
    --------
    >>> from grainscope.settings import TransportSettings
    >>> from grainscope.records import PiecedLoops
    >>> loop = PiecedLoops(np.ones(1), np.ones(1), np.zeros(1, int), np.ones(1))  # 1 µm²
    >>> response = commensurate(
    ...     loop, TransportSettings(field_points=11), np.random.default_rng(0)
    ... )
    >>> response.field_g[:4].round(2), response.loop_sum[:4].round(2)
    (array([ 0.  , 10.34, 20.68, 31.02]), array([ 1., -1.,  1., -1.]))
    """
    whole = loops.edge_weight > 0
    area_um2, weight, piece = loops.area_um2[whole], loops.edge_weight[whole], loops.piece[whole]
    if len(weight) == 0:
        return Commensuration(*(np.empty(0),) * 3)
    field_g = _fields(area_um2, weight, float(loops.film_um2.sum()), settings)
    per_piece = piecewise_sums(flux_response, field_g, area_um2, weight, piece, loops.n_pieces)
    in_pieces = np.bincount(piece, weight, loops.n_pieces).astype(np.float64)
    loop_sum = per_piece.sum(axis=0) / in_pieces.sum()
    low, high = _interval(loop_sum, draws_of_loop_sum(per_piece, in_pieces, rng), loops.n_pieces)
    return Commensuration(
        field_mt=field_g / GAUSS_PER_MILLITESLA,
        field_g=field_g,
        loop_sum=loop_sum,
        loop_sum_low=low,
        loop_sum_high=high,
    )


def _fields(
    area_um2: NDArray[np.float64],
    weight: NDArray[np.float64],
    film_um2: float,
    settings: TransportSettings,
) -> NDArray[np.float64]:
    """Return fields at which the loops differ: in equal steps for areas that are alike.

    Where large loops are many times the median, and no largest field is asked
    for, fields go in equal ratios instead: else all quanta of the large ones would
    lie within the first step. They begin at a twentieth of the largest loop's
    field, or at one quantum through the whole film, which coupled grains feel.
    """
    median, large = weighted_quantiles(area_um2, weight, (0.5, _LARGE))
    top_g = settings.field_max_g or _QUANTA_SHOWN * float(loop_field_g(median))
    broad = settings.field_max_g is None and large > _BROAD * median
    if broad:
        largest_um2 = max(_PARTS_OF_LARGEST * float(area_um2.max()), film_um2)
        bottom_g = float(loop_field_g(largest_um2))
        wanted = math.ceil(_POINTS_A_DECADE * math.log10(top_g / bottom_g)) + 1
    else:
        wanted = math.ceil(_POINTS_A_QUANTUM * top_g * large / FLUX_QUANTUM_G_UM2) + 1
    points = settings.field_points or min(max(wanted, _FEWEST_POINTS), _MOST_POINTS)
    if broad and points > 2:
        return np.append(0.0, np.geomspace(bottom_g, top_g, points - 1))
    return np.linspace(0.0, top_g, points)


def draws_of_loop_sum(
    per_piece: NDArray[np.float64], in_pieces: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the loop sum of films drawn again from the pieces of this one.

    Parameters
    ----------
    per_piece : ndarray of float64, shape (P, B)
        Σ w cos of each piece.
    in_pieces : ndarray of float64, shape (P,)
        Σ w of each piece.
    rng : numpy Generator
        Source of chance.

    Returns
    -------
    ndarray of float64, shape (D, B)
        No draws for one piece.
    """
    if len(in_pieces) < 2:
        return np.empty((0, per_piece.shape[1]))
    again = drawn_again(len(in_pieces), _DRAWS, rng)
    total = again @ in_pieces
    filled = total > 0
    return np.asarray((again[filled] @ per_piece) / total[filled, None])


def _interval(
    value: NDArray[np.float64], drawn: NDArray[np.float64], n_pieces: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if len(drawn) == 0:
        return np.full(len(value), np.nan), np.full(len(value), np.nan)
    low, middle, high = np.quantile(drawn, (0.16, 0.5, 0.84), axis=0)
    stretch = widening(n_pieces)
    return value - stretch * (middle - low), value + stretch * (high - middle)
