"""Correlation length and grown area against brute force, and how both scale and turn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from grainscope.network import build_network, percolate
from grainscope.network.contacts import PIXEL_CENTRE_EXCESS_PX
from grainscope.network.grown_area import grown_area_fraction
from grainscope.network.grown_area_kernel import count_distances
from grainscope.settings import NetworkSettings

EVERY_GAP = NetworkSettings(percolation_points=100_000)


@pytest.fixture
def percolated(measured):
    def follow(film, chosen=EVERY_GAP):
        table = measured(film)
        return percolate(build_network(film, table), film, table, chosen)

    return follow


def _discs(rng, side=240, count=300, low=3, high=8):
    labels = np.zeros((side, side), np.int32)
    y, x = np.indices(labels.shape)
    for label in range(1, count + 1):
        (cy, cx), radius = rng.uniform(0, side, 2), rng.uniform(low, high)
        inside = (y - cy) ** 2 + (x - cx) ** 2 <= radius**2
        labels[inside & (labels == 0)] = label
    return np.unique(labels, return_inverse=True)[1].reshape(labels.shape).astype(np.int32)


def test_correlation_length_of_two_pairs_and_a_lone_grain(labelled, percolated):
    # Pairs 4 and 2 px apart: of two components of equal size the one found first is left out,
    # of the rest 2R²s² = 2·(2·(d/2)²/2)·4 = 2d², Σs² = 4 + 1.
    curve = percolated(labelled("11.22.....33.44......5\n......................"))
    two_pairs = curve.gap_nm.tolist().index(pytest.approx(5 * (2 - PIXEL_CENTRE_EXCESS_PX)))
    assert curve.n_components[two_pairs] == 3
    distance_um = 3 * 0.005
    expected_um = np.sqrt(2 * distance_um**2 / 5)
    assert curve.correlation_length_um[two_pairs] == pytest.approx(expected_um)
    assert curve.correlation_length_um[0] == 0  # lone grains have no extent
    assert curve.correlation_length_um[-1] == 0  # nothing but the largest


def test_every_row_agrees_with_its_components_one_by_one(labelled, measured, percolated, rng):
    film = labelled(_discs(rng))
    table = measured(film)
    network = build_network(film, table)
    curve = percolated(film)
    n = table.n_grains
    compared = 0
    for row in range(0, len(curve.gap_nm), 3):
        kept = network.gap_nm <= curve.gap_nm[row]
        pairs = network.grain_a[kept] - 1, network.grain_b[kept] - 1
        graph = coo_array((np.ones(kept.sum()), pairs), (n, n))
        _, member = connected_components(graph, directed=False)
        size = np.bincount(member)
        if (size == size.max()).sum() > 1:
            continue  # which of the largest is left out is open
        mean = [np.bincount(member, at) / size for at in (table.y_um, table.x_um)]
        square = (table.y_um - mean[0][member]) ** 2 + (table.x_um - mean[1][member]) ** 2
        gyration = np.bincount(member, square) / size
        rest = np.arange(len(size)) != size.argmax()
        xi = np.sqrt((2 * gyration * size**2)[rest].sum() / max((size**2)[rest].sum(), 1))
        assert curve.correlation_length_um[row] == pytest.approx(xi, rel=1e-9, abs=1e-12)
        compared += 1
    assert compared > 20


def test_lengths_scale_with_the_pixel_and_shares_do_not(labelled, percolated, rng):
    labels = _discs(rng)
    once, twice = percolated(labelled(labels)), percolated(labelled(labels, 10.0))
    assert twice.correlation_length_um == pytest.approx(2 * once.correlation_length_um)
    assert twice.area_fraction == pytest.approx(once.area_fraction, abs=1e-12)
    for name in ("threshold_gap_x_nm", "threshold_low_nm", "threshold_high_nm"):
        assert getattr(twice, name) == pytest.approx(2 * getattr(once, name))
    assert twice.threshold_area_fraction == pytest.approx(once.threshold_area_fraction)


def test_a_turn_by_90_degrees_exchanges_x_and_y(labelled, percolated, rng):
    labels = _discs(rng)
    upright, turned = percolated(labelled(labels)), percolated(labelled(np.rot90(labels)))
    # Turning may move a gap by a part of a pixel where pixels are equally near (docs/network.md).
    pixel_nm = 5.0
    assert turned.threshold_gap_x_nm == pytest.approx(upright.threshold_gap_y_nm, abs=pixel_nm)
    assert turned.threshold_gap_y_nm == pytest.approx(upright.threshold_gap_x_nm, abs=pixel_nm)
    assert turned.threshold_high_nm == pytest.approx(upright.threshold_high_nm, abs=2 * pixel_nm)
    longest = [curve.correlation_length_um.max() for curve in (upright, turned)]
    assert longest[0] == pytest.approx(longest[1], rel=0.05)


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    labels=arrays(
        np.int32, array_shapes(min_dims=2, max_dims=2, max_side=14), elements=st.integers(0, 3)
    )
)
def test_distances_are_counted_exactly(labels):
    takes_part = np.array([False, True, False, True])
    counts = count_distances(labels, takes_part, (0, 0), 1, 500)
    assert counts.sum() == labels.size
    grains = takes_part[labels]
    if grains.any():
        square = np.rint(ndimage.distance_transform_edt(~grains) ** 2).astype(int)
        assert counts.tolist() == np.bincount(square.ravel(), minlength=502).tolist()
    else:
        assert counts[-1] == labels.size


def test_some_rows_tell_the_share_of_all(rng):
    labels = _discs(rng, 400, 500)
    takes_part = np.arange(labels.max() + 1) > 0
    every, some = (count_distances(labels, takes_part, (0, 0), n, 400) for n in (1, 4))
    assert some.sum() == labels.size / 4
    shares = [np.cumsum(counts) / counts.sum() for counts in (every, some)]
    assert shares[0] == pytest.approx(shares[1], abs=0.004)


@pytest.mark.parametrize("radius_px", [3, 8, 25])
@pytest.mark.parametrize("gap_px", [0, 4, 10, 40])
def test_a_disc_grows_by_half_the_gap(rng, radius_px, gap_px):
    y, x = np.indices((140, 140))
    grown = []
    for cy, cx in 70 + rng.random((20, 2)):
        disc = ((y - cy) ** 2 + (x - cx) ** 2 <= radius_px**2).astype(np.int32)
        share = grown_area_fraction(disc, np.array([False, True]), np.array([float(gap_px)]))
        grown.append(np.sqrt(share[0] * disc.size / np.pi) - radius_px)
    assert np.mean(grown) == pytest.approx(gap_px / 2, abs=0.15)


def test_area_fraction_runs_from_the_grains_to_all_and_ignores_small_ones(labelled, percolated):
    art = "11....22.\n11....22.\n.........\n.3......."
    curve = percolated(labelled(art))
    assert curve.area_fraction[0] == pytest.approx(9 / 36)
    assert (np.diff(curve.area_fraction) >= 0).all()
    large = percolated(labelled(art), NetworkSettings(min_grain_diameter_um=0.008))
    assert large.area_fraction[0] == pytest.approx(8 / 36)
    at = curve.gap_nm.tolist().index(curve.threshold_gap_nm)
    assert curve.threshold_area_fraction == curve.area_fraction[at]
