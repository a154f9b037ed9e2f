"""The weighted fits against per-pixel fits by another program, and against brute force."""

from itertools import combinations

import numpy as np
import pytest

from grainscope.segmentation.clustering import (
    Clusters,
    brightest_group,
    fit_gaussian_mixture,
    fit_kmeans,
    posterior,
)
from grainscope.segmentation.histogram import joint_histogram


def weighted(pixels):
    histogram = joint_histogram([p.astype(np.float32)[None] for p in pixels.T])
    cells = np.flatnonzero(histogram.weight)
    return histogram.centres(cells), histogram.weight[cells]


@pytest.fixture
def pixels(rng):
    film = rng.normal([0.2, 0.3], [0.06, 0.05], (6000, 2))
    rim = rng.normal([0.45, 0.6], [0.05, 0.08], (1500, 2))
    grain = rng.normal([0.8, 0.7], [0.08, 0.06], (2500, 2))
    return np.concatenate([film, rim, grain])


def test_mixture_on_the_joint_histogram_equals_one_on_all_pixels(pixels):
    from sklearn.mixture import GaussianMixture

    ours = fit_gaussian_mixture(*weighted(pixels), 3)
    theirs = GaussianMixture(3, tol=1e-7, max_iter=500, random_state=0, n_init=3).fit(pixels)
    order = np.argsort(theirs.means_[:, 0])
    assert ours.means == pytest.approx(theirs.means_[order], abs=0.01)
    assert ours.weights == pytest.approx(theirs.weights_[order], abs=0.01)
    sd = np.sqrt(theirs.covariances_[order][:, [0, 1], [0, 1]])
    assert np.sqrt(ours.covariances[:, [0, 1], [0, 1]]) == pytest.approx(sd, rel=0.08)


def test_kmeans_on_the_joint_histogram_equals_one_on_all_pixels(pixels):
    from sklearn.cluster import KMeans

    ours = fit_kmeans(*weighted(pixels), 3)
    theirs = KMeans(3, n_init=5, random_state=0).fit(pixels).cluster_centers_
    assert ours.means == pytest.approx(theirs[np.argsort(theirs[:, 0])], abs=0.01)


@pytest.mark.parametrize("n_classes", [2, 3, 4])
def test_one_dimensional_kmeans_is_the_global_optimum(n_classes, rng):
    x = np.sort(rng.random(11))
    w = rng.random(11)
    w /= w.sum()

    def cost(cuts):
        parts = np.split(np.arange(11), cuts)
        means = [np.average(x[p], weights=w[p]) for p in parts]
        return sum((w[p] * (x[p] - m) ** 2).sum() for p, m in zip(parts, means, strict=True))

    best = min(combinations(range(1, 11), n_classes - 1), key=cost)
    shuffled = rng.permutation(11)
    found = fit_kmeans(x[shuffled, None], w[shuffled], n_classes)
    parts = np.split(np.arange(11), best)
    assert found.weights == pytest.approx([w[p].sum() for p in parts])
    assert found.means[:, 0] == pytest.approx([np.average(x[p], weights=w[p]) for p in parts])


def test_posterior_is_bayes_rule_for_two_equal_gaussians():
    """Log-odds of N(1, s²) against N(0, s²) with shares p, 1−p: (2x − 1)/2s² + ln(p/(1−p))."""
    x, s2, p = np.linspace(-1, 2, 13), 0.3, 0.2
    two = Clusters(np.array([[0.0], [1.0]]), np.full((2, 1, 1), s2), np.array([1 - p, p]))
    share = posterior(x[:, None], two, weighted=True)
    log_odds = np.log(share[:, 1] / share[:, 0])
    assert log_odds == pytest.approx((2 * x - 1) / (2 * s2) + np.log(p / (1 - p)))


def test_classes_come_in_order_of_brightness_whatever_the_order_of_points(pixels):
    points, weight = weighted(pixels)
    for fit in (fit_kmeans, fit_gaussian_mixture):
        straight, reverse = fit(points, weight, 4), fit(points[::-1], weight[::-1], 4)
        assert np.all(np.diff(straight.means[:, 0]) > 0)
        assert reverse.means == pytest.approx(straight.means, abs=0.01)


@pytest.mark.parametrize("fit", [fit_kmeans, fit_gaussian_mixture])
def test_fewer_points_than_classes(fit):
    one = fit(np.array([[0.4]]), np.array([1.0]), 3)
    assert one.means.tolist() == [[0.4]]
    two = fit(np.array([[0.4], [0.9]]), np.array([0.5, 0.5]), 5)
    assert two.means[:, 0] == pytest.approx([0.4, 0.9])
    np.linalg.cholesky(two.covariances)


def test_rims_join_the_nearer_side():
    def means(*levels):
        n = len(levels)
        return Clusters(np.array(levels)[:, None], np.ones((n, 1, 1)), np.full(n, 1 / n))

    assert brightest_group(means(0.0, 0.2, 1.0)) == 2
    assert brightest_group(means(0.0, 0.8, 1.0)) == 1
