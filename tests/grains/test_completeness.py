"""The curve of completeness: known ones recovered, and what it does to sizes."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from grainscope.grains import (
    apply_completeness,
    fit_completeness,
    resolution_cut_um2,
    size_histogram,
    tabulate_completeness,
)
from grainscope.grains.completeness_curve import binomial_interval
from grainscope.injections import measure_completeness
from grainscope.opencv import cv2
from grainscope.pipeline import analyse, segment_micrograph
from grainscope.records import Frame, Injections, Micrograph, PixelSize
from grainscope.settings import GrainSettings, Settings

MIDDLE, WIDTH, TOP = -3.0, 0.1, 0.95


def truth(x):
    return TOP / (1 + np.exp(-(x - MIDDLE) / WIDTH))


def painted(rng, n, share=truth):
    x = rng.uniform(-4, -1.5, n)
    found = rng.random(n) < share(x)
    return Injections(x, found, np.where(found, x + 0.02, np.nan))


def test_a_known_curve_comes_back_with_its_interval():
    x = np.array([-3.3, -3.0, -2.8, -2.0])
    inside = []
    for seed in range(120):
        rng = np.random.default_rng(seed)
        curves = fit_completeness(painted(rng, 240), 200, rng).draws(x)
        low, high = np.quantile(curves, (0.16, 0.84), axis=0)
        inside.append((low <= truth(x)) & (truth(x) <= high))
    coverage = np.mean(inside, axis=0)
    assert (np.abs(coverage - 0.68) < 0.16).all(), coverage


def test_the_cut_is_where_half_are_found(rng):
    value, low, high = fit_completeness(painted(rng, 2000), 400, rng).cut_um2
    true_cut = MIDDLE - WIDTH * np.log(TOP / 0.5 - 1)
    assert low < value < high
    assert np.log10(value) == pytest.approx(true_cut, abs=0.05)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_all_or_none_found_gives_a_curve(share, rng):
    curve = fit_completeness(painted(rng, 60, lambda x: np.full(len(x), share)), 100, rng)
    p = curve.probability(np.array([-3.9, -1.6]))
    assert np.isfinite(p).all()
    assert (p > 0.8).all() if share else (p < 0.2).all()


def test_a_single_painted_grain_is_no_crash(rng):
    curve = fit_completeness(painted(rng, 1), 50, rng)
    assert ((curve.draws(np.array([-2.0])) >= 0) & (curve.draws(np.array([-2.0])) <= 1)).all()


def test_binomial_intervals_are_jeffreys():
    found, n = np.array([0.0, 3.0, 10.0]), np.full(3, 10.0)
    low, high = binomial_interval(found, n)
    reference = stats.beta(found + 0.5, n - found + 0.5)
    np.testing.assert_allclose(low[1:], reference.ppf(0.16)[1:])
    np.testing.assert_allclose(high[:2], reference.ppf(0.84)[:2])
    assert (low[0], high[2]) == (0, 1)


def test_the_table_counts_all_that_was_painted(rng):
    injections = painted(rng, 300)
    table = tabulate_completeness(fit_completeness(injections, 100, rng), 10)
    assert table.painted.sum() == 300
    assert table.found.sum() == injections.found.sum()
    assert (table.completeness_low <= table.completeness_high).all()
    assert np.nanmedian(table.area_shift) == pytest.approx(0.02)
    assert tabulate_completeness(None, 10) is None


def test_sizes_count_what_was_missed(measured, rng):
    squares = np.zeros((60, 120), np.int32)
    for k in range(12):
        row, column = 30 * (k // 6) + 5, 20 * (k % 6) + 4
        squares[row : row + 8, column : column + 8] = k + 1
    table = measured(squares, nm_per_px=5.0)
    size = PixelSize(5.0, 0.0, "option")
    curve = fit_completeness(painted(rng, 500), 100, rng)
    cut = resolution_cut_um2(size, GrainSettings(), curve)
    assert cut == curve.cut_um2[0] > 20 * 25e-6
    corrected = apply_completeness(table, curve, cut)
    p = curve.probability(table.log10_area_um2)
    np.testing.assert_allclose(corrected.size_weight, table.edge_weight / p)
    plain, found = (
        size_histogram(t, size, GrainSettings(), c) for t, c in ((table, None), (corrected, curve))
    )
    np.testing.assert_allclose(found.corrected_count, plain.corrected_count / p[0])
    np.testing.assert_allclose(found.completeness, p[0], rtol=0.1)
    assert (found.corrected_high > plain.corrected_high / p[0]).all()
    assert apply_completeness(table, None, cut) is table
    # A cut that is the area of a grain, but for the last digit, keeps it.
    assert apply_completeness(table, curve, table.area_um2[0] * (1 + 1e-15)).resolved.all()


def test_a_cut_that_does_not_exist_leaves_the_setting(rng):
    curve = fit_completeness(painted(rng, 200, lambda x: np.full(len(x), 0.1)), 100, rng)
    never = replace(curve, top=np.full(100, 0.5), middle=np.full(100, -9.0))
    size = PixelSize(5.0, 0.0, "option")
    assert never.cut_um2[0] == np.inf
    assert resolution_cut_um2(size, GrainSettings(), never) == pytest.approx(20 * 25e-6)


def discs(n_rows=12, n_columns=14, pitch=36, largest=8.0):
    rng = np.random.default_rng(3)
    y, x = np.indices((pitch * n_rows, pitch * n_columns))
    grey = np.full(y.shape, 50.0)
    for row, column in np.ndindex(n_rows, n_columns):
        away = np.hypot(y - pitch * (row + 0.5), x - pitch * (column + 0.5))
        grey[away < rng.uniform(2.5, largest)] = 180
    grey = cv2.GaussianBlur(grey, (0, 0), 1.2) + rng.normal(0, 4, grey.shape)
    size, frame = PixelSize(5.0, 0.0, "option"), Frame.whole(grey.shape)
    return Micrograph("discs", np.clip(grey, 0, 255).astype(np.uint8), size, frame)


def chosen(rounds):
    return Settings(
        segmentation={"method": "fast"},
        grains={"completeness_rounds": rounds, "goodness_draws": 0, "completeness_grains": 60},
    )


def test_a_film_is_measured_painted_and_corrected():
    micrograph = discs()
    segmented = segment_micrograph(micrograph, chosen(3))
    found = measure_completeness(micrograph, segmented, chosen(3))
    again = measure_completeness(micrograph, segmented, chosen(3))
    assert np.array_equal(found.middle, again.middle)
    x = np.log10(np.array([8, 60, 150]) * 25e-6)
    p = found.probability(x)
    assert p[0] < 0.6
    assert (p[1:] > 0.85).all()
    analysis = analyse(micrograph, segmented, chosen(3), completeness=found)
    assert analysis.completeness.painted.sum() == found.injections.n_injected > 60
    assert (analysis.grains.completeness <= 1).all()
    assert analysis.histogram.resolution_cut_um2 == 20 * 25e-6  # more than half are found there
    assert analysis.size_laws.cut_um2 == pytest.approx(19.5 * 25e-6)
    assert not any("resolution cuts" in warning for warning in analysis.warnings)
    plain = analyse(micrograph, segmented, chosen(0))
    assert plain.grains.completeness is None
    assert np.isnan(plain.histogram.completeness).all()


def test_grains_all_near_the_resolution_are_told_of():
    micrograph = discs(largest=3.8)
    segmented = segment_micrograph(micrograph, chosen(1))
    found = measure_completeness(micrograph, segmented, chosen(1))
    warnings = analyse(micrograph, segmented, chosen(1), completeness=found).warnings
    assert any("smaller than 5 resolution cuts" in warning for warning in warnings)
    plain = analyse(micrograph, segmented, chosen(0)).warnings
    assert not any("resolution cuts" in warning for warning in plain)


def test_too_few_grains_are_told_of():
    micrograph = discs(2, 3)
    segmented = segment_micrograph(micrograph, chosen(2))
    found = measure_completeness(micrograph, segmented, chosen(2))
    assert found is None
    warnings = analyse(micrograph, segmented, chosen(2), completeness=found).warnings
    assert any("completeness was not measured" in warning for warning in warnings)
    assert measure_completeness(micrograph, segmented, chosen(0)) is None
