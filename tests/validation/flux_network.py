"""Print what a network in a field is worth: known lattices, accuracy, time and memory.

    python tests/validation/flux_network.py --largest 100000

Four tables: accuracy and costs of random planar networks of 10³ nodes up to
``--largest``; orderings of the factorisation; the largest eigenvalue of ideal
lattices, and of patches of them against dense spectra. Each row of the first
two runs in a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import argparse
import resource
from fractions import Fraction
from multiprocessing import get_context
from time import perf_counter

import numpy as np

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.laws.flux_network import FluxNetwork, MagneticCoupling, MagneticLaplacian
from grainscope.laws.flux_network.link_matrix import LinkMatrix
from grainscope.synthetic.lattices import LATTICES, lattice_eigenvalue, lattice_patch
from grainscope.synthetic.random_network import random_network

FLUXES = [Fraction(*f) for f in ((0, 1), (1, 8), (1, 4), (1, 3), (3, 8), (2, 5), (1, 2))]
FIELDS_G = np.linspace(0.5, 40, 5)
#: Dense answers take minutes beyond.
DENSE_NODES = 2000


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--largest", type=int, default=10_000, help="nodes of the last row")
    largest = parser.parse_args().largest
    sizes = [n for n in (10**3, 10**4, 10**5, 10**6) if n <= largest]
    # A process cannot have peaked below the one that starts it: what takes memory here comes last.
    print_sizes(sizes)
    print_orderings(sizes)
    print_lattices()
    print_patches()


def print_lattices() -> None:
    """Print λ_max of each lattice over the flux per plaquette."""
    print("\nLargest eigenvalue over flux per plaquette (kagome and triangular: per triangle)\n")
    print(f"| lattice | {' | '.join(map(str, FLUXES))} |")
    print("|---" * (len(FLUXES) + 1) + "|")
    for name, lattice in LATTICES.items():
        values = " | ".join(f"{lattice_eigenvalue(lattice, flux):.8f}" for flux in FLUXES)
        print(f"| {name} | {values} |")


def print_patches() -> None:
    """Print how well the iteration does where a Landau level holds many states."""
    print("\nOpen patches of 40 x 40 cells in weak and strong fields against dense spectra\n")
    print("| lattice | largest relative error |")
    print("|---|---|")
    for name, lattice in LATTICES.items():
        # As many nodes for each, so that the dense spectra cost the same.
        patch = lattice_patch(lattice, round(40 / np.sqrt(len(lattice.sites))))
        quantum_g = FLUX_QUANTUM_G_UM2 * lattice.plaquettes / np.linalg.det(lattice.vectors)
        coupling = MagneticCoupling(patch)
        errors = []
        for flux in (0, 0.003, 0.01, 0.1, 1 / 4, 1 / 3, 1 / 2):
            field_g = flux * quantum_g / lattice.plaquettes
            exact = np.linalg.eigvalsh(_hopping(patch, field_g).toarray())[-1]
            errors.append(abs(coupling.largest_eigenvalue(field_g) / exact - 1))
        print(f"| {name} | {max(errors):.0e} |")


def print_sizes(sizes: list[int]) -> None:
    """Print accuracy, seconds and memory over size."""
    print("Random planar networks of mean degree 4, ln J and ln M of standard deviation 1")
    print("(relative errors: against dense up to 2000 nodes, else another ordering and stop)\n")
    print("| nodes | loops | prepare s | ln det s | error | λ_max s | error | peak MB |")
    print("|---" * 8 + "|")
    for size in sizes:
        print(_alone(_size_row, size), flush=True)


def _size_row(size: int) -> str:
    network = random_network(np.random.default_rng(1), size)
    MagneticLaplacian(random_network(np.random.default_rng(1), 30))  # compiles
    MagneticCoupling(random_network(np.random.default_rng(1), 200)).largest_eigenvalue(1.0)
    start = perf_counter()
    laplacian, coupling = MagneticLaplacian(network), MagneticCoupling(network)
    prepared = perf_counter() - start
    start = perf_counter()
    determinants = [laplacian.log_determinant(field_g) for field_g in FIELDS_G]
    per_determinant = (perf_counter() - start) / len(FIELDS_G)
    start = perf_counter()
    stiffness = [coupling.largest_eigenvalue(field_g) for field_g in FIELDS_G]
    per_stiffness = (perf_counter() - start) / len(FIELDS_G)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    off = _worst(
        [_other_determinant(network, laplacian, field_g) for field_g in FIELDS_G], determinants
    )
    loose = _worst([_other_stiffness(network, field_g) for field_g in FIELDS_G], stiffness)
    return (
        f"| {size} | {laplacian.n_loops} | {prepared:.3f} | {per_determinant:.4f} | {off:.0e} "
        f"| {per_stiffness:.4f} | {loose:.0e} | {peak_mb:.0f} |"
    )


def _worst(exact: list[float], found: list[float]) -> float:
    return float(np.max(np.abs(np.array(found) / np.array(exact) - 1)))


def _hopping(network: FluxNetwork, field_g: float):
    zero = np.zeros(network.n_nodes)
    links = LinkMatrix(network.tail, network.head, network.coupling, zero)
    return links.at(network.phase_rad(field_g))


def _whole_laplacian(network: FluxNetwork, field_g: float):
    """Return D − J with leaves and all, and no regulariser."""
    from scipy.sparse import diags_array

    ends = np.concatenate((network.tail, network.head))
    row_sum = np.bincount(ends, np.tile(network.coupling, 2), network.n_nodes)
    return (diags_array(row_sum) - _hopping(network, field_g)).tocsc()


def _other_determinant(network, laplacian, field_g) -> float:
    """Return the core's value by another route: dense, or pivots wherever they are largest."""
    from scipy.sparse.linalg import splu

    core = laplacian.in_core
    nodes, ends = np.unique(np.stack((network.tail[core], network.head[core])), return_inverse=True)
    part = FluxNetwork(
        np.ones(len(nodes)), ends[0], ends[1], network.coupling[core], network.area_um2[core]
    )
    matrix = _whole_laplacian(part, field_g)
    matrix.setdiag(matrix.diagonal() + 1e-12 * matrix.diagonal().real.mean())
    if len(nodes) <= DENSE_NODES:
        return np.linalg.slogdet(matrix.toarray())[1] / laplacian.n_loops
    return np.log(np.abs(splu(matrix).U.diagonal())).sum() / laplacian.n_loops


