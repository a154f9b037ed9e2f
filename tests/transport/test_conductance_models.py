"""From grains and contacts to charging energies, couplings and the resistance between edges."""

from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pytest

from grainscope.constants import BOLTZMANN_J_PER_K, ELEMENTARY_CHARGE_C
from grainscope.laws.charging_energy import charging_energy_k
from grainscope.laws.josephson import josephson_energy_k, superconducting_gap_k
from grainscope.laws.resistor_network import effective_medium_ln_g
from grainscope.records import ChargingEnergies, Couplings, Frame, PixelSize
from grainscope.settings import TransportSettings
from grainscope.transport import (
    barriers_of_film,
    charge_grains,
    conduct,
    current_shares,
    film_networks,
    fit_barrier_laws,
    normal_state,
)
from grainscope.transport.barriers import Barriers
from grainscope.transport.conduct import _exponent


def chain(n, ln_conductance=None, barrier_k=None):
    """Return the contacts of n grains in a row, and the sides that its ends touch."""
    e = n - 1
    given = barrier_k, ln_conductance
    columns = [np.zeros(e) if c is None else np.asarray(c, float) for c in given]
    couplings = Couplings(
        np.arange(1, n), np.arange(2, n + 1), np.full(e, 10.0), np.full(e, 100.0),
        np.ones(e), *columns, np.ones(e), np.ones(e), np.full(e, np.nan), 10.0,
    )  # fmt: skip
    sides = np.zeros((4, n), bool)
    sides[0, 0] = sides[1, -1] = True
    return couplings, sides


def lattice(side, rng):
    """Return a square lattice of grains with barriers over two decades, and its sides."""
    place = np.arange(side * side).reshape(side, side) + 1
    couplings, _ = chain(1 + 2 * side * (side - 1))
    sides = np.zeros((4, side, side), bool)
    sides[0, :, 0] = sides[1, :, -1] = True
    return replace(
        couplings,
        grain_a=np.concatenate((place[:, :-1].ravel(), place[:-1].ravel())),
        grain_b=np.concatenate((place[:, 1:].ravel(), place[1:].ravel())),
        barrier_k=10 ** rng.uniform(-0.5, 1.5, couplings.n_contacts),
    ), sides.reshape(4, -1)


def charged(energies_k):
    """Return grains of these charging energies, alone as in the film."""
    energies_k = np.asarray(energies_k, float)
    return ChargingEnergies(np.arange(len(energies_k)) + 1, *[energies_k] * 4)


def conducted(couplings, sides, energies_k=None, shape_px=(10, 10), tell=str, **settings):
    n = sides.shape[1]
    charging = charged(np.full(n, 10.0) if energies_k is None else energies_k)
    table = SimpleNamespace(edge_weight=np.ones(n))
    networks = film_networks(couplings, charging, sides, shape_px)
    chosen = TransportSettings(**settings)
    return conduct(table, charging, couplings, networks, chosen, tell), networks


def test_a_chain_is_its_resistors_in_series():
    couplings, sides = chain(4, np.log([1.0, 0.5, 0.25]), [70.0, 20.0, 80.0])
    # The ends hang on the electrodes: contacts with them cost their inner grains' 5 and 60 K.
    found, networks = conducted(
        couplings, sides, [900, 5, 60, 900], sheet_conductance_s=1e-4, temperature_min_k=0.5
    )
    assert networks.barrier_k.tolist() == [5, 20, 60]
    t = found.temperature_k
    resistance = np.exp(5 / t) + 2 * np.exp(20 / t) + 4 * np.exp(60 / t)
    assert found.network_s == pytest.approx(1e-4 * 7 / resistance, rel=1e-9, abs=0)
    ln_g = np.array([0.0, np.log(0.5), np.log(0.25)]) - np.array([5, 20, 60]) / t[:, None]
    worst = np.exp(ln_g.min(axis=1))
    assert found.critical_path_s == pytest.approx(1e-4 * worst / 0.25, rel=1e-9, abs=0)
    assert found.effective_medium_s is None  # two links a grain percolate nowhere
    assert found.network_exponent[:3] == pytest.approx(60 / t[:3], rel=0.02)


