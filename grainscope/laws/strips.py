"""An image as strips of rows, so that it need not be in memory as a whole, or threads share it.

Where a step looks only so far up and down, a strip with that many rows around it gives
the same pixels as the whole image; where it sums over all pixels, sums of rows are added
in the order of the rows. Either way nothing depends on how high the strips are.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

import numpy as np

from grainscope.opencv import cv2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import DTypeLike, NDArray

    #: Gives the same values, in pieces, each time that it is called.
    Pieces = Callable[[], Iterable[NDArray[np.float32]]]
    #: Makes an array of some shape and type to work in, in memory or on a disk.
    Empty = Callable[[tuple[int, ...], DTypeLike], NDArray[Any]]

Result = TypeVar("Result")

_BLOCK_PX = 1 << 20
#: Few enough that what is made of them stays in the cache.
_ROWS_AT_A_TIME = 64


class Rows(Protocol):
    """An image that is read and written by rows, in memory or on a disk."""

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        ...

    def read(self, first: int, stop: int) -> NDArray[Any]:
        """Return rows ``first`` to ``stop``, C-contiguous."""
        ...

    def write(self, first: int, rows: NDArray[Any]) -> None:
        """Put rows where ``first`` is the first of them."""
        ...


class RowsInMemory:
    """Rows of an array.

    Examples
    --------
    >>> rows = RowsInMemory(np.arange(6).reshape(3, 2))
    >>> rows.write(2, np.array([[7, 7]]))
    >>> rows.read(1, 3).tolist()
    [[2, 3], [7, 7]]
    """

    def __init__(self, image: NDArray[Any]) -> None:
        self.image = image

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.image.shape[0], self.image.shape[1]

    def read(self, first: int, stop: int) -> NDArray[Any]:
        """Return a view of some rows."""
        return self.image[first:stop]

    def write(self, first: int, rows: NDArray[Any]) -> None:
        """Put rows where ``first`` is the first of them."""
        self.image[first : first + len(rows)] = rows


class Strip(NamedTuple):
    """Rows ``first`` to ``stop`` of an image of ``height`` rows."""

    first: int
    stop: int
    height: int

    def around(self, halo: int) -> Strip:
        """Return the strip with up to ``halo`` more rows above and below it.

        Examples
        --------
        >>> Strip(4, 8, 9).around(3)
        Strip(first=1, stop=9, height=9)
        """
        return Strip(max(self.first - halo, 0), min(self.stop + halo, self.height), self.height)

    def rows_in(self, outer: Strip) -> slice:
        """Return where its rows are among those of a strip around it."""
        return slice(self.first - outer.first, self.stop - outer.first)


def strips_of(height: int, rows: int = _ROWS_AT_A_TIME) -> list[Strip]:
    """Cut an image in strips.

    Parameters
    ----------
    height : int
        Rows of the image.
    rows : int
        Rows of a strip; the last one has what is left. The default suits threads
        that share an image in memory.

    Examples
    --------
    >>> [(strip.first, strip.stop) for strip in strips_of(10, 4)]
    [(0, 4), (4, 8), (8, 10)]
    """
    return [Strip(a, min(a + rows, height), height) for a in range(0, height, rows)]


def over_strips(work: Callable[[Strip], Result], strips: Sequence[Strip]) -> list[Result]:
    """Do something with each of some strips, on as many threads as OpenCV has.

    Worker processes of a batch have one thread.

    Parameters
    ----------
    work : callable
        Is given a strip; releases the interpreter's lock where it is long.
    strips : sequence of Strip
        From :func:`strips_of`.

    Returns
    -------
    list
        What each call returned, in the order of the strips.

    Examples
    --------
    >>> over_strips(lambda strip: strip.stop - strip.first, strips_of(150))
    [64, 64, 22]
    """
    n_threads = min(cv2.getNumThreads(), len(strips))
    if n_threads <= 1:
        return [work(strip) for strip in strips]
    with ThreadPoolExecutor(n_threads) as pool:
        return list(pool.map(work, strips))


def pieces_of(image: NDArray[np.float32]) -> Pieces:
    """Return an image in memory in pieces of a million pixels."""
    rows = max(1, _BLOCK_PX // max(image.shape[1], 1))
    return lambda: _blocks(image, rows)


def _blocks(image: NDArray[np.float32], rows: int) -> Iterator[NDArray[np.float32]]:
    return (image[a : a + rows] for a in range(0, len(image), rows))


def row_sums(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """Sum each row by itself, in double precision.

    Examples
    --------
    >>> row_sums(np.array([[1, 2], [3, 4]], np.float32))
    array([3., 7.])
    """
    return np.asarray(cv2.reduce(rows, 1, cv2.REDUCE_SUM, dtype=cv2.CV_64F)[:, 0])


class Shrunk(NamedTuple):
    """Rows of a smaller image, the first of which is row ``first`` of it.

    Along a side of n pixels it has ⌈n / factor⌉, all of one size.
    """

    rows: NDArray[np.float32]
    first: int
    factor: int


def shrunk_length(length: int, factor: int) -> int:
    """Return how many pixels are left along a side."""
    return -(-length // factor)


def shrink(rows: NDArray[np.float32], strip: Strip, factor: int) -> Shrunk:
    """Average an image down, as many rows as a strip of it gives.

    Parameters
    ----------
    rows : ndarray of float32
        Of the strip.
    strip : Strip
        Where they lie in the image.
    factor : int
        About how many pixels become one, along each side.

    Returns
    -------
    Shrunk
        Its pixels are the means over equal parts of the image.

    Examples
    --------
    >>> rows = np.array([[1, 3], [5, 7], [9, 11]], np.float32)
    >>> shrink(rows, Strip(0, 3, 3), 2).rows.ravel().round(2)
    array([3.33, 8.67], dtype=float32)
    >>> shrink(rows[1:], Strip(1, 3, 3), 2).first
    1
    """
    return shorten(narrow(rows, factor), strip, factor)


def narrow(rows: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """Average along rows only: the first half of :func:`shrink`, one row by itself."""
    width = shrunk_length(rows.shape[1], factor)
    if width == rows.shape[1]:
        return rows
    found: NDArray[np.float32] = cv2.resize(rows, (width, len(rows)), interpolation=cv2.INTER_AREA)
    return found


def shorten(narrowed: NDArray[np.float32], strip: Strip, factor: int) -> Shrunk:
    """Average along columns: the other half of :func:`shrink`."""
    height, small = strip.height, shrunk_length(strip.height, factor)
    # Rows are weighed here, not by cv2: there the weights depend on where a strip begins.
    begin, end = -(-strip.first * small // height), strip.stop * small // height
    row = np.arange(begin, end)
    top, bottom = row * height, (row + 1) * height  # in units of 1 / small pixels
    found = np.zeros((max(end - begin, 0), narrowed.shape[1]), np.float32)
    for k in range(factor + 1):
        source = top // small + k
        overlap = np.minimum(bottom, (source + 1) * small) - np.maximum(top, source * small)
        weight = (np.maximum(overlap, 0) / height).astype(np.float32)
        found += narrowed[np.minimum(source, strip.stop - 1) - strip.first] * weight[:, None]
    return Shrunk(found, begin, factor)


def widen(small: Shrunk, width: int) -> Shrunk:
    """Interpolate a smaller image to full width, one row by itself; see :func:`lengthen`."""
    if small.rows.shape[1] == width:
        return small
    size = width, len(small.rows)
    return small._replace(rows=cv2.resize(small.rows, size, interpolation=cv2.INTER_LINEAR))


def lengthen(wide: Shrunk, shape: tuple[int, int], first: int, stop: int) -> NDArray[np.float32]:
    """Interpolate linearly between the centres of the pixels of a smaller image.

    Parameters
    ----------
    wide : Shrunk
        From :func:`widen`. Beyond the edges of the image it goes on with the values there.
    shape : (int, int)
        Height and width of the image.
    first, stop : int
        Which of its rows.

    Returns
    -------
    ndarray of float32, shape (stop - first, W)

    Examples
    --------
    >>> pair = Shrunk(np.array([[0], [8]], np.float32), 0, 2)
    >>> lengthen(pair, (4, 1), 0, 4).ravel()
    array([0., 2., 6., 8.], dtype=float32)
    """
    last = shrunk_length(shape[0], wide.factor) - 1
    if last + 1 == shape[0]:
        return wide.rows[first - wide.first : stop - wide.first]
    place = (np.arange(first, stop) + 0.5) * (last + 1) / shape[0] - 0.5
    above = np.floor(place).astype(np.int64)
    weight = (place - above).astype(np.float32)[:, None]
    upper, lower = (wide.rows[np.clip(above + k, 0, last) - wide.first] for k in (0, 1))
    lower -= upper
    lower *= weight
    lower += upper
    return lower
