"""Repeatable wiggles of magnetoresistance: flux quanta fitting into loops of grains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import GAUSS_PER_TESLA
from grainscope.laws.flux_quantum import flux_response
from grainscope.records.record import freeze, record
from grainscope.synthetic.transport.smooth_steps import levelled, smooth_step

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Column = NDArray[np.float64]

#: The wiggles come up between the first pair of fields, in G, and die out in the second.
_RISE_G, _FALL_G = (2.0, 14.0), (50.0, 75.0)
#: Loops that dominate, at quantiles of a normal law of this relative width.
_DOMINANT, _SPREAD = 9, 0.13
#: Where their amplitude is stated.
STATED_G = (5.0, 50.0)
#: Temperature at which it is stated; they are gone from the last of these on.
STATED_K = 0.06
_COLD_K, _GONE_K = (0.04, 0.06), (0.15, 0.3)


@record
class Loops:
    """L loops of grains that phases interfere around.

    Attributes
    ----------
    area_um2 : ndarray of float64, shape (L,)
    weight : ndarray of float64, shape (L,)
        Above 0.
    """

    area_um2: NDArray[np.float64]
    weight: NDArray[np.float64]

    def __post_init__(self) -> None:
        freeze(self, "area_um2", 1, np.float64)
        freeze(self, "weight", 1, np.float64, rows=len(self.area_um2))


def draw_loops(
    rng: np.random.Generator, dominant_area_um2: float = 1.38, dominant_share: float = 0.55
) -> Loops:
    """Draw a broad distribution of loops, and a few nearly equal ones that dominate.

    Parameters
    ----------
    rng : Generator
    dominant_area_um2 : float
        Mean of the dominating loops, exactly: 1.38 µm² fit a flux quantum at 15 G.
    dominant_share : float
        Of the total weight.

    Examples
    --------
    >>> loops = draw_loops(np.random.default_rng(0))
    >>> round(float(loops.area_um2[:9].mean()), 2), round(float(loops.weight.sum()), 6)
    (1.38, 1.0)
    """
    from scipy.special import ndtri

    quantiles = (np.arange(_DOMINANT) + 0.5) / _DOMINANT
    dominant = dominant_area_um2 * (1 + _SPREAD * ndtri(quantiles))
    broad = np.exp(rng.normal(np.log(0.8), 0.9, 30))
    weights = [
        np.full(len(dominant), dominant_share / len(dominant)),
        np.full(len(broad), (1 - dominant_share) / len(broad)),
    ]
    return Loops(np.concatenate([dominant, broad]), np.concatenate(weights))


def low_field_fluctuations(
    field_t: ArrayLike, loop_area_um2: ArrayLike, weight: ArrayLike, gain: float
) -> Column:
    """Return by what loops multiply resistivity: exp(−gain [S(B) − S̄]).

    S = Σ w cos(2πBA/Φ0)/Σ w is largest, and resistivity least, where most loops
    hold whole flux quanta. A barrier U = U0 S at a temperature T has the gain
    U0/k_B T. S̄ is the mean from 5 to 50 G. The wiggles are let in between 2 and
    14 G, below which every loop agrees, and out between 50 and 75 G.

    Parameters
    ----------
    field_t : array_like
        At the film, in T; either sign gives the same.
    loop_area_um2, weight : array_like, shape (L,)
        Such as ``loops.csv``'s ``area_um2`` and ``edge_weight``.
    gain : float
        |d ln ρ/d S|.

    Returns
    -------
    ndarray of float64
        Around 1.

    Examples
    --------
    >>> at_g = np.array([7.5, 15.0])  # half a quantum and a whole one through 1.38 µm²
    >>> low_field_fluctuations(at_g * 1e-4, [1.38], [1.0], 0.3).round(2)
    array([1.13, 0.74])
    """
    field_g = np.abs(np.asarray(field_t, np.float64)) * GAUSS_PER_TESLA
    areas, weights = np.asarray(loop_area_um2, np.float64), np.asarray(weight, np.float64)
    shares = weights / weights.sum()
    mean = flux_response(_stated_grid_g()[:, None], areas).mean(axis=0) @ shares
    rise, fall = smooth_step(field_g, *_RISE_G), 1 - smooth_step(field_g, *_FALL_G)
    loop_sum = flux_response(field_g[..., None], areas) @ shares
    return np.asarray(np.exp(-gain * (loop_sum - mean) * rise * fall))


def gain_of_amplitude(loops: Loops, amplitude: float) -> float:
    """Return the gain at which the largest |factor − 1| from 5 to 50 G is ``amplitude``.

    Parameters
    ----------
    loops : Loops
    amplitude : float
        From 0 to below 1.

    Examples
    --------
    >>> loops = draw_loops(np.random.default_rng(0))
    >>> gain = gain_of_amplitude(loops, 0.3)
    >>> at_t = np.linspace(5e-4, 50e-4, 451)
    >>> factor = low_field_fluctuations(at_t, loops.area_um2, loops.weight, gain)
    >>> round(float(np.abs(factor - 1).max()), 3)
    0.3
    """
    at_one = np.log(
        low_field_fluctuations(
            _stated_grid_g() / GAUSS_PER_TESLA, loops.area_um2, loops.weight, 1.0
        )
    )
    # Of a factor e^x a rise by a share a is at x = ln(1 + a), a fall at x = ln(1 − a).
    by_rise = np.log1p(amplitude) / at_one.max()
    by_fall = np.log1p(-amplitude) / at_one.min()
    return float(min(by_rise, by_fall))


def gain_share(temperature_k: Column) -> Column:
    """Return the gain at a temperature over that at 60 mK: 1/T, gone from 0.3 K on.

    Examples
    --------
    >>> gain_share(np.array([0.06, 0.12, 0.3]))
    array([1. , 0.5, 0. ])
    """
    warm = 1 - smooth_step(temperature_k, *_GONE_K)
    return np.asarray(STATED_K / levelled(temperature_k, *_COLD_K) * warm)


def _stated_grid_g() -> Column:
    return np.linspace(*STATED_G, 451)
