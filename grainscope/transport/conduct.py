"""Barriers and contacts → Conductance: sheet conductance against temperature, model by model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from grainscope.laws.resistor_network import critical_path_ln_g, effective_medium_ln_g
from grainscope.records import Conductance
from grainscope.transport.film_networks import LEAST_LN

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from grainscope.records import ChargingEnergies, Couplings, GrainTable
    from grainscope.settings import TransportSettings
    from grainscope.transport.film_networks import FilmNetworks

    Column = NDArray[np.float64]

#: Temperatures times contacts that the models of contacts are found for: some ten seconds.
#: Elimination grows with the power 1.5 of the contacts, so that more would take hours on a mosaic.
_MOST_WORK, _FEWEST = 4_000_000, 30


def conduct(
    table: GrainTable,
    charging: ChargingEnergies,
    couplings: Couplings,
    networks: FilmNetworks,
    settings: TransportSettings,
    tell: Callable[[str], None] = lambda part: None,
) -> Conductance:
    """Predict the sheet conductance of every model over temperature.

    *Parallel*: each grain is a channel of its own, G = G0 Σ w exp(−E_C/T)/Σ w, as the
    argument of the paper has it. The others take the contacts, of
    ln g = ln(facet) − 2κ gap − Δ/T: *network* is Kirchhoff's between opposite edges
    of the frame, geometric mean of both directions; *critical path* the worst of the
    contacts that must be taken to join the edges; *effective medium* the uniform bond
    that stands for them. All are G0 times what the barriers leave of the conductance
    without them. Of a large film these three are found at fewer temperatures, 30 at
    least, and ln G between them by a cubic spline in ln T.

    Parameters
    ----------
    table : GrainTable
        N grains, for their edge weights.
    charging : ChargingEnergies
        Isolated energies, for the parallel model.
    couplings : Couplings
        E contacts.
    networks : FilmNetworks
        Of the same contacts.
    settings : TransportSettings
        The temperatures and ``sheet_conductance_s`` (G0) are used.
    tell : callable
        Is told how far it is, such as ``"12/120"``.

    Returns
    -------
    Conductance
        ``temperature_points`` rows on a logarithmic grid. A model without contacts is
        absent; where the edges are not joined its conductance is 0. NaN where no grain
        has a weight.
    """
    temperature_k = np.geomspace(
        settings.temperature_min_k, settings.temperature_max_k, settings.temperature_points
    )
    parallel, slope = _parallel(charging.isolated_k, table.edge_weight, temperature_k)
    ln_g = {"parallel": parallel}
    if couplings.n_contacts:
        rows = []
        found = _places(len(temperature_k), couplings.n_contacts)
        for number, t in enumerate(temperature_k[found], 1):
            tell(f"{number}/{len(found)}")
            rows.append(_models(networks.ln_conductance(couplings, t), networks))
        cold = _between(np.array(rows).T, found, len(temperature_k))
        free = _models(np.maximum(couplings.ln_conductance, LEAST_LN), networks)
        names = ("effective_medium", "critical_path", "network")
        for name, column, limit in zip(names, cold, free, strict=True):
            if not np.isnan(limit):
                ln_g[name] = column - limit if np.isfinite(limit) else np.full(len(column), -np.inf)
    columns = {f"{n}_s": settings.sheet_conductance_s * np.exp(g) for n, g in ln_g.items()}
    exponents = {f"{n}_exponent": _exponent(g, temperature_k) for n, g in ln_g.items()}
    exponents["parallel_exponent"] = slope
    return Conductance(temperature_k=temperature_k, **columns, **exponents)


def _places(n_temperatures: int, n_contacts: int) -> NDArray[np.int64]:
    """Return at which temperatures the models are found: at all, unless the film is large."""
    most = max(_MOST_WORK // n_contacts, _FEWEST)
    if n_temperatures <= most:
        return np.arange(n_temperatures)
    return np.linspace(0, n_temperatures - 1, most).round().astype(np.int64)


def _between(
    rows: NDArray[np.float64], found: NDArray[np.int64], n_temperatures: int
) -> NDArray[np.float64]:
    """Return each model at all temperatures, which lie evenly in ln T."""
    if len(found) == n_temperatures:
        return rows
    from scipy.interpolate import CubicSpline

    every = np.repeat(rows[:, :1], n_temperatures, axis=1)  # a model that there is not stays so
    known = np.isfinite(rows).all(axis=1)
    every[known] = CubicSpline(found, rows[known], axis=1)(np.arange(n_temperatures))
    return every


def _parallel(barrier_k: Column, weight: Column, temperature_k: Column) -> tuple[Column, Column]:
    """Return ln of Σ w exp(−E/T)/Σ w, without underflow, and its slope ⟨E⟩/T, exactly.

    ⟨E⟩ is the mean over the terms of the sum: d ln G/d ln T = Σ w E exp(−E/T) / T Σ w exp(−E/T).
    """
    counted = weight > 0
    if not counted.any():
        unknown = np.full(len(temperature_k), np.nan)
        return unknown, unknown
    barrier_k, share = barrier_k[counted], weight[counted] / weight[counted].sum()
    lowest = barrier_k.min()
    terms = [share * np.exp(-(barrier_k - lowest) / t) for t in temperature_k]
    total = np.array([term.sum() for term in terms])
    mean_k = np.array([term @ barrier_k for term in terms]) / total
    return np.log(total) - lowest / temperature_k, mean_k / temperature_k


def _models(ln_g: Column, networks: FilmNetworks) -> tuple[float, float, float]:
    """Return ln conductance of effective medium, critical path and network; NaN if none."""
    medium = np.nan
    if networks.coordination > 2:
        medium = effective_medium_ln_g(ln_g, networks.coordination)
    directions = networks.directions()
    if not directions:
        return medium, np.nan, np.nan
    critical = np.mean([critical_path_ln_g(one.links, ln_g) for one in directions])
    whole = np.mean([one.mesh.ln_conductance(ln_g) for one in directions])
    return medium, float(critical), float(whole)


def _exponent(ln_g: Column, temperature_k: Column) -> Column:
    """Return −d ln R/d ln T = d ln G/d ln T; NaN where nothing conducts."""
    if len(ln_g) < 2 or not np.isfinite(ln_g).all():
        return np.full(len(ln_g), np.nan)
    order: Literal[1, 2] = 2 if len(ln_g) > 2 else 1
    return np.asarray(np.gradient(ln_g, np.log(temperature_k), edge_order=order))
