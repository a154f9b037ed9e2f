"""A frame cut into tiles that are drawn again: neighbouring grains are not independent."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import Frame, PixelSize

#: A tile of a dozen grains is some three or four of their distances wide.
_GRAINS_PER_TILE = 12
#: Fewer tiles tell nothing of the spread; more tell it no better.
_FEWEST_TILES, _MOST_TILES = 4, 64


def tile_grid(shape: tuple[int, int], n_grains: int) -> tuple[int, int]:
    """Return how many rows and columns of tiles cut a frame into nearly square ones.

    Parameters
    ----------
    shape : tuple of int
        Height and width in pixels.
    n_grains : int
        A tile holds a dozen grains or so, within bounds of 4 and 64 tiles.

    Returns
    -------
    rows, columns : int
        At least 2 tiles along the longer side; no tile is smaller than a pixel.

    Examples
    --------
    >>> tile_grid((600, 900), 300), tile_grid((4000, 4000), 18_000), tile_grid((1, 1), 3)
    ((4, 6), (8, 8), (1, 1))
    """
    height, width = shape
    wanted = min(max(n_grains / _GRAINS_PER_TILE, _FEWEST_TILES), _MOST_TILES)
    rows = min(max(round(math.sqrt(wanted * height / width)), 1), height)
    columns = min(max(round(wanted / rows), 1), width)
    return rows, columns


def tile_edges(length_px: int, n_tiles: int) -> NDArray[np.intp]:
    """Return the first pixel of each of n nearly equal parts, and the end: shape (n + 1,)."""
    return np.arange(n_tiles + 1) * length_px // n_tiles


def tile_of(
    y_px: NDArray[np.float64], x_px: NDArray[np.float64], edges: tuple[NDArray[np.intp], ...]
) -> NDArray[np.intp]:
    """Return the tile of each place, numbered row by row.

    Parameters
    ----------
    y_px, x_px : ndarray of float64, shape (N,)
        From the centre of the frame's first pixel.
    edges : tuple of two ndarrays
        Of the rows and the columns, from `tile_edges`.

    Returns
    -------
    ndarray of int, shape (N,)

    Examples
    --------
    >>> tile_of(np.array([1.0, 8.0]), np.array([1.0, 8.0]), (tile_edges(10, 2), tile_edges(10, 2)))
    array([0, 3])
    """
    rows, columns = (
        np.clip(np.searchsorted(edge, place + 0.5, side="right") - 1, 0, len(edge) - 2)
        for edge, place in zip(edges, (y_px, x_px), strict=True)
    )
    return np.asarray(rows * (len(edges[1]) - 1) + columns)


def tiled(
    y_um: NDArray[np.float64],
    x_um: NDArray[np.float64],
    frame: Frame,
    pixel_size: PixelSize,
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Cut a frame into tiles of a dozen things or so, and say which tile each lies in.

    Parameters
    ----------
    y_um, x_um : ndarray of float64, shape (N,)
        Places, from the centre of the image's first pixel.
    frame : Frame
        What is cut.
    pixel_size : PixelSize
        Of the image.

    Returns
    -------
    tile : ndarray of int, shape (N,)
    film_um2 : ndarray of float64, shape (P,)
        Film in each of the tiles.

    Examples
    --------
    >>> from grainscope.records import Frame, PixelSize
    >>> place = np.array([0.1, 0.9])
    >>> tile, film = tiled(place, place, Frame(0, 100, 0, 100), PixelSize(10.0, 0.0, "option"))
    >>> tile, film
    (array([0, 3]), array([0.25, 0.25, 0.25, 0.25]))
    """
    edges = tuple(map(tile_edges, frame.shape_px, tile_grid(frame.shape_px, len(y_um))))
    y_px, x_px = y_um / pixel_size.um, x_um / pixel_size.um
    tile = tile_of(y_px - frame.row_start, x_px - frame.column_start, edges)
    film_px = np.outer(*map(np.diff, edges)).ravel()
    return tile, film_px * pixel_size.um**2


def count_in_tiles(
    labels: NDArray[np.int32], counted: NDArray[np.bool_], edges: tuple[NDArray[np.intp], ...]
) -> NDArray[np.int64]:
    """Return how many pixels of an image have a label that counts in each tile, row by row.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        From 0 to N.
    counted : ndarray of bool, shape (N + 1,)
        Which labels count.
    edges : tuple of ndarray
        Where rows and columns of tiles begin and end.

    Examples
    --------
    >>> edges = np.array([0, 2]), np.array([0, 1, 3])
    >>> count_in_tiles(np.array([[0, 1, 2], [0, 2, 2]]), np.array([False, True, True]), edges)
    array([0, 4])
    """
    rows, columns = (list(pairwise(edge)) for edge in edges)
    counts = [np.count_nonzero(counted[labels[a:b, c:d]]) for a, b in rows for c, d in columns]
    return np.array(counts, np.int64)


def drawn_again(n_pieces: int, n_draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return how often each piece of a film comes up in each bootstrap draw.

    Parameters
    ----------
    n_pieces, n_draws : int
        P pieces, drawn P times with replacement, D times over.
    rng : numpy Generator
        Source of chance.

    Returns
    -------
    ndarray of float64, shape (D, P)
        Whole numbers; each row sums to P.

    References
    ----------
    P. Hall, Stoch. Proc. Appl. 20, 231 (1985), on blocks of a spatial pattern.
    """
    return rng.multinomial(n_pieces, np.full(n_pieces, 1 / n_pieces), n_draws).astype(np.float64)


def widening(n_pieces: int) -> float:
    """Return by what to stretch a 68 % interval from so few pieces.

    The bootstrap variance of a mean of P pieces is (P − 1)/P of the unbiased
    one, and the mean in units of its estimated error follows Student's t with
    P − 1 degrees of freedom, not a normal distribution:

        √(P/(P − 1)) · t(0.84; P − 1) / z(0.84).

    References
    ----------
    T. C. Hesterberg, Am. Stat. 69, 371 (2015), section 5.

    Examples
    --------
    >>> [round(widening(n), 2) for n in (2, 4, 16, 64)]
    [2.59, 1.38, 1.07, 1.02]
    """
    from scipy.special import ndtri, stdtrit

    return float(math.sqrt(n_pieces / (n_pieces - 1)) * stdtrit(n_pieces - 1, 0.84) / ndtri(0.84))
