"""Laws and cumulative shares of the grains of a film."""

import math
from dataclasses import replace

import numpy as np
import pytest

from grainscope.grains import cumulative_sizes, fit_size_laws, size_laws
from grainscope.grains.independent import cluster_stretch, independent_number
from grainscope.grains.size_statistics import in_cells
from grainscope.laws.size import SIZE_LAWS, size_sample
from grainscope.laws.tiles import widening
from grainscope.records import CORRECTIONS, SizedGrains, SizeLaws
from grainscope.settings import GrainSettings

CUT = -3.2
QUICK = GrainSettings(bootstrap_draws=200, goodness_draws=0)


def sized(x, piece, n_pieces=16, weight=None):
    """Return grains of ln A = x above the cut."""
    kept = x >= CUT
    order = np.argsort(x[kept])
    one = np.ones(kept.sum()) if weight is None else weight[kept][order]
    return SizedGrains(
        log_diameter=(x[kept][order] - math.log(math.pi / 4)) / 2,
        piece=piece[kept][order],
        weight=dict.fromkeys(CORRECTIONS, one),
        area_um2=np.full(n_pieces, 2.0),
        covered_um2=dict.fromkeys(CORRECTIONS, np.ones(n_pieces)),
        cut_um2=math.exp(CUT),
    )


def film(seed, between=0.0, n_each=25, n_pieces=16):
    """Return lognormal grains of −2.5 and 1.2 whose pieces differ in their mean."""
    rng = np.random.default_rng(seed)
    piece = np.repeat(np.arange(n_pieces), n_each)
    within = math.sqrt(1.2**2 - between**2)
    x = -2.5 + between * rng.standard_normal(n_pieces)[piece]
    return sized(x + within * rng.standard_normal(len(piece)), piece, n_pieces)


@pytest.mark.parametrize("between", [0.0, 0.4])
def test_intervals_know_that_neighbours_are_alike(between, monkeypatch):
    monkeypatch.setattr(size_laws, "SIZE_LAWS", {"lognormal": SIZE_LAWS["lognormal"]})
    inside, half_widths, values = [], [], []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        fits = fit_size_laws(film(seed, between), QUICK, rng)
        figures = [fits.laws[0].parameters[name] for name in ("mu", "sigma")]
        inside.append(
            [f.low <= true <= f.high for f, true in zip(figures, (-2.5, 1.2), strict=True)]
        )
        half_widths.append([(f.high - f.low) / 2 for f in figures])
        values.append([f.value for f in figures])
    coverage = np.mean(inside, axis=0)
    assert ((coverage >= 0.60) & (coverage <= 0.76)).all(), coverage
    assert (np.median(half_widths, axis=0) <= 1.5 * np.std(values, axis=0)).all()


def test_alike_neighbours_are_worth_fewer_grains(rng):
    worth = {}
    for between in (0.0, 0.8):
        sizes = film(3, between, n_each=40, n_pieces=50)
        cells = in_cells(sizes.log_diameter, sizes.weight["naive"], sizes.piece, 50)
        worth[between] = independent_number(*cells, 400, rng) / len(sizes.log_diameter)
    assert 0.6 < worth[0.0] < 1.8
    assert worth[0.8] < 0.35


def test_pieces_of_one_grain_each_are_worth_one_less_than_there_are(rng):
    """Of −1, −1, 1, 1 the variance is 1 in any number, and the mean varies by 1/(4 − 1)."""
    alone = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    assert independent_number(np.array([-1.0, 1.0]), alone, 5000, rng) == pytest.approx(3, rel=0.1)


def test_likelihood_and_criterion_are_of_as_many_independent_grains(rng, monkeypatch):
    few = {name: SIZE_LAWS[name] for name in ("lognormal", "weibull")}
    monkeypatch.setattr(size_laws, "SIZE_LAWS", few)
    sizes = film(3, 0.8, n_each=40)
    whole = replace(sizes, piece=0 * sizes.piece, area_um2=np.array([32.0]))
    alike, alone = (fit_size_laws(each, QUICK, rng) for each in (sizes, whole))
    assert alike.n_effective < 0.6 * alone.n_effective
    for law in alike.laws:
        same = next(each for each in alone.laws if each.name == law.name)
        share = alike.n_effective / alone.n_effective
        assert law.log_likelihood == pytest.approx(share * same.log_likelihood)
        for fit, n in ((law, alike.n_effective), (same, alone.n_effective)):
            assert fit.bic == pytest.approx(2 * math.log(n) - 2 * fit.log_likelihood)


