"""Print what resistor networks are worth: accuracy over span, time over size, known films.

    python tests/validation/resistor_network.py --largest 100000

Five tables: both routes against one another, and LU without clipping, over the span of
conductances; where to clip; seconds over size; four answers for the square lattice of
log-uniform barriers; the Hall effect of films of two phases against the exact relation.
"""

from __future__ import annotations

import argparse
from time import perf_counter

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.sparse import coo_array
from scipy.sparse.linalg import splu

from grainscope.laws.parallel_activation import log_uniform_ln_conductance
from grainscope.laws.resistor_network import (
    PixelFilm,
    StarMesh,
    clipped_ln_conductance,
    composite_hall_conductivity,
    critical_path_ln_g,
    effective_medium_ln_g,
)
from grainscope.synthetic.resistor_networks import random_resistor_network, self_dual_square

#: Barriers of all tables, log-uniform.
LOWEST_K, HIGHEST_K = 0.01, 10.0


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--largest", type=int, default=17_000, help="nodes of the last row")
    parser.add_argument("--seeds", type=int, default=24, help="lattices of 400 x 400")
    options = parser.parse_args()
    print_spans()
    print_clips()
    print_times([n for n in (10**3, 10**4, 17_000, 10**5) if n <= options.largest])
    print_square_lattice(options.seeds)
    print_hall()


