"""Which features a film predicts: found where areas are alike, none claimed where they are not."""

import math

import numpy as np
import pytest

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.network import loop_statistics
from grainscope.records import Commensuration
from grainscope.settings import TransportSettings
from grainscope.transport import commensurate, flux_features


def predicted(loops, settings=None, curves=None, seed=0):
    settings, rng = settings or TransportSettings(), np.random.default_rng(seed)
    curves = curves or commensurate(loops, settings, rng)
    return flux_features(curves, loops, loop_statistics(loops, 0, rng), settings, rng)


@pytest.mark.parametrize(("cv", "n"), [(0.05, 60), (0.15, 100), (0.2, 400)])
def test_areas_that_are_alike_predict_a_feature_at_their_field(loops_of, cv, n):
    rng = np.random.default_rng(n)
    area = 1.327 * (1 + cv * rng.standard_normal(n))
    found = predicted(loops_of(area, None, 9))
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
    field = np.arange(9.0)
    heights = np.array([1.0, 0.2, 0.6, 0.4, 0.5, -0.5, 0.9, 0.1, 0.0])
    curves = Commensuration(field / 10, field, heights)
    found = predicted(loops_of([1.0, 1.1, 0.9]), curves=curves)
    assert found.field_g.tolist() == [2, 4, 6]
    assert found.prominence == pytest.approx([0.4, 0.1, 0.9])
    assert found.value == pytest.approx([0.6, 0.5, 0.9])


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
