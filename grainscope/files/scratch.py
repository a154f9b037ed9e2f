"""Images on a disk to work in, for what does not fit into memory."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.errors import OutputError
from grainscope.files.whole_files import hidden_beside, writing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import DTypeLike, NDArray


class ScratchImage:
    """An image in a file, read and written by rows (``laws.strips.Rows``).

    Nothing of it stays in this process's memory; the system keeps what it has room for.

    Parameters
    ----------
    path : Path
        File to make; of zeros.
    shape : (int, int)
        Height and width.
    dtype : dtype
        Of the pixels.
    """

    def __init__(self, path: Path, shape: tuple[int, int], dtype: DTypeLike) -> None:
        self.path = path
        self.shape = shape
        self.dtype = np.dtype(dtype)
        self._row_bytes = shape[1] * self.dtype.itemsize
        self._file = path.open("w+b", buffering=0)
        self._file.truncate(shape[0] * self._row_bytes)

    def read(self, first: int, stop: int) -> NDArray[Any]:
        """Return a copy of some rows."""
        rows = np.empty((stop - first, self.shape[1]), self.dtype)
        self._file.seek(first * self._row_bytes)
        left = _bytes_of(rows)
        while len(left):  # one call returns 2 GB at most
            n_bytes = self._file.readinto(left)
            if not n_bytes:
                raise OutputError(f"{self.path}: a scratch file is shorter than it was made")
            left = left[n_bytes:]
        return rows

    def write(self, first: int, rows: NDArray[Any]) -> None:
        """Put rows where ``first`` is the first of them."""
        whole = np.ascontiguousarray(rows, self.dtype)
        self._file.seek(first * self._row_bytes)
        left = _bytes_of(whole)
        while len(left):
            left = left[self._file.write(left) :]

    def mapped(self) -> NDArray[Any]:
        """Return the image as one array; its pages are those of the file."""
        return np.asarray(np.memmap(self.path, self.dtype, "r+", shape=self.shape))

    def close(self) -> None:
        """Remove the file."""
        self._file.close()
        self.path.unlink(missing_ok=True)


def _bytes_of(array: NDArray[Any]) -> memoryview:
    return array.reshape(-1).view(np.uint8).data if array.size else memoryview(b"")


class Scratch:
    """A folder of images to work in.

    Parameters
    ----------
    folder : Path
        An empty folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._n_files = 0

    def _next(self) -> Path:
        self._n_files += 1
        return self.folder / f"{self._n_files}.raw"

    def image(self, shape: tuple[int, int], dtype: DTypeLike) -> ScratchImage:
        """Make an image of zeros."""
        return ScratchImage(self._next(), shape, dtype)

    def empty(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Make an array in a file that has no name and goes with the array (``numpy.empty``)."""
        if 0 in shape:
            return np.empty(shape, dtype)
        path = self._next()
        array = np.memmap(path, dtype, "w+", shape=shape)
        path.unlink()
        return np.asarray(array)


@contextmanager
def scratch_beside(folder: Path, n_bytes: int) -> Iterator[Scratch]:
    """Make a hidden folder beside a result for scratch images, and remove it at the end.

    What a killed run leaves is removed by the next one, like all partial folders.

    Parameters
    ----------
    folder : Path
        OUT/STEM; need not exist.
    n_bytes : int
        What the images will take.

    Raises
    ------
    OutputError
        There is not so much room on the disk, or no folder can be made.
    """
    hidden = hidden_beside(folder)
    with writing(folder.parent):
        free = shutil.disk_usage(folder.parent).free
        if free < n_bytes:
            raise OutputError(
                f"{folder.parent}: {n_bytes / 1e9:.1f} GB are needed to work in, "
                f"{free / 1e9:.1f} GB are free"
            )
        hidden.mkdir()
    try:
        with writing(hidden):
            yield Scratch(hidden)
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
