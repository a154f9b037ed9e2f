"""The loop sum over field: revivals, weights, the grid of fields."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.settings import TransportSettings
from grainscope.transport import commensurate


def summed(loops, settings):
    return commensurate(loops, settings, np.random.default_rng(0))


def test_equal_loops_revive_fully_at_every_quantum(loops_of):
    found = summed(loops_of(np.full(30, 0.8)), TransportSettings(field_points=501))
    assert found.field_g[-1] == pytest.approx(5 * FLUX_QUANTUM_G_UM2 / 0.8)
    assert found.loop_sum[::100] == pytest.approx(np.ones(6), abs=1e-12)
    assert found.loop_sum[50::100] == pytest.approx(-np.ones(5), abs=1e-12)


@pytest.mark.parametrize("cv", [0.05, 0.1, 0.2, 0.25])
def test_a_normal_spread_of_areas_damps_the_first_revival(loops_of, cv):
    mean_um2, n = 1.3, 4000
    area_um2 = mean_um2 * (1 + cv * norm.ppf((np.arange(n) + 0.5) / n))
    field_g = FLUX_QUANTUM_G_UM2 / mean_um2
    found = summed(loops_of(area_um2), TransportSettings(field_max_g=field_g, field_points=2))
    assert found.loop_sum[-1] == pytest.approx(math.exp(-2 * math.pi**2 * cv**2), abs=0.01)


def test_two_sizes_of_loop_are_weighted_by_their_edge_weights(loops_of):
    field_g = FLUX_QUANTUM_G_UM2 / 2  # one quantum through 2 µm², half of one through 1 µm²
    settings = TransportSettings(field_max_g=field_g, field_points=2)
    found = summed(loops_of([2.0, 1.0, 5.0], [3.0, 1.0, 0.0]), settings)
    assert found.loop_sum == pytest.approx([1, (3 - 1) / 4])


@pytest.mark.parametrize(("weight", "median_um2"), [([1, 1, 1], 2), ([1, 1, 9], 3), ([1, 0, 0], 1)])
def test_the_field_reaches_five_quanta_through_the_weighted_median_loop(
    loops_of, weight, median_um2
):
    found = summed(loops_of([1.0, 2.0, 3.0], np.array(weight)), TransportSettings())
    assert found.field_g[-1] == pytest.approx(5 * FLUX_QUANTUM_G_UM2 / median_um2)
    assert len(found.field_g) >= 60
    assert found.field_g[0] == 0
    assert found.field_g == pytest.approx(10 * found.field_mt)


def test_a_given_largest_field_is_kept(loops_of):
    found = summed(loops_of([1.0]), TransportSettings(field_max_g=40.0, field_points=5))
    assert found.field_g.tolist() == [0, 10, 20, 30, 40]


def test_twice_the_pixel_size_gives_a_quarter_of_the_field_and_the_same_sum(loops_of, rng):
    area_um2 = rng.lognormal(0, 0.4, 200)
    once = summed(loops_of(area_um2), TransportSettings())
    twice = summed(loops_of(4 * area_um2), TransportSettings())
    assert twice.field_g == pytest.approx(once.field_g / 4)
    assert twice.loop_sum == pytest.approx(once.loop_sum, abs=1e-9)


def test_many_loops_are_summed_in_blocks_to_the_same_result(loops_of, rng):
    area_um2, weight = rng.lognormal(0, 1, (2, 40_000))
    settings = TransportSettings(field_points=17, field_max_g=30.0)
    found = summed(loops_of(area_um2, weight), settings)
    for field_g, loop_sum in zip(found.field_g, found.loop_sum, strict=True):
        phase = 2 * np.pi * field_g * area_um2 / FLUX_QUANTUM_G_UM2
        assert loop_sum == pytest.approx(np.average(np.cos(phase), weights=weight), abs=1e-12)


@pytest.mark.parametrize(("area_um2", "weight"), [([], []), ([1.0, 2.0], [0.0, 0.0])])
def test_no_loop_with_a_weight_gives_no_rows(loops_of, area_um2, weight):
    found = summed(loops_of(area_um2, np.array(weight)), TransportSettings(field_max_g=9))
    assert len(found.field_g) == len(found.field_mt) == len(found.loop_sum) == 0


def test_fields_of_a_broad_film_resolve_its_large_loops_and_begin_far_below(loops_of, rng):
    area_um2 = rng.lognormal(0, 1.3, 3000)
    found = summed(loops_of(area_um2, None, 4), TransportSettings())
    step_g = np.diff(found.field_g)
    assert len(found.field_g) <= 301
    large = np.quantile(area_um2, 0.98)
    assert step_g.max() <= FLUX_QUANTUM_G_UM2 / large / 12
    assert found.field_g[1] == pytest.approx(
        FLUX_QUANTUM_G_UM2 / max(20 * area_um2.max(), 400.0), rel=1e-6
    )
    ratio = found.field_g[2:40] / found.field_g[1:39]
    assert ratio == pytest.approx(10 ** (1 / 48))
    assert (np.diff(found.field_g) > 0).all()
