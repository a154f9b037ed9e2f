"""Crossings of isotherms: unbiased, tested for being one, and refused where there is none."""

from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pytest

from grainscope.fitting.crossings import _drifts_by, crossings
from grainscope.fitting.field.common_point import _vertex, common_point, may_meet, pair_points
from grainscope.fitting.field.crossing_models import mean_point
from grainscope.fitting.field.field_rows import FieldRows
from grainscope.fitting.field.same_fields import at_same_fields
from grainscope.fitting.field.sign_map import sign_map
from grainscope.fitting.smoothing.local_polynomial import fit_polynomial
from grainscope.records import FitParameter
from grainscope.settings.fitting import FittingSettings

SETTINGS, RNG = FittingSettings(), np.random.default_rng(0)
TRUE_T = 0.052


def half_width(parameter):
    return (parameter.high - parameter.low) / 2


def one(curves):
    (found,) = crossings(curves, SETTINGS, RNG)
    return found


def lines(slopes, noise=0.01, at=0.3, rng=None, heights=None):
    x = np.linspace(-1, 1, 60)
    heights = heights or [0.0] * len(slopes)
    fits = []
    for slope, height in zip(slopes, heights, strict=True):
        y = slope * (x - at) + height + (noise * rng.standard_normal(60) if rng else 0)
        fits.append(fit_polynomial(x, y, np.full(60, noise), 1, (0.0, 1.0)))
    return fits


def test_straight_lines_meet_where_they_do():
    found = common_point(lines((1, 2, 4)), -1, 1)
    assert found.x == pytest.approx(0.3, abs=2e-5)
    assert found.y == pytest.approx(0, abs=1e-4)
    assert found.chi2 == pytest.approx(0, abs=1e-3)


def test_interval_of_two_lines_is_fiellers():
    """|d(x)| = s(x) for the difference d of two lines, solved by hand as a quadratic."""
    a, b = lines((1, 2), noise=0.2)
    found = common_point([a, b], -1, 1)
    c = a.covariance + b.covariance  # x is already in units of the half-width
    roots = np.roots([1 - c[1, 1], -0.6 - 2 * c[0, 1], 0.09 - c[0, 0]])
    assert sorted(roots) == pytest.approx([found.low, found.high], abs=1e-4)


def test_pairs_at_once_are_the_pairs_one_by_one():
    rng = np.random.default_rng(4)
    curves = lines((1, 1.2, 3, -2, 1.0001), noise=0.05, rng=rng)
    pairs, points = pair_points(curves, -0.6, 1, scale=1.3)
    assert len(pairs) == 10
    for (a, b), found in zip(pairs, points, strict=True):
        single = common_point([curves[a], curves[b]], -0.6, 1, 1.3)
        if single is None:
            assert np.isnan(found).all()
        else:
            each = [single.x, single.low, single.high, single.y, single.y_error]
            assert found == pytest.approx(each, rel=1e-9)
    assert 0 < np.isnan(points[:, 0]).sum() < 10


def test_no_run_that_shares_a_point_is_passed_over():
    rng = np.random.default_rng(5)
    kept = shared = 0
    for _ in range(20):
        slopes = rng.uniform(-3, 3, 7)
        curves = lines(slopes, noise=0.02, rng=rng, heights=list(rng.normal(0, 0.01, 7)))
        hopeful = list(may_meet(curves, (-1, 1), 1.1, 0.05))
        runs = [tuple(range(a, a + n)) for n in range(7, 2, -1) for a in range(8 - n)]
        for run in runs:
            point = common_point([curves[k] for k in run], -1, 1, 1.1)
            if point is not None and point.p >= 0.05:
                assert run in hopeful
                shared += 1
        assert hopeful == [run for run in runs if run in hopeful]
        kept += len(hopeful)
    assert 20 < shared <= kept < 0.8 * 20 * len(runs)


def test_the_lowest_point_between_three_is_that_of_their_parabola():
    k = np.arange(6)
    assert _vertex(np.array([2 + (k - 3.3) ** 2, 5 * (k - 1.6) ** 2])) == pytest.approx([2, 0])