def _other_stiffness(network: FluxNetwork, field_g: float) -> float:
    from scipy.sparse import diags_array
    from scipy.sparse.linalg import eigsh

    root = diags_array(1 / np.sqrt(network.mass))
    matrix = (root @ _hopping(network, field_g) @ root).tocsr()
    if network.n_nodes <= DENSE_NODES:
        return np.linalg.eigvalsh(matrix.toarray())[-1]
    return eigsh(matrix, 1, which="LA", tol=1e-12, ncv=60, return_eigenvectors=False)[0]


def print_orderings(sizes: list[int]) -> None:
    """Print seconds and entries of one factorisation by ordering."""
    print("\nOne factorisation, its ordering included (NATURAL: minimum degree, found before)\n")
    print("| nodes | ordering | s | entries of L | peak MB |")
    print("|---" * 5 + "|")
    for size in sizes:
        for ordering in ("NATURAL", "MMD_AT_PLUS_A", "COLAMD"):
            print(_alone(_ordering_row, size, ordering), flush=True)


def _ordering_row(size: int, ordering: str) -> str:
    from scipy.sparse.linalg import splu

    matrix = _whole_laplacian(random_network(np.random.default_rng(1), size), 3.0)
    matrix.setdiag(matrix.diagonal() + 1e-9)
    symmetric = {"diag_pivot_thresh": 0.0, "options": {"SymmetricMode": True}}
    if ordering == "NATURAL":
        order = np.argsort(splu(matrix, permc_spec="MMD_AT_PLUS_A", **symmetric).perm_c)
        matrix = matrix[order][:, order].tocsc()
    start = perf_counter()
    factors = splu(matrix, permc_spec=ordering, **symmetric)
    seconds = perf_counter() - start
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"| {size} | {ordering} | {seconds:.4f} | {factors.L.nnz} | {peak_mb:.0f} |"


def _alone(row, *arguments) -> str:
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(row, arguments)


if __name__ == "__main__":
    main()
