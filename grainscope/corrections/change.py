"""What one edit did to a film, for those who draw it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Change(NamedTuple):
    """What one edit, undo or redo did. Rows are those of the table after it.

    Attributes
    ----------
    action : str
        ``"edit"``, ``"undo"`` or ``"redo"``.
    box_px : tuple of slice
        Rows and columns of the whole image that hold every changed pixel.
    ids_changed : ndarray of int32
        Grains that gained or lost a pixel and are there, new ones too.
    rows_changed : ndarray of int64
        Their rows.
    ids_added, ids_removed : ndarray of int32
        Grains that were not there before, and that are no longer.
    """

    action: str
    box_px: tuple[slice, slice]
    ids_changed: NDArray[np.int32]
    rows_changed: NDArray[np.int64]
    ids_added: NDArray[np.int32]
    ids_removed: NDArray[np.int32]
