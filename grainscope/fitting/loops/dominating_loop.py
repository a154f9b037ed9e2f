"""Whether one size of loop dominates, and which: areas spread about one mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from grainscope.fitting.loops.loop_grid import LOG_STEP, loop_responses

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.fitting.loops.loop_grid import LoopGrid

    Column = NDArray[np.float64]

#: Relative spreads of the area that are tried, each as likely beforehand as the next.
_CV = (0.02, 0.04, 0.08, 0.14, 0.22, 0.32, 0.45, 0.65, 0.9)
#: Variances of what single loops add, in (twice the rms of the detrended curve)².
_SCATTER = np.array([0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0])
#: By what the errors are multiplied.
_NOISE = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
#: The loop itself, two and three of them together.
_MULTIPLES = np.array([1.0, 2.0, 3.0])
#: Share of the scatter that belongs to loops of any size.
_ANY_SIZE = 0.5
#: Steps in ln area of a first look, and of a second where the first was near its best.
_COARSE, _FINE, _NEAR = 0.04, 0.015, 16.0
_NOTHING = 1e-9
#: Loops of twice and three times the area are made of the loops themselves, and a network
#: is not a sum: the likelihood counts some of it twice (docs/decisions/0006).
_COUNTED = 1.4


@dataclass(frozen=True)
class DominatingLoop:
    """The posterior of the mean area of the loops that dominate.

    Attributes
    ----------
    log_area : ndarray of float64, shape (K,)
        ln of the area in µm², ascending.
    probability : ndarray of float64, shape (K, C)
        Of area and spread together; sums to 1.
    spread : ndarray of float64, shape (C,)
        Relative standard deviations of the area.
    """

    log_area: Column
    probability: NDArray[np.float64]
    spread: Column

    def area_um2(self, share: float) -> float:
        """Return the area that so large a share of the posterior lies below.

        Never nearer to the median than the bins of the grid allow.
        """
        from scipy.special import ndtri

        middle, at = self._log_quantile(0.5), self._log_quantile(share)
        bin_width = 2 * LOG_STEP
        apart = np.hypot(at - middle, ndtri(share) * bin_width / np.sqrt(12))
        return float(np.exp(middle + np.sign(share - 0.5) * apart))

    def _log_quantile(self, share: float) -> float:
        reached = self.probability.sum(axis=1).cumsum()
        before = np.concatenate(([0.0], reached[:-1]))
        # Areas that were too unlikely for a second look leave gaps: each row has its own edges.
        edges = self.log_area[:, None] + np.array([-0.5, 0.5]) * _FINE
        return float(np.interp(share, np.column_stack((before, reached)).ravel(), edges.ravel()))

    def area_cv(self, share: float) -> float:
        """Return the relative spread of the area that so large a share lies below."""
        reached = self.probability.sum(axis=0).cumsum() - self.probability.sum(axis=0) / 2
        return float(np.exp(np.interp(share, reached, np.log(self.spread))))


class _Data(NamedTuple):
    """The curve in the space that loops span: R numbers, and what is left beside them."""

    amplitude: Column  # (R,)
    response: NDArray[np.float64]  # (R, J)
    left: float
    n_left: int
    variance: float


def dominating_loop(
    field_g: Column,
    log_value: Column,
    error: Column,
    grid: LoopGrid,
    columns: NDArray[np.float64],
) -> DominatingLoop:
    """Return the posterior of the mean area of loops whose areas spread about it.

    The weights w_j of `invert_loops` are taken as normal about a mean

        ⟨w_j⟩ = Σ_k c_k p_j(kA, CV),  c_1 > 0, c_2,  k = 1, 2, 3,

    p(A, CV) lognormal, with a variance v P_j: as many loops as there are differ from
    their law by chance. Half of P has the shape of the mean, half is the same for all
    sizes. So loops that are few widen the interval, and so do areas that spread: what
    a revival at n quanta says about ⟨A⟩ is lost in the sum of the single loops once
    n CV is above a half. The likelihood is that of normal numbers; c, v and a factor
    of the noise are integrated over, the background is projected out. Its
    logarithm is divided by 1.4: loops of 2A and 3A are pairs and triples of the loops
    themselves, not others.

    Parameters
    ----------
    field_g, log_value, error : ndarray of float64, shape (N,)
        As `invert_loops`.
    grid : LoopGrid
    columns : ndarray of float64, shape (N, K)
        What the background is made of: `background_columns`.

    Returns
    -------
    DominatingLoop

    References
    ----------
    Marginal likelihood of a linear model: C. E. Rasmussen & C. K. I. Williams,
    Gaussian Processes for Machine Learning (2006), section 2.7.

    Examples
    --------
    >>> from grainscope.fitting.loops.detrend import background_columns
    >>> from grainscope.fitting.loops.loop_grid import loop_grid
    >>> from grainscope.laws.flux_quantum import flux_response
    >>> field_g = np.arange(0.5, 60, 0.5)
    >>> noise = np.random.default_rng(1).normal(0, 0.01, 119)
    >>> log_value = 0.02 * field_g - 0.2 * flux_response(field_g, 1.33) + noise
    >>> error, columns = np.full(119, 0.01), background_columns(field_g)
    >>> found = dominating_loop(field_g, log_value, error, loop_grid(field_g), columns)
    >>> bool(abs(found.area_um2(0.5) / 1.33 - 1) < 0.02)
    True
    """
    data = _data(field_g, log_value, error, grid, columns)
    lowest, highest = np.log(np.pi / 4 * np.array([grid.smallest_um, grid.largest_um]) ** 2)
    coarse = np.arange(lowest, highest, _COARSE)
    first = _log_evidence(data, grid, coarse, _CV[1::2])
    near = coarse[first.max(axis=1) > first.max() - _NEAR]
    fine = np.arange(lowest, highest, _FINE)
    fine = fine[(np.abs(fine[:, None] - near) <= _COARSE).any(axis=1)]
    second = _log_evidence(data, grid, fine, _CV)
    probability = np.exp((second - second.max()) / _COUNTED)
    return DominatingLoop(fine, probability / probability.sum(), np.array(_CV))


def _data(
    field_g: Column,
    log_value: Column,
    error: Column,
    grid: LoopGrid,
    columns: NDArray[np.float64],
) -> _Data:
    """Project the background out, and turn to the axes in which loops are independent."""
    basis = np.linalg.qr(columns / error[:, None])[0]
    y = log_value / error
    y = y - basis @ (basis.T @ y)
    response = -loop_responses(field_g, grid) / error[:, None]
    response = response - basis @ (basis.T @ response)
    square = float(y @ y)
    variance = square / float((1 / error**2).sum())
    value, vector = np.linalg.eigh(response.T @ response)
    # Along the others even the widest prior adds a thousandth of the noise.
    seen = value > max(_NOTHING * value[-1], 1e-3 / (4 * variance * _SCATTER[-1]))
    seen[-1] = True
    root = np.sqrt(value[seen])
    amplitude = (vector[:, seen].T @ (response.T @ y)) / root
    return _Data(
        amplitude,
        root[:, None] * vector[:, seen].T,
        max(square - float(amplitude @ amplitude), 0.0),
        len(y) - basis.shape[1] - len(root),
        variance,
    )


def _log_evidence(
    data: _Data, grid: LoopGrid, log_area: Column, spreads: tuple[float, ...]
) -> NDArray[np.float64]:
    """Return ln of the likelihood, all but area and spread integrated over, shape (K, C)."""
    edges = grid.log_area_edges
    found = np.empty((len(log_area), len(spreads)))
    for j, spread in enumerate(spreads):
        for i, middle in enumerate(log_area):
            found[i, j] = _one_evidence(data, _spread_loops(edges, middle, spread))
    return found


def _spread_loops(edges: Column, log_area: float, spread: float) -> NDArray[np.float64]:
    """Return the lognormal shares of the bins for each multiple of the area, shape (J, 3)."""
    from scipy.special import ndtr

    width = np.sqrt(np.log1p(spread**2))
    middle = log_area + np.log(_MULTIPLES) - width**2 / 2
    return np.asarray(np.diff(ndtr((edges[:, None] - middle) / width), axis=0))


def _one_evidence(data: _Data, mean: NDArray[np.float64]) -> float:
    from scipy.special import log_ndtr, logsumexp

    shape = mean @ (1 / _MULTIPLES)
    share = (1 - _ANY_SIZE) * shape / max(shape.sum(), 1e-12) + _ANY_SIZE / len(mean)
    value, vector = np.linalg.eigh((data.response * share) @ data.response.T)
    y, column = vector.T @ data.amplitude, vector.T @ (data.response @ mean)
    prior = 9 * data.variance / _MULTIPLES**2
    noise2 = (_NOISE**2)[:, None]
    variance = noise2 + 4 * data.variance * _SCATTER[:, None, None] * np.maximum(value, 0)
    inverse = 1 / variance  # (V, S, R)
    products = (column[:, :, None] * column[:, None, :]).reshape(len(y), -1)
    matrix = (inverse @ products).reshape(*inverse.shape[:2], len(prior), len(prior))
    covariance = np.linalg.inv(matrix + np.diag(1 / prior))
    overlap = inverse @ (column * y[:, None])
    best = np.einsum("vsab,vsb->vsa", covariance, overlap)
    chi2 = data.left / noise2[:, 0] + inverse @ y**2 - (overlap * best).sum(axis=-1)
    log_volume = np.log(variance).sum(axis=-1) + data.n_left * np.log(noise2[:, 0])
    log_volume -= np.linalg.slogdet(covariance)[1] - np.log(prior).sum()
    positive = log_ndtr(best[..., 0] / np.sqrt(covariance[..., 0, 0]))
    # Pairs do not outweigh the loops that they are made of: else A/2 would do as well as A.
    more = covariance[..., 0, 0] + covariance[..., 1, 1] - 2 * covariance[..., 0, 1]
    positive = np.minimum(positive, log_ndtr((best[..., 0] - best[..., 1]) / np.sqrt(more)))
    return float(logsumexp(-0.5 * (chi2 + log_volume) + positive))