def test_a_large_film_is_found_at_fewer_temperatures_and_drawn_through_them(monkeypatch, rng):
    couplings, sides = lattice(9, rng)
    energies_k = 10 ** rng.uniform(-0.5, 1.5, 81)
    told = []
    every, _ = conducted(couplings, sides, energies_k)
    monkeypatch.setattr(import_module("grainscope.transport.conduct"), "_MOST_WORK", 1)
    fewer, _ = conducted(couplings, sides, energies_k, tell=told.append)
    assert told[-1] == "30/30"
    assert every.temperature_k.tolist() == fewer.temperature_k.tolist()
    for name in ("effective_medium", "critical_path", "network"):
        exact, drawn = (np.log(getattr(found, f"{name}_s")) for found in (every, fewer))
        assert np.ptp(exact) > 20
        np.testing.assert_allclose(drawn, exact, rtol=1e-3, atol=1e-3)
        exact, drawn = (getattr(found, f"{name}_exponent") for found in (every, fewer))
        np.testing.assert_allclose(drawn, exact, rtol=0.03, atol=0.03)


def test_the_effective_medium_counts_the_contacts_of_whole_grains(rng):
    """A square lattice has four, and the cut grains of its rim fewer in the frame."""
    couplings, sides = lattice(9, rng)
    sides.reshape(4, 9, 9)[2, 0] = sides.reshape(4, 9, 9)[3, -1] = True
    found, networks = conducted(couplings, sides, sheet_conductance_s=1.0)
    assert networks.coordination == 4
    ln_g = -networks.barrier_k / found.temperature_k[0]
    assert np.log(found.effective_medium_s[0]) == pytest.approx(effective_medium_ln_g(ln_g, 4))


def test_edges_that_no_contacts_join_have_no_conductance_and_no_error():
    couplings, sides = chain(4, np.log([1.0, 1.0, 1.0]), [5.0, 5.0, 5.0])
    apart = Couplings(
        *(getattr(couplings, name)[[0, 2]] for name in Couplings.columns()), temperature_k=10.0
    )
    found, networks = conducted(apart, sides)
    assert (found.network_s == 0).all()
    assert np.isnan(found.network_exponent).all()
    assert (current_shares(apart, networks, TransportSettings()) == 0).all()
    assert np.isnan(normal_state(apart, networks).conductivity_ratio)


@pytest.mark.parametrize("case", ["none", "both"])
def test_without_electrodes_there_is_no_network(case):
    couplings, sides = chain(3, np.zeros(2), np.ones(2))
    sides[:] = False
    if case == "both":
        sides[:2, 1] = True
    found, networks = conducted(couplings, sides)
    assert found.network_s is None
    assert found.models() == ("parallel",)
    assert np.isnan(current_shares(couplings, networks, TransportSettings())).all()
    assert np.isnan(normal_state(couplings, networks).conductivity_ratio)


def test_current_splits_by_conductance():
    """Two ways from left to right, one three times as good as the other."""
    e = 4
    ends = np.array([1, 1, 2, 3]), np.array([2, 3, 4, 4])
    couplings = Couplings(
        *ends, np.full(e, 5.0), np.full(e, 50.0), np.ones(e), np.zeros(e),
        np.log([3.0, 1.0, 3.0, 1.0]), np.ones(e), np.ones(e), np.full(e, np.nan), 10.0,
    )  # fmt: skip
    sides = np.zeros((4, 4), bool)
    sides[0, 0] = sides[1, 3] = True
    networks = film_networks(couplings, charged(np.zeros(4)), sides, (10, 10))
    share = current_shares(couplings, networks, TransportSettings())
    assert share == pytest.approx([0.75, 0.25, 0.75, 0.25])


def test_the_normal_state_is_that_of_gaps_in_a_sheet():
    """A row of three grains over a frame twice as long as wide: two gaps of facet/gap = 10."""
    couplings, sides = chain(3, np.zeros(2), np.zeros(2))
    networks = film_networks(couplings, charged(np.zeros(3)), sides, (10, 20))
    found = normal_state(couplings, networks)
    assert found.conductivity_ratio == pytest.approx(10 / 2 * 2)
    assert found.carrier_density_ratio == pytest.approx(100)


@pytest.fixture
def film(labelled, imaged):
    """A measured film of discs, its contacts and settings."""
    from grainscope.grains import measure
    from grainscope.network import build_network
    from grainscope.settings import GrainSettings

    rng = np.random.default_rng(8)
    y, x = np.indices((260, 260))
    labels = np.zeros((260, 260), np.int32)
    for k in range(100):
        cy, cx = (np.array(divmod(k, 10)) + 0.5) * 26 + rng.uniform(-3, 3, 2)
        r = rng.uniform(3, 11)
        labels[((y - cy) ** 2 + (x - cx) ** 2 <= r**2) & (labels == 0)] = k + 1
    segmented = labelled(labels)
    table = measure(imaged(np.where(labels > 0, 200.0, 50.0)), segmented, GrainSettings())
    return table, build_network(segmented, table), segmented


