"""Barriers and contacts → Conductance: sheet conductance against temperature, model by model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from grainscope.laws.resistor_network import (
    ResistorNetwork,
    StarMesh,
    critical_path_ln_g,
    effective_medium_ln_g,
)
from grainscope.laws.straight_window import straight_window
from grainscope.records import Conductance, LogSlopes, LogWindows, NormalState
from grainscope.transport.charge import SMALLEST_GAP_NM

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from grainscope.records import ChargingEnergies, Couplings, GrainTable
    from grainscope.settings import TransportSettings

    Column = NDArray[np.float64]

#: Slope of ΔR/R = A R ln(1/T) that the paper measures, in 1/Ω.
PAPER_A_PER_OHM = 8.44e-5
_TOLERANCES = (0.01, 0.02)
#: The elimination takes no smaller ones; nothing is left of them.
_LEAST_LN = -8e7


class Direction(NamedTuple):
    """The contacts between two opposite edges of the frame, and their elimination."""

    links: ResistorNetwork
    mesh: StarMesh


class FilmNetworks(NamedTuple):
    """The contacts as resistors; None for a direction without electrodes.

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
        return np.maximum(couplings.ln_conductance - self.barrier_k / temperature_k, _LEAST_LN)

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
    n_joined = len(np.unique(np.concatenate((tail, head))))
    height, width = shape_px
    cut = np.logical_or.reduce(sides, axis=0)
    energy_k = np.append(charging.screened_k, 0.0)
    # Seen from a contact with a cut grain, the other grain; −1, which costs nothing, for two.
    inner = np.where(cut[tail], np.where(cut[head], -1, head), tail)
    barrier_k = np.where(cut[tail] | cut[head], energy_k[inner], couplings.barrier_k)
    return FilmNetworks(
        across=_between(tail, head, sides[:2]),
        down=_between(tail, head, sides[2:]),
        coordination=2 * len(tail) / max(n_joined, 1),
        aspect=width / height,
        barrier_k=barrier_k,
    )


def _between(
    tail: NDArray[np.int64], head: NDArray[np.int64], electrodes: NDArray[np.bool_]
) -> Direction | None:
    start, stop = electrodes
    if (start & stop).any() or not (start.any() and stop.any()):
        return None
    links = ResistorNetwork(tail, head, start, stop)
    return Direction(links, StarMesh(links))


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
    without them.

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
        for number, t in enumerate(temperature_k, 1):
            tell(f"{number}/{len(temperature_k)}")
            rows.append(_models(networks.ln_conductance(couplings, t), networks))
        cold = np.array(rows).T
        free = _models(np.maximum(couplings.ln_conductance, _LEAST_LN), networks)
        names = ("effective_medium", "critical_path", "network")
        for name, column, limit in zip(names, cold, free, strict=True):
            if not np.isnan(limit):
                ln_g[name] = column - limit if np.isfinite(limit) else np.full(len(column), -np.inf)
    columns = {f"{n}_s": settings.sheet_conductance_s * np.exp(g) for n, g in ln_g.items()}
    exponents = {f"{n}_exponent": _exponent(g, temperature_k) for n, g in ln_g.items()}
    exponents["parallel_exponent"] = slope
    return Conductance(temperature_k=temperature_k, **columns, **exponents)


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


def log_windows(conductance: Conductance) -> LogWindows:
    """Find where R, and where G, is straight in ln T within 1 and 2 %.

    Parameters
    ----------
    conductance : Conductance
        Of one film.

    Returns
    -------
    LogWindows
        One row a model, quantity and tolerance.
    """
    rows = []
    for model in conductance.models():
        siemens = getattr(conductance, f"{model}_s")
        with np.errstate(divide="ignore", over="ignore"):
            curves = {"resistance": 1 / siemens, "conductance": siemens}
        for quantity, values in curves.items():
            for tolerance in _TOLERANCES:
                found = straight_window(conductance.temperature_k, values, tolerance)
                ends = found.low, found.high, found.decades, found.slope
                rows.append((model, quantity, tolerance, *ends))
    columns = list(zip(*rows, strict=True))
    return LogWindows(columns[0], columns[1], *map(np.array, columns[2:]))


def log_slopes(conductance: Conductance, settings: TransportSettings) -> LogSlopes:
    """Return d ln R/d ln(1/T) at 1 K, and A = slope/R(1 K) beside the paper's.

    The morphology predicts the slope; R(1 K) is the user's (``resistance_1k_ohm``), or
    else the model's own.

    Returns
    -------
    LogSlopes
        One row a model; NaN where 1 K is outside the temperatures or nothing conducts.
    """
    models, t = conductance.models(), conductance.temperature_k
    inside = t[0] <= 1.0 <= t[-1]
    slope, own = np.full(len(models), np.nan), np.full(len(models), np.nan)
    for row, model in enumerate(models if inside else ()):
        slope[row] = np.interp(0.0, np.log(t), getattr(conductance, f"{model}_exponent"))
        with np.errstate(divide="ignore"):
            ln_r = -np.log(getattr(conductance, f"{model}_s"))
        own[row] = np.exp(np.minimum(np.interp(0.0, np.log(t), ln_r), 600.0))
    measured = settings.resistance_1k_ohm
    resistance = own if measured is None else np.full(len(models), measured)
    return LogSlopes(
        model=models,
        temperature_k=np.ones(len(models)),
        slope=slope,
        resistance_ohm=resistance,
        a_per_ohm=slope / resistance,
        paper_a_per_ohm=np.full(len(models), PAPER_A_PER_OHM),
    )


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


def normal_state(couplings: Couplings, networks: FilmNetworks) -> NormalState:
    """Return the composite whose grains are perfect conductors in a film.

    A gap conducts as the film does, σ2 facet/gap (1 nm at least), so the network is the
    sheet conductivity in units of the film's; NaN where no contacts join the edges. Of a
    two-phase film in two dimensions whose better phase has no Hall resistance to speak of,
    the Hall density is, exactly,

        n_e = n2 (σ_e/σ2)².

    References
    ----------
    D. J. Bergman and D. Stroud, Solid State Phys. 46, 147 (1992), section 7.
    """
    ln_g = np.log(couplings.facet_nm / np.maximum(couplings.gap_nm, SMALLEST_GAP_NM))
    # Sheet conductivity is conductance times length over width.
    found = [
        one.mesh.ln_conductance(ln_g) + sign * np.log(networks.aspect)
        for one, sign in ((networks.across, 1.0), (networks.down, -1.0))
        if one is not None
    ]
    if not found or not np.isfinite(found).all():  # what flows is the film's own, then
        return NormalState(float("nan"), float("nan"))
    ratio = float(np.exp(np.mean(found)))
    return NormalState(ratio, ratio**2)
