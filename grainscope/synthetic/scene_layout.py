"""From nothing to the grains of a scene: who owns each pixel, and how deep inside it lies."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from grainscope.opencv import cv2
from grainscope.synthetic.grow_film import grow_film
from grainscope.synthetic.outlines import smooth_noise, unbroken
from grainscope.synthetic.scene_draws import choose, happens, log_uniform
from grainscope.synthetic.scene_kernels import keep_apart, stamp_outlines
from grainscope.synthetic.scene_labels import contacts, depth_px, distance_px
from grainscope.synthetic.scene_outlines import draw_outlines
from grainscope.synthetic.scene_places import draw_places
from grainscope.synthetic.scene_sizes import NARROWEST_PX, draw_size_law

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

#: Smallest region that counts as a grain.
SMALLEST_PX = 8
#: A grain of which less is seen is not in the truth.
_LEAST_SEEN = 0.25


class Layout(NamedTuple):
    """The grains of a scene, free of everything that a microscope adds.

    Attributes
    ----------
    labels : ndarray of int32, shape (H, W)
        1…n, each one 8-connected region; 0 is bare film.
    profile : ndarray of float32, shape (H, W)
        1 in the middle of a grain, 0 on its outline and on bare film. Where
        grains lie on each other, of the whole grain, hidden parts included.
    """

    labels: NDArray[np.int32]
    profile: NDArray[np.float32]


def draw_layout(shape_px: tuple[int, int], zoom: float, rng: np.random.Generator) -> Layout:
    """Draw grains of one of the kinds that films and powders show.

    Parameters
    ----------
    shape_px : (int, int)
        Rows and columns to draw.
    zoom : float
        Pixels drawn for each pixel of the scene: grains are wider by it.
    rng : numpy.random.Generator

    Returns
    -------
    Layout
        At least one grain.

    Examples
    --------
    >>> layout = draw_layout((96, 96), 1.0, np.random.default_rng(0))
    >>> bool((layout.profile[layout.labels == 0] == 0).all())
    True
    """
    kinds: dict[Callable[[tuple[int, int], float, np.random.Generator], Layout], float] = {
        _shapes: 0.45,
        _grown: 0.34,
        _cells: 0.09,
        _islands: 0.12,
    }
    while True:
        layout = choose(rng, kinds)(shape_px, zoom, rng)
        if happens(rng, 0.3):
            layout = _with_small_ones(layout, zoom, rng)
        if happens(rng, 0.25):
            layout = _parted(layout, zoom * rng.uniform(1.0, 4.0))
        layout = tidied(layout, SMALLEST_PX * zoom**2)
        if layout.labels.any():
            return layout


def tidied(layout: Layout, smallest_px: float = SMALLEST_PX) -> Layout:
    """Keep each grain's largest part, drop what is smaller than asked for, and number without gaps.

    Examples
    --------
    >>> speck = Layout(np.eye(4, dtype=np.int32), np.ones((4, 4), np.float32))
    >>> int(tidied(speck).labels.max()), float(tidied(speck).profile.max())
    (0, 0.0)
    """
    labels, _ = unbroken(layout.labels)
    area = np.bincount(labels.ravel())
    kept = area >= smallest_px
    kept[0] = False
    labels = np.where(kept, np.cumsum(kept), 0).astype(np.int32)[labels]
    return Layout(labels, np.where(labels > 0, layout.profile, np.float32(0)))


def _from_depth(labels: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return the profile of grains that lie side by side: depth over the grain's deepest."""
    depth = depth_px(labels)
    deepest = np.ones(int(labels.max()) + 1, np.float32)
    np.maximum.at(deepest, labels.ravel(), depth.ravel())
    return np.asarray(depth / deepest[labels], np.float32)


def _warp(
    shape_px: tuple[int, int], typical_px: float, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32], float]:
    """Displace places smoothly, on two scales, as far as a warp goes without folding."""
    own = np.indices(shape_px, dtype=np.float32)
    if happens(rng, 0.45):
        return own[0], own[1], 0.0
    shift = np.zeros_like(own)
    for scale in (0.5, 1.6):
        wavelength = max(scale * typical_px, 5.0)
        strength = rng.uniform(0.0, 0.09) * wavelength
        for axis in (0, 1):
            shift[axis] += np.float32(strength) * smooth_noise(shape_px, wavelength, rng)
    reach = float(np.hypot(shift[0], shift[1]).max())
    return own[0] + shift[0], own[1] + shift[1], reach


def _shapes(shape_px: tuple[int, int], zoom: float, rng: np.random.Generator) -> Layout:
    """Stamp outlines at places."""
    law, typical_px = draw_size_law(shape_px, zoom, rng)
    places = draw_places(shape_px, law, rng)
    outlines = draw_outlines(places.diameters_px, rng)
    owner, profile, whole_px = stamp_outlines(
        places.centres_px, 1 / outlines, places.ranks, *_warp(shape_px, typical_px, rng)
    )
    seen = np.bincount(owner.ravel(), minlength=len(whole_px) + 1)
    hidden = np.concatenate([[False], seen[1:] < _LEAST_SEEN * whole_px])
    owner = np.where(hidden[owner], 0, owner).astype(np.int32)
    if not places.ranks.any() and happens(rng, 0.5):
        profile = _from_depth(owner)
    return Layout(owner, profile)