def test_charging_energies_are_those_of_discs_alone_and_lower_in_the_film(film):
    table, network, _ = film
    charging, couplings = charge_grains(table, network, TransportSettings())
    alone = charging_energy_k(table.equivalent_diameter_um, 5.5)
    assert charging.isolated_k == pytest.approx(alone, rel=0.03)  # nearly round
    assert (charging.isolated_k <= alone * (1 + 1e-12)).all()
    assert (charging.screened_k < charging.isolated_k).all()
    own_f = charging.self_capacitance_af * 1e-18
    energy = ELEMENTARY_CHARGE_C**2 / (2 * own_f * BOLTZMANN_J_PER_K)
    assert charging.isolated_k == pytest.approx(energy)
    # Neighbours that only polarise lower it by a few per cent, a matrix of pairs by far too much.
    assert 0.9 < np.median(charging.screened_k / charging.isolated_k) < 1
    matrix = charge_grains(table, network, TransportSettings(charging_model="matrix"))[0]
    assert np.median(matrix.screened_k / charging.screened_k) < 0.75
    grounded = energy * own_f / (own_f + charging.gap_capacitance_af * 1e-18)
    assert (matrix.screened_k > grounded).all()
    a, b = network.grain_a - 1, network.grain_b - 1
    assert (couplings.barrier_k > 0).all()
    assert (couplings.barrier_k < charging.screened_k[a] + charging.screened_k[b]).all()
    larger = charge_grains(table, network, TransportSettings(contact_barrier="larger"))[1]
    assert larger.barrier_k == pytest.approx(
        np.maximum(charging.screened_k[a], charging.screened_k[b])
    )


def test_permittivity_lengths_and_resistance_scale_as_they_should(film, labelled):
    table, network, _ = film
    once, couplings = charge_grains(table, network, TransportSettings())
    dense, _ = charge_grains(
        table, network, TransportSettings(substrate_permittivity=21, cover_permittivity=1)
    )
    assert dense.screened_k == pytest.approx(once.screened_k / 2)
    better = charge_grains(table, network, TransportSettings(contact_resistance_ohm=1e3))[1]
    assert better.josephson_k == pytest.approx(10 * couplings.josephson_k)
    gap_k = superconducting_gap_k(0.0, 3.4)
    best = int(np.argmax(couplings.ln_conductance))
    expected = josephson_energy_k(1e4 * np.exp(-couplings.ln_conductance[best]), gap_k, 0.0)
    assert couplings.josephson_k[best] == pytest.approx(float(expected))
    assert couplings.ln_conductance == pytest.approx(
        np.log(network.facet_nm / network.facet_nm.mean()) - 0.1 * network.gap_nm
    )


def test_barriers_of_contacts_count_whole_grains_and_offset_charges_only_lower(film):
    table, network, segmented = film
    charging, couplings = charge_grains(table, network, TransportSettings())
    ground = segmented.frame, segmented.pixel_size
    kinds = {
        one.kind: one
        for one in barriers_of_film(
            table, network, charging, couplings, ground, np.random.default_rng(0)
        )
    }
    assert list(kinds) == ["charging", "screened", "offset", "contact", "contact_by_facet"]
    assert (kinds["offset"].energy_k <= kinds["screened"].energy_k).all()
    assert (kinds["offset"].energy_k > 0).all()
    share = kinds["offset"].energy_k / kinds["screened"].energy_k
    assert share.mean() == pytest.approx(0.5, abs=0.1)
    a, b = network.grain_a - 1, network.grain_b - 1
    cut = (table.edge_weight[a] == 0) | (table.edge_weight[b] == 0)
    assert (kinds["contact"].weight[cut] == 0).all()
    assert (kinds["contact"].weight[~cut] >= 1).all()


def test_a_contact_weighs_the_mean_of_its_grains():
    at = {"y_um": np.array([1.0, 1.0, 2.0, 3.0]), "x_um": np.array([1.0, 2.0, 3.0, 1.0])}
    table = SimpleNamespace(
        n_grains=4, edge_weight=np.array([1.0, 2.0, 0.0, 4.0]), resolved=np.arange(4) < 3, **at
    )
    network = SimpleNamespace(
        grain_a=np.array([1, 1, 2]), grain_b=np.array([2, 3, 4]),
        facet_nm=np.array([1.0, 2.0, 3.0]), **{name: place[:3] for name, place in at.items()},
    )  # fmt: skip
    charging = SimpleNamespace(isolated_k=np.ones(4), screened_k=np.ones(4))
    couplings = SimpleNamespace(barrier_k=np.array([5.0, 6.0, 7.0]))
    ground = Frame.whole((40, 40)), PixelSize(100.0, 0.0, "option")
    rng = np.random.default_rng(0)
    kinds = barriers_of_film(table, network, charging, couplings, ground, rng)
    contact, by_facet = kinds[3:]
    assert (contact.kind, by_facet.kind) == ("contact", "contact_by_facet")
    assert contact.weight.tolist() == [1.5, 0.0, 3.0]  # the third grain is cut by the frame
    assert by_facet.weight.tolist() == [1.5, 0.0, 9.0]
    assert contact.resolved.tolist() == by_facet.resolved.tolist() == [True, True, False]


