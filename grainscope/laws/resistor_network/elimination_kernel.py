"""Star–mesh elimination (compiled): which links appear, their conductances, and currents.

Nodes are numbered in the order in which they are eliminated. A slot is a pair of nodes
that are joined at some time; slots lie in columns, that of node k holding the nodes
above k that it is joined to when its turn comes, in increasing order.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: A term so many powers of two below a sum does not change it, be the sum's mantissa 2^±40.
_LOST = 128
_POWER = 2.0 ** np.arange(-_LOST, _LOST + 1)


@njit(cache=True, nogil=True)
def slots(
    count: int, low: NDArray[np.int64], high: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find which pairs of nodes are ever joined.

    Parameters
    ----------
    count : int
        Number of nodes, the last two of which stay.
    low, high : ndarray of int64, shape (E,)
        Ends of each link, low < high; several links may share both.

    Returns
    -------
    start : ndarray of int64, shape (count + 1,)
        First slot of each column.
    row : ndarray of int64, shape (Z,)
        Upper node of each slot.
    """
    first = np.zeros(count + 1, np.int64)
    for link in range(len(low)):
        first[low[link] + 1] += 1
    first = np.cumsum(first)
    place, upper = first.copy(), np.empty(len(low), np.int64)
    for link in range(len(low)):
        upper[place[low[link]]] = high[link]
        place[low[link]] += 1
    start, row = np.zeros(count + 1, np.int64), np.empty(4 * len(low) + 1, np.int64)
    # What an eliminated node joins is inherited by the first of its neighbours to go.
    heir, sibling = np.full(count, -1), np.full(count, -1)
    seen = np.full(count, -1)
    used = 0
    for node in range(count):
        seen[node] = node
        begin = used
        if used + count > len(row):
            row = np.concatenate((row, np.empty(len(row) + count, np.int64)))
        for at in range(first[node], first[node + 1]):
            if seen[upper[at]] != node:
                seen[upper[at]] = node
                row[used] = upper[at]
                used += 1
        gone = heir[node]
        while gone >= 0:
            for at in range(start[gone], start[gone + 1]):
                if seen[row[at]] != node:
                    seen[row[at]] = node
                    row[used] = row[at]
                    used += 1
            gone = sibling[gone]
        row[begin:used].sort()
        start[node + 1] = used
        if used > begin and node < count - 2:
            sibling[node], heir[row[begin]] = heir[row[begin]], node
    return start, row[:used].copy()


@njit(cache=True, nogil=True)
def slot_of(
    start: NDArray[np.int64],
    row: NDArray[np.int64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the slot of each link, shape (E,)."""
    slot = np.empty(len(low), np.int64)
    for link in range(len(low)):
        begin, end = start[low[link]], start[low[link] + 1]
        slot[link] = begin + np.searchsorted(row[begin:end], high[link])
    return slot


@njit(cache=True, nogil=True)
def add_links(
    slot: NDArray[np.int64],
    link_mantissa: NDArray[np.float64],
    link_exponent: NDArray[np.int64],
    mantissa: NDArray[np.float64],
    exponent: NDArray[np.int64],
) -> None:
    """Add the conductances of links, m · 2^e, to their slots in place."""
    for link in range(len(slot)):
        at = slot[link]
        mantissa[at], exponent[at] = _sum(
            mantissa[at], exponent[at], link_mantissa[link], link_exponent[link]
        )


@njit(cache=True, nogil=True)
def eliminate(
    start: NDArray[np.int64],
    row: NDArray[np.int64],
    mantissa: NDArray[np.float64],
    exponent: NDArray[np.int64],
) -> None:
    """Replace stars by meshes, g_ij += g_ik g_jk / Σ_l g_kl, until two nodes are left.

    Only positive terms are added, so that no digit is lost at any span.

    Parameters
    ----------
    start, row : ndarray of int64
        Of `slots`.
    mantissa, exponent : ndarray, shape (Z,)
        Conductances m · 2^e of the slots, changed in place. What is left in a column is
        what its node had when its turn came; the last slot is that of the two that stay.
    """
    for node in range(len(start) - 3):
        begin, end = start[node], start[node + 1]
        total, total_exponent = _column_sum(mantissa, exponent, begin, end)
        if total == 0:
            continue
        for a in range(begin, end - 1):
            if mantissa[a] == 0:
                continue
            share, share_exponent = mantissa[a] / total, exponent[a] - total_exponent
            target = start[row[a]]
            for b in range(a + 1, end):
                while row[target] != row[b]:
                    target += 1
                mantissa[target], exponent[target] = _sum(
                    mantissa[target],
                    exponent[target],
                    share * mantissa[b],
                    share_exponent + exponent[b],
                )


@njit(cache=True, nogil=True)
def send_back(
    start: NDArray[np.int64],
    row: NDArray[np.int64],
    mantissa: NDArray[np.float64],
    exponent: NDArray[np.int64],
    current: NDArray[np.float64],
) -> None:
    """Share out the current of each slot among what made it, last eliminated node first.

    A slot's conductance is a sum: of links, and of one term for each star that became a
    mesh. Each takes its share of the current, that of a star by way of its centre.
    Currents are moved from way to way, so that none is lost, and never found from
    differences of potentials, of which good conductors leave no digit.

    Parameters
    ----------
    start, row, mantissa, exponent : ndarray
        As `eliminate` leaves them.
    current : ndarray of float64, shape (Z,)
        Current of each slot from its lower to its upper node: at first that of the last
        slot, and 0; changed in place to the one that all its links carry together,
        and the stars of lower nodes.
    """
    for node in range(len(start) - 4, -1, -1):
        begin, end = start[node], start[node + 1]
        total, total_exponent = _column_sum(mantissa, exponent, begin, end)
        if total == 0:
            continue
        for a in range(begin, end - 1):
            target = start[row[a]]
            for b in range(a + 1, end):
                while row[target] != row[b]:
                    target += 1
                if mantissa[a] == 0 or mantissa[b] == 0 or current[target] == 0:
                    continue
                share = mantissa[a] / total * mantissa[b] / mantissa[target]
                power = exponent[a] - total_exponent + exponent[b] - exponent[target]
                by_way = math.ldexp(share, max(power, -2000)) * current[target]
                current[a] -= by_way
                current[b] += by_way


@njit(cache=True, nogil=True)
def _column_sum(
    mantissa: NDArray[np.float64], exponent: NDArray[np.int64], begin: int, end: int
) -> tuple[float, int]:
    """Return Σ over a column as m · 2^e, its terms brought to m between ½ and 1 before."""
    largest = -(2**62)
    for at in range(begin, end):
        mantissa[at], more = math.frexp(mantissa[at])
        exponent[at] += more
        if mantissa[at] > 0 and exponent[at] > largest:
            largest = exponent[at]
    total = 0.0
    for at in range(begin, end):
        below = largest - exponent[at]
        if mantissa[at] > 0 and below <= _LOST:
            total += mantissa[at] * _POWER[_LOST - below]
    return total, largest


@njit(cache=True, nogil=True)
def _sum(mantissa: float, exponent: int, term: float, term_exponent: int) -> tuple[float, int]:
    """Add a positive term; the mantissa of a sum may grow above 1 meanwhile.

    Numbers in and out, no arrays: handing arrays over made elimination five times slower.
    """
    above = term_exponent - exponent
    if above > _LOST:
        return term, term_exponent
    if above > 0:
        return term + mantissa * _POWER[_LOST - above], term_exponent
    if above >= -_LOST:
        return mantissa + term * _POWER[_LOST + above], exponent
    return mantissa, exponent
