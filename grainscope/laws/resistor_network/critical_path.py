"""Critical path: the best way's worst link."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.laws.resistor_network.network import checked_ln_g

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from grainscope.laws.resistor_network.network import ResistorNetwork


def critical_link(network: ResistorNetwork, ln_g: ArrayLike) -> int:
    """Return the link that first joins the electrodes, the best conductors laid first.

    Parameters
    ----------
    network : ResistorNetwork
        N nodes, E links, two electrodes.
    ln_g : array_like, shape (E,)
        ln conductance of each link, −∞ for none.

    Returns
    -------
    int
        0…E − 1, of equal conductances the first that will do; −1 where nothing joins
        the electrodes.

    Raises
    ------
    ValueError
        Another shape, a NaN or +∞.

    Examples
    --------
    >>> node = np.arange(3)
    >>> from grainscope.laws.resistor_network import ResistorNetwork
    >>> ends = np.array([0, 1, 0]), np.array([1, 2, 2])
    >>> critical_link(ResistorNetwork(*ends, node == 0, node == 2), [3.0, 1.0, 0.0])
    1
    """
    from grainscope.laws.resistor_network.critical_path_kernel import joining_link

    array = checked_ln_g(network, ln_g)
    tail, head = network.shorted()
    order = np.argsort(-array, kind="stable")
    return int(joining_link(network.n_nodes, tail, head, order[array[order] > -np.inf]))


def critical_path_ln_g(network: ResistorNetwork, ln_g: ArrayLike) -> float:
    """Return the ln conductance of the critical link, an estimate of that of the network.

    Where conductances spread over many decades, those far better than the critical one
    g_c are short circuits and those far worse carry nothing: ln G ≈ ln g_c up to an amount
    that does not grow with the spread. For g = exp(−Δ/T) it is −Δ_c/T, Δ_c the barrier up
    to which links must be laid to join the electrodes.

    Parameters
    ----------
    network : ResistorNetwork
        N nodes, E links, two electrodes.
    ln_g : array_like, shape (E,)
        ln conductance of each link, −∞ for none.

    Returns
    -------
    float
        ln g_c; −∞ where nothing joins the electrodes.

    Raises
    ------
    ValueError
        Another shape, a NaN or +∞.

    References
    ----------
    V. Ambegaokar, B. I. Halperin & J. S. Langer, Phys. Rev. B 4, 2612 (1971).

    Examples
    --------
    >>> from grainscope.laws.resistor_network import ResistorNetwork
    >>> node = np.arange(3)
    >>> ends = np.array([0, 1, 0]), np.array([1, 2, 2])
    >>> critical_path_ln_g(ResistorNetwork(*ends, node == 0, node == 2), [3.0, 1.0, 0.0])
    1.0
    """
    link = critical_link(network, ln_g)
    return float(checked_ln_g(network, ln_g)[link]) if link >= 0 else -np.inf
