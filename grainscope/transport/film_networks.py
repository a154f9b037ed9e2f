"""Contacts → FilmNetworks: the contacts as resistors between opposite edges of the frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from grainscope.laws.resistor_network import ResistorNetwork, StarMesh

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import ChargingEnergies, Couplings
    from grainscope.settings import TransportSettings

    Column = NDArray[np.float64]

#: The elimination takes no smaller ones; nothing is left of them.
LEAST_LN = -8e7


class Direction(NamedTuple):
    """The contacts between two opposite edges of the frame, and their elimination."""

    links: ResistorNetwork
    mesh: StarMesh


class FilmNetworks(NamedTuple):
    """The contacts as resistors; None for a direction without electrodes.

    ``coordination`` is the mean number of contacts of a grain that has any: of whole ones,
    as part of those of a cut grain lies outside the frame.
    ``barrier_k`` (E,) is that of the contacts between whole grains. Of a grain that the
    frame cuts only a part is seen, and it hangs on an electrode: a contact with one costs
    the charging energy of its other grain, one between two of them nothing.
    """

    across: Direction | None
    down: Direction | None
    coordination: float
    aspect: float
    barrier_k: Column

    def ln_conductance(self, couplings: Couplings, temperature_k: float) -> Column:
        """Return ln of the conductance of each contact, not below e^(−8·10⁷)."""
        return np.maximum(couplings.ln_conductance - self.barrier_k / temperature_k, LEAST_LN)

    def directions(self) -> list[Direction]:
        """Return those that there are."""
        return [one for one in (self.across, self.down) if one is not None]


def film_networks(
    couplings: Couplings,
    charging: ChargingEnergies,
    sides: NDArray[np.bool_],
    shape_px: tuple[int, int],
) -> FilmNetworks:
    """Lay the contacts between electrodes at opposite edges of the frame.

    Parameters
    ----------
    couplings : Couplings
        E contacts.
    charging : ChargingEnergies
        Of the N grains.
    sides : ndarray of bool, shape (4, N)
        Which grains touch the left, right, top and bottom edge of the frame.
    shape_px : tuple of int
        Height and width of the frame.

    Returns
    -------
    FilmNetworks
        A direction in which a grain touches both edges, or none touches one, has no
        network.
    """
    tail, head = (g.astype(np.int64) - 1 for g in (couplings.grain_a, couplings.grain_b))
    height, width = shape_px
    cut = np.logical_or.reduce(sides, axis=0)
    energy_k = np.append(charging.screened_k, 0.0)
    # Seen from a contact with a cut grain, the other grain; −1, which costs nothing, for two.
    inner = np.where(cut[tail], np.where(cut[head], -1, head), tail)
    barrier_k = np.where(cut[tail] | cut[head], energy_k[inner], couplings.barrier_k)
    return FilmNetworks(
        across=_between(tail, head, sides[:2]),
        down=_between(tail, head, sides[2:]),
        coordination=_coordination(np.bincount(np.append(tail, head), minlength=len(cut)), cut),
        aspect=width / height,
        barrier_k=barrier_k,
    )


def _coordination(n_contacts: NDArray[np.int64], cut: NDArray[np.bool_]) -> float:
    """Return the mean number of contacts of whole grains, of all where no whole one has any."""
    joined = n_contacts > 0
    whole = joined & ~cut
    counted = n_contacts[whole if whole.any() else joined]
    return float(counted.mean()) if len(counted) else 0.0


def _between(
    tail: NDArray[np.int64], head: NDArray[np.int64], electrodes: NDArray[np.bool_]
) -> Direction | None:
    start, stop = electrodes
    if (start & stop).any() or not (start.any() and stop.any()):
        return None
    links = ResistorNetwork(tail, head, start, stop)
    return Direction(links, StarMesh(links))


def current_shares(
    couplings: Couplings, networks: FilmNetworks, settings: TransportSettings
) -> Column:
    """Return what share of the current from left to right each contact carries, shape (E,).

    At ``current_temperature_k``; NaN where left and right are no electrodes.
    """
    if networks.across is None:
        return np.full(couplings.n_contacts, np.nan)
    ln_g = networks.ln_conductance(couplings, settings.current_temperature_k)
    return networks.across.mesh.currents(ln_g)
