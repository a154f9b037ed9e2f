"""How wide the grains of a scene are."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from grainscope.synthetic.scene_draws import choose, log_uniform

#: Diameters that a scene may hold.
NARROWEST_PX, WIDEST_PX = 3.4, 250.0

#: From the number of grains to their diameters in pixels, shape (n,).
SizeLaw: TypeAlias = Callable[[int, np.random.Generator], NDArray[np.float64]]


def draw_size_law(
    shape_px: tuple[int, int], zoom: float, rng: np.random.Generator
) -> tuple[SizeLaw, float]:
    """Draw what the grains of one scene have in common.

    Parameters
    ----------
    shape_px : (int, int)
        The widest grains stay below two thirds of the picture.
    zoom : float
        Pixels drawn for each pixel of the scene: all diameters scale with it.
    rng : numpy.random.Generator

    Returns
    -------
    law : callable
        From a number of grains and a generator to diameters in pixels.
    typical_px : float
        A diameter that sets the scale of whatever goes with the grains.

    Examples
    --------
    >>> law, typical_px = draw_size_law((384, 384), 1.0, np.random.default_rng(0))
    >>> diameters = law(100, np.random.default_rng(1))
    >>> bool((diameters >= 3.4).all() and (diameters <= 250).all())
    True
    """
    law, typical_px = _law(min(WIDEST_PX, 0.66 * min(shape_px) / zoom), rng)
    return (lambda n, rng: zoom * law(n, rng)), zoom * typical_px


def _law(widest: float, rng: np.random.Generator) -> tuple[SizeLaw, float]:
    typical = log_uniform(rng, 5.0, 0.5 * widest)
    kind = choose(rng, {"narrow": 0.35, "lognormal": 0.35, "log-uniform": 0.12, "bimodal": 0.18})
    sigma = rng.uniform(0.02, 0.12) if kind == "narrow" else rng.uniform(0.2, 1.0)
    if kind == "log-uniform":
        return _between(NARROWEST_PX, log_uniform(rng, 20.0, widest), widest), typical
    if kind == "bimodal":
        typical = log_uniform(rng, 25.0, widest)
        ratio = min(log_uniform(rng, 3.0, 30.0), typical / NARROWEST_PX)
        return _bimodal(typical, ratio, rng.uniform(0.4, 0.9), widest), typical
    return _lognormal(typical, sigma, widest), typical


def _lognormal(median: float, sigma: float, widest: float) -> SizeLaw:
    def law(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        return np.clip(median * np.exp(sigma * rng.standard_normal(n)), NARROWEST_PX, widest)

    return law


def _between(low: float, high: float, widest: float) -> SizeLaw:
    def law(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        return np.minimum(np.exp(rng.uniform(math.log(low), math.log(high), n)), widest)

    return law


def _bimodal(large: float, ratio: float, small_share: float, widest: float) -> SizeLaw:
    def law(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        small = rng.random(n) < small_share
        spread = np.exp(np.where(small, 0.25, 0.12) * rng.standard_normal(n))
        sizes = np.where(small, large / ratio, large) * spread
        return np.asarray(np.clip(sizes, NARROWEST_PX, widest))

    return law
