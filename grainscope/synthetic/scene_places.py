"""Where the grains of a scene lie: apart, packed, in clusters, in piles."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from grainscope.synthetic.outlines import smooth_noise
from grainscope.synthetic.scene_draws import choose, happens
from grainscope.synthetic.scene_kernels import attach_discs, keep_apart

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from grainscope.synthetic.scene_sizes import SizeLaw

#: More grains make a scene slow and teach nothing new.
_MOST_GRAINS = 1500


class Places(NamedTuple):
    """Grains before they have a shape.

    Attributes
    ----------
    centres_px : ndarray of float64, shape (n, 2)
        May lie outside the picture.
    diameters_px : ndarray of float64, shape (n,)
    ranks : ndarray of int64, shape (n,)
        A lower rank lies on top; equal ranks share the border.
    """

    centres_px: NDArray[np.float64]
    diameters_px: NDArray[np.float64]
    ranks: NDArray[np.int64]


def draw_places(shape_px: tuple[int, int], law: SizeLaw, rng: np.random.Generator) -> Places:
    """Place grains in one of the ways in which grains come to lie.

    Parameters
    ----------
    shape_px : (int, int)
    law : callable
        Draws diameters, see `draw_size_law`.
    rng : numpy.random.Generator

    Returns
    -------
    Places
        Fewer than 1500 grains.

    Examples
    --------
    >>> from grainscope.synthetic.scene_sizes import draw_size_law
    >>> rng = np.random.default_rng(0)
    >>> law, _ = draw_size_law((64, 64), 1.0, rng)
    >>> places = draw_places((64, 64), law, rng)
    >>> len(places.centres_px) == len(places.diameters_px) == len(places.ranks)
    True
    """
    ways: dict[Callable[[tuple[int, int], SizeLaw, np.random.Generator], Places], float] = {
        _apart: 0.38,
        _sparse: 0.14,
        _packed: 0.17,
        _clustered: 0.19,
        _piled: 0.12,
    }
    return choose(rng, ways)(shape_px, law, rng)


def _number(shape_px: tuple[int, int], diameters: NDArray[np.float64], coverage: float) -> int:
    """Return how many of these grains cover this share of the picture."""
    covered = np.cumsum(np.pi / 4 * diameters**2) / (shape_px[0] * shape_px[1])
    return min(int(np.searchsorted(covered, coverage)) + 1, len(diameters), _MOST_GRAINS)


def _anywhere(
    shape_px: tuple[int, int], n: int, margin_px: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    return rng.random((n, 2)) * (np.array(shape_px) + 2 * margin_px) - margin_px


def _alone(
    centres: NDArray[np.float64], diameters: NDArray[np.float64], kept: NDArray[np.bool_]
) -> Places:
    return Places(centres[kept], diameters[kept], np.zeros(int(kept.sum()), np.int64))


def _apart(shape_px: tuple[int, int], law: SizeLaw, rng: np.random.Generator) -> Places:
    """Random sequential addition, the largest first so that small ones fill the gaps."""
    diameters = law(5 * _MOST_GRAINS, rng)
    diameters = np.sort(diameters[: _number(shape_px, diameters, rng.uniform(0.4, 2.5))])[::-1]
    tries = min(6, 1 + 4000 // len(diameters))
    diameters = np.repeat(diameters, tries)
    margin = 0.3 * float(diameters[0])
    centres = _anywhere(shape_px, len(diameters), margin, rng)
    clearance = choose(rng, {1.0: 0.4, 2.5: 0.3, -0.12 * float(np.median(diameters)): 0.3})
    kept = keep_apart(centres, diameters / 2, clearance)
    return _alone(centres, diameters, kept)


def _sparse(shape_px: tuple[int, int], law: SizeLaw, rng: np.random.Generator) -> Places:
    """Place a few grains, as on a clean support."""
    diameters = np.repeat(np.sort(law(int(rng.integers(5, 31)), rng))[::-1], 4)
    centres = _anywhere(shape_px, len(diameters), 0.25 * float(diameters[0]), rng)
    kept = keep_apart(centres, diameters / 2, rng.uniform(-1.0, 6.0))
    kept &= np.cumsum(kept) <= len(diameters) // 4
    return _alone(centres, diameters, kept)


def _packed(shape_px: tuple[int, int], law: SizeLaw, rng: np.random.Generator) -> Places:
    """Pack a hexagonal monolayer with jitter, vacancies and holes."""
    pitch = min(float(np.median(law(50, rng))), 0.3 * min(shape_px))
    pitch = max(pitch, math.sqrt(shape_px[0] * shape_px[1] / _MOST_GRAINS))
    half = int(math.hypot(*shape_px) / pitch) // 2 + 2
    rows, columns = np.mgrid[-half : half + 1, -half : half + 1].reshape(2, -1)
    lattice = np.stack([rows * math.sqrt(0.75), columns + 0.5 * (rows % 2)], 1) * pitch
    turn = rng.uniform(0, np.pi)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    jitter = rng.uniform(0.0, 0.09) * pitch
    centres = lattice @ rotation + np.array(shape_px) / 2
    centres += jitter * rng.standard_normal(centres.shape)
    spread = np.clip(1 + rng.uniform(0.0, 0.07) * rng.standard_normal(len(centres)), 0.85, 1.15)
    diameters = pitch * rng.uniform(0.93, 1.06) * spread
    inside = ((centres > -pitch) & (centres < np.array(shape_px) + pitch)).all(axis=1)
    inside &= rng.random(len(centres)) > rng.uniform(0.0, 0.15)
    if happens(rng, 0.6):
        inside &= ~_in_patches(shape_px, centres, rng.uniform(0.2, 0.7), rng)
    return _alone(centres, diameters, inside)


def _in_patches(
    shape_px: tuple[int, int],
    centres: NDArray[np.float64],
    share: float,
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Tell which centres lie in smooth patches that take this share of the picture."""
    field = smooth_noise(shape_px, rng.uniform(0.3, 1.0) * min(shape_px), rng)
    rows, columns = np.clip(np.rint(centres), 0, np.array(shape_px) - 1).astype(np.int64).T
    return np.asarray(field[rows, columns] < np.quantile(field, share))


