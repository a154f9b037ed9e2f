"""Labels as a brush left them, mended: one 8-connected region a label."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.edits.numbering import check_new
from grainscope.edits.splitting import SLIVER_PX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grainscope.edits.patch import Patch


def mend(patch: Patch, touched: Sequence[int], next_label: int) -> None:
    """Make every label that was touched one region.

    Of a label in several pieces, the one that shares the most pixels with the
    label before keeps it; the others become grains, but for what is left over
    of a grain in fewer than ``SLIVER_PX`` pixels, which becomes film. A label
    that was not there before is replaced by a new one.

    Parameters
    ----------
    patch : Patch
        Holds every pixel of the labels touched, before and after; ``after`` is changed.
    touched : sequence of int
        Labels with pixels that changed; 0 is ignored.
    next_label : int
        First label never used.

    Raises
    ------
    ValueError
        Labels are used up.
    """
    from skimage.measure import label

    concerned = np.where(np.isin(patch.after, [t for t in touched if t > 0]), patch.after, 0)
    pieces = label(concerned, connectivity=2)
    n_pieces = int(pieces.max(initial=0))
    value = np.zeros(n_pieces + 1, np.int64)
    value[pieces] = concerned
    size = np.bincount(pieces.ravel(), minlength=n_pieces + 1)
    same = np.where(patch.before == patch.after, pieces, 0)
    kept = np.bincount(same.ravel(), minlength=n_pieces + 1)

    order = np.lexsort((-size, -kept, value))
    order = order[value[order] > 0]
    main = np.zeros(n_pieces + 1, np.bool_)
    main[order[np.unique(value[order], return_index=True)[1]]] = True
    known = np.isin(value, np.unique(patch.before))

    left_over = ~main & (kept == size) & (size < SLIVER_PX)
    value[left_over] = 0
    of_new_label = np.flatnonzero(main & ~known)
    broken_off = np.flatnonzero(~main & (value > 0))
    new = np.concatenate([of_new_label, broken_off])
    check_new(next_label, max(len(new), 1))
    value[new] = next_label + np.arange(len(new))
    patch.after[pieces > 0] = value[pieces[pieces > 0]]
