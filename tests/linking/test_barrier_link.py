"""R(T) against predicted conductances whose scale is known."""

import numpy as np
import pytest

from grainscope.figures.fits.barrier_link import draw_barrier_link
from grainscope.linking import link_barriers
from grainscope.linking.predicted_curve import PredictedCurve
from grainscope.records import Conductance
from grainscope.records.transport_data import TransportCurve

GRID_K = np.geomspace(0.01, 1000, 150)
BARRIER_K = np.geomspace(0.05, 20, 300)


def log_uniform_share(temperature_k, scale=1.0):
    return np.exp(-scale * BARRIER_K / temperature_k[:, None]).mean(axis=1)


@pytest.fixture
def conductance():
    """Parallel barriers, log-uniform; and a network of one barrier of 1 K."""
    return Conductance(
        temperature_k=GRID_K,
        parallel_s=1e-4 * log_uniform_share(GRID_K),
        network_s=1e-4 * np.exp(-1 / GRID_K),
    )


def measured(resistance, temperature_k, rng, noise=0.01, **selection):
    n = len(temperature_k)
    value = resistance * (1 + noise * rng.normal(size=n))
    empty = np.full(n, np.nan)
    field = np.full(n, selection.get("field_t", np.nan))
    return TransportCurve(
        "film", "temperature_k", "resistivity_ohm_sq", selection, temperature_k, field, empty,
        value, noise * resistance, np.zeros(n, bool), np.zeros(n, np.int64),
    )  # fmt: skip


T_K = np.geomspace(0.1, 20, 60)


def test_the_scale_put_in_comes_out_with_its_model(conductance, rng):
    curve = measured(3000 / log_uniform_share(T_K, 2.5), T_K, rng, field_t=4.0)
    found = link_barriers((curve,), conductance)
    assert found.labels["best"] == "parallel"
    scale = found.parameters["energy_scale"]
    assert scale.low - (scale.high - scale.low) < 2.5 < scale.high + (scale.high - scale.low)
    assert scale.value == pytest.approx(2.5, rel=0.05)
    assert found.parameters["permittivity_ratio"].value == pytest.approx(1 / scale.value)
    assert found.parameters["normal_resistance_ohm_sq"].value[0] == pytest.approx(3000, rel=0.05)
    assert found.parameters["aicc_above_law"].value < 0
    assert found.weights["parallel"] > 0.9
    assert found.warnings == ()
    assert np.std(found.table["residual"]) == pytest.approx(1, abs=0.3)


def test_stages_share_the_scale_and_keep_their_own_resistance(conductance, rng):
    curves = [
        measured(r / log_uniform_share(T_K, 2.0), T_K, rng, stage=stage, field_t=4.0)
        for stage, r in (("S1", 5000.0), ("S2", 2000.0))
    ]
    found = link_barriers(curves, conductance)
    resistance = found.parameters["normal_resistance_ohm_sq"].value
    assert resistance == pytest.approx((5000, 2000), rel=0.05)
    alone = found.windows["energy_scale_high"] - found.windows["energy_scale_low"]
    scale = found.parameters["energy_scale"]
    assert scale.high - scale.low < alone.min()
    assert found.labels["curve_1"] == "stage = S2, field_t = 4"
    assert len(draw_barrier_link([found]).axes) == 2


def test_stages_of_different_barriers_are_warned_of(conductance, rng):
    curves = [
        measured(3e3 / log_uniform_share(T_K, s), T_K, rng, stage=stage)
        for stage, s in (("S1", 1.0), ("S2", 3.0))
    ]
    found = link_barriers(curves, conductance)
    assert any("different energy scales" in warning for warning in found.warnings)


def test_another_law_is_preferred_where_it_is_true(conductance, rng):
    curve = measured(2000 * (1 + 0.3 * np.log(20 / T_K)), T_K, rng)
    found = link_barriers((curve,), conductance)
    assert found.labels["closest_law"] == "log_resistance"
    assert found.parameters["aicc_above_law"].value > 10
    assert any("describes the curves better" in warning for warning in found.warnings)


def test_of_each_state_the_highest_field_is_taken(conductance, rng):
    curves = [
        measured(1e3 / log_uniform_share(T_K, s), T_K, rng, stage="S2", field_t=field)
        for field, s in ((1.0, 5.0), (8.0, 2.0))
    ]
    found = link_barriers(curves, conductance)
    assert found.labels["curve_0"] == "stage = S2, field_t = 8"
    assert found.parameters["energy_scale"].value == pytest.approx(2, rel=0.05)


def test_what_is_missing_is_said(conductance, rng):
    metal = measured(1000 + T_K * 50, T_K, rng)
    assert "rises on cooling" in link_barriers((metal,), conductance).reason
    assert "got none" in link_barriers((metal,), None).reason
    rising = measured(3000 / log_uniform_share(T_K), T_K, rng)
    dead = Conductance(GRID_K, np.full(len(GRID_K), np.nan))
    assert "above 0" in link_barriers((rising,), dead).reason


def test_rows_colder_than_predicted_are_told_of(rng):
    warm = np.geomspace(2, 300, 60)
    short = Conductance(warm, 1e-4 * np.exp(-1 / warm))
    found = link_barriers((measured(1e3 * np.exp(1 / T_K), T_K, rng),), short)
    assert found.parameters["energy_scale"].value == pytest.approx(1, rel=0.05)
    assert any("beyond the temperatures" in warning for warning in found.warnings)


def test_scaling_energies_is_scaling_the_temperature():
    curve = PredictedCurve.of(GRID_K, log_uniform_share(GRID_K))
    at = np.array([0.5, 3.0])
    assert curve.ln_resistance(at, 2.0) == pytest.approx(curve.ln_resistance(at / 2, 1.0))
    true = -np.log(log_uniform_share(at, 2.0) / log_uniform_share(GRID_K[-1:]))
    assert curve.ln_resistance(at, 2.0) == pytest.approx(true, abs=2e-3)


def test_beyond_what_is_predicted_one_barrier_goes_on():
    t = np.geomspace(1.0, 100.0, 50)
    curve = PredictedCurve.of(t, 1e-4 * np.exp(-10 / t))
    outside = np.array([0.1, 0.9, 150.0, 1e4])
    for scale in (1.0, 0.5):
        expected = 10 / outside - 10 / 100
        assert curve.ln_resistance(scale * outside, scale) == pytest.approx(expected, rel=1e-9)


def test_too_short_a_prediction_is_none():
    assert PredictedCurve.of(GRID_K[:5], GRID_K[:5]) is None
    assert PredictedCurve.of(GRID_K, None) is None
    assert PredictedCurve.of(GRID_K, np.zeros(len(GRID_K))) is None


@pytest.mark.parametrize("ratio", [1.0, 1.012, 1.016])
def test_stages_are_told_apart_from_2_6_standard_errors_on(conductance, ratio):
    rng = np.random.default_rng(11)
    curves = [
        measured(3e3 / log_uniform_share(T_K, s), T_K, rng, stage=stage)
        for stage, s in (("S1", 2.0), ("S2", 2.0 * ratio))
    ]
    found = link_barriers(curves, conductance)
    sigma = (found.windows["energy_scale_high"] - found.windows["energy_scale_low"]) / 2
    apart = np.ptp(found.windows["energy_scale"]) / np.hypot(*sigma)
    warned = any("different energy scales" in warning for warning in found.warnings)
    assert warned == (apart > 2.6)  # 1 % of a normal deviate, and nearly of F(1, 116)
