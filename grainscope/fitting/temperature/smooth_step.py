"""A drop of R(T) on a smooth background: where it is, how deep and how wide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.model_choice.mixture import nested_quantiles

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.smoothing.averaged_rows import Rows

    Column = NDArray[np.float64]
    Step = Callable[[Column], Column]

#: Windows reach from the drop by such ratios of temperature. Down not far: there the grains'
#: coupling takes resistance away, ever faster, which a power of ln T takes for a deeper drop.
_BELOW, _ABOVE = (1.2, 1.4, 1.8), (1.2, 1.4, 1.8, 2.5, 4.0)
#: T_c is within this ratio of where the drop was seen.
_NEAR = 1.16
#: Places of T_c and of w of a grid, first and then.
_COARSE, _FINE = (17, 6), (31, 11)
#: What is worse by this in χ² has no weight.
_FARTHEST = 14.0
_LEAST_ROWS = 10
#: 10–90 % of a logistic, in units of its width.
_TEN_TO_NINETY = 2 * np.log(9.0)


def logistic(z: Column) -> Column:
    """Return 1/(1 + e^z), which falls from 1 to 0.

    Examples
    --------
    >>> logistic(np.array([-800.0, 0.0, np.log(9)])).round(3)
    array([1. , 0.5, 0.1])
    """
    from scipy.special import expit

    return np.asarray(expit(-z))


def gaussian_step(z: Column) -> Column:
    """Return the falling integral of a Gaussian with the 10–90 % width of `logistic`.

    Examples
    --------
    >>> gaussian_step(np.array([0.0, np.log(9)])).round(3)
    array([0.5, 0.1])
    """
    from scipy.special import ndtr

    return np.asarray(ndtr(-z * 1.2815515655446004 / np.log(9.0)))


#: What a drop can look like, by name.
STEPS: dict[str, Step] = {"logistic": logistic, "gaussian": gaussian_step}


@dataclass(frozen=True)
class StepGrid:
    """What G pairs of T_c and w give.

    Attributes
    ----------
    chi2, depth, depth_error : ndarray of float64, shape (G,)
        Depth of the drop as a share of the background above, extrapolated to T_c.
    coefficients : ndarray of float64, shape (G, P)
    """

    chi2: Column
    depth: Column
    depth_error: Column
    coefficients: Column


@dataclass(frozen=True)
class StepModel:
    """One form of a step in one window.

        R = Σ a_k u^k + S Σ b_k (u − u_c)^k,   u = ln T,   S = step((T − T_c)/w)

    S is 1 well below T_c and 0 well above; b_1 and b_2 let the slope below the drop differ
    from that above. Linear in a and b, so that only T_c and w need to be sought.

    Attributes
    ----------
    rows : Rows
        The window.
    shape : {"logistic", "gaussian"}
    above, below : int
        Highest powers of the background, and of what is added to it below the drop.
    """

    rows: Rows
    shape: str
    above: int
    below: int

    @property
    def n_parameters(self) -> int:
        """T_c, w, and the a_k and b_k."""
        return 4 + self.above + self.below

    def columns(self, centre_k: Column, width_k: Column, t: Column) -> Column:
        """Return what is multiplied by a and b, shape (G, K, P), at G pairs of T_c and w."""
        s = STEPS[self.shape]((t - centre_k[:, None]) / width_k[:, None])
        u = np.log(t / np.sqrt(self.rows.x[0] * self.rows.x[-1]))
        down = np.log(t / centre_k[:, None])
        parts = [np.broadcast_to(u**k, s.shape) for k in range(self.above + 1)]
        parts += [s * down**k for k in range(self.below + 1)]
        return np.stack(parts, axis=-1)

    def solved(self, centre_k: Column, width_k: Column) -> StepGrid:
        """Return χ² and the depth of the drop at G pairs of T_c and w."""
        design = self.columns(centre_k, width_k, self.rows.x) / self.rows.error[:, None]
        y = self.rows.value / self.rows.error
        products = np.swapaxes(design, 1, 2) @ design
        # A ridge far below rounding of the data keeps pairs without rows inside the step solvable.
        diagonal = np.einsum("gpp->gp", products)
        products += (1e-12 * diagonal + 1e-300)[:, :, None] * np.eye(products.shape[1])
        inverse = np.linalg.inv(products)
        coefficients = np.einsum("gpq,gq->gp", inverse, np.swapaxes(design, 1, 2) @ y)
        left = y - np.einsum("gkp,gp->gk", design, coefficients)
        u = np.log(centre_k / np.sqrt(self.rows.x[0] * self.rows.x[-1]))
        powers = np.stack([u**k for k in range(self.above + 1)], axis=-1)
        level = np.einsum("gp,gp->g", powers, coefficients[:, : self.above + 1])
        drop = -coefficients[:, self.above + 1]
        gradient = np.zeros_like(coefficients)
        gradient[:, : self.above + 1] = -(drop / level**2)[:, None] * powers
        gradient[:, self.above + 1] = -1 / level
        variance = np.einsum("gp,gpq,gq->g", gradient, inverse, gradient)
        chi2 = np.einsum("gk,gk->g", left, left)
        return StepGrid(chi2, drop / level, np.sqrt(np.maximum(variance, 0.0)), coefficients)

    def value(self, step: tuple[float, float], t: Column) -> Column:
        """Return R at temperatures for one T_c and w, with the best a and b."""
        centre, width = np.array([step[0]]), np.array([step[1]])
        coefficients = self.solved(centre, width).coefficients[0]
        return np.asarray(self.columns(centre, width, t)[0] @ coefficients)


@dataclass(frozen=True)
class SmoothStep:
    """A drop, averaged over windows, orders and shapes.

    Attributes
    ----------
    centre_k, depth, width_k : (float, float, float)
        T_c at half the drop, the depth there as a share, the width from 10 to 90 %; each
        the median and 16 and 84 % of the weighted likelihood.
    model : StepModel
        That of the most weight.
    step : (float, float)
        Its T_c and w in K.
    chi2 : float
        Its χ².
    windows : ndarray of float64, shape (W, 6)
        Lowest and highest temperature, rows, χ², T_c and weight of each window.
    """

    centre_k: tuple[float, float, float]
    depth: tuple[float, float, float]
    width_k: tuple[float, float, float]
    model: StepModel
    step: tuple[float, float]
    chi2: float
    windows: Column

    @property
    def rows(self) -> Rows:
        """The window of the model of the most weight."""
        return self.model.rows

    def value(self, temperature_k: Column) -> Column:
        """Return R at temperatures by the model of the most weight."""
        return self.model.value(self.step, temperature_k)

    @property
    def residual(self) -> Column:
        """Of the model of the most weight, in standard deviations."""
        rows = self.model.rows
        return np.asarray((rows.value - self.model.value(self.step, rows.x)) / rows.error)


def fit_step(rows: Rows, place_k: float, scale: float = 1.0) -> SmoothStep:
    """Fit a step on a background, averaged over what could be chosen.

    Every window of a few reaches below and above the drop, every order of the background
    and both shapes are fitted on a grid of T_c and w. Each counts by

        exp(−½ (χ² + 2k + 2 n_cut)),

    k its parameters and n_cut the rows it leaves out, so that an interval knows of the
    choices as well as of the noise.

    Parameters
    ----------
    rows : Rows
        Temperatures ascending, values above 0, no limits.
    place_k : float
        Where about the drop is, as of `locate_drops`.
    scale : float
        By what errors are too small.

    Returns
    -------
    SmoothStep

    Raises
    ------
    ValueError
        No window holds ten rows, four of them on either side.

    References
    ----------
    W. I. Jay and E. T. Neil, Phys. Rev. D 103, 114502 (2021).

    Examples
    --------
    >>> from grainscope.fitting.smoothing.averaged_rows import Rows
    >>> t = np.geomspace(1, 30, 150)
    >>> r = 3000 * t**-0.1 * (1 - 0.1 / (1 + np.exp((t - 3.4) / 0.1)))
    >>> rows = Rows(t, r, 0.002 * r, np.zeros(150, bool))
    >>> found = fit_step(rows, 3.3)
    >>> np.round([found.centre_k[0], found.depth[0]], 2)
    array([3.4, 0.1])
    """
    models = _models(rows, place_k)
    if not models:
        raise ValueError(f"got no ten rows around {place_k:.3g} K, four on either side")
    n_all = max(len(model.rows) for model in models)
    spacing = float(np.median(np.diff(np.unique(models[0].rows.x))))
    narrowest = max(0.15 * spacing, 1e-4 * place_k)
    box = (place_k / _NEAR, place_k * _NEAR), (narrowest, 0.08 * place_k)
    for size in (_COARSE, _FINE):  # everywhere first, then where the weight is
        grid = _Grid(*box, size)
        found = [model.solved(*grid.pairs) for model in models]
        penalty = [2 * one.n_parameters + 2 * (n_all - len(one.rows)) for one in models]
        chi2 = np.array([one.chi2 for one in found])
        score = chi2 / scale**2 + np.array(penalty)[:, None]
        box = grid.narrowed(score.min(axis=0))
        if size == _COARSE:
            near = score.min(axis=1) <= score.min() + 2 * _FARTHEST
            models = [model for model, kept in zip(models, near, strict=True) if kept]
    weight = np.exp(-0.5 * (score - score.min()))  # (M, G)
    return _summary(models, found, grid, weight, scale)


@dataclass(frozen=True)
class _Grid:
    """T_c evenly, and w in equal ratios, between bounds."""

    centres: tuple[float, float]
    widths: tuple[float, float]
    size: tuple[int, int]

    @property
    def pairs(self) -> tuple[Column, Column]:
        centre, width = np.meshgrid(
            np.linspace(*self.centres, self.size[0]), np.geomspace(*self.widths, self.size[1]),
            indexing="ij",
        )  # fmt: skip
        return centre.ravel(), width.ravel()

    def narrowed(self, score: Column) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return the bounds of pairs within a rise of 14 of the least, and a cell around."""
        centre, width = self.pairs
        near = score <= score.min() + _FARTHEST
        cell = (self.centres[1] - self.centres[0]) / (self.size[0] - 1)
        ratio = (self.widths[1] / self.widths[0]) ** (1 / (self.size[1] - 1))
        low, high = float(centre[near].min()) - cell, float(centre[near].max()) + cell
        narrow, wide = float(width[near].min()) / ratio, float(width[near].max()) * ratio
        return (low, high), (max(narrow, self.widths[0]), min(wide, self.widths[1]))