def _grown(shape_px: tuple[int, int], zoom: float, rng: np.random.Generator) -> Layout:
    """Grow a film of caps that coalesce."""
    from grainscope.settings import FilmSettings

    nuclei_px = zoom * log_uniform(rng, 9.0, 60.0)  # distance between the first nuclei
    nuclei_nm = log_uniform(rng, 40.0, 90.0)
    settings = FilmSettings(
        height_px=shape_px[0],
        width_px=shape_px[1],
        pixel_size_nm=nuclei_nm / nuclei_px,
        coverage=rng.uniform(0.3, 0.85),
        coalescence_radius_nm=log_uniform(rng, 30.0, 300.0),
        nucleation_density_per_um2=1e6 / nuclei_nm**2,
        renucleation_per_um2_nm=log_uniform(rng, 1.0, 300.0),
        contact_angle_degrees=rng.uniform(60.0, 140.0),
        irregularity=rng.uniform(0.0, 1.0),
    )
    labels = np.array(grow_film(settings, rng).labels)
    return Layout(labels, _from_depth(labels))


def _cells(shape_px: tuple[int, int], zoom: float, rng: np.random.Generator) -> Layout:
    """Fill the plane with cells, then open gaps between them, and lose some."""
    typical_px = zoom * log_uniform(rng, 10.0, 110.0)
    pitch = typical_px * rng.uniform(0.75, 1.0)
    n = int(4 * (shape_px[0] + 2 * pitch) * (shape_px[1] + 2 * pitch) / pitch**2)
    centres = rng.random((n, 2)) * (np.array(shape_px) + 2 * pitch) - pitch
    centres = centres[keep_apart(centres, np.full(n, pitch / 2), 0.0)]
    spread = np.exp(rng.uniform(0, 0.35) * rng.standard_normal((len(centres), 1)))
    inverse = 1 / (2 * typical_px * spread * np.ones((1, 8)))
    ranks = np.zeros(len(centres), np.int64)
    owner, _, _ = stamp_outlines(centres, inverse, ranks, *_warp(shape_px, typical_px, rng))
    lost = rng.random(len(centres) + 1) < rng.uniform(0.0, 0.3)
    owner[lost[owner]] = 0
    gap_px = rng.uniform(1.0, min(8.0 * zoom, 0.25 * typical_px))
    opened = _parted(Layout(owner, np.zeros(shape_px, np.float32)), gap_px)
    return Layout(opened.labels, _from_depth(opened.labels))


def _islands(shape_px: tuple[int, int], zoom: float, rng: np.random.Generator) -> Layout:
    """Threshold smooth noise: grains with bays and arms, as of half-finished coalescence."""
    typical_px = zoom * log_uniform(rng, 12.0, 130.0)
    field = smooth_noise(shape_px, 1.6 * typical_px, rng)
    for k in (0.5, 0.25):
        field += np.float32(rng.uniform(0, 0.8) * k) * smooth_noise(shape_px, k * typical_px, rng)
    solid = field > np.quantile(field, 1 - rng.uniform(0.15, 0.5))
    # Surface tension rounds whatever is much narrower than the grains.
    edge = 2 * int(1 + rng.uniform(0.0, 0.08) * typical_px) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (edge, edge))
    solid8 = cv2.morphologyEx(solid.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    _, labels = cv2.connectedComponents(solid8, connectivity=8)
    area = np.bincount(labels.ravel())
    labels[area[labels] > 0.2 * labels.size] = 0
    labels = np.asarray(labels, np.int32)
    return Layout(labels, _from_depth(labels))


def _parted(layout: Layout, gap_px: float) -> Layout:
    """Open a gap between grains that touch, and round their corners there."""
    contact = contacts(layout.labels)
    if gap_px < 0.5 or not contact.any():
        return layout
    away = distance_px(~contact)
    labels = np.where(away < gap_px / 2, 0, layout.labels).astype(np.int32)
    return Layout(labels, np.where(labels > 0, layout.profile, np.float32(0)))


def _with_small_ones(layout: Layout, zoom: float, rng: np.random.Generator) -> Layout:
    """Strew small round grains over the bare film, evenly or in patches."""
    room = distance_px(layout.labels == 0)
    median = zoom * log_uniform(rng, 4.0, 14.0)
    n = int(rng.uniform(0.05, 1.0) * min(3000.0, room.size / median**2))
    spread = rng.uniform(0.05, 0.4) * rng.standard_normal(n)
    diameters = np.maximum(median * np.exp(spread), NARROWEST_PX * zoom)
    centres = rng.random((n, 2)) * np.array(room.shape)
    rows, columns = centres.astype(np.int64).T
    fits = room[rows, columns] > diameters / 2 + rng.uniform(1.5, 4.0)
    if happens(rng, 0.5):
        field = smooth_noise(room.shape, math.sqrt(room.size) / 3, rng)
        fits &= field[rows, columns] > np.quantile(field, rng.uniform(0.3, 0.8))
    centres, diameters = centres[fits], diameters[fits]
    kept = keep_apart(centres, diameters / 2, rng.uniform(0.5, 3.0))
    centres, diameters = centres[kept], diameters[kept]
    places = np.indices(room.shape, dtype=np.float32)
    outlines = draw_outlines(diameters, rng)
    ranks = np.zeros(len(centres), np.int64)
    owner, profile, _ = stamp_outlines(centres, 1 / outlines, ranks, places[0], places[1], 0.0)
    free = (layout.labels == 0) & (owner > 0)
    labels = np.where(free, owner + layout.labels.max(), layout.labels).astype(np.int32)
    return Layout(labels, np.where(free, profile, layout.profile))