def test_the_band_of_shares_is_the_scatter_of_few_pieces(rng):
    """Two of four pieces have small grains, two large ones: their share scatters by 1/4."""
    x, piece = np.repeat([-1.0, 1.0], 8), np.arange(16) // 4
    laws = SizeLaws(math.exp(CUT), 16, 16.0, 2.0, "", "none was fitted")
    shares = cumulative_sizes(sized(x, piece, 4), laws, 4000, rng)
    middle = np.argmin(np.abs(shares.log10_area_um2))
    half_width = widening(4) / 4
    assert shares.fraction[middle] == 0.5
    assert shares.fraction_high[middle] == pytest.approx(0.5 + half_width, abs=0.04 * half_width)
    assert shares.fraction_low[middle] == pytest.approx(0.5 - half_width, abs=0.04 * half_width)


def test_density_and_number_are_of_grains_above_the_cut(rng):
    sizes = film(0)
    fits = fit_size_laws(sizes, QUICK, rng)
    n = len(sizes.log_diameter)
    assert fits.n_grains == n
    assert fits.density_per_um2 == pytest.approx(n / 32)
    assert fits.n_effective <= n
    assert fits.cut_um2 == math.exp(CUT)
    assert sum(law.weight for law in fits.laws) == pytest.approx(1)
    assert fits.laws[0].name == fits.best
    assert all(a.bic <= b.bic for a, b in zip(fits.laws, fits.laws[1:], strict=False))


@pytest.mark.parametrize("n", [0, 1, 9])
def test_with_few_grains_there_is_no_law_but_a_reason(n, rng):
    sizes = sized(np.linspace(-2, 0, n), np.zeros(n, int))
    fits = fit_size_laws(sizes, QUICK, rng)
    assert (fits.laws, fits.best) == ((), "")
    assert f"{n} grains" in fits.reason
    assert "10" in fits.reason
    shares = cumulative_sizes(sizes, fits, 50, rng)
    assert len(shares.fraction) == (0 if n == 0 else 161)
    assert shares.lognormal is None


def test_equal_grains_have_no_law(rng):
    fits = fit_size_laws(sized(np.zeros(40), np.arange(40) % 16), QUICK, rng)
    assert "of one size" in fits.reason


def test_shares_run_from_none_to_all_and_hold_the_truth(rng):
    sizes = film(1, n_each=100)
    fits = fit_size_laws(sizes, QUICK, rng)
    shares = cumulative_sizes(sizes, fits, 200, rng)
    assert (np.diff(shares.fraction) >= 0).all()
    assert (shares.fraction[0], shares.fraction[-1]) == (pytest.approx(0, abs=0.01), 1)
    assert (shares.fraction_low <= shares.fraction).all()
    assert (shares.fraction <= shares.fraction_high).all()
    assert np.abs(shares.lognormal - shares.fraction).max() < 0.05
    np.testing.assert_allclose(shares.excluded, shares.fraction)
    np.testing.assert_allclose(shares.diameter_um, 2 * np.sqrt(10**shares.log10_area_um2 / np.pi))


def test_weights_count(rng):
    x = np.append(np.linspace(-3, -2, 50), np.linspace(-1, 0, 50))
    weight = np.repeat([1.0, 3.0], 50)
    sizes = sized(x, np.arange(100) % 16, weight=weight)
    shares = cumulative_sizes(sizes, fit_size_laws(sizes, QUICK, rng), 20, rng)
    at = np.searchsorted(shares.log10_area_um2, -1.5 / math.log(10))
    assert shares.fraction[at] == pytest.approx(0.25)


