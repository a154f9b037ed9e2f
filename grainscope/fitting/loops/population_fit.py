"""Populations of loops, each lognormal in area, fitted to a sweep by least squares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.loops.loop_grid import loop_responses

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.fitting.loops.loop_grid import LoopGrid

    Column = NDArray[np.float64]

#: Relative spreads of area; the smaller is what the sweep cannot tell from none.
_LEAST_CV, _MOST_CV = 0.01, 0.9
#: Weights, in ln ρ.
_LEAST_WEIGHT, _MOST_WEIGHT = 1e-4, 10.0
#: Populations to begin with: steps in ln area, and spreads.
_STEP, _CV = 0.05, (0.02, 0.05, 0.1, 0.2, 0.35, 0.6)
#: The best of these are tried as the next population.
_TRIED = 3
#: Of the squared responses; combinations of loops below add nothing that could be seen.
_NOTHING = 1e-10
_DERIVATIVE_STEP = 1e-4
#: So many more populations without worth end the search.
_NOT_WORTH = 2


@dataclass(frozen=True)
class SeenSweep:
    """A sweep without its background, turned to the R combinations of loops that it shows.

    Attributes
    ----------
    value : ndarray of float64, shape (R,)
        In standard deviations.
    response : ndarray of float64, shape (R, J)
        Of J bins of the grid, likewise.
    left : float
        Sum of squares beside them.
    freedom : int
        Rows less columns of the background.
    log_area_edges : ndarray of float64, shape (J + 1,)
    lowest, highest : ndarray of float64, shape (3,)
        Bounds of ln area, ln spread and ln weight.
    """

    value: Column
    response: NDArray[np.float64]
    left: float
    freedom: int
    log_area_edges: Column
    lowest: Column
    highest: Column

    def wave(self, populations: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what M sets of populations add to ``value``, shape (R, M)."""
        return np.asarray(self.response @ population_weights(self.log_area_edges, populations))

    def chi2(self, populations: NDArray[np.float64]) -> Column:
        """Return the sum of squares of M sets of populations, shape (M,)."""
        beside = self.value[:, None] - self.wave(populations)
        return np.asarray((beside**2).sum(axis=0) + self.left)


@dataclass(frozen=True)
class PopulationFit:
    """K populations that leave the least squares.

    Attributes
    ----------
    populations : ndarray of float64, shape (K, 3)
        ln of mean area in µm², of its relative spread, and of the weight.
    chi2 : float
    jacobian : ndarray of float64, shape (R, 3K)
    """

    populations: NDArray[np.float64]
    chi2: float
    jacobian: NDArray[np.float64]


