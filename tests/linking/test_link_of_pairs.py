"""The link: true pairs, false pairs, what it says and when it cannot."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import beta

from grainscope.figures.fits.link import draw_link
from grainscope.linking import link, link_loops, morphology_of, weighing
from grainscope.linking import loops as loops_module
from grainscope.linking.bagging import bagged_posteriors
from grainscope.linking.fluctuation_data import (
    by_depth,
    field_curve,
    fluctuations_by_stage,
    measured_in,
    measured_minima,
)
from grainscope.linking.independent_films import drawn_sizes, independent_film
from grainscope.linking.large_grains import LargeGrains
from grainscope.linking.likelihood import CurveLikelihood
from grainscope.linking.loop_sets import ChoiceGrid, choice_grid, loop_sets
from grainscope.linking.odds import log_mean
from grainscope.linking.posterior import choice_parameters, posterior_of
from grainscope.linking.shared_choice import with_shared_choice
from grainscope.linking.weighing import weigh_film
from grainscope.records import Frame, PixelSize, Segmentation
from grainscope.records.transport_fit import FitParameter, TransportFit, skipped

TRUTH = ChoiceGrid((0.2,), (600.0,), (150.0,))


@pytest.fixture
def few_films(monkeypatch):
    monkeypatch.setattr(weighing, "number_of_films", lambda n_grains: 6)


def loops(film):
    ((_, _, found),) = loop_sets(film, TRUTH)
    return found.area_um2, found.weight[0, 0]


def test_a_film_is_told_from_independent_ones(
    few_films, lattice_film, fluctuations, settings, print_faults
):
    rng = np.random.default_rng(5)
    film = lattice_film(rng)
    measured = fluctuations(*loops(film), rng, minima=(21.0, 41.0))
    (true,) = link_loops(film, [measured], settings, rng)
    other, _ = independent_film(film, rng)
    (false,) = link_loops(film, [fluctuations(*loops(other), rng)], settings, rng)
    assert true.parameters["log10_odds"].value > 1
    assert false.parameters["log10_odds"].value < 1
    assert true.parameters["independent_rank"].value == pytest.approx(1 / 7)
    low, high = (getattr(true.parameters["max_gap_nm"], end) for end in ("low", "high"))
    assert low < true.parameters["max_gap_nm"].value < high
    assert low < 700
    assert high > 500
    assert true.selection == {"stage": "S2"}
    assert true.parameters["deepest_minimum_g"].value in (21.0, 41.0)
    assert true.labels["compared"] == "the whole curve"
    assert len(true.table["fitted"]) == len(true.table["field_g"])
    assert np.std(true.table["residual"]) < 2
    assert len(draw_link([true]).axes) == 6
    assert print_faults(draw_link([true])) == []
    without = {name: column for name, column in true.extra.items() if name != "film_weight"}
    assert print_faults(draw_link([replace(true, extra=without)])) == []


def test_minima_alone_are_a_weaker_link(few_films, lattice_film, fluctuations, settings):
    rng = np.random.default_rng(6)
    film = lattice_film(rng)
    whole = fluctuations(*loops(film), rng, minima=(20.7, 41.4))
    minima_only = replace(whole, table={})
    (found,) = link_loops(film, [minima_only], settings, rng)
    assert found.labels["compared"] == "the fields of the minima"
    assert any("no curve" in warning for warning in found.warnings)
    assert abs(found.parameters["log10_odds"].value) < 3
    assert len(draw_link([found]).axes) == 6


def test_a_flat_curve_leaves_the_prior(few_films, lattice_film, fluctuations, settings):
    rng = np.random.default_rng(7)
    film = lattice_film(rng)
    (found,) = link_loops(film, [fluctuations(*loops(film), rng, gain=0.0)], settings, rng)
    assert abs(found.parameters["log10_odds"].value) < 0.7
    assert any("no better" in warning for warning in found.warnings)


def test_equal_seeds_give_equal_links(few_films, lattice_film, fluctuations, settings):
    film = lattice_film(np.random.default_rng(8))
    measured = fluctuations(*loops(film), np.random.default_rng(9))
    one, two = (
        link_loops(film, [measured], settings, np.random.default_rng(10))[0].parameters
        for _ in "ab"
    )
    assert one["log10_odds"].value == two["log10_odds"].value


def test_what_is_missing_is_said(lattice_film, fluctuations, settings, rng):
    film = lattice_film(rng)
    (none,) = link_loops(film, [], settings, rng)
    assert (none.status, none.reason) == (
        "skipped",
        "needs the fluctuations of ρ(B): got no result",
    )
    failed = skipped("fluctuations", "film", "needs ρ(B)")
    assert link_loops(film, [failed], settings, rng)[0].reason.endswith("got needs ρ(B)")
    empty = replace(fluctuations(*loops(film), rng), table={})
    assert "got neither" in link_loops(film, [empty], settings, rng)[0].reason
    bare = Segmentation(
        np.zeros((9, 9), np.int32), PixelSize(5.0, 0.0, "option"), Frame(0, 9, 0, 9)
    )
    measured = fluctuations(*loops(film), rng)
    (bare_link,) = link_loops(morphology_of(bare), [measured], settings, rng)
    assert "the micrograph has none" in bare_link.reason
    both = link(film, [], (), None, settings, rng)
    assert [fit.analysis for fit in both] == ["link", "barrier_link"]
    assert [fit.status for fit in both] == ["skipped", "skipped"]


def test_independent_films_have_the_grains_of_the_film(lattice_film):
    rng = np.random.default_rng(11)
    film = lattice_film(rng, rows=5, columns=6)
    expected = film.grains.edge_weight.sum()
    sizes = [drawn_sizes(film, rng) for _ in range(40)]
    assert {len(one) for one in sizes} <= {int(expected), int(expected) + 1}
    assert np.mean([len(one) for one in sizes]) == pytest.approx(expected, abs=0.3)
    other, lost = independent_film(film, rng)
    assert lost == 0
    area = (film.grains.edge_weight * film.grains.area_um2).sum()
    covered = other.grains.area_um2.sum()
    assert covered == pytest.approx(area, rel=0.06)
    assert other.pixel_size == film.pixel_size


def test_fields_of_both_signs_are_folded_and_many_averaged(fluctuations, rng):
    one = fluctuations(np.ones(1), np.ones(1), rng)
    table = {name: np.concatenate((column, column)) for name, column in one.table.items()}
    table["field_g"] = np.concatenate((-one.table["field_g"], one.table["field_g"]))
    curve = field_curve(replace(one, table=table))
    assert len(curve.field_g) == 90
    assert (np.diff(curve.field_g) > 0).all()
    single = field_curve(one)
    assert curve.error == pytest.approx(single.error / np.sqrt(2))
    assert curve.ln_ratio == pytest.approx(single.ln_ratio)
    many = {
        name: np.interp(np.linspace(0, 89, 1000), np.arange(90), c) for name, c in one.table.items()
    }
    assert len(field_curve(replace(one, table=many)).field_g) == 128
    assert field_curve(replace(one, table={n: c[:10] for n, c in one.table.items()})) is None


def test_minima_in_order_of_depth(fluctuations, rng):
    measured = fluctuations(np.ones(1), np.ones(1), rng, minima=(5.0, 21.0))
    minima = measured_minima(measured)
    assert minima.error_g == pytest.approx([0.3, 0.3])
    curve = field_curve(measured)
    assert by_depth(minima, curve.field_g, curve.ln_ratio).field_g.tolist() == [21.0, 5.0]
    assert len(measured_minima(skipped("fluctuations", "film", "")).field_g) == 0


def test_a_posterior_at_the_end_of_its_range_is_told(settings):
    posterior = np.zeros((8, 8, 4))
    posterior[2, 7, 1] = 1.0
    found, warnings = choice_parameters(posterior, settings)
    assert len(warnings) == 1
    assert warnings[0].startswith("max_gap_nm lies at the upper end")
    assert 600 < found["max_gap_nm"].value < 800


def test_a_film_whose_largest_grain_is_cut_by_the_frame_is_told_of(
    few_films, lattice_film, fluctuations, settings, rng
):
    film = lattice_film(rng)
    labels = film.segmentation.labels.copy()
    labels[:, :150] = labels.max() + 1
    cut = np.unique(labels, return_inverse=True)[1].reshape(labels.shape).astype(np.int32)
    half = morphology_of(Segmentation(cut, film.pixel_size, film.frame))
    (found,) = link_loops(half, [fluctuations(*loops(film), rng)], settings, rng)
    assert any("cut by the frame" in warning for warning in found.warnings)


def test_films_drawn_again_spread_the_posterior(lattice_film, fluctuations, settings):
    rng = np.random.default_rng(12)
    film = lattice_film(rng, rows=5, columns=6)
    curve = field_curve(fluctuations(*loops(film), rng))
    seen = CurveLikelihood(curve.field_g, curve.ln_ratio, curve.error)
    grid = choice_grid(settings)
    sets = list(loop_sets(film, grid))
    evidence = np.full(grid.shape, seen.without_loops)
    for i, j, found in sets:
        evidence[i, j] = seen.of(seen.response(found))
    plain = posterior_of(evidence)
    (bagged,) = bagged_posteriors(film, sets, [seen], grid, rng)
    assert bagged.sum() == pytest.approx(1)
    assert bagged.max() < plain.max()
    assert bagged[:, 6:].sum() > 0.5  # gaps of 475 nm and more: the truth is 600


def stages_of(film, fluctuations, rng, lengths_nm, noise=0.01):
    """Measure one film at several stages, each with a coupling length of its own."""
    measured = []
    for number, length in enumerate(lengths_nm, 1):
        ((_, _, found),) = loop_sets(film, replace(TRUTH, coupling_length_nm=(length,)))
        one = fluctuations(found.area_um2, found.weight[0, 0], rng, noise=noise)
        measured.append(replace(one, selection={"stage": f"S{number}", "gate_v": 0.0}))
    return measured


class TestStages:
    @pytest.fixture
    def wide(self, settings):
        return settings.model_copy(update={"coupling_length_nm_range": (10.0, 400.0)})

    def test_of_one_choice_log_odds_of_equal_stages_add_up(
        self, few_films, monkeypatch, lattice_film, fluctuations, settings
    ):
        monkeypatch.setattr(loops_module, "choice_grid", lambda _: replace(TRUTH))
        rng = np.random.default_rng(13)
        film = lattice_film(rng)
        one = fluctuations(*loops(film), rng)
        twice = [one, replace(one, selection={"stage": "S3"})]
        first, second, joint = link_loops(film, twice, settings, rng)
        evidence = [fit.parameters["log10_evidence"].value for fit in (first, second, joint)]
        assert evidence[0] == evidence[1]
        assert evidence[2] == pytest.approx(2 * evidence[0], rel=1e-9)
        others = [fit.extra["independent_log10_evidence"] for fit in (first, joint)]
        assert others[1] == pytest.approx(2 * others[0], rel=1e-9)
        assert joint.parameters["log10_shared"].value == pytest.approx(0, abs=1e-9)

    def test_the_choices_that_suit_all_stages_are_the_product(self):
        rng = np.random.default_rng(14)
        evidences = [rng.normal(0, 5, (3, 4, 2)) for _ in range(3)]
        *_, last = with_shared_choice(evidences)
        weight = np.exp(evidences)  # brute force over all pairs of ξ
        whole = np.einsum("dgx,dgy,dgz->dgxyz", *weight)
        assert posterior_of(last) == pytest.approx(whole.sum(axis=(2, 3)) / whole.sum())
        assert np.exp(log_mean(last)) == pytest.approx(whole.mean())

    def test_each_coupling_length_is_found_and_the_gap_is_shared(
        self, lattice_film, fluctuations, wide
    ):
        """Without drawing the film again: at small noise its own loops are the truth.

        Below some 40 nm one contact decides here, and ξ makes no difference.
        """
        grid = replace(choice_grid(wide), min_grain_diameter_um=(0.2,), max_gap_nm=(450.0, 600.0))
        true = grid.coupling_length_nm[1], grid.coupling_length_nm[3]
        for seed in range(3):
            rng = np.random.default_rng((15, seed))
            film = lattice_film(rng, rows=8, columns=9, jitter=0.3)
            measured = stages_of(film, fluctuations, rng, true, noise=0.001)
            seen = [measured_in(one).likelihood for one in measured]
            *_, first, second = weigh_film(film, seen, grid, [None, None], rng)
            assert (first.best[1:], second.best[1:]) == ((1, 1), (1, 3))

    def test_the_result_of_all_names_its_stages(self, few_films, lattice_film, fluctuations, wide):
        rng = np.random.default_rng(16)
        film = lattice_film(rng, rows=8, columns=9, jitter=0.3)
        measured = stages_of(film, fluctuations, rng, (16.0, 250.0))
        first, second, joint = link_loops(film, measured, wide, rng)
        assert joint.selection == {"stages": "S1, S2"}
        assert (joint.labels["stage_0"], joint.labels["stage_1"]) == ("S1", "S2")
        assert "of each stage" in joint.labels["free"]
        low, high = joint.parameters["coupling_length_nm"].value
        assert low < high
        gap = joint.parameters["max_gap_nm"]
        assert isinstance(gap.value, float)
        assert gap.low < gap.value < gap.high
        rows = len(first.table["field_g"]), len(second.table["field_g"])
        assert np.bincount(joint.table["curve"].astype(int)).tolist() == list(rows)
        assert len(draw_link([first, second, joint]).axes) == 6

    def test_stages_alone_are_as_if_there_were_no_other(
        self, few_films, lattice_film, fluctuations, settings
    ):
        film = lattice_film(np.random.default_rng(17))
        measured = stages_of(film, fluctuations, np.random.default_rng(18), (60.0, 250.0))
        alone, *_ = link_loops(film, measured[:1], settings, np.random.default_rng(19))
        among, *_ = link_loops(film, measured, settings, np.random.default_rng(19))
        for name, found in alone.parameters.items():
            assert among.parameters[name].value == found.value

    def test_stages_of_one_name_are_told_apart_by_their_gates(
        self, few_films, lattice_film, fluctuations, settings, rng
    ):
        film = lattice_film(rng)
        one, other = stages_of(film, fluctuations, rng, (60.0, 250.0))
        other = replace(other, selection={"stage": "S1", "gate_v": -50.0})
        *_, joint = link_loops(film, [one, other], settings, rng)
        assert joint.selection == {"stages": "S1 gate 0 V, S1 gate -50 V"}

    def test_of_each_stage_the_coldest_undisturbed_one_is_linked(self, fluctuations, rng):
        held = [
            ("S2", 0.3, {}),
            ("S2", 0.06, {"rf_frequency_hz": 2e9}),
            ("S2", 0.06, {}),
            ("S1", 0.1, {"gate_v": -50.0}),
            ("S1", 0.06, {"gate_v": 0.0}),
        ]
        one = fluctuations(np.ones(1), np.ones(1), rng)
        fits = [
            replace(one, selection={"stage": stage, "temperature_k": at} | more)
            for stage, at, more in held
        ]
        other = replace(one, sample="other", selection={"stage": "S0"})
        found = fluctuations_by_stage([*fits, other, replace(one, status="skipped")], "film")
        assert [fits.index(fit) for fit in found] == [3, 4, 2]

    def test_what_cannot_be_read_stands_beside(
        self, few_films, lattice_film, fluctuations, settings, rng
    ):
        film = lattice_film(rng)
        one, other = stages_of(film, fluctuations, rng, (60.0, 250.0))
        done, unread = link_loops(film, [one, replace(other, table={})], settings, rng)
        assert (done.status, unread.status) == ("done", "skipped")
        assert unread.selection["stage"] == "S2"


def test_the_share_of_large_grains_has_jeffreys_interval():
    found = LargeGrains(0.0, 1.0, near=10.0, with_large=3.0, spread=np.sqrt(10.0))
    assert found.interval() == pytest.approx(beta(3.5, 7.5).ppf([0.16, 0.84]))
    assert found.interval()[0] < found.share < found.interval()[1]


def test_minima_without_a_field_are_none():
    ends = [(2.0, np.nan, -1.0), (1.9, np.nan, -1.1), (2.1, np.nan, -0.9)]
    fit = TransportFit("fluctuations", "film", {}, "done")
    fit = replace(fit, parameters={"minima_field_g": FitParameter(*ends, "G")})
    found = measured_minima(fit)
    assert (found.field_g.tolist(), found.error_g.round(9).tolist()) == ([2.0], [0.1])


def test_coverage_is_the_share_of_the_frame_that_is_grain():
    labels = np.zeros((10, 12), np.int32)
    labels[2:6, 3:9] = 1
    film = Segmentation(labels, PixelSize(5.0, 0.0, "option"), Frame(0, 8, 0, 12))
    assert weighing.coverage_of(morphology_of(film)) == pytest.approx(24 / 96)
