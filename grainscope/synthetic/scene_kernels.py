"""Stamp outlines onto a picture, and place discs that keep their distance."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def stamp_outlines(
    centres_px: NDArray[np.float64],
    inverse_radii: NDArray[np.float64],
    ranks: NDArray[np.int64],
    rows_px: NDArray[np.float32],
    columns_px: NDArray[np.float32],
    reach_px: float,
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int64]]:
    """Give each pixel to the star-shaped outline that lies on top there.

    With R(φ) the outline's radius in the pixel's direction and d the distance to
    its centre, ρ = d/R: below 1 inside. The least rank + ρ wins, so a lower rank
    occludes a higher one, and equal ranks part along equal ρ.

    Parameters
    ----------
    centres_px : ndarray of float64, shape (n, 2)
    inverse_radii : ndarray of float64, shape (n, K)
        1/R in px⁻¹ at K equal steps of the angle from the column axis towards
        the row axis. It is what varies linearly near a straight side.
    ranks : ndarray of int64, shape (n,)
    rows_px, columns_px : ndarray of float32, shape (H, W)
        Where each pixel lies on the film: its own place, or a warped one.
    reach_px : float
        Largest distance between a pixel and where it lies.

    Returns
    -------
    owner : ndarray of int32, shape (H, W)
        Outline's number plus 1; 0 outside all.
    profile : ndarray of float32, shape (H, W)
        1 − ρ of the owner: 1 at its centre, 0 on its outline and outside.
    whole_px : ndarray of int64, shape (n,)
        Pixels inside each outline, seen or hidden.

    Examples
    --------
    >>> rows, columns = np.indices((1, 6), dtype=np.float32)
    >>> two = np.array([[0.0, 1.0], [0.0, 3.0]])
    >>> discs = np.full((2, 8), 1 / 2.5)
    >>> stamp_outlines(two, discs, np.array([1, 0]), rows, columns, 0.0)[0]
    array([[1, 2, 2, 2, 2, 2]], dtype=int32)
    """
    height, width = rows_px.shape
    steps = inverse_radii.shape[1]
    owner = np.zeros((height, width), np.int32)
    profile = np.zeros((height, width), np.float32)
    best = np.full((height, width), np.inf)
    whole_px = np.zeros(len(centres_px), np.int64)
    for i in range(len(centres_px)):
        reach = 1.0 / inverse_radii[i].min() + reach_px
        y0 = max(0, int(np.ceil(centres_px[i, 0] - reach)))
        y1 = min(height - 1, int(np.floor(centres_px[i, 0] + reach)))
        x0 = max(0, int(np.ceil(centres_px[i, 1] - reach)))
        x1 = min(width - 1, int(np.floor(centres_px[i, 1] + reach)))
        for y in range(y0, y1 + 1):
            for x in range(x0, x1 + 1):
                dy = rows_px[y, x] - centres_px[i, 0]
                dx = columns_px[y, x] - centres_px[i, 1]
                step = (np.arctan2(dy, dx) / (2 * np.pi)) % 1.0 * steps
                low = int(step)
                share = step - low
                inverse = (1 - share) * inverse_radii[i, low % steps]
                inverse += share * inverse_radii[i, (low + 1) % steps]
                rho = np.sqrt(dy * dy + dx * dx) * inverse
                if rho >= 1:
                    continue
                whole_px[i] += 1
                if ranks[i] + rho < best[y, x]:
                    best[y, x] = ranks[i] + rho
                    owner[y, x] = i + 1
                    profile[y, x] = 1 - rho
    return owner, profile, whole_px


@njit(cache=True, nogil=True)
def keep_apart(
    centres_px: NDArray[np.float64], radii_px: NDArray[np.float64], clearance_px: float
) -> NDArray[np.bool_]:
    """Accept discs in order, each if it keeps its distance from those accepted before.

    Parameters
    ----------
    centres_px : ndarray of float64, shape (n, 2)
    radii_px : ndarray of float64, shape (n,)
    clearance_px : float
        Least gap between two discs; negative lets them overlap.

    Returns
    -------
    ndarray of bool, shape (n,)

    Examples
    --------
    >>> three = np.array([[0.0, 0.0], [0.0, 3.0], [0.0, 5.0]])
    >>> keep_apart(three, np.array([2.0, 2.0, 2.0]), 1.0)
    array([ True, False,  True])
    """
    kept = np.zeros(len(radii_px), np.bool_)
    accepted = np.empty(len(radii_px), np.int64)
    n_accepted = 0
    for i in range(len(radii_px)):
        free = True
        for k in range(n_accepted):
            j = accepted[k]
            dy = centres_px[i, 0] - centres_px[j, 0]
            dx = centres_px[i, 1] - centres_px[j, 1]
            least = max(radii_px[i] + radii_px[j] + clearance_px, 0.0)
            if dy * dy + dx * dx < least * least:
                free = False
                break
        if free:
            kept[i] = True
            accepted[n_accepted] = i
            n_accepted += 1
    return kept


@njit(cache=True, nogil=True)
def attach_discs(
    seeds_px: NDArray[np.float64],
    radii_px: NDArray[np.float64],
    angles: NDArray[np.float64],
    parents: NDArray[np.float64],
    tightness: float,
) -> NDArray[np.float64]:
    """Let clusters grow: each disc sits down beside one that is already there.

    Parameters
    ----------
    seeds_px : ndarray of float64, shape (m, 2)
        Centres of the first m discs, one a cluster.
    radii_px : ndarray of float64, shape (n,)
        Of all discs.
    angles : ndarray of float64, shape (n, t)
        Directions to try.
    parents : ndarray of float64, shape (n, t)
        In [0, 1): 0 asks for the disc placed last (chains), larger for older ones.
    tightness : float
        Distance of two neighbours over the sum of their radii: 1 touches.

    Returns
    -------
    ndarray of float64, shape (n, 2)
        Centres; NaN where no attempt found room.

    Examples
    --------
    >>> attach_discs(np.zeros((1, 2)), np.ones(2), np.zeros((2, 1)), np.zeros((2, 1)), 1.0)
    array([[0., 0.],
           [0., 2.]])
    """
    n, tries = angles.shape
    centres = np.full((n, 2), np.nan)
    placed = np.empty(n, np.int64)
    n_placed = min(len(seeds_px), n)
    centres[:n_placed] = seeds_px[:n_placed]
    placed[:n_placed] = np.arange(n_placed)
    for i in range(n_placed, n):
        for t in range(tries):
            j = placed[n_placed - 1 - int(parents[i, t] * n_placed)]
            distance = (radii_px[i] + radii_px[j]) * tightness
            y = centres[j, 0] + distance * np.sin(angles[i, t])
            x = centres[j, 1] + distance * np.cos(angles[i, t])
            free = True
            for k in range(n_placed):
                other = placed[k]
                dy = y - centres[other, 0]
                dx = x - centres[other, 1]
                least = (radii_px[i] + radii_px[other]) * tightness * 0.999
                if dy * dy + dx * dx < least * least:
                    free = False
                    break
            if free:
                centres[i] = y, x
                placed[n_placed] = i
                n_placed += 1
                break
    return centres
