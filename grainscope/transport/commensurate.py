"""PiecedLoops → Commensuration: how the loops of a film respond to a field together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import GAUSS_PER_MILLITESLA
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
#: Steps are so many to a quantum through a loop larger than this share of the weight.
_STEPS_A_QUANTUM, _LARGE = 16, 0.99
_FEWEST_POINTS, _MOST_POINTS = 60, 300
#: Towards 0 fields go in equal ratios where those steps are wider, so many to a decade.
_POINTS_A_DECADE = 48
_BROAD, _PARTS_OF_LARGEST = 4.0, 20
#: Of the fields in which features are looked for.
_FINE_STEPS, _FINE_LARGE, _MOST_FINE = 24, 0.95, 3000
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
        Fields from 0; no rows where no loop has a weight. The interval is NaN for a
        film of one piece.

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
    """Return fields in steps that the loops can be told apart by.

    Steps are a sixteenth of a quantum through the large loops, and there are no
    more than 300 of them: where large loops are many times the median, fields
    end before five quanta of the median. There they begin in equal ratios, at a
    twentieth of the largest loop's field or at one quantum through the whole
    film, which coupled grains feel. What the settings ask for is done in equal
    steps.
    """
    median, large = weighted_quantiles(area_um2, weight, (0.5, _LARGE))
    step_g = float(loop_field_g(large)) / _STEPS_A_QUANTUM
    top_g = settings.field_max_g or _QUANTA_SHOWN * float(loop_field_g(median))
    if settings.field_max_g or settings.field_points or large < _BROAD * median:
        wanted = min(max(math.ceil(top_g / step_g) + 1, _FEWEST_POINTS), _MOST_POINTS)
        return np.linspace(0.0, top_g, settings.field_points or wanted)
    bottom_g = float(loop_field_g(max(_PARTS_OF_LARGEST * float(area_um2.max()), film_um2)))
    ratio = 10 ** (1 / _POINTS_A_DECADE)
    # Where a step of equal ratio is as wide as an equal step, the latter go on.
    change_g = max(step_g / (ratio - 1), bottom_g)
    low = bottom_g * ratio ** np.arange(math.ceil(math.log(change_g / bottom_g, ratio)) + 1)
    number = max(min(_MOST_POINTS - len(low) - 1, math.ceil((top_g - low[-1]) / step_g)), 0)
    fields_g = np.zeros(1 + len(low) + number)
    fields_g[1 : 1 + len(low)] = low
    fields_g[1 + len(low) :] = low[-1] + step_g * np.arange(1, number + 1)
    return fields_g


def fine_fields(area_um2: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return fields fine enough to find the features of a loop sum, whatever is shown of it.

    Up to five quanta through the median loop, with 24 steps to a quantum through
    the large ones; no more than 3000.
    """
    median, large = weighted_quantiles(area_um2, weight, (0.5, _FINE_LARGE))
    step_g = float(loop_field_g(large)) / _FINE_STEPS
    wanted = math.ceil(_QUANTA_SHOWN * float(loop_field_g(median)) / step_g)
    number = min(wanted, _MOST_FINE)
    return np.linspace(0.0, number * step_g, number + 1)


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
