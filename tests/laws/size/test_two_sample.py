"""Distances of two weighted samples against scipy's for unit weights."""

import warnings

import numpy as np
import pytest
from scipy import stats

from grainscope.laws.size import two_sample_distances


def together(a, b, weight_a=None, weight_b=None):
    """Return weights at all values in order, one row each."""
    order = np.argsort(np.append(a, b), kind="stable")
    one_a = np.ones(len(a)) if weight_a is None else weight_a
    one_b = np.ones(len(b)) if weight_b is None else weight_b
    of_a = np.append(one_a, np.zeros(len(b)))[order]
    of_b = np.append(np.zeros(len(a)), one_b)[order]
    return of_a[None], of_b[None]


def test_unit_weights_give_the_tests_of_scipy(rng):
    a, b = rng.normal(0, 1, 60), rng.normal(0.4, 1.3, 45)
    ks, ad = two_sample_distances(*together(a, b), 60, 45)
    assert ks[0] == pytest.approx(stats.ks_2samp(a, b).statistic)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reference = stats.anderson_ksamp([a, b], midrank=False)
    # Undo the normalisation: (A² − 1)/σ with σ of Scholz and Stephens, equation 4.
    n, sizes = 105, np.array([60, 45])
    h = (1 / np.arange(1, n)).sum()
    inverse = (1 / sizes).sum()
    tail = np.cumsum(1 / np.arange(n - 1, 1, -1))
    g = (tail / np.arange(2, n)).sum()
    k = 2
    c = (4 * g - 6) * (k - 1) + (10 - 6 * g) * inverse
    d = (2 * g - 4) * k**2 + 8 * h * k + (2 * g - 14 * h - 4) * inverse - 8 * h + 4 * g - 6
    e = (6 * h + 2 * g - 2) * k**2 + (4 * h - 4 * g + 6) * k + (2 * h - 6) * inverse + 4 * h
    f = (2 * h + 6) * k**2 - 4 * h * k
    variance = (c * n**3 + d * n**2 + e * n + f) / ((n - 1) * (n - 2) * (n - 3))
    assert ad[0] == pytest.approx(1 + reference.statistic * np.sqrt(variance), rel=1e-6)


def test_a_weight_of_three_is_three_values(rng):
    a, b = rng.normal(0, 1, 30), rng.normal(0.4, 1.3, 20)
    weighted = two_sample_distances(*together(a, b, np.full(30, 3.0)), 90, 20)
    repeated = two_sample_distances(*together(np.repeat(a, 3), b), 90, 20)
    assert weighted[0] == pytest.approx(repeated[0])
    scaled = two_sample_distances(*together(a, b, np.full(30, 3.0)), 30, 20)
    alone = two_sample_distances(*together(a, b), 30, 20)
    assert scaled == (pytest.approx(alone[0]), pytest.approx(alone[1]))


def test_order_does_not_matter_and_equal_samples_are_at_no_distance(rng):
    a, b = rng.normal(0, 1, 30), rng.normal(0.4, 1.3, 20)
    of_a, of_b = together(a, b)
    one, two = two_sample_distances(of_a, of_b, 30, 20), two_sample_distances(of_b, of_a, 20, 30)
    np.testing.assert_allclose(one, two)
    np.testing.assert_allclose(two_sample_distances(of_a, of_a, 30, 30), 0, atol=1e-12)
