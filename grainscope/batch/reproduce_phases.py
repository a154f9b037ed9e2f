"""What the network of a film is as its couplings grow: grains apart, islands, a path through."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope import files
from grainscope.laws.resistor_network import ResistorNetwork, critical_link
from grainscope.network import frame_sides

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Column = NDArray[np.float64]

#: Rows of the table, and how far it goes below the first contact and beyond the path.
_FACTORS, _BEYOND = 60, 10.0


def film_phases(run: Path) -> dict[str, NDArray[Any]]:
    """Return how the phases of a film's grains lock as all its couplings grow together.

    Two grains lock where s E_J reaches the mean charging energy of the two, E_J and E_C those
    of ``couplings.csv`` and s one factor for all of the film: the paper's control parameter.

    Parameters
    ----------
    run : Path
        OUT/STEM.

    Returns
    -------
    dict of str to ndarray, each of shape (K,)
        Table ``phases.csv``; no rows for a film without contacts.
    """
    path = run / "couplings.csv"
    table = files.read_table(path) if path.is_file() else {}
    segmentation = files.read_result(run).segmentation
    tail, head = (
        table.get(name, np.zeros(0)).astype(np.int64) - 1 for name in ("grain_a", "grain_b")
    )
    ratio = np.asarray(table.get("josephson_ratio", np.zeros(0)), np.float64)
    return phases_of_couplings(tail, head, ratio, frame_sides(segmentation))


def phases_of_couplings(
    tail: NDArray[np.int64],
    head: NDArray[np.int64],
    josephson_ratio: Column,
    sides: NDArray[np.bool_],
) -> dict[str, NDArray[Any]]:
    """Return what locks at which common factor of all couplings.

    Parameters
    ----------
    tail, head : ndarray of int64, shape (E,)
        Grains 0…N − 1 of each contact.
    josephson_ratio : ndarray of float64, shape (E,)
        E_J over the mean charging energy of the two grains.
    sides : ndarray of bool, shape (4, N)
        Which grains touch the left, right, top and bottom edge of the frame.

    Returns
    -------
    dict of str to ndarray, each of shape (K,)
        ``coupling_factor`` s, ascending; ``locked_share`` of the grains with a neighbour they
        are locked to, ``largest_share`` in the largest cluster of them, ``path``: whether a
        cluster joins two opposite edges.

    Examples
    --------
    Three grains in a row, the first two coupled twice as well as the last two:

    >>> sides = np.array([[1, 0, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0]], bool)
    >>> ends = np.array([0, 1]), np.array([1, 2])
    >>> phases = phases_of_couplings(*ends, np.array([0.5, 0.25]), sides)
    >>> first, path = phases["locked_share"] > 0, phases["path"]
    >>> [float(phases["coupling_factor"][reached][0]) for reached in (first, path)]
    [2.0, 4.0]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n_grains = sides.shape[1]
    with np.errstate(divide="ignore"):
        locks_at = np.asarray(1 / josephson_ratio, np.float64)
    path_at = _path_factor(tail, head, locks_at, sides)
    factors = _factors(locks_at, path_at)
    locked, largest = [], []
    for factor in factors:
        joined = locks_at <= factor
        links = np.ones(joined.sum()), (tail[joined], head[joined])
        _, cluster = connected_components(coo_array(links, shape=(n_grains, n_grains)), False)
        sizes = np.bincount(cluster)
        locked.append(sizes[sizes > 1].sum() / n_grains)
        largest.append(sizes[sizes > 1].max(initial=0) / n_grains)
    return {
        "coupling_factor": factors,
        "locked_share": np.array(locked, np.float64),
        "largest_share": np.array(largest, np.float64),
        "path": factors >= path_at,
    }


def _factors(locks_at: Column, path_at: float) -> Column:
    """Return factors from before the first contact to beyond the path, both exactly among them."""
    finite = np.sort(locks_at[np.isfinite(locks_at)])
    if len(finite) == 0:
        return np.zeros(0)
    has_path = math.isfinite(path_at)
    last = path_at if has_path else finite[int(0.9 * (len(finite) - 1))]
    spread = np.geomspace(finite[0] / _BEYOND, _BEYOND * last, _FACTORS)
    return np.unique([*spread, finite[0], last])


def _path_factor(
    tail: NDArray[np.int64], head: NDArray[np.int64], locks_at: Column, sides: NDArray[np.bool_]
) -> float:
    """Return the factor at which locked grains first join two opposite edges; ∞ for never."""
    factors = [math.inf]
    for start, stop in (sides[:2], sides[2:]):
        if (start & stop).any() or not (start.any() and stop.any()):
            continue  # one grain is no network
        link = critical_link(ResistorNetwork(tail, head, start, stop), -np.log(locks_at))
        factors += [float(locks_at[link])] if link >= 0 else []
    return min(factors)