def test_pulls_of_the_common_point_are_normal():
    pulls, chances = [], []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        found = common_point(lines((1, 2, 4), 0.05, rng=rng), -1, 1)
        pulls.append((found.x - 0.3) / found.error)
        chances.append(found.p)
    assert np.mean(pulls) == pytest.approx(0, abs=0.25)
    assert 0.75 < np.std(pulls) < 1.15  # intervals are widened where χ² is large by chance
    assert np.mean(np.array(chances) < 0.1) == pytest.approx(0.1, abs=0.08)


def test_lines_that_share_no_point_are_told():
    found = common_point(lines((1, 2, 4), heights=[0, 0.1, 0]), -1, 1)
    assert found.p < 1e-6


def test_parallel_lines_have_no_interval():
    found = common_point(lines((1, 1.0001), 0.1), -1, 1)
    assert found is None or not np.isfinite(found.error)


def test_field_and_resistivity_of_the_crossing(crossing_isotherms):
    for seed in range(2):
        found = one(crossing_isotherms(seed)).parameters
        assert abs(found["field_t"].value - TRUE_T) < 3 * half_width(found["field_t"])
        assert abs(found["resistivity_ohm_sq"].value - 8e3) < 3 * half_width(
            found["resistivity_ohm_sq"]
        )
        assert half_width(found["field_t"]) < 5e-4
        assert found["p_one_point"].value > 0.001


def test_pairs_are_not_biased(crossing_isotherms):
    """Where noisy rows are joined, the first change of sign lies a σ or more too low."""
    off, naive = [], []
    for seed in range(4):
        curves = crossing_isotherms(1000 * seed)
        table = one(curves).table
        far = (table["temperature_low_k"] < 0.07) & (table["temperature_high_k"] > 0.4)
        off.append(table["field_t"][far][0] - TRUE_T)
        difference = curves[0].value - curves[-1].value
        near = np.abs(np.log(curves[0].field_t / TRUE_T)) < 0.3
        naive.append(curves[0].field_t[near][np.argmax(difference[near] > 0)] - TRUE_T)
    error = np.std(off) / np.sqrt(len(off))
    assert abs(np.mean(off)) < 3.5 * error
    assert abs(np.mean(off)) < abs(np.mean(naive))


def test_a_crossing_that_drifts_is_told(crossing_isotherms, scaling_form):
    def drifting(h, t):
        return scaling_form(h, t, crossing_t=0.046 + 0.05 * t)

    found = one(crossing_isotherms(form=drifting))
    steady = one(crossing_isotherms())
    assert any("left out" in w or "drift" in w or "share" in w for w in found.warnings)
    drift = found.parameters["drift_t_per_decade"]
    assert abs(drift.value) > 2 * half_width(drift)
    same = steady.parameters["drift_t_per_decade"]
    assert abs(same.value) < 3 * half_width(same)


def test_half_of_a_clear_drift_over_the_isotherms_is_in_doubt(monkeypatch):
    found = SimpleNamespace(temperature_k=np.array([0.1, 0.4, 1.0, 9.0]), shared=(0, 1, 2))
    for drift, error, doubt in ((-0.01, 0.003, 0.005), (0.01, 0.004, 0.0)):
        told = FitParameter(drift, drift - error, drift + error, "T")
        module = import_module("grainscope.fitting.crossings")
        monkeypatch.setattr(module, "_drift", lambda _, told=told: told)
        assert _drifts_by(found) == pytest.approx(doubt)


def test_isotherms_that_never_cross_are_skipped(crossing_isotherms):
    for power, word in ((0.3, "falls on cooling"), (-0.3, "rises on cooling")):
        found = one(crossing_isotherms(form=lambda h, t, q=power: 1e4 * h * t**q))
        assert found.status == "skipped"
        assert word in found.reason


def test_isotherms_that_coincide_do_not_cross(crossing_isotherms):
    found = one(crossing_isotherms(form=lambda h, _t: 1e4 * h))
    assert found.status == "skipped"


def test_sign_is_metal_below_and_insulator_above(crossing_isotherms):
    extra = one(crossing_isotherms()).extra
    field, sign = extra["map_field_t"], extra["map_sign"]
    assert sign.shape == (4, len(field))
    assert (sign[:, field < 0.03] == 1).all()
    assert (sign[:, (field > 0.08) & (field < 0.12)] == -1).all()


