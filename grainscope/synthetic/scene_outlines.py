"""Outlines of grains, each as its radius R(φ) around a centre, scaled to an area of π."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from grainscope.synthetic.scene_draws import choose, happens

#: Steps of the angle; at aspect 6 the round end of a rod still has ten of them.
N_ANGLES = 192
#: Lobes are kept from grains narrower than the first of these, and full from the second on.
_SMOOTH_BELOW_PX, _LOBED_FROM_PX = 8.0, 30.0
#: Deepest bay, of the mean radius.
_DEEPEST_BAY = 0.22

#: From the number of outlines to R, shape (n, N_ANGLES), of any scale.
Family: TypeAlias = Callable[[int, np.random.Generator], NDArray[np.float64]]


def draw_outlines(
    diameters_px: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw one outline for each grain, all of one family or of two.

    Parameters
    ----------
    diameters_px : ndarray of float64, shape (n,)
        Of the discs of equal area. Narrow grains stay convex: curvature costs
        them too much surface, and a picture would not show their bays.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of float64, shape (n, N_ANGLES)
        R(φ) in pixels, each at a random turn.

    Examples
    --------
    >>> outlines = draw_outlines(np.array([10.0, 40.0]), np.random.default_rng(0))
    >>> np.sqrt((outlines**2).mean(axis=1)).round(6).tolist()
    [5.0, 20.0]
    """
    n = len(diameters_px)
    shapes = choose(rng, _FAMILIES)(n, rng)
    if happens(rng, 0.25):
        others = rng.random(n) < rng.uniform(0.1, 0.5)
        shapes = np.where(others[:, None], _of_unit_area(choose(rng, _FAMILIES)(n, rng)), shapes)
    shapes = _of_unit_area(shapes)
    lobed = (diameters_px - _SMOOTH_BELOW_PX) / (_LOBED_FROM_PX - _SMOOTH_BELOW_PX)
    # Elongation and corners (orders up to 4) stay where lobes (higher ones) go.
    smooth = _low_orders(shapes, 4)
    share = np.clip(lobed, 0.0, 1.0)[:, None]
    shapes = _turned(_of_unit_area(share * shapes + (1 - share) * smooth), rng)
    return shapes * diameters_px[:, None] / 2


