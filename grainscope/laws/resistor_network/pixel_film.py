"""A periodic film of pixels, each with its own conductivity: what it conducts, and its Hall effect.

Independent of the exact law of two phases, which it serves to check, and good for any
number of phases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.elimination_order import ON_THE_DIAGONAL

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class PixelFilm:
    """Currents of a periodic film for a mean field along x and along y.

    A pixel is a node with half a link to each of its four neighbours, 2 σ each. Its
    current density j is the mean of what crosses its sides. Both mean fields are 1.

    Parameters
    ----------
    sigma : array_like, shape (H, W)
        Sheet conductivity of each pixel, above 0; any unit. Spans of more than some
        10 decades lose digits.

    Attributes
    ----------
    conductivity : ndarray of float64, shape (2, 2)
        Mean current density along x and y (columns) for each field (rows).

    Raises
    ------
    ValueError
        Not a picture, or a conductivity that is not positive and finite.

    References
    ----------
    D. J. Bergman, in Percolation Structures and Processes, Ann. Isr. Phys. Soc. 5, 297
    (1983), the Hall effect as a perturbation of the fields without it.

    Examples
    --------
    Stripes of 1 and 3: in series 1.5, side by side 2.

    >>> stripes = PixelFilm([[1.0, 3.0], [1.0, 3.0]])
    >>> stripes.conductivity.round(12)
    array([[1.5, 0. ],
           [0. , 2. ]])
    >>> round(stripes.hall_conductivity([[1.0, 1.0], [1.0, 1.0]]), 12)
    1.0
    """

    def __init__(self, sigma: ArrayLike) -> None:
        self._sigma = np.asarray(sigma, np.float64)
        if self._sigma.ndim != 2 or self._sigma.size == 0:
            raise ValueError(f"sigma: got shape {self._sigma.shape}, expected (H, W)")
        if not np.all((self._sigma > 0) & np.isfinite(self._sigma)):
            raise ValueError("sigma must be positive and finite")
        #: j for each field (first axis), along x and y (second), shape (2, 2, H, W).
        self._current = _currents(self._sigma)
        self.conductivity = self._current.mean(axis=(2, 3))

    def hall_conductivity(self, hall: ArrayLike) -> float:
        """Return the Hall conductivity of the film, to first order in that of its pixels.

        σ_xy,e = ⟨σ_xy det(e_x, e_y)⟩ with e = j/σ the fields of the two drives.

        Parameters
        ----------
        hall : array_like, shape (H, W)
            σ_xy ≪ σ of each pixel, any unit.

        Returns
        -------
        float
            σ_xy,e in that unit. Its error is that of pixels, and falls as their size: of
            noise blurred by 8 pixels and cut at its median, σ 1 and 4 to 100, below 1 %.

        Raises
        ------
        ValueError
            Another shape than that of ``sigma``.
        """
        local = np.asarray(hall, np.float64)
        if local.shape != self._sigma.shape:
            raise ValueError(f"hall: got shape {local.shape}, expected {self._sigma.shape}")
        (xx, xy), (yx, yy) = self._current
        return float((local * (xx * yy - xy * yx) / self._sigma**2).mean())


def _currents(sigma: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.sparse import coo_array
    from scipy.sparse.linalg import splu

    count, node = sigma.size, np.arange(sigma.size)
    grid = node.reshape(sigma.shape)
    tail = np.tile(node, 2)
    head = np.concatenate([np.roll(grid, -1, axis).ravel() for axis in (1, 0)])
    link = np.concatenate(
        [(2 / (1 / sigma + 1 / np.roll(sigma, -1, axis))).ravel() for axis in (1, 0)]
    )
    sums = np.bincount(np.append(tail, head), np.tile(link, 2), count)
    entries = np.concatenate((-link, -link, sums))
    places = np.concatenate((tail, head, node)), np.concatenate((head, tail, node))
    matrix = coo_array((entries, places), shape=(count, count)).tocsc()
    # Potentials are free up to a constant: the first is 0.
    factors = (
        splu(matrix[1:, 1:], permc_spec="MMD_AT_PLUS_A", **ON_THE_DIAGONAL) if count > 1 else None
    )
    current = np.empty((2, 2, *sigma.shape))
    for field in (0, 1):
        along = np.repeat(np.eye(2)[field], count)
        potential = np.zeros(count)
        if factors is not None:
            source = np.bincount(head, link * along, count) - np.bincount(tail, link * along, count)
            potential[1:] = factors.solve(source[1:])
        flow = (link * (along + potential[tail] - potential[head])).reshape(2, *sigma.shape)
        for axis in (0, 1):
            current[field, axis] = (flow[axis] + np.roll(flow[axis], 1, 1 - axis)) / 2
    return current
