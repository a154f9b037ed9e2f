"""Percolation thresholds of the literature, with few films; ``make validate`` has more."""

from __future__ import annotations

import numpy as np
import pytest

from grainscope.settings import NetworkSettings


def test_pinsons_formula_gives_the_probability_to_wrap(validation):
    assert validation.wraps_either_by_formula() == pytest.approx(validation.WRAPS_EITHER, abs=1e-9)


def test_sites_of_the_square_lattice(validation):
    value, error = validation.site_threshold(64, 300, np.random.default_rng(1))
    assert error < 0.004
    assert value == pytest.approx(validation.SITE_THRESHOLD, abs=2.5 * error)


def test_discs_around_points(validation):
    value, error = validation.disc_threshold(1000, 300, np.random.default_rng(2))
    assert error < 0.02
    assert value == pytest.approx(validation.FILLING_THRESHOLD, abs=2.5 * error)


def test_painted_discs_through_the_whole_route(validation):
    found = validation.image_thresholds(12, 300, 420, 5.0, np.random.default_rng(3)).mean(axis=1)
    error = found.std(ddof=1) / np.sqrt(len(found))
    assert error < 0.04
    assert found.mean() == pytest.approx(validation.FILLING_THRESHOLD, abs=2.5 * error)


def test_area_at_the_wrapping_gap_is_the_covered_area_of_the_literature(validation):
    rng = np.random.default_rng(4)
    settings = NetworkSettings(periodic=True, percolation_points=100_000)
    area = []
    for _ in range(12):
        labels = validation.painted(rng.uniform(0, 420, (300, 2)), 5.0, 420, periodic=True)
        curve = validation.percolated(labels, settings)
        area.append(curve.area_fraction[np.argmax(curve.wraps_x)])
    error = np.std(area, ddof=1) / np.sqrt(len(area))
    assert np.mean(area) == pytest.approx(validation.COVERED_THRESHOLD, abs=2.5 * error)


@pytest.mark.parametrize("n_discs", [150, 400])
def test_interval_covers_the_threshold_of_the_endless_film(validation, n_discs):
    found = validation.interval_quality(n_discs, 0.45, 60, np.random.default_rng(5))
    assert found["known"] > 0.9
    assert 0.50 <= found["coverage"] <= 0.86  # 60 films: 0.68 ± 3 standard errors
    assert found["width"] <= 1.5


def test_no_interval_where_sub_frames_are_too_small(labelled, validation):
    curve = validation.percolated(np.array([[1, 0, 2, 0, 3]] * 2), NetworkSettings())
    assert curve.threshold_gap_nm == 0  # from top to bottom
    assert curve.threshold_gap_x_nm > 0
    curve = validation.percolated(np.array([[1, 0, 2, 0, 3]]), NetworkSettings())
    assert np.isnan([curve.threshold_low_nm, curve.threshold_high_nm]).all()


def test_the_interval_holds_the_threshold(validation):
    rng = np.random.default_rng(6)
    for _ in range(10):
        curve, _ = validation.framed_film(120, 0.4, rng)
        assert curve.threshold_low_nm <= curve.threshold_gap_nm <= curve.threshold_high_nm