def _of_unit_area(radii: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale so that ½ ∫ R² dφ = π."""
    return np.asarray(radii / np.sqrt((radii**2).mean(axis=1, keepdims=True)))


def _turned(radii: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    shifts = rng.integers(0, N_ANGLES, len(radii))
    if happens(rng, 0.1):  # rolled or stretched: all grains lie one way
        shifts = shifts[:1] + np.rint(rng.normal(0, 4, len(radii))).astype(np.int64)
    columns = (np.arange(N_ANGLES) + shifts[:, None]) % N_ANGLES
    return np.take_along_axis(radii, columns, axis=1)


def _low_orders(radii: NDArray[np.float64], highest: int) -> NDArray[np.float64]:
    spectrum = np.fft.rfft(radii, axis=1)
    spectrum[:, highest + 1 :] = 0
    smooth = np.asarray(np.fft.irfft(spectrum, N_ANGLES, axis=1), np.float64)
    return np.maximum(smooth, _DEEPEST_BAY)


def _angles() -> NDArray[np.float64]:
    return np.linspace(0.0, 2 * np.pi, N_ANGLES, endpoint=False, dtype=np.float64)


def _discs(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    return 1 + rng.uniform(0, 0.03) * rng.standard_normal((n, 1)) * np.cos(2 * _angles())


def _ellipses(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    largest = rng.uniform(1.2, 4.0)
    aspect = rng.uniform(1.0, largest, (n, 1))
    return 1 / np.hypot(np.cos(_angles()) / aspect, np.sin(_angles()))


def _rods(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Stadiums: straight sides at unit distance, round ends at ±core."""
    mean = rng.uniform(0.5, 5.0)
    core = mean * np.exp(rng.normal(0, rng.uniform(0.03, 0.3), (n, 1)))
    cosine, sine = np.abs(np.cos(_angles())), np.abs(np.sin(_angles()))
    side = 1 / np.maximum(sine, 1e-6)
    end = core * cosine + np.sqrt(np.maximum(1 - (core * sine) ** 2, 0.0))
    return np.where(side * cosine <= core, side, end)


def _polygons(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Convex polygons of 3 to 9 sides, from sharp to well rounded, regular or not."""
    sides = int(rng.integers(3, 10))
    spread = rng.uniform(0.0, 0.35)
    return _faceted(n, sides, spread, float(np.exp(rng.uniform(np.log(5), np.log(60)))), rng)


def _squares(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Cubes seen from above, and slabs: opposite sides are equally far."""
    slab = 1 + rng.uniform(0, 0.8) * rng.random((n, 1))
    sharpness = np.exp(rng.uniform(np.log(8), np.log(80)))
    across, along = np.abs(np.cos(_angles())) / slab, np.abs(np.sin(_angles()))
    return np.asarray((across**sharpness + along**sharpness) ** (-1 / sharpness))


def _flakes(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Angular shards: few sides at very unequal distances and angles."""
    return _faceted(n, int(rng.integers(5, 8)), rng.uniform(0.4, 0.7), 60.0, rng)


def _faceted(
    n: int, sides: int, spread: float, sharpness: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """1/R = max over sides of cos(φ − ψ)/p, as a soft maximum so that corners are rounded."""
    step = 2 * np.pi / sides
    normals = step * (np.arange(sides) + spread * rng.uniform(-0.5, 0.5, (n, sides)))
    distances = 1 + spread * rng.uniform(-0.6, 0.6, (n, sides))
    inverse = np.zeros((n, N_ANGLES))
    for k in range(sides):
        towards = np.cos(_angles() - normals[:, k : k + 1]) / distances[:, k : k + 1]
        inverse += np.maximum(towards, 0.0) ** sharpness
    return np.asarray(np.maximum(inverse, 0.2**sharpness) ** (-1 / sharpness))


def _lobes(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Fourier outlines with bays: kidneys at low orders, dendrites at high ones."""
    orders = np.arange(2, 15)
    decay, strength = rng.uniform(0.6, 2.0), rng.uniform(0.1, 0.45)
    size = strength * rng.uniform(0.5, 1.5, (n, 1)) * (orders / 2.0) ** -decay
    phase = rng.uniform(0, 2 * np.pi, (n, len(orders)))
    waves = np.cos(orders[:, None] * _angles() + phase[..., None])
    radii = 1 + np.einsum("nk,nka->na", size * rng.standard_normal((n, len(orders))), waves)
    return np.asarray(np.maximum(radii, _DEEPEST_BAY))


def _clumps(n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Discs around a middle that count as one grain: trimers, raspberries, cauliflowers."""
    members = int(rng.integers(2, 8))
    reach = rng.uniform(0.5, 1.0)
    spread = rng.uniform(0.05, 0.6)
    step = 2 * np.pi / members
    radii = np.full((n, N_ANGLES), _DEEPEST_BAY)
    for k in range(members):
        towards = step * (k + spread * rng.uniform(-0.5, 0.5, (n, 1)))
        distance = reach * (1 + spread * rng.uniform(-0.5, 0.5, (n, 1)))
        size = 1 + 0.7 * spread * rng.uniform(-0.5, 0.5, (n, 1))
        cosine, sine = np.cos(_angles() - towards), np.sin(_angles() - towards)
        inside = size**2 - (distance * sine) ** 2
        exit_at = distance * cosine + np.sqrt(np.maximum(inside, 0.0))
        radii = np.maximum(radii, np.where(inside > 0, exit_at, 0.0))
    return radii


_FAMILIES: dict[Family, float] = {
    _discs: 0.2,
    _ellipses: 0.14,
    _rods: 0.1,
    _polygons: 0.17,
    _squares: 0.08,
    _flakes: 0.06,
    _lobes: 0.16,
    _clumps: 0.09,
}