@pytest.mark.parametrize("unit_um", [1e-6, 1e-3, 1.0, 1e3])
def test_no_size_is_too_small_or_too_large(unit_um, rng):
    """Ten grains over eight decades, seen in any unit of length."""
    x = np.linspace(CUT, CUT + 18, 12) + 2 * math.log(unit_um)
    order = np.arange(12)
    sizes = SizedGrains(
        (x - math.log(math.pi / 4)) / 2,
        order % 4,
        dict.fromkeys(CORRECTIONS, np.ones(12)),
        np.full(4, unit_um**2),
        dict.fromkeys(CORRECTIONS, np.full(4, unit_um**2)),
        math.exp(CUT) * unit_um**2,
    )
    fits = fit_size_laws(sizes, GrainSettings(goodness_draws=5), rng)
    assert len(fits.laws) == 5
    for law in fits.laws:
        for figure in law.parameters.values():
            assert figure.low <= figure.value <= figure.high


def in_pixels(area, cut_px=20, pixel_um2=1.0):
    """Return grains whose areas are counted in whole pixels."""
    whole = np.sort(np.round(area))
    whole = whole[whole >= cut_px]
    n = len(whole)
    return SizedGrains(
        np.log(4 / math.pi * whole * pixel_um2) / 2,
        np.arange(n) % 25,
        dict.fromkeys(CORRECTIONS, np.ones(n)),
        np.full(25, 1000.0),
        dict.fromkeys(CORRECTIONS, np.full(25, 300.0)),
        cut_px * pixel_um2,
        pixel_um2,
    )


def test_whole_pixels_bias_no_law():
    """Half of the grains are below the cut, where a pixel is a twentieth of the area."""
    found = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        sizes = in_pixels(np.exp(rng.normal(math.log(20), 0.8, 4000)))
        law = next(f for f in fit_size_laws(sizes, QUICK, rng).laws if f.name == "lognormal")
        mu, sigma = (law.parameters[name] for name in ("mu", "sigma"))
        found.append((mu.value, sigma.value))
    error = np.std(found, axis=0) / math.sqrt(60)
    assert (np.abs(np.mean(found, axis=0) - (math.log(20), 0.8)) < 4 * error).all()


def test_grains_at_the_cut_are_no_kind_of_their_own():
    """Areas in whole pixels that fall off from the cut: a spike of 36 of 20 px is not a kind."""
    chosen = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        area = 19.5 * np.exp(np.abs(rng.normal(0, 0.7, 560)))
        chosen.append(fit_size_laws(in_pixels(area), QUICK, rng).best)
    assert chosen.count("two_lognormals") <= 1


def test_the_laws_begin_half_a_pixel_below_the_smallest_grain_that_counts(rng):
    for cut_px, begin_px in ((20, 19.5), (20.4, 20.5)):
        sizes = in_pixels(np.linspace(21, 400, 300), cut_px=cut_px, pixel_um2=1e-4)
        assert fit_size_laws(sizes, QUICK, rng).cut_um2 == pytest.approx(begin_px * 1e-4)


def test_pieces_that_have_nothing_in_common_have_no_law(rng):
    # As micrographs at three magnifications in one folder: many grains, but three values.
    piece = np.repeat(np.arange(3), 60)
    x = np.array([-2.0, 1.0, 4.0])[piece] + 0.01 * rng.standard_normal(180)
    fits = fit_size_laws(sized(x, piece, 3), GrainSettings(), rng)
    assert fits.laws == ()
    assert "independent grains, expected 5 or more" in fits.reason
    assert fits.n_grains == 180


@pytest.mark.parametrize("times", [1, 4, 9])
def test_grains_that_come_in_equals_stretch_intervals_by_the_root_of_their_number(times):
    x = np.random.default_rng(2).normal(0.0, 1.0, 60)
    pieces = np.repeat(np.arange(60), times)
    sample = size_sample(x[pieces], np.ones(60 * times), -100.0)
    order = np.argsort(x[pieces], kind="stable")
    found = cluster_stretch(SIZE_LAWS["lognormal"], (0.0, 1.0), sample, pieces[order], 60)
    assert found == pytest.approx(widening(60) * math.sqrt(times), rel=1e-6)
