"""Lattices in a field: known spectra, and moments counted on open patches."""

from fractions import Fraction

import numpy as np
import pytest

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.synthetic.lattices import LATTICES, lattice_eigenvalue, lattice_patch, magnetic_cell

F = Fraction
SQRT = np.sqrt
KNOWN = [
    ("square", F(0), 4),
    ("square", F(1, 2), 2 * SQRT(2)),
    ("square", F(1, 3), 1 + SQRT(3)),
    ("square", F(1, 4), 2 * SQRT(2)),
    ("square", F(2, 5), (3 + SQRT(5)) / 2),
    ("triangular", F(0), 6),
    ("triangular", F(1, 2), 3),
    ("triangular", F(1, 4), 2 * SQRT(3)),
    ("triangular", F(1, 3), 3),
    ("honeycomb", F(0), 3),
    ("honeycomb", F(1, 2), SQRT(6)),
    ("honeycomb", F(1, 3), 1 + 2 * np.cos(2 * np.pi / 9)),
    ("kagome", F(0), 4),
    ("kagome", F(1, 8), SQRT(2) + SQRT(6)),
    ("kagome", F(1, 4), 2 * SQRT(3)),
    ("kagome", F(3, 8), 2 * SQRT(2)),
    ("kagome", F(1, 2), 2),
]


@pytest.mark.parametrize(("name", "flux", "expected"), KNOWN)
def test_the_largest_eigenvalue_is_the_known_one(name, flux, expected):
    assert lattice_eigenvalue(LATTICES[name], flux) == pytest.approx(expected, abs=1e-10)


def test_a_whole_quantum_changes_nothing():
    for lattice in LATTICES.values():
        assert lattice_eigenvalue(lattice, F(1)) == pytest.approx(lattice_eigenvalue(lattice, F(0)))


def test_the_square_lattice_is_harpers_equation():
    """Landau gauge by hand, (0, 0) twist and others, at 2/7 quanta a plaquette."""
    period, twist = 7, (0.4, 1.1)
    column = np.arange(period)
    matrix = np.diag(2 * np.cos(2 * np.pi * 2 / 7 * column + twist[1])).astype(complex)
    matrix[column, (column + 1) % period] += np.exp(1j * twist[0] * (column == period - 1))
    matrix[(column + 1) % period, column] += np.exp(-1j * twist[0] * (column == period - 1))
    found = matrix_of(magnetic_cell(LATTICES["square"], F(2, 7), twist))
    assert np.linalg.eigvalsh(found) == pytest.approx(np.linalg.eigvalsh(matrix), abs=1e-12)


@pytest.mark.parametrize("flux", [F(1, 5), F(1, 3), F(3, 8)])
@pytest.mark.parametrize("name", LATTICES)
def test_moments_are_those_of_walks_on_a_patch_in_another_gauge(name, flux):
    """Closed walks of up to 8 links from the middle of a patch never meet its edge.

    The patch has the symmetric gauge from real positions; the mean over more
    than 8 twists leaves of the cell only walks that close on the lattice.
    """
    lattice, powers, n_cells = LATTICES[name], range(2, 9), 11
    field_g = float(flux) * lattice.plaquettes * FLUX_QUANTUM_G_UM2
    patch = matrix_of(lattice_patch(lattice, n_cells), field_g / np.linalg.det(lattice.vectors))
    n_sites = len(lattice.sites)
    middle = (n_cells // 2 * (n_cells + 1)) * n_sites + np.arange(n_sites)
    expected = [
        np.linalg.matrix_power(patch, power)[middle, middle].real.mean() for power in powers
    ]
    twists = 2 * np.pi * np.arange(9) / 9
    spectra = np.concatenate(
        [
            np.linalg.eigvalsh(matrix_of(magnetic_cell(lattice, flux, (k1, k2))))
            for k1 in twists
            for k2 in twists
        ]
    )
    assert [(spectra**power).mean() for power in powers] == pytest.approx(expected, rel=1e-10)


def matrix_of(network, field_g=1.0):
    matrix = np.zeros((network.n_nodes, network.n_nodes), complex)
    np.add.at(matrix, (network.tail, network.head), np.exp(1j * network.phase_rad(field_g)))
    return matrix + matrix.conj().T
