"""The coupled network over field: commensurate lattices, couplings, resistance, interrupts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.records import Commensuration, GrainNetwork
from grainscope.settings import TransportSettings
from grainscope.transport import sweep_fields
from grainscope.transport.flux_sweep import coarse_to_fine, coupled_grains


def square_lattice(grains_of, n=6, pitch_um=1.0, gap_nm=None, diameter_um=0.5):
    """Grains on n × n sites, in contact with their neighbours in the middle between them."""
    y, x = np.divmod(np.arange(n * n), n)
    site = np.arange(n * n).reshape(n, n)
    a = np.concatenate((site[:, :-1].ravel(), site[:-1].ravel()))
    b = np.concatenate((site[:, 1:].ravel(), site[1:].ravel()))
    table = grains_of(np.full(n * n, diameter_um) * np.ones(n * n))
    table = type(table)(
        **{
            name: getattr(table, name)
            for name in table.__dataclass_fields__
            if name not in ("y_um", "x_um")
        },
        y_um=pitch_um * y.astype(float),
        x_um=pitch_um * x.astype(float),
    )
    e = len(a)
    network = GrainNetwork(
        grain_a=a + 1, grain_b=b + 1,
        gap_nm=np.zeros(e) if gap_nm is None else np.asarray(gap_nm, float),
        facet_nm=np.full(e, 100.0),
        y_um=(table.y_um[a] + table.y_um[b]) / 2, x_um=(table.x_um[a] + table.x_um[b]) / 2,
        next_half_edge=np.zeros(2 * e), node_contour=np.zeros(2 * e),
        around_hole=np.zeros(2 * e, bool), frame_follows=np.zeros(2 * e, bool),
        background_before_um2=np.zeros(2 * e), background_after_um2=np.zeros(2 * e),
    )  # fmt: skip
    return network, table


def fields(top_quanta=2.0, n=41):
    field_g = np.linspace(0, top_quanta * FLUX_QUANTUM_G_UM2, n)
    return Commensuration(field_g / 10, field_g, np.cos(field_g))


def swept(network, table, curves, tell=lambda part: None, **settings):
    chosen = np.ones(network.n_contacts, bool)
    return sweep_fields(curves, network, table, chosen, TransportSettings(**settings), tell)


def test_a_square_lattice_is_stiffest_at_whole_quanta_and_next_at_half(grains_of):
    network, table = square_lattice(grains_of)
    curves, _ = swept(network, table, fields())
    f = curves.field_g / FLUX_QUANTUM_G_UM2
    stiffness = curves.stiffness / curves.stiffness[0]
    assert stiffness[[20, 40]] == pytest.approx(1.0, abs=1e-8)  # one and two quanta
    # 2 cos(π/7) + 2 cos(π/7) for 6 × 6 sites, masses and couplings being 1.
    assert curves.stiffness[0] == pytest.approx(4 * np.cos(np.pi / 7), abs=1e-7)
    assert (stiffness[1:20] < 1).all()
    half = np.argmin(abs(f - 0.5))
    assert stiffness[half] > stiffness[half - 2]
    assert stiffness[half] > stiffness[half + 2]


def test_the_determinant_is_lowest_at_whole_quanta(grains_of):
    network, table = square_lattice(grains_of)
    curves, _ = swept(network, table, fields())
    assert np.argsort(curves.log_determinant)[:3].tolist() in ([0, 20, 40], [0, 40, 20])
    assert curves.log_determinant[0] < curves.log_determinant[1:20].min() - 0.3


def test_resistance_follows_the_stiffness_as_stated(grains_of):
    network, table = square_lattice(grains_of)
    curves, found = swept(
        network, table, fields(), barrier_k=3.0, effective_temperature_k=0.5,
        coupling_length_nm=15, compared_coupling_lengths_nm=(),
    )  # fmt: skip
    ratio = curves.stiffness / curves.stiffness[0]
    assert found.stiffness_ratio == pytest.approx(ratio)
    assert found.resistance_ratio == pytest.approx(np.exp(6 * (1 - ratio)))
    assert set(found.coupling_length_nm) == {15.0}
    assert found.resistance_ratio.min() == pytest.approx(1.0)  # lowest at whole quanta
    assert found.field_mt == pytest.approx(found.field_g / 10)


def test_each_coupling_length_has_its_curve_in_order(grains_of, rng):
    network, table = square_lattice(grains_of, gap_nm=rng.uniform(0, 60, 60))
    curves, found = swept(
        network, table, fields(1, 9), coupling_length_nm=20, compared_coupling_lengths_nm=(80, 5)
    )
    assert found.coupling_length_nm.tolist() == [5.0] * 9 + [20.0] * 9 + [80.0] * 9
    middle = found.stiffness_ratio[9:18]
    assert middle == pytest.approx(curves.stiffness / curves.stiffness[0])
    depth = [1 - found.stiffness_ratio[k : k + 9].min() for k in (0, 9, 18)]
    assert depth[0] < depth[2]  # equal couplings interfere, one strong bond does not


def test_couplings_and_masses_are_those_of_the_equations(grains_of):
    gap_nm = np.array([0.0, 10, 20, 30])
    network, table = square_lattice(grains_of, n=2, gap_nm=gap_nm, diameter_um=[1, 1, 2, 4])
    chosen = np.ones(4, bool)
    net = coupled_grains(network, table, chosen, 10.0, TransportSettings())
    expected = np.exp(-np.arange(4.0))
    assert net.coupling == pytest.approx(expected / expected.mean())
    assert net.mass == pytest.approx(
        np.array([1, 1, 0.5, 0.25]) / 0.75
    )  # E_C ∝ 1/d, over its median
    by_sum = coupled_grains(network, table, chosen, 10.0, TransportSettings(node_weight="coupling"))
    sums = np.zeros(4)
    np.add.at(sums, [0, 2, 0, 1], expected)
    np.add.at(sums, [1, 3, 2, 3], expected)
    assert by_sum.mass == pytest.approx(sums / np.median(sums))


def test_weighed_by_their_couplings_grains_lock_at_the_same_place_everywhere(grains_of, rng):
    network, table = square_lattice(grains_of, gap_nm=rng.uniform(0, 30, 60))
    curves, _ = swept(network, table, fields(), node_weight="coupling")
    net = coupled_grains(
        network, table, np.ones(60, bool), 20.0, TransportSettings(node_weight="coupling")
    )
    sums = np.bincount(net.tail, net.coupling, 36) + np.bincount(net.head, net.coupling, 36)
    assert curves.stiffness[0] == pytest.approx(np.median(sums))  # λ of D^-1/2 J D^-1/2 is 1


def test_gaps_that_would_underflow_leave_their_ratios(grains_of):
    network, table = square_lattice(grains_of, gap_nm=np.full(60, 90_000.0))
    curves, _ = swept(network, table, fields(1, 5), coupling_length_nm=1)
    assert np.isfinite(curves.stiffness).all()


def test_an_interrupt_keeps_what_is_done(grains_of):
    network, table = square_lattice(grains_of)
    told = []

    def tell(part):
        told.append(part)
        if len(told) == 6:
            raise KeyboardInterrupt

    curves, found = swept(network, table, fields(), tell)
    assert told[-1] == "6/41"
    assert curves.interrupted
    assert len(curves.field_g) == 5
    assert curves.field_g[0] == 0
    assert curves.field_g[-1] == pytest.approx(2 * FLUX_QUANTUM_G_UM2)
    whole, _ = swept(network, table, fields())
    assert curves.stiffness == pytest.approx(
        np.interp(curves.field_g, whole.field_g, whole.stiffness)
    )
    assert len(found.field_g) == 15
    assert not whole.interrupted


def test_an_interrupt_before_anything_is_done_goes_on_up(grains_of):
    network, table = square_lattice(grains_of)

    def tell(part):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        swept(network, table, fields(), tell)


@given(st.integers(0, 300))
def test_coarse_to_fine_visits_each_once_and_evenly(n):
    order = list(coarse_to_fine(n))
    assert sorted(order) == list(range(n))
    for so_far in (k for k in (5, 20, 100) if k <= n):
        gaps = np.diff(sorted(order[:so_far]))
        assert gaps.max() <= 4 * -(-n // so_far)


@pytest.mark.parametrize("off", ["setting", "contacts", "fields"])
def test_nothing_to_couple_leaves_the_loop_sum(grains_of, off):
    network, table = square_lattice(grains_of)
    curves = fields() if off != "fields" else Commensuration(*(np.empty(0),) * 3)
    chosen = np.full(60, off != "contacts")
    settings = TransportSettings(coupled_network=off != "setting")
    same, found = sweep_fields(curves, network, table, chosen, settings)
    assert same is curves
    assert len(found.field_g) == 0


def test_a_large_film_gets_fewer_fields_unless_they_were_asked_for(grains_of, monkeypatch):
    from grainscope.transport import flux_sweep

    monkeypatch.setattr(flux_sweep, "_MOST_WORK", 36 * 11)
    monkeypatch.setattr(flux_sweep, "_FEWEST_FIELDS", 3)
    network, table = square_lattice(grains_of)
    few, _ = swept(network, table, fields())
    assert len(few.field_g) == 11
    asked, _ = swept(network, table, fields(), field_points=41)
    assert len(asked.field_g) == 41


@pytest.mark.parametrize("node_weight", ["charging_energy", "coupling"])
def test_a_coupling_length_far_below_every_gap_is_no_error(grains_of, rng, node_weight):
    network, table = square_lattice(grains_of, gap_nm=rng.uniform(0, 60, 60))
    curves, found = swept(
        network, table, fields(1, 5), coupling_length_nm=0.01, node_weight=node_weight
    )
    assert np.isfinite(curves.stiffness).all()
    assert np.isfinite(found.resistance_ratio).all()


def test_an_absurd_barrier_gives_a_number(grains_of):
    network, table = square_lattice(grains_of)
    _, found = swept(network, table, fields(1, 9), barrier_k=1e9, node_weight="coupling")
    assert np.isfinite(found.resistance_ratio).all()
    assert found.resistance_ratio.max() > 1e200


@pytest.mark.parametrize("n", [61, 120, 231, 300])
def test_thinned_fields_reach_to_the_end_and_are_not_too_few(grains_of, monkeypatch, n):
    from grainscope.transport import flux_sweep

    monkeypatch.setattr(flux_sweep, "_MOST_WORK", 36)
    network, table = square_lattice(grains_of, n=6)
    few, _ = swept(network, table, fields(2.0, n))
    assert len(few.field_g) == 60
    assert few.field_g[-1] == fields(2.0, n).field_g[-1]
