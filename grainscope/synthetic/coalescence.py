"""Merge caps that meet: mass is conserved, and large pairs stop halfway.

The chance that an overlapping pair becomes one cap is

    p = 1 / (1 + (r_min / R_c)⁴),

because relaxation by surface diffusion takes a time ∝ r⁴ (Mullins, J. Appl.
Phys. 28, 333 (1957)), so beyond R_c growth overtakes it and the pair keeps a
boundary (kinetic freezing: Jeffers, Dubson and Duxbury, J. Appl. Phys. 75, 5016
(1994)). Each pair draws its number once: a hash of the two caps' identities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from grainscope.synthetic.overlap_kernels import overlapping_pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: A cascade of merges in one time step is longer than this only if the film floods.
_MAX_ROUNDS = 50


class Caps(NamedTuple):
    """Caps on a periodic box: rows and columns, outline radii (one length unit), identities."""

    centres: NDArray[np.float64]
    radii: NDArray[np.float64]
    identities: NDArray[np.uint64]


def coalesce(caps: Caps, box: tuple[float, float], coalescence_radius: float) -> Caps:
    """Merge until no pair that overlaps is due to merge.

    Parameters
    ----------
    caps : Caps
        n caps of one contact angle.
    box : (float, float)
        Height and width of the periodic box, same unit as the radii.
    coalescence_radius : float
        R_c, same unit.

    Returns
    -------
    Caps
        Σ r³, which is the volume over k(θ), is that of the input. A merged cap
        keeps the identity of its largest member, so that what it once stopped
        against it does not merge with later.

    Examples
    --------
    >>> two = Caps(np.array([[5.0, 4.0], [5.0, 6.0]]), np.full(2, 1.5), np.arange(2, dtype="u8"))
    >>> one = coalesce(two, (20.0, 20.0), 1e6)
    >>> one.centres.tolist(), [round(float(r) ** 3, 9) for r in one.radii]
    ([[5.0, 5.0]], [6.75])
    """
    for _ in range(_MAX_ROUNDS):
        first, second = overlapping_pairs(caps.centres, caps.radii, box[0], box[1])
        due = _is_due(caps, first, second, coalescence_radius)
        if not due.any():
            break
        caps = _merged(caps, first[due], second[due], box)
    return caps


def _is_due(
    caps: Caps, first: NDArray[np.int64], second: NDArray[np.int64], coalescence_radius: float
) -> NDArray[np.bool_]:
    smaller = np.minimum(caps.radii[first], caps.radii[second])
    chance = 1 / (1 + (smaller / coalescence_radius) ** 4)
    return _pair_draw(caps.identities[first], caps.identities[second]) < chance


def _pair_draw(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Hash two identities to a number in [0, 1), the same in either order (SplitMix64)."""
    mixed = _split_mix(np.minimum(a, b)) ^ np.maximum(a, b)
    return (_split_mix(mixed) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _split_mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _merged(
    caps: Caps,
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    box: tuple[float, float],
) -> Caps:
    """Replace each connected set of caps by one at their centre of mass."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(caps.radii)
    links = coo_array((np.ones(len(first), np.int8), (first, second)), shape=(n, n))
    n_sets, member_of = connected_components(links, directed=False)
    member_of = member_of.astype(np.int64)
    mass = caps.radii**3
    total = np.bincount(member_of, mass, n_sets)
    # The largest member of each set, the first identity among equals, lends it place and name.
    by_set = np.lexsort((caps.identities, -caps.radii, member_of))
    anchor = by_set[np.unique(member_of[by_set], return_index=True)[1]]
    offset = caps.centres - caps.centres[anchor[member_of]]
    offset -= np.round(offset / box) * box
    moment = np.stack([np.bincount(member_of, mass * offset[:, k], n_sets) for k in (0, 1)], 1)
    centres = (caps.centres[anchor] + moment / total[:, None]) % np.asarray(box)
    alone = np.bincount(member_of, minlength=n_sets) == 1
    return Caps(
        np.where(alone[:, None], caps.centres[anchor], centres),
        np.where(alone, caps.radii[anchor], np.cbrt(total)),
        caps.identities[anchor],
    )
