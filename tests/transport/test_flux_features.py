"""Which features a film predicts: found where areas are alike, none claimed where they are not."""

import math

import numpy as np
import pytest

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.network import loop_statistics
from grainscope.records import Commensuration, PiecedLoops
from grainscope.settings import TransportSettings
from grainscope.transport import commensurate, flux_features


def predicted(loops, settings=None, curves=None, seed=0):
    settings, rng = settings or TransportSettings(), np.random.default_rng(seed)
    curves = curves or commensurate(loops, settings, rng)
    return flux_features(curves, loops, loop_statistics(loops, 0, rng), settings, rng)


@pytest.mark.parametrize(("cv", "n"), [(0.05, 60), (0.15, 200), (0.2, 600)])
def test_areas_that_are_alike_predict_a_feature_at_their_field(loops_of, cv, n):
    rng = np.random.default_rng(n)
    area = 1.327 * (1 + cv * rng.standard_normal(n))
    found = predicted(loops_of(area, None, max(4, n // 12)))
    firm = found.field_g[found.predicted]
    assert len(firm) > 0
    assert firm[0] == pytest.approx(FLUX_QUANTUM_G_UM2 / area.mean(), rel=0.05)
    assert found.equivalent_diameter_um[found.predicted][0] == pytest.approx(1.3, rel=0.05)
    assert found.statement.startswith("A feature is predicted at")


@pytest.mark.parametrize("cv", [0.6, 1.0, 3.0])
def test_broad_areas_predict_none(loops_of, cv):
    sigma = math.sqrt(math.log(1 + cv**2))
    for seed in range(25):
        rng = np.random.default_rng(seed)
        n = int(rng.choice([30, 100, 400]))
        found = predicted(loops_of(rng.lognormal(0, sigma, n), None, 9))
        assert not found.predicted.any()
        assert found.statement.startswith("No feature is predicted: loop areas spread by CV")


def test_a_bar_of_the_papers_loops_averages_to_half_a_percent(loops_of):
    """200 × 100 µm over 1.327 µm²: 15,000 loops, 1/√(2N) = 0.58 %; six loops give 30 %."""
    area = np.full(75, 1.327)
    area[:2] += 0.01, -0.01
    found = predicted(loops_of(area, None, 1))  # 75 loops on 100 µm²: as dense as they fit
    assert found.loops_in_bar == pytest.approx(15_000)
    assert found.bar_rms == pytest.approx(0.00577, abs=1e-5)
    assert "30% takes 6 loops" in found.statement
    assert f"stiffness| of {0.3 / found.bar_rms:.0f}" in found.statement


def test_prominence_is_the_height_above_the_higher_of_two_valleys(loops_of):
    field = np.linspace(0, 8, 81)
    corners = [1.0, 0.2, 0.6, 0.4, 0.5, -0.5, 0.9, 0.1, 0.0]
    curves = Commensuration(
        field / 10, field, field, stiffness=np.interp(field, np.arange(9), corners)
    )
    found = predicted(loops_of([1.0, 1.1, 0.9]), curves=curves)
    here = np.array(found.quantity) == "stiffness"
    assert found.field_g[here] == pytest.approx([2, 4, 6])
    assert found.prominence[here] == pytest.approx([0.4, 0.1, 0.9])
    assert found.value[here] == pytest.approx([0.6, 0.5, 0.9])


@pytest.mark.parametrize(
    "shown", [{"field_max_g": 5000.0}, {"field_points": 9}, {"field_max_g": 0.5, "field_points": 2}]
)
def test_what_is_predicted_does_not_hang_on_the_fields_that_are_shown(loops_of, shown):
    area = 1.327 * (1 + 0.05 * np.random.default_rng(1).standard_normal(300))
    found = predicted(loops_of(area, None, 25), TransportSettings(**shown))
    firm = found.field_g[found.predicted]
    assert firm[0] == pytest.approx(FLUX_QUANTUM_G_UM2 / 1.327, rel=0.02)
    assert "A feature is predicted at 15." in found.statement


def test_zigzag_and_rounding_are_no_features(loops_of):
    field = np.linspace(0, 10, 101)
    zigzag = 1 + 0.1 * (-1.0) ** np.arange(101)
    flat = 366 + 1e-11 * np.sin(field)
    for curve in (zigzag, flat):
        curves = Commensuration(field / 10, field, field, -curve, curve)
        found = predicted(loops_of([1.0, 1.1, 0.9]), curves=curves)
        assert set(found.quantity) == {"loop_sum"}


def test_the_determinant_at_no_field_sets_no_scale(loops_of):
    field = np.linspace(0, 10, 101)
    rows = []
    for regulariser in (1e-3, 1e-100):
        curve = 1 + 0.02 * np.cos(2 * field)
        curve[0] = np.log(regulariser)
        curves = Commensuration(field / 10, field, field, curve)
        rows.append(
            predicted(loops_of([1.0, 1.1]), curves=curves).quantity.count("log_determinant")
        )
    assert rows == [3, 3]


def test_loops_that_are_alike_in_clumps_are_no_rule():
    """Broad areas, but loops of a tile nearly equal: few tiles would call an accident a feature."""
    for n_pieces in (2, 3, 4, 9):
        wrong = 0
        for seed in range(30):
            rng = np.random.default_rng((n_pieces, seed))
            area = np.repeat(rng.lognormal(0, 0.55, 3 * n_pieces), 12)
            area = area * (1 + 0.05 * rng.standard_normal(area.size))
            piece = np.repeat(np.arange(n_pieces), 36)
            loops = PiecedLoops(area, np.ones(area.size), piece, np.full(n_pieces, 10.0))
            wrong += bool(predicted(loops, seed=seed).predicted.any())
        assert wrong <= 1


def test_the_spread_over_tiles_widens_what_counts_as_chance(loops_of):
    """Tiles of different mean areas: the deviation is that of the tiles, not of the loops."""
    rng = np.random.default_rng(4)
    scale = np.repeat(1 + 0.12 * rng.standard_normal(16), 40)
    area = scale * (1 + 0.03 * rng.standard_normal(640))
    tiles = PiecedLoops(area, np.ones(640), np.repeat(np.arange(16), 40), np.ones(16))
    mixed = loops_of(area[rng.permutation(640)], None, 16)
    by_tile, by_chance = predicted(tiles), predicted(mixed)
    both = [f.significance[np.array(f.quantity) == "loop_sum"][0] for f in (by_tile, by_chance)]
    assert both[0] < 0.7 * both[1]


@pytest.mark.parametrize(
    ("area", "reason"),
    [
        (np.ones(1), "1 whole loop cannot tell"),
        (np.ones(7), "7 whole loops cannot tell"),
        (np.random.default_rng(0).lognormal(0, 1, 200), "loop areas spread by CV"),
        (1 + 0.3 * np.linspace(-1.7, 1.7, 14), "standard deviations of so few loops (14)"),
    ],
)
def test_the_reason_for_no_feature_is_the_one_that_holds(loops_of, area, reason):
    found = predicted(loops_of(area, None, min(4, len(area))))
    assert not found.predicted.any()
    assert reason in found.statement


def test_the_determinant_has_minima_and_the_stiffness_maxima(loops_of):
    area = 1.3 * np.ones(50)
    settings = TransportSettings(field_points=101)
    loops = loops_of(area, None, 5)
    curve = commensurate(loops, settings, np.random.default_rng(0))
    wave = np.cos(2 * np.pi * curve.field_g * 1.3 / FLUX_QUANTUM_G_UM2)
    curves = Commensuration(curve.field_mt, curve.field_g, curve.loop_sum, -wave, 2 + wave)
    found = predicted(loops, settings, curves)
    quantity = np.array(found.quantity)
    for name in ("loop_sum", "log_determinant", "stiffness"):
        here = quantity == name
        assert found.field_g[here] == pytest.approx(
            np.arange(1, 5) * FLUX_QUANTUM_G_UM2 / 1.3, rel=0.01
        )
        assert found.predicted[here].all()
    assert np.isnan(found.significance[quantity != "loop_sum"]).all()


def test_another_unit_of_length_changes_fields_and_nothing_else(loops_of):
    area = 1.3 * (1 + 0.15 * np.random.default_rng(3).standard_normal(200))
    once, twice = (predicted(loops_of(k * area, None, 9)) for k in (1, 4))
    assert twice.field_g == pytest.approx(once.field_g / 4)
    assert twice.prominence == pytest.approx(once.prominence)
    assert twice.significance == pytest.approx(once.significance)


@pytest.mark.parametrize(("area", "weight"), [([], []), ([1.0, 2.0], [0, 0])])
def test_no_whole_loop_predicts_nothing(loops_of, area, weight):
    found = predicted(loops_of(area, np.array(weight, float)))
    assert len(found.field_g) == 0
    assert found.statement == "No feature is predicted: no loop lies whole in the frame."


def test_the_interval_of_the_loop_sum_holds_that_of_the_film(loops_of):
    """At half a quantum through the mean, for areas of known spread."""
    cv, held, rng = 0.2, [], np.random.default_rng(5)
    settings = TransportSettings(field_max_g=0.4 * FLUX_QUANTUM_G_UM2, field_points=2)
    angle = 2 * np.pi * 0.4
    truth = np.cos(angle) * np.exp(-((angle * cv) ** 2) / 2)
    for _ in range(400):
        area = 1 + cv * rng.standard_normal(240)
        found = commensurate(loops_of(area, None, 20), settings, rng)
        held.append(found.loop_sum_low[1] <= truth <= found.loop_sum_high[1])
    assert 0.60 <= np.mean(held) <= 0.76
