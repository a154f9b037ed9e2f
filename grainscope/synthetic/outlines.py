"""From round caps on a periodic box to the outlines in one picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from grainscope.opencv import cv2

#: Wavelengths of the warp: ripples of small grains up to lobes of large ones.
_WAVELENGTHS_NM = (100.0, 250.0, 600.0)
#: Standard displacement over wavelength at irregularity 1; far below 1/2π, where a warp folds.
_STRENGTH = 0.09
#: Smallest region that counts as a grain.
_MIN_AREA_PX = 4


def warped_places(
    shape_px: tuple[int, int],
    pixel_size_nm: float,
    irregularity: float,
    rng: np.random.Generator,
) -> tuple[tuple[NDArray[np.float32], NDArray[np.float32]], float]:
    """Displace every pixel smoothly, so that circles become lobed outlines.

    Parameters
    ----------
    shape_px : (int, int)
    pixel_size_nm : float
    irregularity : float
        0 leaves every pixel in its place; 1 is the strongest warp.
    rng : numpy.random.Generator

    Returns
    -------
    places : (rows_px, columns_px), each ndarray of float32, shape (H, W)
    reach_px : float
        Largest displacement.

    Examples
    --------
    >>> places, reach = warped_places((4, 5), 5.0, 0.0, np.random.default_rng(0))
    >>> float(places[1][2, 3]), reach
    (3.0, 0.0)
    """
    own = np.indices(shape_px, dtype=np.float32)
    shift = np.zeros_like(own)
    for wavelength_nm in _WAVELENGTHS_NM:
        amplitude_px = irregularity * _STRENGTH * wavelength_nm / pixel_size_nm
        for axis in (0, 1):
            noise = smooth_noise(shape_px, wavelength_nm / pixel_size_nm, rng)
            shift[axis] += np.float32(amplitude_px) * noise
    reach_px = float(np.hypot(shift[0], shift[1]).max(initial=0.0))
    return (own[0] + shift[0], own[1] + shift[1]), reach_px


def smooth_noise(
    shape_px: tuple[int, int], wavelength_px: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Interpolate normal numbers on a grid half a wavelength wide; standard deviation near 0.7.

    Returns
    -------
    ndarray of float32, shape (H, W)
    """
    spacing = max(wavelength_px / 2, 1.0)
    coarse = rng.standard_normal(
        (int(shape_px[0] / spacing) + 5, int(shape_px[1] / spacing) + 5), dtype=np.float32
    )
    rows, columns = np.indices(shape_px, dtype=np.float32) / np.float32(spacing) + np.float32(2.0)
    return np.asarray(cv2.remap(coarse, columns, rows, cv2.INTER_CUBIC), np.float32)


def with_ghosts(
    centres_px: NDArray[np.float64],
    radii_px: NDArray[np.float64],
    shape_px: tuple[int, int],
    margin_px: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Add the periodic copies that reach into the picture: there they are grains of their own.

    Examples
    --------
    >>> with_ghosts(np.array([[5.0, 0.0]]), np.array([2.0]), (10, 10), 2.0)[0].tolist()
    [[5.0, 0.0], [5.0, 10.0]]
    """
    shifts = [(0, 0)] + [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)]
    copies = centres_px[None] + np.array(shifts, float)[:, None] * shape_px
    near: NDArray[np.bool_] = np.asarray(
        ((copies >= -margin_px) & (copies <= np.array(shape_px) + margin_px)).all(axis=2)
    )
    near[0] = True
    return copies[near], np.broadcast_to(radii_px, near.shape)[near]


def unbroken(owner: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Keep each grain's largest 8-connected part, drop slivers, and number without gaps.

    Returns
    -------
    labels : ndarray of int32, shape (H, W)
        1…n; 0 is bare film.
    kept : ndarray of int64, shape (n,)
        For each grain, its row in the table of discs.

    Examples
    --------
    >>> labels, kept = unbroken(np.array([[3, 3, 0, 3], [3, 3, 1, 3]], np.int32))
    >>> labels.tolist(), kept.tolist()
    ([[1, 1, 0, 0], [1, 1, 0, 0]], [2])
    """
    from skimage.measure import label

    parts, n_parts = label(owner, connectivity=2, return_num=True)
    area = np.bincount(parts.ravel(), minlength=n_parts + 1)
    owner_of = np.zeros(n_parts + 1, np.int64)
    owner_of[parts.ravel()] = owner.ravel()
    by_size = np.lexsort((-area[1:], owner_of[1:])) + 1
    _, first = np.unique(owner_of[by_size], return_index=True)
    best = by_size[first]
    best = best[area[best] >= _MIN_AREA_PX]
    number = np.zeros(n_parts + 1, np.int32)
    number[best] = np.arange(1, len(best) + 1)
    return number[parts], owner_of[best] - 1