def sample(energy_k):
    n = len(energy_k)
    return Barriers("contact", energy_k, np.ones(n), np.arange(n) % 9, np.ones(n, bool), 9)


@pytest.mark.parametrize("law", ["log_uniform", "lognormal", "power_law"])
def test_the_law_that_made_the_barriers_is_the_best(law):
    rng = np.random.default_rng(3)
    right = 0
    for _ in range(12):
        energy_k = {
            "log_uniform": 10 ** rng.uniform(0, 2.5, 300),
            "lognormal": np.exp(rng.normal(3, 0.5, 300)),
            "power_law": 100 * rng.random(300) ** (1 / 1.6),
        }[law]
        found = fit_barrier_laws([sample(energy_k)], 1e9, 0, rng)
        right += str(found.law[0]) == law
    assert right >= 11
    values = {str(p): v for p, v in zip(found.parameter, found.value, strict=True)}
    if law == "log_uniform":
        assert values["low_k"] == pytest.approx(1, rel=0.1)
        assert values["high_k"] == pytest.approx(10**2.5, rel=0.1)
    elif law == "lognormal":
        assert values["median_k"] == pytest.approx(np.exp(3), rel=0.15)
        assert values["sigma"] == pytest.approx(0.5, rel=0.15)
    else:
        assert values["exponent"] == pytest.approx(0.6, abs=0.3)


def test_few_equal_or_unresolved_barriers_have_no_law():
    rng = np.random.default_rng(0)
    few, equal, many = map(sample, (np.arange(1.0, 6), np.full(50, 3.0), np.arange(1.0, 51)))
    hidden = Barriers("contact", many.energy_k, many.weight, many.tile, np.zeros(50, bool), 9)
    none = Barriers("contact", *[np.empty(0)] * 2, np.empty(0, int), np.empty(0, bool), 9)
    assert len(fit_barrier_laws([few, equal, hidden, none], 1e9, 0, rng).law) == 0


def test_contacts_are_worth_no_more_than_their_grains():
    rng = np.random.default_rng(5)
    found = fit_barrier_laws([sample(np.exp(rng.normal(3, 0.5, 600)))], 200.0, 0, rng)
    assert found.n_effective == pytest.approx(200)


def test_a_contact_between_two_cut_grains_costs_nothing():
    couplings, sides = chain(2, np.zeros(1), [50.0])
    found, networks = conducted(couplings, sides)
    assert networks.barrier_k.tolist() == [0]
    assert found.network_s == pytest.approx(1e-4)


@pytest.mark.parametrize(
    "settings",
    [{"temperature_min_k": 1e-3, "tunnel_decay_per_nm": 1e3}, {"sheet_conductance_s": 1e-30}],
)
def test_extreme_settings_give_numbers(settings):
    couplings, sides = chain(3, [-1e9, -1e8], [1e6, 1e6])
    found, _ = conducted(couplings, sides, **settings)
    assert (found.network_s >= 0).all()


def test_rings_have_energies(labelled, imaged):
    """Concentric grains share their centroids."""
    from grainscope.grains import measure
    from grainscope.network import build_network
    from grainscope.settings import GrainSettings

    y, x = np.indices((80, 80))
    r = np.hypot(y - 40, x - 40)
    labels = np.select([r < 6, (r > 10) & (r < 16), (r > 20) & (r < 28)], [1, 2, 3], 0)
    film = labelled(labels.astype(np.int32))
    table = measure(imaged(np.where(labels > 0, 200.0, 50.0)), film, GrainSettings())
    charging, couplings = charge_grains(table, build_network(film, table), TransportSettings())
    assert (charging.screened_k > 0).all()
    assert (couplings.barrier_k > 0).all()


def test_the_exponent_of_a_power_and_none_where_nothing_conducts():
    t = np.geomspace(0.1, 10, 7)
    assert _exponent(1 + 2.5 * np.log(t), t) == pytest.approx([2.5] * 7)
    assert _exponent(np.log(t[:2]), t[:2]) == pytest.approx([1, 1])
    for ln_g in ([3.0], [0.0, -np.inf, 1.0, 2.0, 3.0, 4.0, 5.0]):
        assert np.isnan(_exponent(np.array(ln_g), t[: len(ln_g)])).all()
