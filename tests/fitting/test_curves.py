"""Rows to curves: sweeps in any order, the field about which they are even, noise and floor."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from grainscope.fitting import transport_curves
from grainscope.fitting.preparation.even_field import even_centre
from grainscope.fitting.preparation.field_offset import _mean
from grainscope.fitting.preparation.scatter import (
    curve_residuals,
    neighbour_residuals,
    scatter_of,
)
from grainscope.fitting.preparation.sweeps import set_points, split_sweeps, tolerances
from grainscope.fitting.preparation.temperature_error import effective_error, local_slope
from grainscope.records import TransportData
from grainscope.settings import FittingSettings

OFFSET_T = 3e-4
ISOTHERMS_K = (0.06, 0.1, 0.2)


def rows_of(**columns: np.ndarray | str | float) -> TransportData:
    """Build data from columns; what is not given was not recorded."""
    n = max(len(c) for c in columns.values() if isinstance(c, np.ndarray))
    filled = dict.fromkeys(TransportData.number_columns(), np.full(n, np.nan))
    filled |= dict.fromkeys(TransportData.text_columns(), np.full(n, ""))
    filled |= {"sample": np.full(n, "a"), "file": np.zeros(n, int), "line": np.arange(n) + 2}
    given = {k: c if isinstance(c, np.ndarray) else np.full(n, c) for k, c in columns.items()}
    return TransportData(**filled | given, files=("a.csv", "b.csv"))


def film(temperature_k: np.ndarray, field_t: np.ndarray) -> np.ndarray:
    return 5e3 * np.abs(field_t) ** 0.66 * np.exp(-0.05 / temperature_k)


def isotherms(rng: np.random.Generator, noise: float = 0.01, floor: float = 0.3) -> TransportData:
    """Up and down sweeps of three isotherms, with trapped flux and jitter of temperature."""
    field = np.tile(np.concatenate((h := np.linspace(-0.05, 0.05, 101), h[::-1])), 3)
    point = np.repeat(ISOTHERMS_K, 202)
    temperature = point * (1 + 0.002 * rng.standard_normal(len(point)))
    rho = film(point, field - OFFSET_T)
    rho = rho * (1 + noise * rng.standard_normal(len(rho)))
    rho += floor * rng.standard_normal(len(rho))
    way = np.tile(np.repeat(["up", "down"], 101), 3)
    return rows_of(
        temperature_k=temperature, field_t=field, resistivity_ohm_sq=rho, sweep_direction=way
    )


def shuffled(data: TransportData, rng: np.random.Generator) -> TransportData:
    order = rng.permutation(len(data.file))
    names = (*TransportData.number_columns(), *TransportData.text_columns(), "line")
    return dataclasses.replace(data, **{name: getattr(data, name)[order] for name in names})


def of(prepared, analysis):
    return next(fit for fit in prepared.fits if fit.analysis == analysis)


class TestSweeps:
    def test_set_points_hold_what_lies_within_their_width(self):
        which, points = set_points(np.array([1.0, 2.0, 1.05, np.nan, 3.0, 1.1]), 0.1)
        assert which.tolist() == [0, 1, 0, 3, 2, 0]
        assert points[:3] == pytest.approx([1.05, 2.0, 3.0])
        assert np.isnan(points[3])

    @pytest.mark.parametrize("order", ["written", "by field", "shuffled"])
    def test_isotherms_are_found_in_any_order(self, order, rng):
        temperature = np.repeat([0.1, 0.2, 0.5], 40)
        field = np.tile(np.linspace(0, 1, 40), 3)
        rows = np.arange(120)
        if order == "by field":
            rows = np.lexsort((temperature, field))
        elif order == "shuffled":
            rows = rng.permutation(120)
        axes = {
            "temperature_k": temperature[rows],
            "field_t": field[rows],
            "current_a": np.full(120, np.nan),
        }
        sweeps = split_sweeps(axes, tolerances(axes, 0.02, 1e-5))
        assert [sweep.along for sweep in sweeps] == ["field_t"] * 3
        assert sorted(np.concatenate([sweep.rows for sweep in sweeps])) == list(range(120))
        for sweep in sweeps:
            assert len(np.unique(axes["temperature_k"][sweep.rows])) == 1

    def test_every_axis_can_be_the_one_that_moves(self):
        for along in ("temperature_k", "field_t", "current_a"):
            held = {"temperature_k": 0.1, "field_t": 1.0, "current_a": 1e-6}
            axes = {name: np.full(9, value) for name, value in held.items()}
            axes[along] = np.linspace(1, 2, 9) * held[along]
            sweeps = split_sweeps(axes, tolerances(axes, 0.02, 1e-5))
            assert [(s.along, len(s.rows)) for s in sweeps] == [(along, 9)]


class TestScatter:
    @pytest.mark.parametrize("degree", [1, 2, 3])
    def test_residuals_of_white_noise_have_its_variance(self, degree, rng):
        x = np.sort(rng.random(3000))
        found = neighbour_residuals(x, 10 + rng.standard_normal(3000), degree)
        assert np.mean(found.deviation**2) == pytest.approx(1, abs=0.1)

    def test_repeats_tell_the_noise_too(self, rng):
        x = np.repeat(np.arange(30.0), 4)
        found = scatter_of([curve_residuals(x, 1000 * (-1) ** x + rng.standard_normal(120))])
        # neighbours lie 2000 away: only the repeats can tell that the noise is small
        assert found.at(np.array([1000.0]))[0] < 1500

    def test_both_parts_of_the_noise_are_told_apart(self, rng):
        parts = []
        for _ in range(25):
            x = np.geomspace(1e-4, 1, 400)
            y = 1e3 * x
            noisy = y + np.hypot(0.5, 0.02 * y) * rng.standard_normal(400)
            found = scatter_of([curve_residuals(np.log(x), noisy)])
            parts.append((found.absolute, found.relative))
        absolute, relative = np.median(parts, axis=0)
        assert absolute == pytest.approx(0.5, rel=0.1)
        assert relative == pytest.approx(0.02, rel=0.08)

    def test_a_steep_smooth_curve_is_no_noise(self):
        t = np.geomspace(0.05, 5, 120)
        found = scatter_of([curve_residuals(np.log(t), 1e4 * np.exp(-1.5 / t))])
        assert found.relative < 2e-3

    def test_exact_zeros_among_large_values_are_no_trouble(self, rng):
        x = np.linspace(0, 1, 300)
        y = np.where(x < 0.5, 0.0, 1e9 * (x - 0.5) * (1 + 0.01 * rng.standard_normal(300)))
        found = scatter_of([curve_residuals(x, y)])
        assert np.isfinite([found.absolute, found.relative]).all()
        assert found.at(np.array([1e8]))[0] == pytest.approx(1e6, rel=0.5)

    def test_outliers_do_not_count(self, rng):
        x = np.linspace(0, 1, 500)
        y = 100 * (1 + 0.01 * rng.standard_normal(500))
        y[::50] *= 3
        found = scatter_of([curve_residuals(x, y)])
        assert found.at(np.array([100.0]))[0] == pytest.approx(1, rel=0.25)


class TestTemperatureError:
    T = np.geomspace(0.1, 2.0, 60)
    R = 1e3 * np.exp(-1.0 / T)

    def curve(self, t, r, **columns):
        data = rows_of(temperature_k=t, resistivity_ohm_sq=r, field_t=0.0 * t, **columns)
        return transport_curves(data, FittingSettings()).curves["a"][0]

    def test_it_adds_the_slope_times_it_to_what_was_stated(self):
        stated, error_k = 0.01 * self.R, np.full(60, 0.005)
        plain = self.curve(self.T, self.R, resistivity_error_ohm_sq=stated)
        found = self.curve(
            self.T, self.R, resistivity_error_ohm_sq=stated, temperature_error_k=error_k
        )
        np.testing.assert_allclose(plain.error, stated)
        slope = self.R / self.T**2
        inner = slice(10, -3)  # colder, d ln ρ/d ln T of 10 is too steep for a parabola
        expected = np.hypot(stated, slope * 0.005)[inner]
        np.testing.assert_allclose(found.error[inner], expected, rtol=0.08)

    def test_where_the_curve_is_flat_or_nothing_is_stated_it_adds_nothing(self, rng):
        flat = 100 * (1 + 0.01 * rng.standard_normal(60))
        stated = np.full(60, 1.0)
        none, nan = np.zeros(60), np.full(60, np.nan)
        found = self.curve(
            self.T, flat, resistivity_error_ohm_sq=stated, temperature_error_k=0.002 * self.T
        )
        np.testing.assert_allclose(found.error, stated, rtol=0.01)
        for error_k in (none, nan):
            found = self.curve(
                self.T, self.R, resistivity_error_ohm_sq=stated, temperature_error_k=error_k
            )
            np.testing.assert_array_equal(found.error, stated)

    def test_scatter_that_it_makes_is_not_counted_twice(self, rng):
        pulls = []
        for _ in range(20):
            read = self.T * (1 + 0.02 * rng.standard_normal(60))
            r = 1e3 * np.exp(-0.3 / self.T) * (1 + 0.002 * rng.standard_normal(60))
            found = self.curve(read, r, temperature_error_k=0.02 * self.T)
            pull = (found.value - 1e3 * np.exp(-0.3 / found.x)) / found.error
            pulls.append((np.std(pull[:20]), np.std(pull[40:])))
        steep, flat = np.median(pulls, axis=0)
        assert 0.7 < steep < 1.4
        assert 0.5 < flat < 1.4

    @pytest.mark.parametrize("shaken_k", [1e-4, 1e-3, 0.04])
    def test_of_scatter_three_quarters_at_most_are_put_down_to_it(self, shaken_k):
        t, error = np.linspace(1, 2, 20), np.full(20, 0.01)
        scattered = np.ones(20, bool)
        found = effective_error(t, np.full(20, shaken_k), 3 * t, error, scattered)
        moved = (3 * shaken_k) ** 2
        expected = np.sqrt(0.01**2 + moved - min(moved, 0.75 * 0.01**2))
        assert found == pytest.approx(np.full(20, expected), rel=0.02)

    def test_it_does_not_matter_in_which_order_rows_come(self, rng):
        order = rng.permutation(60)
        slope, error = local_slope(self.T, self.R, 0.01 * self.R)
        mixed = local_slope(self.T[order], self.R[order], 0.01 * self.R[order])
        np.testing.assert_allclose(mixed[0], slope[order])
        np.testing.assert_allclose(mixed[1], error[order])

    def test_rows_at_one_temperature_have_no_slope(self):
        slope, error = local_slope(np.ones(9), np.arange(9.0), np.ones(9))
        assert not slope.any()
        assert np.isinf(error).all()


class TestEvenField:
    def test_the_interval_covers_as_often_as_it_says(self, rng):
        h = np.linspace(-0.01, 0.01, 121)
        rho = 5e3 * np.abs(h - OFFSET_T) ** 0.66
        error = np.hypot(0.5, 0.01 * rho)
        found = [even_centre(h, rho + error * rng.standard_normal(121), error) for _ in range(60)]
        off = np.array([one.field_t - OFFSET_T for one in found])
        half = np.array([one.error_t for one in found])
        assert abs(off.mean()) < 4 * off.std() / np.sqrt(60)
        assert 0.5 <= np.mean(np.abs(off) < half) <= 0.86
        assert np.median(half) < 1.5 * off.std()

    def test_mirrored_data_give_the_mirrored_centre(self, rng):
        h = np.linspace(-0.01, 0.01, 100)
        y = np.abs(h - OFFSET_T) + 0.001 + 1e-5 * rng.standard_normal(100)
        error = np.full(100, 1e-5)
        there, back = even_centre(h, y, error), even_centre(-h, y, error)
        assert there.field_t == pytest.approx(-back.field_t, abs=0.1 * there.error_t)

    def test_one_sign_tells_nothing(self):
        assert even_centre(np.linspace(0, 1, 50), np.ones(50), np.ones(50)) is None

    def test_a_curve_that_is_not_even_is_told(self, rng):
        h = np.linspace(-1, 1, 200)
        skew = h**2 + 0.3 * h**3
        found = even_centre(h, skew + 0.001 * rng.standard_normal(200), np.full(200, 0.001))
        assert found.chi2_per_dof > 3


class TestCurves:
    def test_sweeps_up_and_down_are_one_curve_at_the_field_of_the_film(self, rng):
        prepared = transport_curves(isotherms(rng), FittingSettings())
        curves = prepared.curves["a"]
        assert [c.along for c in curves] == ["field_t"] * 3
        held = [c.at("temperature_k") for c in curves]
        assert held == pytest.approx(ISOTHERMS_K, rel=1e-3)
        for curve in curves:
            assert len(curve) == 202
            assert set(curve.direction) == {1, -1}
            assert np.all(np.diff(curve.x) >= 0)
        offset = of(prepared, "field_offset").parameters["offset_t"]
        assert abs(offset.value - OFFSET_T) < 4 * (offset.high - offset.low)
        truth = film(0.1 + 0 * curves[1].x, curves[1].x)
        seen = ~curves[1].censored & (np.abs(curves[1].x) > 1e-3)
        pull = (curves[1].value - truth)[seen] / curves[1].error[seen]
        assert 0.8 < pull.std() < 1.25

    def test_the_order_of_the_rows_does_not_matter(self, rng):
        data = isotherms(rng)
        there = transport_curves(data, FittingSettings()).curves["a"]
        back = transport_curves(shuffled(data, rng), FittingSettings()).curves["a"]
        assert [len(c) for c in there] == [len(c) for c in back]
        for one, other in zip(there, back, strict=True):
            assert np.allclose(np.sort(one.value), np.sort(other.value))
            assert one.at("temperature_k") == pytest.approx(other.at("temperature_k"), rel=1e-2)

    def test_states_are_kept_apart(self, rng):
        base = isotherms(rng)
        rf = np.where(np.arange(len(base.file)) < 202, 2e9, np.nan)
        power = np.where(rf > 0, 0.0, -10.0)  # power of a source that is off means nothing
        data = dataclasses.replace(base, rf_frequency_hz=rf, rf_power_dbm=power)
        curves = transport_curves(data, FittingSettings()).curves["a"]
        assert sorted(c.undisturbed for c in curves) == [False, True, True]
        disturbed = next(c for c in curves if not c.undisturbed)
        assert disturbed.selection["rf_frequency_hz"] == 2e9

    def test_rows_below_the_floor_are_upper_limits(self, rng):
        settings = FittingSettings(resistance_floor_ohm=20.0)
        for curve in transport_curves(isotherms(rng), settings).curves["a"]:
            assert curve.censored.any()
            assert np.all(curve.value[curve.censored] == 20.0)
            assert np.all(curve.value >= 20.0)

    def test_stated_errors_win(self, rng):
        data = isotherms(rng)
        stated = np.full(len(data.file), 7.0)
        curves = transport_curves(
            dataclasses.replace(data, resistivity_error_ohm_sq=stated), FittingSettings()
        ).curves["a"]
        assert np.all(curves[0].error == 7.0)

    def test_a_given_offset_is_taken(self, rng):
        prepared = transport_curves(isotherms(rng), FittingSettings(field_offset_t=0.001))
        assert of(prepared, "field_offset").parameters["offset_t"].value == 0.001
        assert prepared.curves["a"][0].x.min() == pytest.approx(-0.051)

    def test_files_of_different_cooldowns_have_their_own_offset(self, rng):
        first, second = isotherms(rng), isotherms(rng)
        both = {
            name: np.concatenate((getattr(first, name), getattr(second, name)))
            for name in (*TransportData.number_columns(), *TransportData.text_columns())
        }
        n = len(first.file)
        both["field_t"] = both["field_t"] + np.repeat([0.0, 5e-4], n)
        data = rows_of(**both, file=np.repeat([0, 1], n))
        prepared = transport_curves(data, FittingSettings())
        assert "differ by more than chance" in of(prepared, "field_offset").warnings[0]
        assert sum(len(c) for c in prepared.curves["a"]) == 2 * n

    def test_a_vague_offset_moves_no_field(self, rng):
        field = np.linspace(-9, 9, 61)
        rho = 2000 * (1 + 0.003 * field**2) * (1 + 0.01 * rng.standard_normal(61))
        data = rows_of(temperature_k=2.0, field_t=field, resistivity_ohm_sq=rho)
        prepared = transport_curves(data, FittingSettings())
        (curve,) = prepared.curves["a"]
        assert np.array_equal(curve.x, field)
        assert curve.field_offset_error_t > 1e-3
        assert "none was taken off" in of(prepared, "field_offset").warnings[0]

    def test_one_sign_of_field_is_said(self, rng):
        h = np.linspace(0.001, 0.05, 60)
        data = rows_of(temperature_k=0.1, field_t=h, resistivity_ohm_sq=film(0.1 + 0 * h, h))
        found = of(transport_curves(data, FittingSettings()), "field_offset")
        assert found.status == "skipped"
        assert "fitting.field_offset_t" in found.reason

    def test_fields_can_be_cut_from_isotherms(self, rng):
        temperature = np.repeat(np.geomspace(0.05, 2, 12), 30)
        field = np.tile(np.linspace(0, 0.29, 30), 12)
        rho = film(temperature, field) + 1
        data = rows_of(temperature_k=temperature, field_t=field, resistivity_ohm_sq=rho)
        cut = FittingSettings(fields_t=(0.1, 0.2), field_offset_t=0.0)
        curves = transport_curves(data, cut).curves["a"]
        along_t = [c for c in curves if c.along == "temperature_k"]
        assert [c.at("field_t") for c in along_t] == pytest.approx([0.1, 0.2])
        assert [len(c) for c in along_t] == [12, 12]

    def test_a_cut_of_what_was_swept_counts_its_rows_once(self, rng):
        data = isotherms(rng)
        swept = transport_curves(data, FittingSettings()).curves["a"]
        cut = transport_curves(data, FittingSettings(temperatures_k=(0.1,))).curves["a"]
        assert [len(c) for c in cut] == [len(c) for c in swept]

    def test_without_a_field_column_the_field_is_zero(self):
        t = np.geomspace(0.1, 10, 40)
        data = rows_of(temperature_k=t, resistivity_ohm_sq=100 + t)
        assert transport_curves(data, FittingSettings()).curves["a"][0].at("field_t") == 0.0

    def test_isotherms_three_percent_apart_are_two(self, rng):
        point = np.repeat([0.1, 0.103, 0.106], 41)
        field = np.tile(np.linspace(0, 0.05, 41), 3)
        for order in (np.arange(123), np.lexsort((point, field))):
            data = rows_of(
                temperature_k=point[order],
                field_t=field[order],
                resistivity_ohm_sq=film(point, field)[order] + 1,
            )
            curves = transport_curves(data, FittingSettings()).curves["a"]
            held = [(c.at("temperature_k"), len(c)) for c in curves]
            assert held == [(0.1, 41), (0.103, 41), (0.106, 41)]

    def test_many_isotherms_of_few_fields_stay_isotherms(self):
        point, field = (
            np.repeat(np.geomspace(0.05, 4, 60), 21),
            np.tile(np.linspace(0, 0.1, 21), 60),
        )
        data = rows_of(
            temperature_k=point, field_t=field, resistivity_ohm_sq=film(point, field) + 1
        )
        curves = transport_curves(data, FittingSettings()).curves["a"]
        assert [(c.along, len(c)) for c in curves] == [("field_t", 21)] * 60

    def test_a_wandering_temperature_is_said_with_the_setting_that_helps(self, rng):
        point, field = np.repeat([0.1, 0.2], 81), np.tile(np.linspace(0, 0.05, 81), 2)
        rho = film(point, field) * (1 + 0.01 * rng.standard_normal(162))
        wandering = point * (1 + 0.02 * rng.standard_normal(162))
        data = rows_of(temperature_k=wandering, field_t=field, resistivity_ohm_sq=rho)
        (warning,) = transport_curves(data, FittingSettings()).warnings
        wide = float(warning.rpartition("fitting.temperature_tolerance=")[2])
        prepared = transport_curves(data, FittingSettings(temperature_tolerance=wide))
        assert prepared.warnings == ()
        assert [len(c) for c in prepared.curves["a"]] == [81, 81]

    def test_hysteresis_is_taken_off_each_way_and_is_no_noise(self, rng):
        way, field = np.repeat([1.0, -1.0], 101), np.linspace(-0.05, 0.05, 101)
        field = np.concatenate((field, field[::-1]))
        rho = film(0.1, field - OFFSET_T - 4e-4 * way)
        rho = rho * (1 + 0.01 * rng.standard_normal(202)) + 0.3 * rng.standard_normal(202)
        data = rows_of(temperature_k=0.1, field_t=field, resistivity_ohm_sq=rho)
        prepared = transport_curves(data, FittingSettings())
        found = of(prepared, "field_offset")
        assert found.parameters["hysteresis_g"].value == pytest.approx(8.0, abs=0.3)
        assert found.parameters["offset_g"].value == pytest.approx(3.0, abs=0.3)
        assert "hysteresis" in found.warnings[0]
        (curve,) = prepared.curves["a"]
        truth = film(0.1, curve.x)
        seen = ~curve.censored & (np.abs(curve.x) > 1e-3)
        assert 0.7 < ((curve.value - truth) / curve.error)[seen].std() < 1.3

    def test_small_values_of_a_coarse_sweep_are_not_zero(self, rng):
        field = np.linspace(-0.12, 0.12, 31)
        rho = 40 + 6e4 * np.abs(field) ** 0.9 * (1 + 0.002 * rng.standard_normal(31))
        data = rows_of(temperature_k=0.1, field_t=field, resistivity_ohm_sq=rho)
        (curve,) = transport_curves(data, FittingSettings()).curves["a"]
        assert not curve.censored.any()

    def test_lone_rows_are_counted(self):
        t = np.array([0.1, 0.2, 0.3, 0.4])
        data = rows_of(temperature_k=t, field_t=t, resistivity_ohm_sq=t)
        prepared = transport_curves(data, FittingSettings())
        assert prepared.curves == {}
        assert len(prepared.lone_rows) == 4

    def test_constant_data_have_errors_above_zero(self):
        t = np.geomspace(0.1, 10, 40)
        data = rows_of(temperature_k=t, field_t=0.0, resistivity_ohm_sq=np.full(40, 7.0))
        prepared = transport_curves(data, FittingSettings())
        assert np.all(prepared.curves["a"][0].error > 0)
        assert "is assumed" in of(prepared, "noise").warnings[0]


def test_the_error_of_a_mean_grows_where_the_values_scatter():
    """Squares of 9, 1 and 16 about the mean of 4: χ² = 26 of two degrees of freedom."""
    mean, error = _mean(np.array([[1.0, 1.0], [3.0, 1.0], [8.0, 1.0]]))
    assert (mean, error) == pytest.approx((4, np.sqrt(26 / 2 / 3)))
    assert _mean(np.array([[1.0, 0.3], [1.0, 0.4]])) == pytest.approx((1, 0.24))
