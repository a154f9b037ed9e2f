"""Barriers of grains and contacts → BarrierHistogram: p(Δ), each bin with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.log_bins import log10_bins
from grainscope.laws.tiles import drawn_again, widening
from grainscope.records import BarrierHistogram

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.settings import TransportSettings

    Column = NDArray[np.float64]

_DRAWS = 200


@dataclass(frozen=True)
class Barriers:
    """Barriers of one kind, arrays of shape (N,).

    Attributes
    ----------
    kind : str
        As in `BarrierHistogram`.
    energy_k : ndarray of float64
        Above 0, in K.
    weight : ndarray of float64
        How much each counts, at least 0.
    tile : ndarray of int
        Which tile of the film it lies in, from 0.
    resolved : ndarray of bool
        Whether it is of grains above the resolution cut.
    n_tiles : int
        Of the film, those without barriers too.
    """

    kind: str
    energy_k: Column
    weight: Column
    tile: NDArray[np.intp]
    resolved: NDArray[np.bool_]
    n_tiles: int


def barrier_histogram(
    kinds: Sequence[Barriers], settings: TransportSettings, rng: np.random.Generator
) -> BarrierHistogram:
    """Bin the barriers of each kind over log energy.

    ``count`` is what the micrograph shows, cut grains included; ``density``
    weighs each barrier, as the film has it, with the 68 % interval of its
    tiles drawn again.

    Parameters
    ----------
    kinds : sequence of Barriers
        Each N barriers; those without any have no rows.
    settings : TransportSettings
        ``barrier_bins_per_decade`` is used.
    rng : numpy Generator
        Source of chance.

    Returns
    -------
    BarrierHistogram
        Counts sum to N for each kind. Densities are NaN where no barrier has a
        weight, their intervals where there are fewer than two tiles.

    Examples
    --------
    >>> from grainscope.settings import TransportSettings
    >>> four = np.array([1.0, 2.0, 4.0, 8.0])
    >>> one = Barriers("contact", four, np.ones(4), np.arange(4), np.ones(4, bool), 4)
    >>> coarse, rng = TransportSettings(barrier_bins_per_decade=1), np.random.default_rng(0)
    >>> rows = barrier_histogram([one], coarse, rng)
    >>> rows.count, rows.density.round(3)
    (array([4]), array([0.111]))
    """
    filled = [barriers for barriers in kinds if len(barriers.energy_k)]
    parts = [_rows(barriers, settings, rng) for barriers in filled]
    kind = tuple(b.kind for b, part in zip(filled, parts, strict=True) for _ in part[0])
    columns = [np.concatenate(c) for c in zip(*parts, strict=True)] or [np.empty(0)] * 7
    low, high, count, *densities = columns
    return BarrierHistogram(kind, low, high, count.astype(np.int64), *densities)


def _rows(
    barriers: Barriers, settings: TransportSettings, rng: np.random.Generator
) -> tuple[Column, ...]:
    """Return edges, count, density, the law's density and the interval of one kind."""
    log10_energy = np.log10(barriers.energy_k)
    log10_edges, bins = log10_bins(log10_energy, settings.barrier_bins_per_decade)
    n_bins = len(log10_edges) - 1
    edges_k = 10**log10_edges
    width_k = np.diff(edges_k)
    flat = np.bincount(barriers.tile * n_bins + bins, barriers.weight, barriers.n_tiles * n_bins)
    per_tile = flat.reshape(barriers.n_tiles, n_bins).astype(np.float64)
    with np.errstate(invalid="ignore"):
        share = per_tile.sum(axis=0) / per_tile.sum()
    low, high = _interval(share, per_tile, rng)
    return (
        edges_k[:-1],
        edges_k[1:],
        np.bincount(bins, minlength=n_bins).astype(np.float64),
        share / width_k,
        log_uniform_share(log10_edges, log10_energy) / width_k,
        low / width_k,
        high / width_k,
    )


def _interval(share: Column, per_tile: Column, rng: np.random.Generator) -> tuple[Column, Column]:
    if len(per_tile) < 2 or not np.isfinite(share).all():
        return np.full(len(share), np.nan), np.full(len(share), np.nan)
    drawn = drawn_again(len(per_tile), _DRAWS, rng) @ per_tile
    total = drawn.sum(axis=1)
    drawn = drawn[total > 0] / total[total > 0, None]
    half = widening(len(per_tile)) * drawn.std(axis=0)
    return np.maximum(share - half, 0.0), np.asarray(share + half)


def log_uniform_share(
    log10_edges: NDArray[np.float64], log10_values: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the probability in each bin of the law p ∝ 1/Δ between the extreme values.

    Parameters
    ----------
    log10_edges : ndarray of float64, shape (B + 1,)
        Ascending bin edges.
    log10_values : ndarray of float64, shape (N,)
        The law reaches from their smallest to their largest.

    Returns
    -------
    ndarray of float64, shape (B,)
        Sums to 1; all in one bin where the values are equal.

    Examples
    --------
    >>> log_uniform_share(np.array([0.0, 1.0, 2.0]), np.array([0.5, 2.0])).round(3)
    array([0.333, 0.667])
    """
    if len(log10_values) == 0:
        return np.empty(0)
    lowest, highest = log10_values.min(), log10_values.max()
    if lowest == highest:
        holds = (log10_edges[:-1] <= lowest) & (lowest < log10_edges[1:])
        return np.where(holds, 1.0, 0.0)
    return np.asarray(np.diff(np.clip(log10_edges, lowest, highest)) / (highest - lowest))
