"""The coupled network in a field: determinant, stiffness, and the resistance that follows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import GAUSS_PER_MILLITESLA
from grainscope.laws.charging_energy import charging_energy_k
from grainscope.records import Magnetoresistance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from grainscope.laws.flux_network import FluxNetwork
    from grainscope.records import Commensuration, GrainNetwork, GrainTable
    from grainscope.settings import TransportSettings

    Column = NDArray[np.float64]
    Curve = Callable[[float], float]

#: Fields times grains that a default sweep may cost: some ten seconds.
_MOST_WORK, _FEWEST_FIELDS = 2_000_000, 60
#: exp(±600) is still a number.
_FAR = 600.0


def sweep_fields(
    curves: Commensuration,
    network: GrainNetwork,
    table: GrainTable,
    chosen: NDArray[np.bool_],
    settings: TransportSettings,
    tell: Callable[[str], None] = lambda part: None,
) -> tuple[Commensuration, Magnetoresistance]:
    """Add the response of the network of coupled grains to that of its loops.

    A contact couples its grains by J = facet · exp(−gap/ξ), with the phase
    2π/Φ0 ∫ A·dl along centroid → contact point → centroid; a grain weighs
    M = E_C, its charging energy (or M = D, the sum of its couplings). Then

        log_determinant = ln det(D − J) per loop, D the sums of J at each grain,
        stiffness = λ_max(M^-1/2 J M^-1/2),

    the second being the mean field below which the grains' phases lock. If what
    the resistance is activated over, U, is in proportion to the stiffness,

        R(B)/R(0) = exp(−[U(B) − U(0)]/T) = exp((U/T)(1 − stiffness(B)/stiffness(0))).

    Fields are visited from coarse to fine. An interrupt (Ctrl-C) ends the sweep
    and keeps the fields that are done.

    Parameters
    ----------
    curves : Commensuration
        Fields and loop sum.
    network : GrainNetwork
        All contacts of the film.
    table : GrainTable
        Its grains.
    chosen : ndarray of bool, shape (E,)
        Contacts of the loop network.
    settings : TransportSettings
        ``coupling_length_nm`` (ξ) and those to compare it with, ``node_weight``, the
        regulariser of the determinant, ``barrier_k`` (U) and
        ``effective_temperature_k`` (T).
    tell : callable
        Is told how far the sweep is, such as ``"12/300"``.

    Returns
    -------
    curves : Commensuration
        With both columns, at the fields that were done. As given where the
        settings ask for no network, or there is no field or no chosen contact.
    magnetoresistance : Magnetoresistance
        For each ξ; no rows where there is no stiffness.

    References
    ----------
    Determinant: R. Forman, Topology 32, 35 (1993). Mean field of coupled grains:
    J. E. Mooij and G. Schön in Single Charge Tunneling (1992), chapter 8.
    """
    if not settings.coupled_network or len(curves.field_g) == 0 or not chosen.any():
        return curves, _no_resistance()
    from grainscope.laws.flux_network import MagneticCoupling, MagneticLaplacian

    main_nm = settings.coupling_length_nm
    lengths_nm = sorted({main_nm, *settings.compared_coupling_lengths_nm})
    main = coupled_grains(network, table, chosen, main_nm, settings)
    curves = _thinned(curves, main.n_nodes, settings)
    laplacian = MagneticLaplacian(main, settings.determinant_regulariser)
    matrix = {
        length: MagneticCoupling(coupled_grains(network, table, chosen, length, settings))
        for length in lengths_nm
    }
    answers: list[Curve] = [laplacian.log_determinant]
    answers += [matrix[length].largest_eigenvalue for length in lengths_nm]
    done, values = _visit(curves.field_g, answers, tell)
    stiffness = dict(zip(lengths_nm, values[1:], strict=True))
    curves = replace(
        curves.at(done),
        log_determinant=values[0],
        stiffness=stiffness[main_nm],
        interrupted=not done.all(),
    )
    return curves, _resistance(curves.field_g, stiffness, settings)


def coupled_grains(
    network: GrainNetwork,
    table: GrainTable,
    chosen: NDArray[np.bool_],
    coupling_length_nm: float,
    settings: TransportSettings,
) -> FluxNetwork:
    """Return the grains of the chosen contacts as a network of links with phases.

    Couplings are in units of their mean, masses in units of their median, so
    that the curves compare across films. Of ``settings``, ``node_weight`` and
    ``relative_permittivity`` are used.
    """
    from grainscope.laws.flux_network import flux_network

    ends = np.stack((network.grain_a[chosen], network.grain_b[chosen])) - 1
    grains, nodes = np.unique(ends, return_inverse=True)
    first, second = nodes.reshape(ends.shape)
    # The narrowest gap counts as 1: exp(-gap/ξ) of all may be below the smallest number.
    gap_nm = network.gap_nm[chosen] - network.gap_nm[chosen].min()
    coupling = network.facet_nm[chosen] * np.exp(-np.minimum(gap_nm / coupling_length_nm, _FAR))
    coupling = coupling / coupling.mean()
    size_um = table.equivalent_diameter_um[grains]
    weight = charging_energy_k(size_um, settings.relative_permittivity)
    if settings.node_weight == "coupling":
        weight = np.bincount(nodes.ravel(), np.tile(coupling, 2)).astype(np.float64)
    return flux_network(
        np.column_stack((table.y_um, table.x_um))[grains],
        np.column_stack((network.y_um, network.x_um))[chosen],
        first,
        second,
        coupling,
        weight / np.median(weight),
    )


def _thinned(curves: Commensuration, n_grains: int, settings: TransportSettings) -> Commensuration:
    """Leave fields out where the film is so large that all would take long."""
    n_fields = len(curves.field_g)
    most = max(_MOST_WORK // n_grains, _FEWEST_FIELDS)
    if settings.field_points is not None or n_fields <= most:
        return curves
    return curves.at(np.unique(np.linspace(0, n_fields - 1, most).round().astype(int)))


def _visit(
    field_g: Column, curves: list[Curve], tell: Callable[[str], None]
) -> tuple[NDArray[np.bool_], list[Column]]:
    """Return which fields were done, and the curves there."""
    done = np.zeros(len(field_g), bool)
    values = np.full((len(curves), len(field_g)), np.nan)
    try:
        for number, at in enumerate(coarse_to_fine(len(field_g)), 1):
            tell(f"{number}/{len(field_g)}")
            values[:, at] = [curve(float(field_g[at])) for curve in curves]
            done[at] = True
    except KeyboardInterrupt:
        if done.sum() < 2:
            raise
    return done, list(values[:, done])


def coarse_to_fine(n: int) -> Iterator[int]:
    """Return 0 … n − 1 in an order of which every beginning is spread evenly.

    Examples
    --------
    >>> list(coarse_to_fine(9))
    [0, 8, 4, 2, 6, 1, 3, 5, 7]
    """
    yield from range(min(n, 1))
    if n > 1:
        yield n - 1
    step = 1 << max(n - 2, 0).bit_length()
    while step > 1:
        yield from range(step // 2, n - 1, step)
        step //= 2


def _resistance(
    field_g: Column, stiffness: dict[float, Column], settings: TransportSettings
) -> Magnetoresistance:
    gain = settings.barrier_k / settings.effective_temperature_k
    ratio = np.concatenate([column / column[0] for column in stiffness.values()])
    fields = np.tile(field_g, len(stiffness))
    return Magnetoresistance(
        coupling_length_nm=np.repeat(list(stiffness), len(field_g)),
        field_mt=fields / GAUSS_PER_MILLITESLA,
        field_g=fields,
        stiffness_ratio=ratio,
        resistance_ratio=np.exp(np.minimum(gain * (1 - ratio), _FAR)),
        own_length_nm=settings.coupling_length_nm,
    )


def _no_resistance() -> Magnetoresistance:
    return Magnetoresistance(*(np.empty(0),) * 5)
