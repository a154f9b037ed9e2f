"""Loops of known areas in sweeps of the field: found, bounded, and not invented."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.figures.fits.fluctuations import draw_fluctuations
from grainscope.fitting.fluctuations import fluctuations
from grainscope.fitting.loops.detrend import background_columns, detrended, retained_amplitude
from grainscope.fitting.loops.dominating_loop import dominating_loop
from grainscope.fitting.loops.fluctuation_amplitude import fluctuation_amplitude
from grainscope.fitting.loops.folding import fold_field
from grainscope.fitting.loops.loop_grid import loop_diameter_um, loop_grid, loop_responses
from grainscope.fitting.loops.loop_inversion import invert_loops
from grainscope.fitting.loops.loop_inversion_kernel import above_zero
from grainscope.fitting.loops.loop_populations import loop_populations
from grainscope.fitting.loops.minima import (
    _vertex,
    beside_fit,
    coloured_noise,
    find_minima,
    smoothing_matrix,
)
from grainscope.laws.flux_quantum import flux_response
from grainscope.records import TransportCurve
from grainscope.settings import FittingSettings

FIELD_G = np.arange(0.25, 60, 0.5)
AREA_UM2 = 1.327
COLUMNS = background_columns(FIELD_G)
SETTINGS = FittingSettings()


def sweep(
    log_value, rng, field_g=FIELD_G, noise=0.01, signs=(-1, 1), directions=(1, -1), **selection
):
    """Measure ln ρ at both signs of the field, up and down."""
    parts = [(s * field_g, np.full(len(field_g), d)) for s in signs for d in directions]
    b = np.concatenate([part[0] for part in parts])
    direction = np.concatenate([part[1] for part in parts])
    rho = np.exp(np.interp(np.abs(b), field_g, log_value))
    value = rho * (1 + noise * rng.standard_normal(len(b)))
    order = np.argsort(b, kind="stable")
    nothing = np.full(len(b), np.nan)
    return TransportCurve(
        "film", "field_t", "resistivity_ohm_sq", {"temperature_k": 0.06, **selection},
        np.full(len(b), 0.06), b[order] * 1e-4, nothing, value[order], noise * rho[order],
        np.zeros(len(b), bool), direction[order],
    )  # fmt: skip


def rise(field_g=FIELD_G):
    return np.log(2000.0) + 0.66 * 0.5 * np.log((field_g**2 + 4) / 3600)


def loops(depth=0.2, area_um2=AREA_UM2, spread=0.05, field_g=FIELD_G):
    """Revivals of many loops, normal about one area."""
    z = np.linspace(-3, 3, 61)
    share = np.exp(-0.5 * z**2)
    response = flux_response(field_g[:, None], area_um2 * (1 + spread * z))
    return -depth * response @ (share / share.sum())


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(5)
    quiet = sweep(rise() + loops(), rng)
    radiated = sweep(rise() + loops(0.06), rng, rf_frequency_hz=2e9)
    return fluctuations((quiet, radiated), SETTINGS, rng)


def test_one_result_a_sweep_and_one_that_compares_them(found):
    assert [fit.status for fit in found] == ["done"] * 3
    assert found[2].selection["compared"] == "rf"


def test_the_loop_is_found_and_its_interval_is_narrow(found):
    area = found[0].parameters["dominating_loop_area_um2"]
    assert abs(area.value / AREA_UM2 - 1) < 0.03
    assert area.low < area.value < area.high < 1.1 * area.low
    across = found[0].parameters["dominating_loop_diameter_um"]
    assert abs(across.value - 1.3) < 0.02


def test_the_first_minimum_is_at_one_quantum_and_beyond_doubt(found):
    parameters = found[0].parameters
    place = np.array(parameters["minima_field_g"].value)
    first = int(np.argmax(parameters["prominence"].value))
    assert abs(place[first] / (FLUX_QUANTUM_G_UM2 / AREA_UM2) - 1) < 0.05
    assert parameters["false_alarm_rate"].value[first] < 1e-3
    np.testing.assert_allclose(parameters["loop_diameter_um"].value, loop_diameter_um(place))
    lengths = {len(parameters[name].value) for name in (
        "minima_field_g", "loop_diameter_um", "prominence", "false_alarm_rate")}  # fmt: skip
    assert len(lengths) == 1


def test_amplitude_is_that_of_the_cosines(found):
    parameters = found[0].parameters
    wave = loops()
    first_counted = 0.75 * FLUX_QUANTUM_G_UM2 / AREA_UM2
    beyond = np.abs(np.expm1(wave[first_counted < FIELD_G]))
    largest = parameters["relative_amplitude"]
    width = largest.high - largest.low
    assert width < 0.5 * beyond.max()
    assert largest.low - width / 2 < beyond.max() < largest.high + width / 2
    assert abs(parameters["rms_amplitude"].value / np.sqrt(np.mean(beyond**2)) - 1) < 0.1


def test_mean_area_is_told_to_a_hundredth(found):
    mean = found[0].parameters["mean_loop_area_um2"]
    assert abs(mean.value / AREA_UM2 - 1) < 0.01
    assert 0 < mean.high - mean.low < 0.02 * AREA_UM2


def test_loops_of_the_bar_follow_from_rms_and_area(found):
    parameters = found[0].parameters
    rms = parameters["rms_amplitude"].value
    in_bar = 200 * 100 / parameters["dominating_loop_area_um2"].value
    assert parameters["equivalent_loops"].value == pytest.approx(1 / (2 * rms**2))
    assert parameters["gain_of_bar"].value == pytest.approx(rms * np.sqrt(2 * in_bar))


def test_radiation_has_made_them_smaller_by_what_it_has(found):
    ratio = found[2].parameters["rms_ratio"]
    assert abs(ratio.value[0] - 0.3) < 0.05
    assert ratio.low[0] < ratio.value[0] < ratio.high[0]
    assert found[2].parameters["rf_frequency_hz"].value == (2e9,)


def test_table_adds_up(found):
    table = found[0].table
    rho, background = table["resistivity_ohm_sq"], table["background_ohm_sq"]
    np.testing.assert_allclose(rho / background - 1, table["relative_deviation"], rtol=1e-9)
    fitted = background * (1 + table["fitted_relative_deviation"])
    residual = np.log(rho / fitted) * rho / table["error_ohm_sq"]
    np.testing.assert_allclose(residual, table["residual"], atol=1e-6)
    assert 0.5 < np.std(table["residual"]) < 1.3


def test_weights_have_the_names_that_the_link_reads(found):
    extra = found[0].extra
    names = ("loop_diameter_um", "loop_weight", "loop_weight_low", "loop_weight_high")
    assert len({len(extra[name]) for name in names}) == 1
    peak = extra["loop_diameter_um"][np.argmax(extra["loop_weight"])]
    assert abs(peak - 1.3) < 0.05
    assert (extra["loop_weight_low"] <= extra["loop_weight_high"]).all()
    assert extra["range_share"].sum() == pytest.approx(1, abs=0.1)


def test_other_windows_end_with_the_window_taken(found):
    windows = found[0].windows
    assert windows["field_max_g"][-1] == pytest.approx(found[0].table["field_g"][-1])
    area = found[0].parameters["dominating_loop_area_um2"]
    assert windows["dominating_loop_area_um2"][-1] == pytest.approx(area.value)


def test_one_size_dominates_and_is_not_said_not_to(found):
    assert not any("no dominating" in warning for warning in found[0].warnings)


def test_three_sizes_of_equal_weight_are_not_a_loop_with_its_pairs(rng):
    wave = sum(loops(0.12, area, 0.12) for area in (0.9, 1.8, 2.7))
    (fit,) = fluctuations((sweep(rise() + wave, rng),), SETTINGS, rng)
    assert any("no dominating loop" in warning for warning in fit.warnings)


def test_smooth_sweep_has_no_loops(rng):
    (fit,) = fluctuations((sweep(rise(), rng),), SETTINGS, rng)
    assert fit.parameters["minima_field_g"].value == ()
    assert "dominating_loop_area_um2" not in fit.parameters
    assert any("no minimum stands out" in warning for warning in fit.warnings)
    assert fit.parameters["relative_amplitude"].value < 0.03


def test_one_sign_swept_once_is_told_of(rng):
    curve = sweep(rise() + loops(), rng, signs=(1,), directions=(1,))
    (fit,) = fluctuations((curve,), SETTINGS, rng)
    assert any("only one sign" in warning for warning in fit.warnings)
    assert any("nothing was swept twice" in warning for warning in fit.warnings)


def test_offset_error_widens_every_place(rng):
    curve = replace(
        sweep(rise() + loops(), rng, signs=(1,), directions=(1,)), field_offset_error_t=2e-4
    )
    (fit,) = fluctuations((curve,), SETTINGS, rng)
    place = fit.parameters["minima_field_g"]
    for value, low, high in zip(place.value, place.low, place.high, strict=True):
        assert value - low >= min(2.0, 0.99 * value)
        assert high - value >= 2.0


def test_rows_at_the_floor_are_left_out_and_told_of(rng):
    curve = sweep(rise() + loops(), rng)
    low = np.abs(curve.field_t) < 3e-4
    (fit,) = fluctuations((replace(curve, censored=low),), SETTINGS, rng)
    assert fit.table["field_g"][0] > 3
    assert any(f"{low.sum()} rows" in warning for warning in fit.warnings)


@pytest.mark.parametrize(
    ("field_g", "words"),
    [
        (np.linspace(1, 60, 8), "needs 24 fields"),
        (np.linspace(200, 900, 60), "got 0 rows"),
        (np.append(np.arange(1.0, 16), np.arange(28, 146, 13)), "factor of 1.4"),
    ],
)
def test_what_cannot_be_used_is_said(field_g, words, rng):
    (fit,) = fluctuations((sweep(0.01 * field_g, rng, field_g=field_g),), SETTINGS, rng)
    assert fit.status == "skipped"
    assert words in fit.reason


def test_curves_of_another_kind_are_named(rng):
    curve = replace(sweep(rise(), rng), quantity="hall_resistance_ohm")
    (fit,) = fluctuations((curve,), SETTINGS, rng)
    assert fit.reason.endswith("got hall_resistance_ohm against field_t")


def test_a_row_past_a_gap_is_left_out_and_told_of(rng):
    far = np.append(FIELD_G, 100.0)
    log_value = np.append(rise() + loops(), 5.0)
    (fit,) = fluctuations((sweep(log_value, rng, field_g=far),), SETTINGS, rng)
    assert fit.table["field_g"][-1] == pytest.approx(FIELD_G[-1])
    assert any("4 rows" in warning and "gap" in warning for warning in fit.warnings)


def test_two_populations_are_told_apart_and_counted(rng):
    wave = loops(0.12, 1.0, 0.06) + loops(0.08, 1.8, 0.08)
    z = rise() + wave + rng.normal(0, 0.01, len(FIELD_G))
    found = loop_populations(
        FIELD_G, z, np.full(len(FIELD_G), 0.01), loop_grid(FIELD_G), COLUMNS, rng
    )
    assert found.count == 2
    assert abs(np.median(found.mean_area_um2()) / (0.6 * 1.0 + 0.4 * 1.8) - 1) < 0.03
    assert found.probability.sum() == pytest.approx(1)


def test_loops_of_no_few_populations_are_told_by_both_routes(rng):
    area, weight = rng.uniform(0.7, 2.6, 25), rng.exponential(1, 25)
    wave = -0.3 * flux_response(FIELD_G[:, None], area) @ weight / weight.sum()
    (fit,) = fluctuations((sweep(rise() + wave, rng),), SETTINGS, rng)
    assert any("not spread about one mean or two" in warning for warning in fit.warnings)
    mean = fit.parameters["mean_loop_area_um2"].value
    assert abs(mean / (area @ weight / weight.sum()) - 1) < 0.1


def test_field_times_four_is_area_by_four(rng):
    noise = rng.normal(0, 0.01, len(FIELD_G))
    z = rise() + loops() + noise
    error = np.full(len(FIELD_G), 0.01)
    one = dominating_loop(FIELD_G, z, error, loop_grid(FIELD_G), COLUMNS).area_um2(0.5)
    four_columns = background_columns(4 * FIELD_G)
    four = dominating_loop(4 * FIELD_G, z, error, loop_grid(4 * FIELD_G), four_columns).area_um2(
        0.5
    )
    assert one / four == pytest.approx(4, rel=1e-3)


def test_minima_at_two_and_three_quanta_are_not_loops_of_half_and_a_third(rng):
    z = rise() + loops(0.2, 1.6, 0.02) + rng.normal(0, 0.01, len(FIELD_G))
    error = np.full(len(FIELD_G), 0.01)
    weights = invert_loops(FIELD_G, z, error, loop_grid(FIELD_G), COLUMNS, rng)
    grid = weights.grid
    mean = weights.weight.mean(axis=0)
    near = np.abs(np.log(grid.area_um2 / 1.6)) < 0.15
    half = np.abs(np.log(grid.area_um2 / 0.8)) < 0.15
    assert mean[near].sum() > 8 * mean[half].sum()


def test_broad_areas_leave_a_broad_interval(rng):
    wave = loops(0.4, AREA_UM2, 0.32)
    z = rise() + wave + rng.normal(0, 0.01, len(FIELD_G))
    error = np.full(len(FIELD_G), 0.01)
    narrow = rise() + loops() + rng.normal(0, 0.01, len(FIELD_G))
    spans = [
        np.log(found.area_um2(0.84) / found.area_um2(0.16))
        for found in (
            dominating_loop(FIELD_G, curve, error, loop_grid(FIELD_G), COLUMNS)
            for curve in (z, narrow)
        )
    ]
    assert spans[0] > 1.5 * spans[1]


def test_both_signs_and_directions_are_averaged(rng):
    b = np.array([-3.0, -2.0, -1.0, 1.0, 2.0, 3.0])
    value = np.array([3.0, 2.0, 1.0, 3.0, 4.0, 5.0])
    folded = fold_field(b, value, np.full(6, 0.5), np.ones(6, int))
    assert folded.value.tolist() == [2, 3, 4]
    assert folded.error == pytest.approx(0.5 / np.sqrt(2))


def test_scatter_of_repeats_is_the_noise(rng):
    b = np.tile(np.arange(1.0, 51), 4)
    value = 10 * b + rng.normal(0, 3.0, 200)
    folded = fold_field(b, value, np.ones(200), np.repeat([1, -1, 1, -1], 50))
    assert folded.noise_scale == pytest.approx(3, rel=0.25)
    assert np.median(folded.error) == pytest.approx(1.5, rel=0.25)


def test_antisymmetric_part_is_seen(rng):
    b = np.concatenate((-np.arange(1.0, 51), np.arange(1.0, 51)))
    even = 100 + rng.normal(0, 1, 100)
    assert fold_field(b, even, np.ones(100), np.ones(100, int)).antisymmetric < 1.3
    five = np.concatenate((b, b, b, b, b))
    odd = 100 + 0.2 * five + rng.normal(0, 1, 500)
    folded = fold_field(five, odd, np.ones(500), np.ones(500, int))
    assert folded.antisymmetric > 1.5


def test_retained_amplitude_grows_with_the_loop_and_a_background_is_taken_whole():
    grid = loop_grid(FIELD_G)
    columns = COLUMNS
    retained = retained_amplitude(loop_responses(FIELD_G, grid), np.ones(len(FIELD_G)), columns)
    at = np.interp([0.75, 1.3, 3.0], grid.diameter_um, retained)
    assert at[0] < 0.5
    assert 0.85 < at[1] < at[2] <= 1
    assert np.abs(detrended(columns @ np.arange(8.0), np.ones(len(FIELD_G)), columns)).max() < 1e-9


def test_spline_keeps_lines_and_takes_noise_off(rng):
    curve = np.sin(FIELD_G / 6)
    noisy = curve + rng.normal(0, 0.2, len(FIELD_G))
    matrix = smoothing_matrix(FIELD_G, noisy, np.full(len(FIELD_G), 0.2))
    np.testing.assert_allclose(matrix @ (2 + 3 * FIELD_G), 2 + 3 * FIELD_G, rtol=1e-6)
    assert np.std(matrix @ noisy - curve) < 0.5 * np.std(noisy - curve)


@pytest.mark.parametrize("correlation", [0.0, 0.6])
def test_noise_alone_seldom_shows_a_minimum(correlation, rng):
    columns, error = background_columns(FIELD_G), np.full(len(FIELD_G), 0.01)
    least = []
    for _ in range(40):
        noise = detrended(coloured_noise(rng, error, correlation, 1)[:, 0], error, columns)
        found = find_minima(FIELD_G, noise, error, columns, rng, correlation)
        least.append(found.false_alarm_rate.min(initial=1.0))
    assert np.mean(np.array(least) <= 0.05) <= 0.175
    assert np.median(least) > 0.15


def test_largest_deviation_of_noise_alone_is_taken_off(rng):
    error, flat = np.full(200, 0.02), np.zeros((200, 200))
    field_g = np.arange(200.0)
    largest = [
        fluctuation_amplitude(
            field_g, rng.normal(0, 0.02, 200), np.zeros(200), error, flat, 0.0, rng
        ).largest
        for _ in range(30)
    ]
    assert np.mean(largest) < 0.01


def test_normal_cut_off_below_zero_has_its_mean(rng):
    far = [above_zero(-3.0, 1.0, rng) for _ in range(4000)]
    assert np.mean(far) == pytest.approx(0.2831, rel=0.06)  # φ(3)/Q(3) − 3
    near = [above_zero(1.0, 1.0, rng) for _ in range(4000)]
    assert np.mean(near) == pytest.approx(1.2876, rel=0.04)  # 1 + φ(1)/Φ(1)


def test_equal_seeds_give_equal_answers():
    def answer():
        curve = sweep(rise() + loops(), np.random.default_rng(3))
        (fit,) = fluctuations((curve,), SETTINGS, np.random.default_rng(4))
        return {name: (p.value, p.low, p.high) for name, p in fit.parameters.items()}

    assert answer() == answer()


def test_figure_marks_the_minima_and_the_loop(found):
    figure = draw_fluctuations(found)
    top = figure.axes[0]
    assert any("GHz" in text.get_text() for text in top.texts)
    labels = [text.get_text() for text in figure.axes[2].get_legend().get_texts()]
    assert any(label.startswith("dominates: 1.3") for label in labels)


def test_figure_of_nothing_says_so():
    figure = draw_fluctuations(())
    assert figure.axes[0].texts[0].get_text() == "no sweep at low field"


def test_the_vertex_of_a_parabola_is_found_up_to_the_middle_between_rows():
    field_g = np.array([1.0, 2.0, 4.0])
    for vertex in (1.52, 2.3, 2.98):
        assert _vertex(field_g, 5 + 0.1 * (field_g - vertex) ** 2, 1) == pytest.approx(vertex)


def minima_of(curve, correlation=0.0, noise=0.01):
    rng = np.random.default_rng(21)
    error = np.full(len(FIELD_G), noise)
    seen = curve + coloured_noise(rng, error, correlation, 1)[:, 0]
    return seen, error, find_minima(FIELD_G, seen, error, COLUMNS, rng, correlation)


def test_the_first_minimum_is_sought_within_its_own_hollow():
    """Resistance is lowest at no field: that is no place of the first minimum beyond it."""
    curve = -0.2 * flux_response(FIELD_G, AREA_UM2) + 0.004 * FIELD_G
    _, _, found = minima_of(curve)
    true = FLUX_QUANTUM_G_UM2 / AREA_UM2
    first = int(np.argmin(np.abs(found.field_g - true)))
    width = (found.high_g - found.low_g)[first] / 2
    assert 0.02 < width < 0.5
    assert abs(found.field_g[first] - true) < 4 * width


def test_a_prominence_is_no_surer_than_noise_that_keeps_its_sign_allows():
    curve = -0.2 * flux_response(FIELD_G, AREA_UM2)
    for correlation in (0.0, 0.7):
        seen, error, found = minima_of(curve, correlation)
        smoother = smoothing_matrix(FIELD_G, seen, error)
        noise = coloured_noise(np.random.default_rng(22), error, correlation, 4000)
        drawn = np.sqrt(2) * (smoother @ noise).std(axis=1)
        at = [int(np.argmin(np.abs(FIELD_G - place))) for place in found.field_g]
        assert found.prominence_error == pytest.approx(drawn[at], rel=0.06)


def test_a_fit_that_has_a_minimum_elsewhere_widens_its_interval_and_one_without_does_not():
    curve = -0.2 * flux_response(FIELD_G, AREA_UM2)
    _, _, found = minima_of(curve)
    same = beside_fit(found, FIELD_G, found.smoothed)
    np.testing.assert_allclose(same.high_g, found.high_g, atol=1e-9)
    assert beside_fit(found, FIELD_G, np.zeros(len(FIELD_G))).low_g.tolist() == found.low_g.tolist()
    first = int(np.argmin(np.abs(found.field_g - FLUX_QUANTUM_G_UM2 / AREA_UM2)))
    moved = beside_fit(found, FIELD_G, np.interp(FIELD_G - 1.0, FIELD_G, found.smoothed))
    expected = np.hypot((found.high_g - found.field_g)[first], 1 / np.sqrt(2))
    assert (moved.high_g - moved.field_g)[first] == pytest.approx(expected, rel=0.02)
