"""SizedGrains → SizeLaws, CumulativeSizes: which law the sizes follow, and how well."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from grainscope.grains.independent import cluster_stretch, independent_number
from grainscope.grains.size_statistics import effective_number, in_cells
from grainscope.laws.size import (
    SIZE_LAWS,
    bic,
    bic_weights,
    binned,
    check_worth,
    goodness_of_fit,
    size_sample,
)
from grainscope.laws.tiles import drawn_again, widening
from grainscope.records import CumulativeSizes, FittedLaw, SizeFigure, SizeLaws

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.laws.size import SizeLaw, SizeSample
    from grainscope.records import SizedGrains
    from grainscope.settings import GrainSettings

#: Points of ``cumulative.csv``.
_POINTS = 161


def fit_size_laws(
    sizes: SizedGrains, settings: GrainSettings, rng: np.random.Generator
) -> SizeLaws:
    """Fit every law to the grains above the cut, and say which is the most likely.

    Weights count as (Σw)²/Σw² grains. As neighbours are alike, intervals are
    stretched by how much the tiles differ (`cluster_stretch`), and BIC and p
    values are those of as many independent grains as know mean and variance of
    ln A equally well (`independent_number`).

    Parameters
    ----------
    sizes : SizedGrains
        N grains in P pieces.
    settings : GrainSettings
        ``bootstrap_draws`` and ``goodness_draws`` are used.
    rng : numpy Generator
        Source of chance.

    Returns
    -------
    SizeLaws
        With the reason in words where no law could be fitted.
    """
    weight = sizes.weight["corrected"]
    counted = np.flatnonzero(weight > 0)
    density = float(weight.sum() / sizes.area_um2.sum())
    x, cut = spread_over_pixels(sizes, counted)
    cut_um2 = math.exp(cut)
    n_effective = effective_number(weight)
    try:
        sample = size_sample(x, weight[counted], cut)
        share = min(1.0, _independent_share(sizes, settings.bootstrap_draws, rng))
        n_effective = sample.n_eff * share
        check_worth(n_effective)
    except ValueError as error:
        return SizeLaws(cut_um2, len(counted), n_effective, density, "", str(error))
    grains = _Grains(sample, sizes.piece[counted], sizes.n_pieces, share)
    fits = [_fit(law, grains, settings.goodness_draws, rng) for law in SIZE_LAWS.values()]
    fits.sort(key=lambda fit: fit.bic)
    shares = bic_weights(np.array([fit.bic for fit in fits]))
    laws = tuple(replace(fit, weight=float(s)) for fit, s in zip(fits, shares, strict=True))
    return SizeLaws(cut_um2, len(counted), n_effective, density, laws[0].name, "", laws)


def spread_over_pixels(
    sizes: SizedGrains, counted: NDArray[np.intp]
) -> tuple[NDArray[np.float64], float]:
    """Return ln A of the grains that count, equal areas spread over the pixel they stand for.

    An area of n pixels is any from n − ½ to n + ½, so the smallest one that
    counts begins half a pixel below it, and there the laws begin. Left at whole
    pixels, the grains at the cut are a spike that a law of several parameters
    takes for a kind of its own.

    Parameters
    ----------
    sizes : SizedGrains
        N grains in order of size.
    counted : ndarray of int, shape (M,)
        Rows that count.

    Returns
    -------
    x : ndarray of float64, shape (M,)
        ln(A/µm²), ascending.
    cut : float
        ln(A/µm²) where the laws begin, at or below all of them.

    Examples
    --------
    >>> from grainscope.records import SizedGrains
    >>> x = np.log(2 * np.sqrt(np.array([20, 20, 21]) / np.pi))
    >>> one = {"corrected": np.ones(3)}
    >>> sizes = SizedGrains(x, np.zeros(3), one, np.ones(1), {}, 20.0, pixel_um2=1.0)
    >>> areas, cut = spread_over_pixels(sizes, np.arange(3))
    >>> np.exp(areas).round(2), round(np.exp(cut), 2)
    (array([19.75, 20.25, 21.  ]), np.float64(19.5))
    """
    pixel = sizes.pixel_um2
    area = np.exp(2 * sizes.log_diameter[counted]) * math.pi / 4
    if pixel == 0:
        cut = min(math.log(sizes.cut_um2), math.log(area.min(initial=math.inf)))
        return np.log(area), cut
    _, first, which, number = np.unique(
        (area / pixel).round(3), return_index=True, return_inverse=True, return_counts=True
    )
    rank = np.arange(len(area)) - first[which]
    spread = area + pixel * ((rank + 0.5) / number[which] - 0.5)
    smallest_px = math.ceil(sizes.cut_um2 / pixel - 1e-6)
    cut = math.log((smallest_px - 0.5) * pixel)
    return np.sort(np.log(np.maximum(spread, math.exp(cut)))), cut


@dataclass(frozen=True)
class _Grains:
    """Grains of one fit: which piece each lies in, and what share of them is independent."""

    sample: SizeSample
    piece: NDArray[np.int64]
    n_pieces: int
    independent_share: float


def _independent_share(sizes: SizedGrains, n_draws: int, rng: np.random.Generator) -> float:
    """Return the number of independent grains over that which the weights alone are worth."""
    if sizes.n_pieces < 2 or not n_draws:
        return 1.0
    weight = sizes.weight["corrected"]
    counted = weight > 0
    middle, per_piece = in_cells(
        sizes.log_diameter[counted], weight[counted], sizes.piece[counted], sizes.n_pieces
    )
    return independent_number(2 * middle, per_piece, n_draws, rng) / effective_number(weight)


def _fit(law: SizeLaw, grains: _Grains, n_draws: int, rng: np.random.Generator) -> FittedLaw:
    sample = binned(grains.sample)
    estimate = law.fit(sample)
    worth = replace(sample, weight=sample.weight * grains.independent_share)
    scaled = replace(estimate, log_likelihood=estimate.log_likelihood * grains.independent_share)
    goodness = goodness_of_fit(law, worth, scaled, n_draws, rng)
    return FittedLaw(
        name=law.name,
        parameters=_parameters(law, sample, estimate.theta, grains),
        log_likelihood=scaled.log_likelihood,
        bic=bic(scaled, worth.n_eff),
        weight=math.nan,
        ks=goodness.ks,
        ks_p=goodness.ks_p,
        ad=goodness.ad,
        ad_p=goodness.ad_p,
    )


def _parameters(
    law: SizeLaw, sample: SizeSample, theta: tuple[float, ...], grains: _Grains
) -> dict[str, SizeFigure]:
    """Return values with their profile intervals, stretched for what the pieces differ."""
    low, high = law.interval(sample, theta)
    stretch = np.ones(len(theta))
    if grains.n_pieces > 1:
        stretch = cluster_stretch(law, theta, grains.sample, grains.piece, grains.n_pieces)
    return {
        parameter.name: SizeFigure(
            value,
            max(value - factor * (value - below), parameter.low),
            min(value + factor * (above - value), parameter.high),
            parameter.unit,
        )
        for parameter, value, below, above, factor in zip(
            law.parameters, theta, low, high, stretch.tolist(), strict=True
        )
    }


def cumulative_sizes(
    sizes: SizedGrains, laws: SizeLaws, n_draws: int, rng: np.random.Generator
) -> CumulativeSizes:
    """Return the share of grains above the cut that are smaller than each of many areas.

    Parameters
    ----------
    sizes : SizedGrains
        N grains in P pieces.
    laws : SizeLaws
        Whose shares stand beside.
    n_draws : int
        Bootstrap draws of the pieces.
    rng : numpy Generator
        Source of chance.

    Returns
    -------
    CumulativeSizes
        K points, equally far apart in log area; none without whole grains.
    """
    counted = sizes.weight["corrected"] > 0
    if not counted.any():
        return CumulativeSizes(*[np.empty(0)] * 6)
    log_diameter, piece = sizes.log_diameter[counted], sizes.piece[counted]
    places = np.linspace(
        min(math.log(4 / math.pi * laws.cut_um2) / 2, log_diameter[0]), log_diameter[-1], _POINTS
    )
    number = np.searchsorted(log_diameter, places, side="right")
    shares = {c: _shares(sizes.weight[c][counted], number) for c in ("corrected", "excluded")}
    middle, per_piece = in_cells(
        log_diameter, sizes.weight["corrected"][counted], piece, sizes.n_pieces
    )
    cells = np.searchsorted(middle, places, side="right")
    low, high = _band(shares["corrected"], per_piece, cells, n_draws, rng)
    x = 2 * places + math.log(math.pi / 4)
    return CumulativeSizes(
        log10_area_um2=x / math.log(10),
        diameter_um=np.exp(places),
        fraction=shares["corrected"],
        fraction_low=low,
        fraction_high=high,
        excluded=shares["excluded"],
        **{fit.name: _share_below(fit, x, math.log(laws.cut_um2)) for fit in laws.laws},
    )


def _shares(weight: NDArray[np.float64], number: NDArray[np.intp]) -> NDArray[np.float64]:
    reached = np.append(0.0, np.cumsum(weight))
    return np.asarray(reached[number] / reached[-1])


def _band(
    value: NDArray[np.float64],
    per_piece: NDArray[np.float64],
    cells: NDArray[np.intp],
    n_draws: int,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if len(per_piece) < 2 or n_draws < 2:
        return np.full(len(value), np.nan), np.full(len(value), np.nan)
    drawn = drawn_again(len(per_piece), n_draws, rng) @ per_piece
    drawn = drawn[drawn.sum(axis=1) > 0]
    reached = np.cumsum(drawn, axis=1) / drawn.sum(axis=1)[:, None]
    reached = np.pad(reached, ((0, 0), (1, 0)))[:, cells]
    half_width = widening(len(per_piece)) * reached.std(axis=0)
    return np.maximum(value - half_width, 0.0), np.minimum(value + half_width, 1.0)


def _share_below(fit: FittedLaw, x: NDArray[np.float64], cut: float) -> NDArray[np.float64]:
    theta = tuple(figure.value for figure in fit.parameters.values())
    return 1 - SIZE_LAWS[fit.name].survival(np.maximum(x, cut), theta, cut)
