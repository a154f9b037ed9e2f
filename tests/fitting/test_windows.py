"""The window in which a law holds, on rows whose truth is known."""

import numpy as np
import pytest

from grainscope.fitting.least_squares import fit_law
from grainscope.fitting.model_choice.mixture import mixed_quantiles, nested_quantiles
from grainscope.fitting.model_choice.window_choice import choose_window
from grainscope.fitting.model_choice.windows import scan_windows, smooth_misfit
from grainscope.laws.conduction.field_power import FieldPower

LAW = FieldPower()


def isotherm(n=60, top=0.1, seed=0, turn=0.04):
    """Return a power of the field that turns up, with 1 % noise."""
    b = np.geomspace(1e-3, top, n)
    rho = LAW.value(b, (5e3, 0.66)) * np.where(b > turn, (b / turn) ** 1.5, 1)
    return b, rho * (1 + 0.01 * np.random.default_rng(seed).normal(size=n)), 0.01 * rho


def scanned(b, rho, error, **how):
    def fit(rows):
        return fit_law(LAW, b[rows], rho[rows], error[rows], start=(5e3, 0.6), intervals=False)

    return scan_windows(b, fit, **how)


@pytest.mark.parametrize("factor", [0.5, 1, 2])
def test_the_window_ends_before_the_upturn_whatever_errors_are_stated(factor):
    b, rho, error = isotherm()
    found = scanned(b, rho, factor * error)
    rows = slice(found.start[found.chosen], found.stop[found.chosen])
    assert rows.start == 0
    assert 0.01 < b[rows][-1] < 0.03
    assert found.fits[found.chosen].theta[1] == pytest.approx(0.66, abs=0.006)
    assert found.share == pytest.approx(np.log(b[rows][-1] / b[0]) / np.log(b[-1] / b[0]))


def test_all_rows_where_the_law_holds_on_all():
    whole = 0
    for seed in range(8):  # of which one in twenty looks bent by chance
        b, rho, error = isotherm(n=30, top=0.04, seed=seed)
        found = scanned(b, rho, error)
        whole += (found.start[found.chosen], found.stop[found.chosen]) == (0, 30)
        assert (found.share == 1) == (found.stop[found.chosen] - found.start[found.chosen] == 30)
    assert whole >= 6


def test_not_drawn_back_if_not_wanted():
    b, rho, error = isotherm()
    near, far = (scanned(b, rho, error, step_back=share) for share in (0.0, 0.25))
    cut = b[near.stop[near.chosen] - 1] / b[far.stop[far.chosen] - 1]
    width = near.share * np.log(b[-1] / b[0])
    assert np.log(cut) == pytest.approx(0.25 * width, abs=np.log(b[1] / b[0]))


def test_scans_are_short_and_aligned():
    b, rho, error = isotherm(n=500)
    found = scanned(b, rho, error)
    assert len(found.fits) == len(found.p) == len(found.start) == len(found.stop) <= 100
    for start, stop, fit in zip(found.start, found.stop, found.fits, strict=True):
        assert fit.n == stop - start >= 8


def test_nothing_fits_or_nothing_can_be_tried():
    b, rho, error = isotherm()
    assert scanned(b, rho, error, least_p=2.0).chosen == -1
    few = scanned(b[:5], rho[:5], error[:5])
    assert few.chosen == -1
    assert len(few.fits) == 0


def test_the_chance_of_a_smooth_misfit_is_uniform_where_there_is_none():
    b = np.geomspace(1e-3, 0.04, 25)
    chances = []
    for seed in range(200):
        noise = 1 + 0.01 * np.random.default_rng(seed).normal(size=25)
        rho = LAW.value(b, (5e3, 0.66)) * noise
        fit = fit_law(LAW, b, rho, 0.03 * rho, start=(5e3, 0.66), intervals=False)
        chances.append(smooth_misfit(b, fit))
    assert np.mean(np.array(chances) < 0.1) == pytest.approx(0.1, abs=0.065)
    assert np.mean(np.array(chances) < 0.5) == pytest.approx(0.5, abs=0.11)


def test_a_smooth_misfit_that_chi2_does_not_see():
    from scipy.stats import chi2

    b, bend = np.geomspace(1e-3, 0.04, 400), 0.008 * np.linspace(-1, 1, 400) ** 2
    fits = []
    for seed in range(9):
        noise = 0.01 * np.random.default_rng(seed).normal(size=400)
        rho = LAW.value(b, (5e3, 0.66)) * (1 + noise + bend)
        fits.append(fit_law(LAW, b, rho, 0.01 * rho, intervals=False))
    assert np.median([chi2.sf(fit.chi2, fit.dof) for fit in fits]) > 0.1
    assert np.median([smooth_misfit(b, fit) for fit in fits]) < 1e-3


def test_limits_are_no_misfit():
    b = np.geomspace(1e-3, 0.04, 60)
    rho = LAW.value(b, (5e3, 0.66))
    error = np.hypot(0.01 * rho, 40)
    y = rho + error * np.random.default_rng(1).normal(size=60)
    fit = fit_law(LAW, b, np.maximum(y, 150), error, censored=y < 150, intervals=False)
    assert (y < 150).sum() > 10
    assert smooth_misfit(b, fit) > 0.05


def test_nested_fits_of_noise_about_one_line_cover_as_they_state():
    rng = np.random.default_rng(3)
    inside, wide = [], []
    for _ in range(400):  # the mean of 40 rows, and of the first 10 to 40 of them
        y = rng.normal(size=40)
        held = np.arange(10, 41, 5)
        mean = np.array([y[:n].mean() for n in held])
        chi2 = np.array([np.sum((y[:n] - m) ** 2) for n, m in zip(held, mean, strict=True)])
        weight = np.exp(-0.5 * (chi2 - 2 * held - np.min(chi2 - 2 * held)))
        for found, kind in ((inside, nested_quantiles), (wide, mixed_quantiles)):
            _, low, high = kind(mean, held**-0.5, weight)
            found.append(low <= 0 <= high)
    assert 0.60 < np.mean(inside) < 0.76
    assert np.mean(wide) >= np.mean(inside)


def test_the_scale_of_the_errors_is_the_root_of_chi2_over_rows_less_parameters():
    assert choose_window([20.0], [12], [2], 12) == (0, pytest.approx(np.sqrt(2)))
    # Of half the rows and misfit, with fewer parameters: cheaper by 2 Δk, dearer by 2 rows.
    assert choose_window([90.0, 99.0], [90, 99], [9, 9], 100)[0] == 1
    assert choose_window([90.0, 109.0], [90, 100], [5, 5], 100)[0] == 1
    assert choose_window([90.0, 111.0], [90, 100], [5, 5], 100)[0] == 1
    assert choose_window([90.0, 121.0], [90, 100], [5, 5], 100)[0] == 0
