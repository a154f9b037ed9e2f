"""Loops as a few populations, each spread about its mean area: how many, and which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.loops.loop_grid import loop_responses
from grainscope.fitting.loops.loop_inversion import LoopWeights
from grainscope.fitting.loops.population_fit import (
    population_fits,
    population_weights,
    seen_sweep,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.fitting.loops.loop_grid import LoopGrid
    from grainscope.fitting.loops.population_fit import PopulationFit, SeenSweep

    Column = NDArray[np.float64]

#: Populations at most, and rows beside the background that each of them needs.
_MOST, _ROWS_EACH = 5, 6
#: Numbers of populations less likely than this are not drawn.
_LEAST_PROBABILITY = 0.02
_KEPT, _CHAINS, _STEPS, _FORGOTTEN, _EVERY = 400, 40, 300, 100, 20
#: Widths of what is known beforehand about ln area, ln spread and ln weight, for the steps.
_STEP_WIDTH = (0.3, 0.7, 0.7)
#: Steps of the length that suits a normal law, and some short ones for bent posteriors.
_STEP_LENGTH, _STEP_SHARES = 2.0, (0.3, 1.0, 1.0)


@dataclass(frozen=True)
class LoopPopulations:
    """Draws of populations, their number among what is drawn.

    Attributes
    ----------
    weights : LoopWeights
        What the populations of each draw give the sizes, and the background under them.
    probability : ndarray of float64, shape (K,)
        Of one population, two, …
    """

    weights: LoopWeights
    probability: Column

    @property
    def count(self) -> int:
        """The likeliest number of populations."""
        return int(np.argmax(self.probability)) + 1

    def mean_area_um2(self) -> Column:
        """Return the mean area by weight of the loops that the sweep sees, for each draw."""
        grid = self.weights.grid
        weight = self.weights.weight[:, grid.seen]
        whole = np.maximum(weight.sum(axis=1), 1e-300)
        return np.asarray(weight @ grid.area_um2[grid.seen] / whole)


def loop_populations(
    field_g: Column,
    log_value: Column,
    error: Column,
    grid: LoopGrid,
    columns: NDArray[np.float64],
    rng: np.random.Generator,
) -> LoopPopulations:
    """Fit ln ρ by a smooth background less the cosines of a few populations of loops.

        ln ρ(B) = background(B) − Σ_k w_k ∫ p_k(A) cos(2πBA/Φ0) dA + noise,

    p_k lognormal about its mean area. `invert_loops` asks for each size by itself; here
    a whole population has three numbers, so a sweep of loops that are spread about one
    or two means is told from its background, and its mean area is as sure as the noise
    allows. Populations are fitted one after the other; their number is weighed by
    exp(−½ BIC), BIC = χ²/s² + 3K ln n, and the populations of each number are drawn from
    their likelihood with flat priors on the logarithms (random walks). s² ≥ 1 is what
    the fits leave of χ² per degree of freedom.

    Parameters
    ----------
    field_g, log_value, error : ndarray of float64, shape (N,)
        Ascending field, at least 0; ln ρ; its standard deviation.
    grid : LoopGrid
        Of `loop_grid`.
    columns : ndarray of float64, shape (N, K)
        What the background is made of: `background_columns`.
    rng : numpy Generator

    Returns
    -------
    LoopPopulations

    References
    ----------
    Number of components: G. Schwarz, Ann. Stat. 6, 461 (1978). Random walks: N. Metropolis
    et al., J. Chem. Phys. 21, 1087 (1953).

    Examples
    --------
    >>> from grainscope.fitting.loops.detrend import background_columns
    >>> from grainscope.fitting.loops.loop_grid import loop_grid
    >>> from grainscope.laws.flux_quantum import flux_response
    >>> field_g, rng = np.arange(0.5, 60, 0.5), np.random.default_rng(1)
    >>> log_value = 0.02 * field_g - 0.2 * flux_response(field_g, 1.33)
    >>> log_value = log_value + rng.normal(0, 0.01, 119)
    >>> grid, error, columns = loop_grid(field_g), np.full(119, 0.01), background_columns(field_g)
    >>> found = loop_populations(field_g, log_value, error, grid, columns, rng)
    >>> found.count, bool(abs(np.median(found.mean_area_um2()) / 1.33 - 1) < 0.01)
    (1, True)
    """
    sweep = seen_sweep(field_g, log_value, error, grid, columns)
    most = max(min(_MOST, sweep.freedom // _ROWS_EACH), 1)
    fits = population_fits(sweep, most)
    count = np.arange(1, len(fits) + 1)
    chi2 = np.array([fit.chi2 for fit in fits])
    variance = max(float((chi2 / np.maximum(sweep.freedom - 3 * count, 1)).min()), 1.0)
    bic = chi2 / variance + 3 * count * np.log(sweep.freedom)
    probability = np.exp(-0.5 * (bic - bic.min()))
    probability = np.where(probability < _LEAST_PROBABILITY * probability.sum(), 0, probability)
    probability /= probability.sum()
    kept = np.diff(np.round(probability.cumsum() * _KEPT).astype(int), prepend=0)
    drawn = [
        population_weights(sweep.log_area_edges, _draws(sweep, fit, variance, int(part), rng))
        for fit, part in zip(fits, kept, strict=True)
        if part > 0
    ]
    weight = np.concatenate(drawn, axis=1).T
    fluctuation = -weight @ loop_responses(field_g, grid).T
    scaled = columns / error[:, None]
    basis, triangle = np.linalg.qr(scaled)
    beside = ((log_value - fluctuation) / error) @ basis
    beside = beside + np.sqrt(variance) * rng.standard_normal(beside.shape)
    background = np.linalg.solve(triangle, beside.T).T @ columns.T
    scale = np.full(len(weight), np.sqrt(variance))
    return LoopPopulations(LoopWeights(grid, weight, background, fluctuation, scale), probability)


def _draws(
    sweep: SeenSweep, fit: PopulationFit, variance: float, kept: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Walk at random about a fit, many chains side by side; shape (kept, K, 3)."""
    count = len(fit.populations)
    lowest, highest = np.tile(sweep.lowest, count), np.tile(sweep.highest, count)
    width = np.tile(_STEP_WIDTH, count)
    curvature = fit.jacobian.T @ fit.jacobian / variance + np.diag(1 / width**2)
    root = np.linalg.cholesky(np.linalg.inv(curvature)).T

    def energy(x: NDArray[np.float64]) -> Column:
        return np.asarray(0.5 * sweep.chi2(x.reshape(-1, count, 3)) / variance)

    start = fit.populations.ravel() + 0.5 * rng.standard_normal((_CHAINS, 3 * count)) @ root
    at = np.clip(start, lowest + 1e-9, highest - 1e-9)
    height = energy(at)
    visited = []
    for step in range(_STEPS):
        length = _STEP_LENGTH / np.sqrt(3 * count) * rng.choice(_STEP_SHARES, (_CHAINS, 1))
        new = at + length * (rng.standard_normal(at.shape) @ root)
        inside = ((new > lowest) & (new < highest)).all(axis=1)
        new_height = energy(np.where(inside[:, None], new, at))
        taken = inside & (np.log(rng.random(_CHAINS)) < height - new_height)
        at = np.where(taken[:, None], new, at)
        height = np.where(taken, new_height, height)
        if step >= _FORGOTTEN and (step - _FORGOTTEN) % _EVERY == 0:
            visited.append(at)
    every = np.concatenate(visited)
    return np.asarray(every[rng.permutation(len(every))[:kept]].reshape(-1, count, 3))
