"""How much each size of loop takes part: cosines whose weights are not negative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.fitting.loops.loop_grid import loop_responses

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.fitting.loops.loop_grid import LoopGrid

    Column = NDArray[np.float64]

_SWEEPS = 4000
#: Draws that are kept.
_KEPT = 400
#: Share of the largest weight from which on a size counts in the mean.
_STRONG = 0.1
#: Loops of fewer quanta over the sweep could be taken for a background.
_FEW_QUANTA = 3.0


@dataclass(frozen=True)
class LoopWeights:
    """Draws of the weights of all loops, and of the background under them; M of them.

    Attributes
    ----------
    grid : LoopGrid
        J bins of diameter.
    weight : ndarray of float64, shape (M, J)
        Each at least 0: how far ln ρ swings between whole and half quanta, halved.
    background, fluctuation : ndarray of float64, shape (M, N)
        Of ln ρ at the rows; their sum is the fit.
    noise_scale : ndarray of float64, shape (M,)
        s ≥ 1 by which errors were multiplied, for what cosines do not fit.
    """

    grid: LoopGrid
    weight: NDArray[np.float64]
    background: NDArray[np.float64]
    fluctuation: NDArray[np.float64]
    noise_scale: Column

    @property
    def smoothed(self) -> NDArray[np.float64]:
        """Weights averaged over what the sweep resolves, shape (M, J)."""
        return np.asarray(self.weight @ _resolving(self.grid).T)

    def share(self, low_um: float, high_um: float) -> Column:
        """Return the share of the weight between two diameters, for each draw."""
        d, seen = self.grid.diameter_um, self.grid.seen
        within = seen & (d >= low_um) & (d <= high_um)
        whole = np.maximum(self.weight[:, seen].sum(axis=1), 1e-300)
        return np.asarray(self.weight[:, within].sum(axis=1) / whole)

    def mean_area_um2(self) -> Column:
        """Return the mean area of the loops that the sweep sees, by weight, for each draw.

        Sizes of less than a tenth of the largest weight are left out: noise gives all
        sizes some, and the largest areas would count most.
        """
        typical = self.smoothed.mean(axis=0) * self.grid.seen
        strong = self.grid.seen & (typical >= _STRONG * typical.max())
        weight = self.weight[:, strong]
        whole = np.maximum(weight.sum(axis=1), 1e-300)
        return np.asarray(weight @ self.grid.area_um2[strong] / whole)


def _resolving(grid: LoopGrid) -> NDArray[np.float64]:
    """Return a matrix that averages over a normal kernel as wide as the resolution."""
    log_area = np.log(grid.area_um2)
    apart = (log_area[:, None] - log_area) / grid.resolution[:, None]
    kernel = np.exp(-0.5 * apart**2)
    return np.asarray(kernel / kernel.sum(axis=1, keepdims=True))


def invert_loops(
    field_g: Column,
    log_value: Column,
    error: Column,
    grid: LoopGrid,
    columns: NDArray[np.float64],
    rng: np.random.Generator,
) -> LoopWeights:
    """Fit ln ρ by a smooth background less cosines of weights that are not negative.

        ln ρ(B) = background(B) − Σ_j w_j ⟨cos(2πBA/Φ0)⟩_j + noise,  w_j ≥ 0:

    at whole quanta the resistance is lowest. A minimum at B and those at 2B, 3B, …
    are one cosine, not loops of half and a third of the area. Background and weights
    are fitted together, so that neither is cut out of the other; loops too small for
    the sweep go with the background. Each weight has an exponential prior of a scale of
    its own, and the scales have a common law (most loops take little part, some much);
    that law and the noise level are drawn from the posterior along with the weights, so
    that no strength of regularisation is chosen. One exponential law for all left half
    of the weight spread over all sizes where a single loop was the truth.

    The logarithm is used because ρ ∝ exp(−U/T): to first order the stiffness of the
    network, and with it ln ρ, is a sum over its loops. Interference among neighbouring
    loops appears as loops of twice and three times the area.

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
    LoopWeights

    References
    ----------
    Sampling: S. Geman & D. Geman, IEEE Trans. PAMI 6, 721 (1984). Loops: M. Tinkham,
    Introduction to Superconductivity, 2nd ed. (1996), chapter 4.

    Examples
    --------
    >>> from grainscope.fitting.loops.detrend import background_columns
    >>> from grainscope.fitting.loops.loop_grid import loop_grid
    >>> from grainscope.laws.flux_quantum import flux_response
    >>> field_g = np.arange(0.5, 60, 0.5)
    >>> log_value = 0.02 * field_g - 0.2 * flux_response(field_g, 1.33)
    >>> grid, error, rng = loop_grid(field_g), np.full(119, 0.01), np.random.default_rng(1)
    >>> found = invert_loops(field_g, log_value, error, grid, background_columns(field_g), rng)
    >>> bool(abs(np.median(found.mean_area_um2()) / 1.33 - 1) < 0.1)
    True
    """
    from grainscope.fitting.loops.loop_inversion_kernel import draw_weights

    smooth = np.linalg.qr(columns)[0]
    columns = np.hstack((smooth, -loop_responses(field_g, grid)))
    scaled, y = columns / error[:, None], log_value / error
    draws, scale = draw_weights(
        scaled.T @ scaled, scaled.T @ y, float(y @ y), len(y), smooth.shape[1], _SWEEPS, _KEPT, rng
    )
    weight = draws[:, smooth.shape[1] :]
    fast = np.append(np.zeros(smooth.shape[1], bool), _fast(grid, weight))
    background = draws[:, ~fast] @ columns[:, ~fast].T
    return LoopWeights(grid, weight, background, draws @ columns.T - background, np.sqrt(scale))


def _fast(grid: LoopGrid, weight: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which loops make fluctuations; the others are slow, and part of the background.

    Those too small for the sweep, and those of few quanta whose weights are what noise
    gives every size, never below 0: together they would pull the background down.
    """
    typical = _resolving(grid) @ weight.mean(axis=0)
    strong = typical >= _STRONG * typical[grid.seen].max()
    quanta = grid.field_range_g * grid.area_um2 / FLUX_QUANTUM_G_UM2
    return np.asarray((grid.diameter_um >= grid.smallest_um) & (strong | (quanta > _FEW_QUANTA)))
