"""Whatever the labels, the contacts obey Euler's relation and the holes share the background."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from grainscope.errors import PlanarityError
from grainscope.network import build_network, find_loops, membership
from grainscope.network import loop_shapes as shapes
from grainscope.settings import NetworkSettings

_FIXTURES_ARE_PURE = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def _numbered(labels):
    """Number the labels without gaps; 0 stays background."""
    return (np.unique(np.append(labels, 0), return_inverse=True)[1][:-1]).reshape(labels.shape)


@settings(deadline=None, max_examples=150, suppress_health_check=_FIXTURES_ARE_PURE)
@given(
    labels=arrays(
        np.int32, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.integers(0, 5)
    ),
    gap_px=st.integers(0, 6),
    diameter_px=st.integers(0, 3),
)
def test_any_choice_from_any_labels_obeys_euler(labelled, measured, labels, gap_px, diameter_px):
    film = labelled(_numbered(labels))
    grains = measured(film)
    network = build_network(film, grains)
    chosen = NetworkSettings(max_gap_nm=5.0 * gap_px, min_grain_diameter_um=0.005 * diameter_px)
    loops = find_loops(network, film, grains, chosen)  # raises PlanarityError otherwise

    degree, component = membership(network, grains, chosen)
    assert degree.sum() % 2 == 0
    if not network.around_hole.any():  # then a contour is a part of one grain
        sides = np.column_stack((network.grain_a, network.grain_b)).ravel()
        kept = (network.gap_nm <= chosen.max_gap_nm) & (component[network.grain_a - 1] > 0)
        kept &= component[network.grain_b - 1] > 0
        contours = np.unique(network.node_contour[np.repeat(kept, 2)])
        parts = len(contours) - len(np.unique(sides[np.repeat(kept, 2)]))
        if parts == 0:
            lone = ((degree == 0) & (component > 0)).sum()
            n_components = component.max(initial=0) - lone
            assert loops.n_loops == kept.sum() - len(contours) + n_components
    assert (loops.area_um2 >= loops.hole_area_um2).all()
    assert loops.hole_area_um2.sum() <= ((film.labels == 0).sum() + 1e-6) * 0.005**2


@pytest.mark.parametrize("seed", range(4))
def test_films_of_blobs_obey_euler_at_every_gap_and_diameter(seed, labelled, measured):
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, 120, (60, 2))
    y, x = np.indices((120, 120))
    squared = ((np.stack((y, x), -1)[:, :, None] - points) ** 2).sum(-1)
    wavy = squared * rng.uniform(0.5, 2, 60) + 20 * np.sin(x / 5)[:, :, None]
    labels = np.where(wavy.min(-1) < rng.uniform(20, 120), wavy.argmin(-1) + 1, 0)
    film = labelled(_numbered(labels))
    grains = measured(film)
    network = build_network(film, grains)
    counts = [
        find_loops(
            network, film, grains, NetworkSettings(max_gap_nm=gap, min_grain_diameter_um=d)
        ).n_loops
        for d in (0.0, 0.03, 0.06)
        for gap in (0, 5, 10, 20, 40, 80, 1000)
    ]
    assert max(counts) > 10


def test_background_pieces_sum_to_all_background_that_faces_a_neighbour(labelled, measured, rng):
    labels = np.zeros((90, 90), np.int32)
    y, x = np.indices(labels.shape)
    for label, (cy, cx) in enumerate([(20, 20), (20, 65), (65, 25), (60, 70)], start=1):
        labels[(y - cy) ** 2 + (x - cx) ** 2 <= rng.uniform(8, 15) ** 2] = label
    network = build_network(labelled(labels), measured(labelled(labels)))
    pieces_px = (network.background_before_um2 + network.background_after_um2) / 0.005**2
    assert pieces_px == pytest.approx(pieces_px.round())
    assert pieces_px.min() > 0
    assert pieces_px.sum() < (labels == 0).sum()  # the rest faces the frame


def test_a_broken_rotation_is_a_planarity_error(labelled, measured, monkeypatch):
    art = "112233\n112233\n445566\n445566\n778899\n778899"
    film = labelled(art)
    grains = measured(film)
    network = build_network(film, grains)
    whole = shapes._embedding(network)
    swapped = whole.following.copy()
    centre = np.flatnonzero(np.column_stack((network.grain_a, network.grain_b)).ravel() == 5)
    a, b, c = centre[0], whole.following[centre[0]], whole.following[whole.following[centre[0]]]
    d = whole.following[c]
    swapped[a], swapped[c], swapped[b] = c, b, d  # two neighbours change places
    monkeypatch.setattr(shapes, "_embedding", lambda _: whole._replace(following=swapped))
    with pytest.raises(PlanarityError, match="V − E \\+ F = 2C"):
        find_loops(network, film, grains, NetworkSettings())
