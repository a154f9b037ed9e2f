"""Cost of a network in many fields against the textbook route, in one run.

No wall time is asserted: seconds and ratio are printed and only a loss against
the textbook fails.
"""

from __future__ import annotations

from time import perf_counter

import numpy as np
import pytest
from scipy.sparse import coo_array, diags_array
from scipy.sparse.linalg import eigsh, splu

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.laws.flux_network import MagneticCoupling, MagneticLaplacian
from grainscope.synthetic.lattices import LATTICES, lattice_patch
from grainscope.synthetic.random_network import random_network

N_NODES, FIELDS_G = 10_000, np.linspace(0.1, 50, 100)
#: The textbook is measured at a few fields and scaled.
TEXTBOOK_FIELDS = 10


@pytest.fixture(scope="module")
def network():
    return random_network(np.random.default_rng(1), N_NODES)


def textbook_matrix(network, field_g):
    """J as anyone would write it, laid out anew for each field."""
    hop = network.coupling * np.exp(1j * network.phase_rad(field_g))
    shape = (network.n_nodes, network.n_nodes)
    one_way = coo_array((hop, (network.tail, network.head)), shape=shape).tocsc()
    return one_way + one_way.conj().T


def textbook_determinant(network, field_g):
    ends = np.concatenate((network.tail, network.head))
    degree = np.bincount(ends, np.tile(network.coupling, 2), network.n_nodes)
    laplacian = diags_array(degree + 1e-12 * degree.mean()) - textbook_matrix(network, field_g)
    return np.log(np.abs(splu(laplacian.tocsc()).U.diagonal())).sum()


def textbook_eigenvalue(network, field_g):
    root = diags_array(1 / np.sqrt(network.mass))
    matrix = root @ textbook_matrix(network, field_g) @ root
    return eigsh(matrix.tocsc(), 1, which="LA", tol=1e-8, return_eigenvectors=False)[0]


@pytest.mark.parametrize(
    ("prepare", "textbook", "bound"),
    [
        (lambda network: MagneticLaplacian(network).log_determinant, textbook_determinant, 1.0),
        # Not faster where one strong grain decides, but never lost in a Landau level.
        (lambda network: MagneticCoupling(network).largest_eigenvalue, textbook_eigenvalue, 2.0),
    ],
    ids=["log_determinant", "largest_eigenvalue"],
)
def test_a_hundred_fields_at_ten_thousand_grains(
    network, prepare, textbook, bound, request, capsys
):
    prepare(network)(1.0)  # compiles
    start = perf_counter()
    answer = prepare(network)
    for field_g in FIELDS_G:
        answer(field_g)
    ours = perf_counter() - start
    start = perf_counter()
    for field_g in FIELDS_G[:TEXTBOOK_FIELDS]:
        textbook(network, field_g)
    theirs = (perf_counter() - start) * len(FIELDS_G) / TEXTBOOK_FIELDS
    what = request.node.callspec.id
    with capsys.disabled():
        print(f"\n{what}: {len(FIELDS_G)} fields at {N_NODES} nodes in {ours:.1f} s, ", end="")
        print(f"textbook / ours {theirs / ours:.1f}")
    assert ours < bound * theirs


def test_a_landau_level_against_a_restarted_iteration(capsys):
    """Square cells in a weak field: as regular as a film can be."""
    patch = lattice_patch(LATTICES["square"], 50)
    field_g = 0.01 * FLUX_QUANTUM_G_UM2
    coupling = MagneticCoupling(patch)
    coupling.largest_eigenvalue(field_g)  # compiles
    start = perf_counter()
    found = coupling.largest_eigenvalue(field_g)
    ours = perf_counter() - start
    start = perf_counter()
    exact = textbook_eigenvalue(patch, field_g)
    theirs = perf_counter() - start
    with capsys.disabled():
        print(f"\nLandau level: {ours:.2f} s, textbook / ours {theirs / ours:.0f}", end=" ")
        print(f"apart by {abs(found / exact - 1):.0e}")
    assert ours < theirs
