"""Every law of size against closed forms, scipy and its own samples."""

import math

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from grainscope.laws.size import SIZE_LAWS, bic, binned, distances, goodness_of_fit, size_sample

CUT = -3.2
#: A typical law of each kind, above the cut.
THETA = {
    "lognormal": (-2.5, 1.2),
    "log_uniform": (0.06, 5.0),
    "power_law": (1.8,),
    "weibull": (0.3, 0.7),
    "two_lognormals": (0.6, -2.8, 0.6, 0.5, 0.4),
}
NAMES = pytest.mark.parametrize("name", list(THETA))


def drawn(name, n, seed):
    return SIZE_LAWS[name].draw(np.random.default_rng(seed), n, THETA[name], CUT)


def equal(x, cut=CUT):
    return size_sample(x, np.ones(len(x)), cut)


@NAMES
def test_the_density_is_what_the_survival_loses(name):
    law, theta = SIZE_LAWS[name], THETA[name]
    assert law.survival(np.array([CUT]), theta, CUT)[0] == pytest.approx(1)
    breaks = [math.log(value) for value in theta if 0 < value < 10]
    for start, stop in ((CUT, -1.0), (-2.0, 1.5)):
        inside = [point for point in breaks if start < point < stop]
        share, _ = quad(
            lambda x: float(np.exp(law.log_density(np.array([x]), theta, CUT))[0]),
            start,
            stop,
            points=inside or None,
        )
        above = law.survival(np.array([start, stop]), theta, CUT)
        assert share == pytest.approx(above[0] - above[1], abs=1e-6)


@NAMES
def test_draws_follow_the_law(name):
    law, theta = SIZE_LAWS[name], THETA[name]
    x = drawn(name, 4000, 1)
    assert x.min() >= CUT
    assert stats.kstest(x, lambda at: 1 - law.survival(at, theta, CUT)).pvalue > 0.001


def test_survivals_against_scipy():
    x = np.linspace(CUT, 3, 40)
    lognormal, weibull = (SIZE_LAWS[n].survival(x, THETA[n], CUT) for n in ("lognormal", "weibull"))
    mu, sigma = THETA["lognormal"]
    normal = stats.truncnorm((CUT - mu) / sigma, np.inf, mu, sigma)
    np.testing.assert_allclose(lognormal, normal.sf(x), rtol=1e-9)
    scale, shape = THETA["weibull"]
    reference = stats.weibull_min(shape, scale=scale)
    np.testing.assert_allclose(weibull, reference.sf(np.exp(x)) / reference.sf(math.exp(CUT)))


@NAMES
def test_what_was_put_in_comes_out(name):
    law = SIZE_LAWS[name]
    sample = equal(drawn(name, 20_000, 2))
    estimate = law.fit(sample)
    low, high = law.interval(sample, estimate.theta)
    for true, value, below, above in zip(THETA[name], estimate.theta, low, high, strict=True):
        assert below <= value <= above
        assert abs(value - true) < 4 * (above - below) / 2


@pytest.mark.parametrize("name", ["lognormal", "weibull", "two_lognormals"])
def test_no_neighbouring_values_are_more_likely(name):
    law = SIZE_LAWS[name]
    sample = equal(drawn(name, 500, 3))
    estimate = law.fit(sample)

    def likelihood(theta):
        return float(sample.weight @ law.log_density(sample.x, tuple(theta), CUT))

    assert estimate.log_likelihood == pytest.approx(likelihood(estimate.theta))
    for k, step in np.ndindex(len(estimate.theta), 2):
        theta = list(estimate.theta)
        theta[k] *= (0.99, 1.01)[step]
        assert likelihood(theta) < estimate.log_likelihood


@pytest.mark.parametrize("name", ["lognormal", "weibull", "power_law"])
def test_profile_ends_lie_half_below_the_top(name):
    """With one parameter alone (the others held) the interval is never wider."""
    law = SIZE_LAWS[name]
    sample = equal(drawn(name, 300, 4))
    estimate = law.fit(sample)
    low, high = law.interval(sample, estimate.theta)
    for k, bound in ((k, end[k]) for k in range(len(low)) for end in (low, high)):
        theta = list(estimate.theta)
        theta[k] = bound
        fall = estimate.log_likelihood - sample.weight @ law.log_density(
            sample.x, tuple(theta), CUT
        )
        assert fall >= 0.45


@NAMES
def test_twice_the_pixel_size_moves_nothing_but_the_scale(name):
    law, shift = SIZE_LAWS[name], math.log(4)
    x = drawn(name, 400, 5)
    one, two = law.fit(equal(x)), law.fit(equal(x + shift, CUT + shift))
    assert two.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-4)
    for parameter, before, after in zip(law.parameters, one.theta, two.theta, strict=True):
        if parameter.unit == "µm²":
            assert after == pytest.approx(4 * before, rel=1e-3)
        elif parameter.name.startswith("mu"):
            assert after == pytest.approx(before + shift, abs=1e-2)
        else:
            assert after == pytest.approx(before, rel=1e-2)