def _clustered(shape_px: tuple[int, int], law: SizeLaw, rng: np.random.Generator) -> Places:
    """Chains and clusters: every grain touches one placed before."""
    diameters = law(5 * _MOST_GRAINS, rng)
    n = max(4, _number(shape_px, diameters, rng.uniform(0.1, 0.75)))
    diameters = diameters[:n]
    seeds = _anywhere(shape_px, max(1, round(n * rng.uniform(0.02, 0.25))), 0.0, rng)
    seeds = seeds[keep_apart(seeds, diameters[: len(seeds)] / 2, 1.0)]
    chain = choose(rng, {1.0: 0.5, 4.0: 0.5})  # a high power asks for recent grains: chains
    centres = attach_discs(
        seeds,
        diameters / 2,
        rng.uniform(0, 2 * np.pi, (n, 12)),
        rng.random((n, 12)) ** chain,
        rng.uniform(0.9, 1.06),
    )
    margin = diameters.max()
    placed = ((centres > -margin) & (centres < np.array(shape_px) + margin)).all(axis=1)
    return _alone(centres, diameters, placed)


def _piled(shape_px: tuple[int, int], law: SizeLaw, rng: np.random.Generator) -> Places:
    """Overlapping grains, each on top of or below its neighbours; in patches or everywhere."""
    diameters = law(5 * _MOST_GRAINS, rng)
    n = max(3, _number(shape_px, diameters, rng.uniform(0.3, 2.2)) * 2 // 3)
    centres = _anywhere(shape_px, n, 0.3 * float(diameters[:n].max()), rng)
    diameters = diameters[:n]
    order = rng.permutation(n)
    if happens(rng, 0.4):  # large ones below: small ones decorate them
        order = np.argsort(np.argsort(diameters))
    kept = np.ones(n, np.bool_)
    if happens(rng, 0.6):
        kept = _in_patches(shape_px, centres, rng.uniform(0.3, 0.8), rng)
    # Grains of one pile keep some distance, or most of each would be hidden.
    kept &= keep_apart(centres, diameters / 2, -rng.uniform(0.15, 0.5) * float(diameters.mean()))
    return Places(centres[kept], diameters[kept], order[kept].astype(np.int64))
