"""The knee and the maximum of ρ(H) against truth."""

import numpy as np
import pytest

from grainscope.fitting.field.field_rows import FieldRows
from grainscope.fitting.field.knee import local_slope, scan_knees
from grainscope.fitting.mr_peak import mr_peak
from grainscope.fitting.smoothing.local_polynomial import fit_polynomial
from grainscope.fitting.smoothing.maximum import _fit, _tops, find_maximum
from grainscope.fitting.upturn import departure_field, upturn
from grainscope.laws.conduction.field_knee import FieldKnee
from grainscope.settings.fitting import FittingSettings

SETTINGS, RNG = FittingSettings(), np.random.default_rng(0)


def half_width(parameter):
    return (parameter.high - parameter.low) / 2


def near(parameter, truth, sigmas=3.0):
    return abs(parameter.value - truth) < sigmas * half_width(parameter)


@pytest.mark.parametrize(("x", "theta", "value"), FieldKnee().known_values)
def test_the_law_at_its_known_values(x, theta, value):
    assert FieldKnee().value(np.array([x]), theta)[0] == pytest.approx(value, rel=1e-9)


def test_slopes_of_the_law_far_from_its_knee():
    law, theta = FieldKnee(), (5e3, 0.66, 0.04, 7.0, 0.1)
    for low, high, slope in ((1e-4, 2e-4, 0.66), (1.0, 2.0, 7.66)):
        ends = law.value(np.array([low, high]), theta)
        assert np.log(ends[1] / ends[0]) / np.log(2) == pytest.approx(slope, abs=1e-6)


def test_a_scan_of_the_same_rows_is_made_once():
    h = np.geomspace(1e-3, 0.06, 60)
    rho = FieldKnee().value(h, (5e3, 0.66, 0.04, 7.0, 0.12))
    rows, off = (FieldRows(h, rho, e * rho, np.zeros(60, bool)) for e in (0.01, 0.02))
    assert scan_knees(rows) is scan_knees(rows.take(slice(None)))
    assert scan_knees(off) is not scan_knees(rows)


def test_a_start_is_near_the_truth():
    h, theta = np.geomspace(1e-3, 0.07, 100), (5e3, 0.66, 0.04, 7.0, 0.12)
    start = FieldKnee().start(h, FieldKnee().value(h, theta))
    assert start[1] == pytest.approx(0.66, abs=0.1)
    assert start[2] == pytest.approx(0.04, rel=0.15)


def test_the_knee_is_found_whatever_bends_the_curve_down_later(isotherm, climb):
    for seed in range(4):
        found = upturn([isotherm(climb, seed)], SETTINGS, RNG)[0]
        assert near(found.parameters["field_t"], 0.04)
        assert half_width(found.parameters["field_t"]) < 0.0015
        assert near(found.parameters["departure_field_t"], 0.04 * 0.1 ** (1 / 8))
        level = found.parameters["resistivity_ohm_sq"]
        assert level.low < climb(found.parameters["field_t"].value) * 1.02
        assert level.low < level.value < level.high


def test_departure_by_hand_and_by_the_law():
    theta = np.array([5e3, 0.66, 0.04, 7.0, 0.12])
    at = departure_field(theta)
    assert np.exp(FieldKnee().departure(np.array([at]), theta))[0] == pytest.approx(1.1)


def test_a_pure_power_law_has_no_upturn(isotherm):
    curve = isotherm(lambda h: 5e3 * h**0.66, field_t=np.geomspace(1e-3, 0.03, 80))
    found = upturn([curve], SETTINGS, RNG)[0]
    assert found.status == "skipped"
    assert "no upturn: up to 0.03 T" in found.reason


def test_upturn_window_ends_below_the_steepest_place(isotherm, climb):
    found = upturn([isotherm(climb, 3)], SETTINGS, RNG)[0]
    assert found.windows["chosen"].sum() == 1
    assert found.window["field_t"][1] < 0.058
    inside = found.table["in_window"] > 0
    assert np.isfinite(found.table["residual"][inside]).all()
    assert np.isnan(found.table["residual"][~inside]).all()


def test_local_slope_follows_a_knee():
    h = np.geomspace(1e-3, 0.5, 200)
    slope = local_slope(h, FieldKnee().value(h, (1.0, 0.5, 0.04, 3.0, 0.05)))
    assert slope[h < 0.02] == pytest.approx(0.5, abs=0.02)
    assert slope[h > 0.08] == pytest.approx(3.5, abs=0.02)


def test_too_few_rows_make_no_knee():
    h = np.geomspace(1e-3, 0.05, 8)
    assert scan_knees(FieldRows(h, h, 0.01 * h, np.zeros(8, bool))) is None