@NAMES
def test_a_weight_of_two_is_two_grains(name):
    law = SIZE_LAWS[name]
    x = np.sort(drawn(name, 60, 6))
    twice = equal(np.repeat(x, 2))
    weighted = size_sample(x, np.full(60, 2.0), CUT)  # equal weights: worth 60 grains
    assert weighted.n_eff == pytest.approx(60)
    one, two = law.fit(weighted), law.fit(twice)
    if name != "log_uniform":  # whose values depend on n
        np.testing.assert_allclose(one.theta, two.theta, rtol=1e-4)
    assert 2 * one.log_likelihood == pytest.approx(two.log_likelihood, abs=1e-4)


@NAMES
def test_cells_change_no_value_by_more_than_a_twentieth_of_its_interval(name):
    law = SIZE_LAWS[name]
    sample = equal(drawn(name, 3000, 7))
    fine, coarse = law.fit(sample), law.fit(binned(sample))
    low, high = law.interval(sample, fine.theta)
    for k, value in enumerate(fine.theta):
        if np.isfinite(high[k] - low[k]):
            assert abs(coarse.theta[k] - value) <= (high[k] - low[k]) / 20


def test_truncation_in_the_likelihood_undoes_the_cut():
    """1000 grains above the cut of a lognormal of −2.5 and 1.2; without, −1.95 and 0.86."""
    law, found, seen = SIZE_LAWS["lognormal"], [], []
    for seed in range(60):
        x = drawn("lognormal", 1000, 100 + seed)
        found.append(law.fit(equal(x)).theta)
        seen.append((x.mean(), x.std()))
    mean, scatter = np.mean(found, axis=0), np.std(found, axis=0)
    assert mean == pytest.approx([-2.5, 1.2], abs=0.04)
    assert scatter == pytest.approx([0.095, 0.056], rel=0.35)
    assert np.mean(seen, axis=0) == pytest.approx([-1.94, 0.86], abs=0.02)


def covered(name, seeds, n, weighing=None):
    """Return coverage, and half-width over scatter, of each parameter."""
    law, inside, widths, values = SIZE_LAWS[name], [], [], []
    for seed in seeds:
        x = drawn(name, n, seed)
        weight = np.ones(n)
        if weighing is not None:
            chance = weighing(x)
            seen = np.random.default_rng(seed + 10**6).random(n) < chance
            x, weight = x[seen], 1 / chance[seen]
        sample = size_sample(x, weight, CUT)
        theta = law.fit(sample).theta
        low, high = (np.array(end) for end in law.interval(sample, theta))
        inside.append((low <= THETA[name]) & (THETA[name] <= high))
        widths.append((high - low) / 2)
        values.append(theta)
    return np.mean(inside, axis=0), np.median(widths, axis=0) / np.std(values, axis=0)


@pytest.mark.parametrize("name", ["lognormal", "log_uniform", "power_law", "weibull"])
def test_intervals_cover_the_truth_and_are_no_wider_than_need_be(name):
    coverage, width = covered(name, range(2000, 2400), 300)
    assert ((coverage >= 0.60) & (coverage <= 0.76)).all(), coverage
    assert (width <= 1.5).all(), width


def test_intervals_hold_with_the_weights_of_a_frame():
    coverage, width = covered(
        "lognormal", range(3000, 3400), 600, lambda x: (1 - np.minimum(np.exp(x / 2) / 6, 0.9)) ** 2
    )
    assert ((coverage >= 0.60) & (coverage <= 0.76)).all(), coverage
    assert (width <= 1.5).all(), width


@pytest.mark.parametrize("frame_um", [12, 6])
def test_the_largest_size_is_known_as_well_as_the_largest_grains_are_many(frame_um):
    """Grains up to 2.5 µm in such frames: the largest weigh several times as much as the rest."""

    def seen(x):
        return (1 - 2 * np.exp(x / 2) / math.sqrt(math.pi) / frame_um) ** 2

    coverage, width = covered("log_uniform", range(6000, 6400), 600, seen)
    assert ((coverage >= 0.60) & (coverage <= 0.76)).all(), coverage
    assert (width <= 1.5).all(), width


@pytest.mark.parametrize("name", ["lognormal", "log_uniform"])
def test_lognormal_and_log_uniform_are_told_apart(name):
    """300 grains; the full statistics with all laws are in the validation."""
    pair = {n: SIZE_LAWS[n] for n in ("lognormal", "log_uniform")}
    right = 0
    for seed in range(60):
        sample = equal(drawn(name, 300, 4000 + seed))
        bics = {n: bic(law.fit(sample), sample.n_eff) for n, law in pair.items()}
        right += min(bics, key=bics.get) == name
    assert right >= 57