def barriers(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return log-uniform barriers in K."""
    return LOWEST_K * (HIGHEST_K / LOWEST_K) ** rng.random(count)


def print_spans() -> None:
    """Print how far apart the routes are as a film cools."""
    print("ln G of 3500 grains: errors of LU, clipped at 7 decades and not, against star-mesh;")
    print("and of star-mesh, with its nodes named in another order, against itself\n")
    print("| span, decades | ln G | renamed | clipped | plain LU |")
    print("|---" * 5 + "|")
    rng = np.random.default_rng(1)
    network = random_resistor_network(rng, 3500)
    name = rng.permutation(network.n_nodes)
    back = np.argsort(name)
    renamed = type(network)(
        name[network.tail], name[network.head], network.left[back], network.right[back]
    )
    mesh, other = StarMesh(network), StarMesh(renamed)
    barrier_k = barriers(rng, network.n_links)
    for decades in (10, 30, 100, 144, 433, 1e3, 1e4, 1e6):
        ln_g = -barrier_k / np.ptp(barrier_k) * decades * np.log(10)
        whole = mesh.ln_conductance(ln_g)
        print(
            f"| {decades:g} | {whole:.6f} | {abs(other.ln_conductance(ln_g) - whole):.0e} "
            f"| {abs(clipped_ln_conductance(network, ln_g) - whole):.0e} "
            f"| {abs(plain_lu(network, ln_g) - whole):.1e} |"
        )


def plain_lu(network, ln_g) -> float:
    """Solve Kirchhoff's equations in double precision as they stand."""
    tail, head = network.shorted()
    count, conductance = network.n_nodes + 2, np.exp(ln_g - ln_g.max())
    one_way = coo_array((conductance, (tail, head)), shape=(count, count)).tocsr()
    links = one_way + one_way.T
    inner = np.flatnonzero(~(network.left | network.right))
    laplacian = -links[inner][:, inner]
    laplacian.setdiag(links.sum(axis=1)[inner])
    potential = np.zeros(count)
    try:
        potential[inner] = splu(laplacian.tocsc()).solve(links[inner][:, [-2]].toarray().ravel())
    except RuntimeError:  # singular
        return np.nan
    potential[-2] = 1
    touching = tail == network.n_nodes
    touched = head == network.n_nodes
    current = (conductance * (potential[tail] - potential[head]) * (touching * 1 - touched)).sum()
    return ln_g.max() + np.log(current) if current > 0 else np.nan


def print_clips() -> None:
    """Print the largest error at any temperature over where conductances are clipped."""
    print("\nLargest error of ln G, 0.3 K to 10 µK, by the decade at which LU clips\n")
    clips = (5, 6, 7, 8, 9)
    print(f"| nodes | films | {' | '.join(map(str, clips))} |")
    print("|---" * (len(clips) + 2) + "|")
    for n_nodes, films in ((1000, 10), (17_000, 3)):
        worst = dict.fromkeys(clips, 0.0)
        for seed in range(films):
            rng = np.random.default_rng(seed)
            network = random_resistor_network(rng, n_nodes)
            barrier_k, mesh = barriers(rng, network.n_links), StarMesh(network)
            for temperature_k in (0.3, 0.1, 0.03, 0.01, 1e-3, 1e-5):
                ln_g = -barrier_k / temperature_k
                whole = mesh.ln_conductance(ln_g)
                for clip in clips:
                    off = abs(clipped_ln_conductance(network, ln_g, clip) - whole)
                    worst[clip] = max(worst[clip], off)
        print(f"| {n_nodes} | {films} | {' | '.join(f'{x:.0e}' for x in worst.values())} |")


def print_times(sizes: list[int]) -> None:
    """Print seconds over size."""
    print("\nSeconds (star-mesh: prepare once, then each temperature; slots take 24 bytes)\n")
    print("| nodes | links | slots | prepare | ln G | currents | clipped | critical | medium |")
    print("|---" * 9 + "|")
    small = self_dual_square(2)
    StarMesh(small).currents(np.zeros(small.n_links))  # compiles
    for size in sizes:
        rng = np.random.default_rng(1)
        network = random_resistor_network(rng, size)
        ln_g = -barriers(rng, network.n_links) / 0.1
        prepare, mesh = timed(lambda network=network: StarMesh(network))
        works = (
            mesh.ln_conductance,
            mesh.currents,
            lambda ln_g, network=network: clipped_ln_conductance(network, ln_g),
            lambda ln_g, network=network: critical_path_ln_g(network, ln_g),
            effective_medium_ln_g,
        )
        seconds = [timed(lambda work=work, ln_g=ln_g: work(ln_g))[0] for work in works]
        print(
            f"| {size} | {network.n_links} | {mesh.n_slots} | {prepare:.3f} "
            f"| {' | '.join(f'{x:.3f}' for x in seconds)} |"
        )


def timed(work):
    """Return the fastest of three calls in seconds, and the answer."""
    seconds = []
    for _ in range(3):
        start = perf_counter()
        answer = work()
        seconds.append(perf_counter() - start)
    return min(seconds), answer


def print_square_lattice(seeds: int) -> None:
    """Print ln σ/σ0 of the square lattice at 0.1 K by four answers."""
    print(f"\nSquare lattice, barriers {LOWEST_K} to {HIGHEST_K} K, at 0.1 K: ln σ/σ0")
    print("(critical path of infinitely many: −√(Δ1Δ2)/T = −3.1623)\n")
    print("| side | lattices | Kirchhoff | critical path |")
    print("|---" * 4 + "|")
    for side, count in ((100, 8 * seeds), (200, 3 * seeds), (400, seeds)):
        network = self_dual_square(side)
        mesh = StarMesh(network)
        rng = np.random.default_rng(1)
        both = []
        for _ in range(count):
            ln_g = -barriers(rng, network.n_links) / 0.1
            both.append((mesh.ln_conductance(ln_g), critical_path_ln_g(network, ln_g)))
        mean, error = np.mean(both, axis=0), np.std(both, axis=0) / np.sqrt(count)
        cells = " | ".join(f"{m:.3f} ± {e:.3f}" for m, e in zip(mean, error, strict=True))
        print(f"| {side} | {count} | {cells} |", flush=True)
    quantile = (np.arange(10**6) + 0.5) / 10**6
    medium = effective_medium_ln_g(-LOWEST_K * (HIGHEST_K / LOWEST_K) ** quantile / 0.1)
    parallel = log_uniform_ln_conductance(0.1, LOWEST_K, HIGHEST_K)
    print(f"\neffective medium {medium:.4f}, in parallel {parallel:.4f}")


def print_hall() -> None:
    """Print how well films of pixels obey the exact relation of two phases."""
    print("\nHall conductivity of random films of two phases, half and half: found / exact − 1\n")
    print("| pixels | blur, pixels | σ1/σ2 | only the poor phase | only the good one |")
    print("|---" * 5 + "|")
    for side, blur in ((128, 4), (256, 8), (512, 16)):
        noise = np.random.default_rng(1).normal(size=(side, side))
        smooth = gaussian_filter(noise, blur, mode="wrap")
        poor = smooth > np.median(smooth)
        for ratio in (4.0, 10.0, 100.0):
            film = PixelFilm(np.where(poor, 1.0, ratio))
            sigma_e = np.sqrt(np.linalg.det(film.conductivity))
            off = [
                film.hall_conductivity(where)
                / composite_hall_conductivity(sigma_e, 1.0, ratio, *hall)
                - 1
                for where, hall in ((poor, (1.0, 0.0)), (~poor, (0.0, 1.0)))
            ]
            print(f"| {side}² | {blur} | {ratio:g} | {off[0]:+.4f} | {off[1]:+.4f} |")


if __name__ == "__main__":
    main()