def _models(rows: Rows, place: float) -> list[StepModel]:
    parts: dict[tuple[float, float], Rows] = {}
    for below in _BELOW:
        for above in _ABOVE:
            part = rows.at((rows.x * below >= place) & (rows.x <= place * above))
            few = min(int((part.x < place).sum()), int((part.x >= place).sum())) < 4
            if len(part) >= _LEAST_ROWS and not few:
                parts.setdefault((float(part.x[0]), float(part.x[-1])), part)
    return [
        StepModel(part, shape, above, below)
        for part in parts.values()
        for shape in STEPS
        for above in (1, 2, 3)
        for below in (0, 1, 2)
        if 4 + above + below + 3 <= len(part)
    ]


def _summary(
    models: Sequence[StepModel],
    found: Sequence[StepGrid],
    grid: _Grid,
    weight: Column,
    scale: float,
) -> SmoothStep:
    centre, width = grid.pairs
    place, pair = (int(at) for at in np.unravel_index(int(np.argmax(weight)), weight.shape))
    of_centre = weight.sum(axis=0).reshape(grid.size).sum(axis=1)
    of_width = weight.sum(axis=0).reshape(grid.size).sum(axis=0)
    depth = np.array([one.depth for one in found]).ravel()
    depth_error = scale * np.array([one.depth_error for one in found]).ravel()
    best = models[place]
    return SmoothStep(
        centre_k=_quantiles(np.linspace(*grid.centres, grid.size[0]), of_centre),
        depth=nested_quantiles(depth, depth_error, weight.ravel()),
        width_k=_quantiles(np.geomspace(*grid.widths, grid.size[1]) * _TEN_TO_NINETY, of_width),
        model=best,
        step=(float(centre[pair]), float(width[pair])),
        chi2=float(found[place].chi2[pair]),
        windows=_by_window(models, found, weight, centre),
    )


def _quantiles(at: Column, density: Column) -> tuple[float, float, float]:
    """Return 50, 16 and 84 % of a density given at points, straight between them."""
    below = np.append(0.0, np.cumsum(0.5 * (density[1:] + density[:-1]) * np.diff(at)))
    fine = np.linspace(at[0], at[-1], 2000)
    share = np.interp(fine, at, below / below[-1])
    middle, low, high = np.interp((0.5, 0.1587, 0.8413), share, fine)
    return float(middle), float(low), float(high)


def _by_window(
    models: Sequence[StepModel], found: Sequence[StepGrid], weight: Column, centre: Column
) -> Column:
    rows = []
    ends = [(float(model.rows.x[0]), float(model.rows.x[-1])) for model in models]
    for low, high in sorted(set(ends)):
        own = [place for place, end in enumerate(ends) if end == (low, high)]
        heaviest = max(own, key=lambda place: float(weight[place].max()))
        pair = int(np.argmax(weight[heaviest]))
        share = float(weight[own].sum() / weight.sum())
        chi2 = float(found[heaviest].chi2[pair])
        rows.append((low, high, len(models[heaviest].rows), chi2, float(centre[pair]), share))
    return np.array(rows)
