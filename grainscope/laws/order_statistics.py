"""Quantiles of more values than there is memory for, exact whatever pieces they come in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.laws.strips import Pieces

_HALF_BITS = 16
_SIGN = np.uint32(1 << 31)


def quantiles(pieces: Pieces, shares: Sequence[float]) -> list[float]:
    """Return quantiles of values that come in pieces, interpolated linearly.

    The bits of a float, its sign turned about, sort like the float itself: one
    pass counts their upper halves, a second one the lower halves where the
    wanted ranks lie.

    Parameters
    ----------
    pieces : callable
        Returns the values in pieces, of float32 and any shape; called twice.
    shares : sequence of float
        Between 0 and 1.

    Returns
    -------
    list of float
        NaN where there are no values.

    Examples
    --------
    >>> quantiles(lambda: [np.array([3, 1], np.float32), np.array([2, -4], np.float32)], [0.5, 1])
    [1.5, 3.0]
    """
    upper = np.zeros(1 << _HALF_BITS, np.int64)
    for piece in pieces():
        upper += np.bincount(_sortable(piece) >> _HALF_BITS, minlength=len(upper))
    n = int(upper.sum())
    if n == 0:
        return [float("nan")] * len(shares)
    ranks = {rank for share in shares for rank in _ranks(share, n)}
    value = _values_at(sorted(ranks), upper, pieces)
    found = []
    for share in shares:
        low, high = (value[rank] for rank in _ranks(share, n))
        found.append(low + (high - low) * (share * (n - 1) - _ranks(share, n)[0]))
    return found


def _ranks(share: float, n: int) -> tuple[int, int]:
    below = int(np.floor(share * (n - 1)))
    return below, min(below + 1, n - 1)


def _values_at(ranks: Sequence[int], upper: NDArray[np.int64], pieces: Pieces) -> dict[int, float]:
    """Return the values of some ranks, from 0 for the smallest."""
    reached = np.cumsum(upper)
    cell = {rank: int(np.searchsorted(reached, rank, side="right")) for rank in ranks}
    lower = {c: np.zeros(1 << _HALF_BITS, np.int64) for c in cell.values()}
    for piece in pieces():
        bits = _sortable(piece)
        top = bits >> _HALF_BITS
        for c in lower:
            lower[c] += np.bincount(bits[top == c] & 0xFFFF, minlength=1 << _HALF_BITS)
    found = {}
    for rank, c in cell.items():
        inside = rank - int(reached[c] - upper[c])
        last = int(np.searchsorted(np.cumsum(lower[c]), inside, side="right"))
        found[rank] = _float_of((c << _HALF_BITS) | last)
    return found


def _sortable(values: NDArray[np.float32]) -> NDArray[np.uint32]:
    bits = np.ascontiguousarray(values, np.float32).ravel().view(np.uint32)
    return np.where(bits & _SIGN, ~bits, bits | _SIGN)


def _float_of(sortable: int) -> float:
    bits = np.uint32(sortable)
    bits = bits & ~_SIGN if bits & _SIGN else ~bits
    return float(np.array([bits], np.uint32).view(np.float32)[0])
