"""The gap between two discs of known radii and distance, drawn on pixels."""

from __future__ import annotations

import numpy as np
import pytest

from grainscope.network.contacts import PIXEL_CENTRE_EXCESS_PX, zone_facets


def _excess_px(rng, count, radius_low, radius_high, gap_low, gap_high):
    """Pixel-centre distance minus true gap, and the contact point's error, in pixels."""
    excess, error = [], []
    for _ in range(count):
        radii = np.exp(rng.uniform(np.log(radius_low), np.log(radius_high), 2))
        gap, angle = rng.uniform(gap_low, gap_high), rng.uniform(0, 2 * np.pi)
        along = np.array([np.sin(angle), np.cos(angle)])
        size = int(2 * radii.sum() + gap + 12)
        first = size / 2 + rng.random(2) - along * (radii.sum() + gap) / 2
        second = first + along * (radii.sum() + gap)
        y, x = np.indices((size, size))
        labels = ((y - first[0]) ** 2 + (x - first[1]) ** 2 <= radii[0] ** 2).astype(np.int32)
        labels[(y - second[0]) ** 2 + (x - second[1]) ** 2 <= radii[1] ** 2] = 2
        facet = zone_facets(labels)
        middle = first + along * (radii[0] + gap / 2)
        excess.append(facet.distance_px[0] - gap)
        error.append(np.hypot(facet.y_px[0] - middle[0], facet.x_px[0] - middle[1]))
    return np.array(excess), np.array(error)


def test_gap_is_unbiased_over_disc_pairs(rng):
    excess, error = _excess_px(rng, 1500, 3, 40, 1.5, 20)
    assert excess.mean() == pytest.approx(PIXEL_CENTRE_EXCESS_PX, abs=0.03)
    assert excess.std() == pytest.approx(0.31, abs=0.03)
    assert np.median(error) < 0.7


@pytest.mark.parametrize(("low", "high"), [(3, 6), (6, 12), (12, 25), (25, 50)])
def test_bias_stays_below_an_eighth_of_a_pixel_at_any_radius(rng, low, high):
    excess, _ = _excess_px(rng, 250, low, high, 1.5, 20)
    assert abs(excess.mean() - PIXEL_CENTRE_EXCESS_PX) < 0.125 + 3 * 0.31 / np.sqrt(250)