def test_a_parabola_gives_its_top_and_its_error():
    """For y = −a x² in n rows of noise s, sd of the top is s/(2a) / √(Σ x²)."""
    x, noise = np.linspace(-1, 1, 401), 0.02
    found = [
        find_maximum(x, 1 - 2 * x**2 + noise * np.random.default_rng(s).standard_normal(401),
                     np.full(401, noise))
        for s in range(12)
    ]  # fmt: skip
    least = noise / 4 / np.sqrt((x**2).sum())
    pulls = [top.x / top.x_error for top in found]
    assert np.median([top.x_error for top in found]) < 8 * least
    assert min(top.x_error for top in found) > 0.8 * least
    assert np.std(pulls) < 1.7
    assert np.mean([(top.y - 1) / top.y_error for top in found]) == pytest.approx(0, abs=0.9)


def test_a_maximum_at_the_end_is_none():
    x = np.linspace(0, 1, 100)
    with pytest.raises(ValueError, match="no maximum inside"):
        find_maximum(x, x**2, np.full(100, 0.01))


def test_polynomial_slopes_are_its_derivatives():
    x = np.linspace(1, 3, 30)
    found = fit_polynomial(x, 2 - x + 0.5 * x**3, np.full(30, 0.1), 3, (2.0, 1.0))
    assert found.value(1.7) == pytest.approx(2 - 1.7 + 0.5 * 1.7**3)
    assert found.value(1.7, 1) == pytest.approx(-1 + 1.5 * 1.7**2)
    assert found.value(1.7, 2) == pytest.approx(3 * 1.7)


def test_variance_of_a_mean_is_error_over_root_n():
    found = fit_polynomial(np.linspace(-1, 1, 25), np.zeros(25), np.full(25, 0.5), 0, (0.0, 1.0))
    assert found.variance(0.3) == pytest.approx(0.5**2 / 25)


def test_peak_of_the_magnetoresistance(isotherm, climb):
    h = np.geomspace(0.05, 0.2, 20001)
    truth = h[np.argmax(climb(h))]
    for seed in range(3):
        found = mr_peak([isotherm(climb, seed)], SETTINGS, RNG)[0].parameters
        assert near(found["field_t"], truth, 3.5)
        assert near(found["resistivity_ohm_sq"], climb(truth), 4)
        assert half_width(found["field_t"]) < 0.006
        assert half_width(found["resistivity_ohm_sq"]) < 0.01 * climb(truth)


def test_offset_error_is_in_the_field_of_the_peak(isotherm, climb):
    wide = mr_peak([isotherm(climb, 1, offset_error_t=0.02)], SETTINGS, RNG)[0].parameters
    assert half_width(wide["field_t"]) > 0.02


def test_a_rising_curve_gives_a_limit(isotherm):
    found = mr_peak([isotherm(lambda h: 1e4 * h)], SETTINGS, RNG)[0]
    assert found.status == "skipped"
    assert "above 0.3 T" in found.reason


@pytest.mark.parametrize("verb", [upturn, mr_peak])
def test_no_isotherm_is_skipped(isotherm, climb, verb):
    for curves in ([], [isotherm(climb, rf_frequency_hz=2e9)]):
        (found,) = verb(curves, SETTINGS, RNG)
        assert found.status == "skipped"
        assert "got 0" in found.reason


def test_the_fitted_column_is_the_law_that_was_measured(isotherm):
    theta = (5e3, 0.66, 0.04, 7.0, 0.1)
    h = np.geomspace(1e-3, 0.06, 80)
    curve = isotherm(lambda b: FieldKnee().value(np.abs(b), theta), field_t=h)
    (found,) = upturn([curve], SETTINGS, RNG)
    inside = found.table["in_window"] > 0
    fitted = found.table["fitted_ohm_sq"][inside]
    assert fitted == pytest.approx(FieldKnee().value(h[inside], theta), rel=0.02)
    assert np.std(found.table["residual"][inside]) == pytest.approx(1, abs=0.3)


def test_the_height_of_a_noisy_maximum_is_lower_by_half_of_curvature_times_variance():
    """The place of the top of −c x²/2 is off by e/(c √Σx²), its height by c/2 of that squared."""
    x, curvature, error = np.linspace(-1, 1, 21), 3.0, 0.1
    top = _fit(x, -curvature / 2 * x**2, np.full(21, error), (0.1, slice(0, 21), 2))
    place_error = error / (curvature * np.sqrt(x @ x))
    assert (top.x, top.x_error) == pytest.approx((0.0, place_error), rel=1e-6, abs=1e-9)
    assert top.y == pytest.approx(-curvature / 2 * place_error**2, rel=1e-6)


def test_one_low_row_does_not_cut_a_top_of_few_rows_short():
    """Of 1 − (x/2)² a depth of 0.05 is reached at ±0.447: 27 of 61 rows 1/30 apart."""
    x = np.linspace(-1, 1, 61)
    y = 1 - (x / 2) ** 2
    y[35] -= 0.1
    deep = dict(_tops(x, y))
    assert (deep[0.05].start, deep[0.05].stop) == pytest.approx((17, 44), abs=2)
