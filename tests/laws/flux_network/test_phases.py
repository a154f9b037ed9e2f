"""The signed areas of links: what a loop encloses, in any gauge."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.laws.flux_network import FluxNetwork, flux_network

SHIFT = st.floats(-1e4, 1e4)


def ring(vertices, shift=(0.0, 0.0)):
    """Loop through every other vertex as a grain and the ones between as contact points."""
    vertices = np.asarray(vertices, float) + shift
    count = len(vertices) // 2
    node = np.arange(count)
    return flux_network(
        vertices[::2], vertices[1::2], node, (node + 1) % count, np.ones(count), np.ones(count)
    )


def shoelace(vertices):
    a, b = np.asarray(vertices, float), np.roll(vertices, -1, axis=0)
    return float(np.sum(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / 2)


def test_a_loop_through_bent_links_encloses_the_area_of_its_polygon():
    polygon = [(0, 0), (1, -0.5), (3, 0), (3.5, 1), (3, 3), (1, 2.2)]
    assert ring(polygon).area_um2.sum() == pytest.approx(shoelace(polygon), rel=1e-14)


def test_one_quantum_through_a_loop_is_a_phase_of_two_pi():
    square = ring([(0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0)])
    assert abs(square.phase_rad(FLUX_QUANTUM_G_UM2 / 4).sum()) == pytest.approx(2 * np.pi)


@given(SHIFT, SHIFT)
def test_a_far_origin_costs_no_digits(y, x):
    polygon = [(0, 0), (1, -0.5), (3, 0), (3.5, 1), (3, 3), (1, 2.2)]
    moved = ring(polygon, (y, x)).area_um2
    assert moved == pytest.approx(ring(polygon).area_um2, abs=1e-10)


def test_contacts_without_coupling_are_no_links():
    pair = flux_network([[0, 0], [0, 1]], [[0, 0.5], [1, 0.5]], [0, 0], [1, 1], [0, 2], [1, 1])
    assert pair.coupling.tolist() == [2.0]


def test_no_grains_make_an_empty_network():
    empty = flux_network(np.empty((0, 2)), np.empty((0, 2)), [], [], [], [])
    assert (empty.n_nodes, empty.n_links) == (0, 0)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"coupling": [-1.0]}, "coupling must be positive"),
        ({"mass": [1.0, 0.0]}, "mass must be positive"),
        ({"mass": [1.0, np.inf]}, "mass must be positive"),
        ({"area_um2": [np.nan]}, "area_um2 must be finite"),
        ({"head": [2]}, "nodes 0…1"),
        ({"tail": [-1]}, "nodes 0…1"),
        ({"coupling": [1.0, 1.0]}, "expected shapes"),
        ({"mass": [[1.0, 1.0]]}, "expected shapes"),
    ],
)
def test_what_makes_no_sense_is_refused(changed, says):
    good = {"mass": [1.0, 1.0], "tail": [0], "head": [1], "coupling": [1.0], "area_um2": [0.0]}
    with pytest.raises(ValueError, match=says):
        FluxNetwork(**{name: np.array(value) for name, value in (good | changed).items()})