def test_one_result_a_state_and_pairs_in_its_table(crossing_isotherms):
    curves = crossing_isotherms() + crossing_isotherms(stage="S2G", gate_v=-50.0)
    found = crossings(curves, SETTINGS, RNG)
    assert [dict(f.selection) for f in found] == [
        {"stage": "S2"},
        {"stage": "S2G", "gate_v": -50.0},
    ]
    assert len(found[0].table["field_t"]) == 10
    assert found[0].windows["weight"].sum() == pytest.approx(1)


def test_offset_error_is_in_the_interval(crossing_isotherms):
    found = one(crossing_isotherms(offset_error_t=1e-3)).parameters["field_t"]
    assert half_width(found) > 1e-3


def test_curves_of_nearly_one_temperature_are_one_isotherm(crossing_isotherms):
    found = one(crossing_isotherms(temperatures=(0.0999, 0.1, 0.1001, 0.5)))
    assert found.extra["isotherm_temperature_k"] == pytest.approx([0.1, 0.5])


def test_fewer_than_two_temperatures_are_skipped(crossing_isotherms):
    for curves, got in (([], 0), (crossing_isotherms(temperatures=(0.1,)), 1)):
        found = one(curves)
        assert found.status == "skipped"
        assert f"got {got}" in found.reason


def test_slopes_of_the_map_are_those_of_a_power_of_temperature():
    h, temperatures = np.geomspace(0.01, 0.2, 120), np.array([0.1, 0.2, 0.4])
    rows = [FieldRows(h, 1e4 * h * t**0.3, 1e2 * h, np.zeros(120, bool)) for t in temperatures]
    found = sign_map(rows, temperatures)
    assert found.slope == pytest.approx(0.3, abs=1e-6)
    assert found.total == pytest.approx(0.3, abs=1e-6)
    assert np.isnan(found.change())


def test_that_two_isotherms_always_share_a_point_is_said(crossing_isotherms):
    two = one(crossing_isotherms(temperatures=(0.1, 0.3)))
    three = one(crossing_isotherms(temperatures=(0.1, 0.2, 0.3)))
    assert [any("not tested" in w for w in found.warnings) for found in (two, three)] == [
        True,
        False,
    ]


def test_errors_three_times_as_large_and_a_scale_of_three_are_the_same():
    """Curves that miss each other by χ² of 30 are within χ² of 3.4 by errors thrice as large."""
    near, far = (lines((1, 2, 4), noise, heights=[0, 0.1, 0]) for noise in (0.3, 0.1))
    assert list(may_meet(far, (-1, 1), 1.0, 0.05)) == []
    assert list(may_meet(far, (-1, 1), 3.0, 0.05)) == [(0, 1, 2)]
    assert list(may_meet(near, (-1, 1), 1.0, 0.05)) == [(0, 1, 2)]


def test_the_interval_of_a_mean_point_by_hand():
    """Half-widths and distances from the mean add in squares, each side by itself."""
    points = (
        SimpleNamespace(x=0.0, low=-1.0, high=0.5, y=1.0, y_error=0.1),
        SimpleNamespace(x=4.0, low=2.0, high=5.0, y=3.0, y_error=0.2),
    )
    models = [SimpleNamespace(meet=lambda which, at=at: at) for at in points]
    found = mean_point(models, np.array([0.75, 0.25]), (0, 1))
    below = np.sqrt(0.75 * (1**2 + 1**2) + 0.25 * (2**2 + 3**2))
    above = np.sqrt(0.75 * (0.5**2 + 1**2) + 0.25 * (1**2 + 3**2))
    height = np.sqrt(0.75 * (0.1**2 + 0.5**2) + 0.25 * (0.2**2 + 1.5**2))
    expected = [1.0, 1.0 - below, 1.0 + above, 1.5, height]
    assert [found.x, found.low, found.high, found.y, found.y_error] == pytest.approx(expected)


def test_one_near_field_is_enough_where_fields_are_sparse():
    sparse = np.geomspace(0.01, 0.1, 5)
    sizes = [sparse * by for by in (1.0, 1.05, 0.95, 1.1)]
    assert at_same_fields([*sizes, np.linspace(0.5, 8, 30)]) == [0, 1, 2, 3]