def population_weights(
    log_area_edges: Column, populations: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how much the loops of each bin weigh, the populations added up, shape (J, …).

    Parameters
    ----------
    log_area_edges : ndarray of float64, shape (J + 1,)
    populations : ndarray of float64, shape (…, K, 3)
        ln of mean area, of its relative spread, and of the weight.

    Examples
    --------
    >>> edges = np.log([0.5, 1, 2, 4])
    >>> one = np.log([[1.5, 0.1, 0.3]])
    >>> population_weights(edges, one).round(3)
    array([0.   , 0.299, 0.001])
    """
    from scipy.special import ndtr

    width = np.sqrt(np.log1p(np.exp(2 * populations[..., 1])))
    middle = populations[..., 0] - width**2 / 2
    edges = log_area_edges.reshape(-1, *([1] * middle.ndim))
    shares = np.diff(ndtr((edges - middle) / width), axis=0)
    return np.asarray((shares * np.exp(populations[..., 2])).sum(axis=-1))


def seen_sweep(
    field_g: Column,
    log_value: Column,
    error: Column,
    grid: LoopGrid,
    columns: NDArray[np.float64],
) -> SeenSweep:
    """Project the background out, and keep the combinations of loops that the sweep shows.

    Parameters
    ----------
    field_g, log_value, error, grid, columns
        As `loop_populations`.
    """
    basis = np.linalg.qr(columns / error[:, None])[0]
    y = log_value / error
    y = y - basis @ (basis.T @ y)
    response = -loop_responses(field_g, grid) / error[:, None]
    response = response - basis @ (basis.T @ response)
    square, vector = np.linalg.eigh(response.T @ response)
    shown = square > _NOTHING * square[-1]
    root = np.sqrt(square[shown])
    value = vector[:, shown].T @ (response.T @ y) / root
    area = grid.area_um2
    return SeenSweep(
        value,
        root[:, None] * vector[:, shown].T,
        max(float(y @ y - value @ value), 0.0),
        len(y) - columns.shape[1],
        grid.log_area_edges,
        np.log([area[grid.seen][0], _LEAST_CV, _LEAST_WEIGHT]),
        np.log([area[-1], _MOST_CV, _MOST_WEIGHT]),
    )


def population_fits(sweep: SeenSweep, most: int) -> tuple[PopulationFit, ...]:
    """Fit one population, then two …, each begun from the one before and what it leaves.

    Until two more are not worth their six numbers, by BIC.

    Parameters
    ----------
    sweep : SeenSweep
    most : int
        Number of populations at which to stop.
    """
    first = _first_guesses(sweep)
    waves = np.stack([sweep.wave(one[None, None])[:, 0] for one in first], axis=1)
    fits: list[PopulationFit] = []
    found = np.empty((0, 3))
    for _ in range(most):
        tried = (_fit(sweep, guess) for guess in _extended(sweep, found, first, waves))
        fits.append(min(tried, key=lambda fit: fit.chi2))
        found = fits[-1].populations
        if len(fits) > _NOT_WORTH and not _worth(sweep, fits):
            break
    return tuple(fits)


def _worth(sweep: SeenSweep, fits: list[PopulationFit]) -> bool:
    last = fits[-1].chi2
    variance = max(last / max(sweep.freedom - 3 * len(fits), 1), 1.0)
    return bool(fits[-1 - _NOT_WORTH].chi2 - last > 3 * np.log(sweep.freedom) * variance)


def _first_guesses(sweep: SeenSweep) -> NDArray[np.float64]:
    log_area = np.arange(sweep.lowest[0], sweep.highest[0], _STEP)
    area, spread = np.meshgrid(log_area, np.log(_CV), indexing="ij")
    return np.column_stack((area.ravel(), spread.ravel(), np.zeros(area.size)))


def _extended(
    sweep: SeenSweep,
    found: NDArray[np.float64],
    first: NDArray[np.float64],
    waves: NDArray[np.float64],
) -> list[NDArray[np.float64]]:
    """Return the populations with one more, of those that explain most of what is left."""
    from scipy.optimize import nnls

    unit = found * [1, 1, 0]
    so_far = np.column_stack([sweep.wave(one[None, None])[:, 0] for one in unit] or [waves[:, :0]])
    basis = np.linalg.qr(so_far)[0]
    beside = waves - basis @ (basis.T @ waves)
    size = np.maximum(np.linalg.norm(beside, axis=0), 1e-9 * np.linalg.norm(waves, axis=0))
    explained = (sweep.value @ beside) / size
    guesses = []
    for best in np.argsort(-explained)[:_TRIED]:
        weight = nnls(np.column_stack((so_far, waves[:, best])), sweep.value)[0]
        guess = np.vstack((found, first[best]))
        guess[:, 2] = np.log(np.maximum(weight, 10 * _LEAST_WEIGHT))
        guesses.append(guess)
    return guesses


def _fit(sweep: SeenSweep, guess: NDArray[np.float64]) -> PopulationFit:
    from scipy.optimize import least_squares

    count = len(guess)
    lowest, highest = np.tile(sweep.lowest, count), np.tile(sweep.highest, count)

    def beside(x: Column) -> Column:
        return np.asarray(sweep.wave(x.reshape(1, count, 3))[:, 0] - sweep.value)

    def jacobian(x: Column) -> NDArray[np.float64]:
        step = _DERIVATIVE_STEP * np.eye(len(x))
        moved = sweep.wave(np.concatenate((x + step, x - step)).reshape(-1, count, 3))
        return np.asarray((moved[:, : len(x)] - moved[:, len(x) :]) / (2 * _DERIVATIVE_STEP))

    start = np.clip(guess.ravel(), lowest + 1e-6, highest - 1e-6)
    found = least_squares(
        beside, start, jacobian, bounds=(lowest, highest), max_nfev=60, x_scale="jac"
    )
    return PopulationFit(
        found.x.reshape(count, 3), 2 * float(found.cost) + sweep.left, np.asarray(found.jac)
    )