def test_the_lower_end_is_the_cut_where_the_range_goes_on_below():
    x = np.random.default_rng(8).uniform(CUT, 1.0, 500)
    law, sample = SIZE_LAWS["log_uniform"], equal(x)
    estimate = law.fit(sample)
    assert estimate.theta[0] == pytest.approx(math.exp(CUT))
    assert estimate.complexity == 2
    low, _ = law.interval(sample, estimate.theta)
    assert low[0] == -math.inf
    own = law.fit(equal(x, CUT - 2))
    assert own.complexity == 4
    assert own.theta[0] == pytest.approx(math.exp(CUT), rel=0.03)


def test_an_end_costs_twice_a_regular_parameter():
    """∫ L(b) db = L R/(n − 1), so −2 ln of it grows by 2 ln n and not by ln n."""
    for n in (100, 1000):
        marginal, _ = quad(lambda b, n=n: b**-n, 1, 3, points=[1 + 5 / n])
        assert marginal == pytest.approx(1 / (n - 1), rel=1e-6)


def test_distances_against_scipy(rng):
    x = np.sort(rng.standard_normal(200))
    below = stats.norm.cdf(x, 0.1, 1.1)
    ks, ad = distances(below, np.ones(200))
    assert ks == pytest.approx(stats.kstest(x, stats.norm(0.1, 1.1).cdf).statistic)
    i = np.arange(1, 201)
    reference = -200 - np.mean((2 * i - 1) * (np.log(below) + np.log1p(-below[::-1])))
    assert ad == pytest.approx(reference, rel=1e-9)


def test_p_values_are_uniform_for_the_law_itself_and_small_for_another(rng):
    law, p = SIZE_LAWS["lognormal"], []
    for seed in range(60):
        sample = equal(drawn("lognormal", 200, 5000 + seed))
        p.append(goodness_of_fit(law, sample, law.fit(sample), 60, rng).ks_p)
    assert stats.kstest(p, "uniform").pvalue > 0.001
    sample = equal(drawn("two_lognormals", 400, 9))
    assert goodness_of_fit(law, sample, law.fit(sample), 99, rng).ad_p == 0.01


def test_without_draws_there_is_no_p(rng):
    law, sample = SIZE_LAWS["power_law"], equal(drawn("power_law", 50, 1))
    found = goodness_of_fit(law, sample, law.fit(sample), 0, rng)
    assert math.isnan(found.ks_p)
    assert 0 < found.ks < 1


@pytest.mark.parametrize(
    ("x", "weight", "words"),
    [
        ([0.0] * 5, [1.0] * 5, "got 5 grains"),
        ([0.0] * 20, [1.0] * 20, "of one size"),
        ([0.0, 0.019] * 10, [1.0] * 20, "of one size"),
        (list(range(20)), [1.0] * 19 + [math.nan], "finite"),
        (list(range(20)), [-1.0] + [1.0] * 19, "at least 0"),
        (list(range(-20, 0)), [1.0] * 20, "below the cut"),
        ([math.inf, *range(20)], [1.0] * 21, "finite"),
        (list(range(20)), [1e9] + [1.0] * 19, "worth 1.0"),
        (list(range(20)), [1.0] * 19, "got shapes"),
        ([list(range(20))], [[1.0] * 20], "got shapes"),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_words(x, weight, words):
    with pytest.raises(ValueError, match=words):
        size_sample(np.array(x, float), np.array(weight), -10.0)


@pytest.mark.parametrize("shape", ["two sizes", "far out", "exponential", "narrow"])
@NAMES
def test_every_law_survives_odd_data(name, shape):
    rng = np.random.default_rng(11)
    x = {
        "two sizes": np.repeat([0.0, 1.0], 10) + CUT,
        "far out": np.append(rng.normal(0, 0.3, 40), 30.0),
        "exponential": CUT + rng.exponential(0.7, 400),
        "narrow": np.linspace(0, 0.03, 30),
    }[shape]
    law, sample = SIZE_LAWS[name], equal(x, min(CUT, float(x.min())))
    estimate = law.fit(sample)
    assert np.isfinite(estimate.log_likelihood)
    assert np.isfinite(estimate.theta).all()
    low, high = law.interval(sample, estimate.theta)
    assert not np.isnan([*low, *high]).any()
    assert all(a <= b for a, b in zip(low, high, strict=True))


@NAMES
def test_draws_of_one_size_are_no_error(name, rng):
    # Nearly all of the law lies in the first of the cells, and so do all grains of some draws.
    law, x = SIZE_LAWS[name], np.append(CUT + np.linspace(1e-3, 0.02, 11), CUT + 20.0)
    sample = equal(x, CUT)
    found = goodness_of_fit(law, sample, law.fit(sample), 300, rng)
    assert 0 < found.ks_p <= 1
    assert 0 < found.ad_p <= 1
