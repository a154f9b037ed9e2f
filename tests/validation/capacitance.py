"""Print what the capacitances and charging energies of flat grains are worth.

    python tests/validation/capacitance.py

Four tables: pairs of discs by two methods; the shipped tables against the solution; charging
energies of many discs, solved as a whole, against the laws that put pairs together; time.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter

import numpy as np
from scipy.spatial import Delaunay

sys.path.insert(0, str(Path(__file__).parents[1] / "laws" / "capacitance"))

from conftest import maxwell_matrix

from grainscope.constants import (
    BOLTZMANN_J_PER_K,
    ELEMENTARY_CHARGE_C,
    VACUUM_PERMITTIVITY_F_PER_M,
)
from grainscope.laws.capacitance import (
    capacitance_matrix_f,
    charging_among_neutral,
    disc_capacitance_f,
    disc_pair,
    gap_capacitance_f,
    grounded_charging_energy_k,
    network_charging,
    neutral_share,
)
from grainscope.laws.capacitance.neutral_share import exact_share

SEED = 1
#: Metres of a micrometre times the vacuum: from lengths in µm to farads.
FARAD = VACUUM_PERMITTIVITY_F_PER_M * 1e-6
KELVIN = ELEMENTARY_CHARGE_C**2 / (2 * BOLTZMANN_J_PER_K)


def main() -> None:
    """Print the tables."""
    print_pairs()
    print_tables()
    print_many()
    print_time()


def print_pairs() -> None:
    """Print pairs, over ε0 ε r1, and how far the second method is from the first."""
    print("\nTwo discs: Maxwell matrix over ε0 ε r1, and relative difference of balayage\n")
    print("| r2/r1 | gap/r1 | c11 | c12 | c22 | 12 x 48 points | 16 x 64 points |")
    print("|---" * 7 + "|")
    for ratio, gap in ((1, 30), (1, 3), (1, 0.3), (1, 0.1), (1, 1e-3), (0.3, 0.3), (0.1, 0.1)):
        pair = disc_pair(1.0, ratio, gap)
        expected = np.array([[pair.c11, -pair.c12], [-pair.c12, pair.c22]])
        off = []
        for points in ((12, 48), (16, 64)):
            other = maxwell_matrix([[0, 0], [1 + ratio + gap, 0]], [1, ratio], *points)
            off.append(f"{np.abs(other / expected - 1).max():.1e}" if gap > 0.01 else "")
        numbers = " | ".join(f"{value:.6f}" for value in pair[:3])
        print(f"| {ratio} | {gap} | {numbers} | {' | '.join(off)} |")


def print_tables() -> None:
    """Print the largest error of the shipped tables over random pairs."""
    rng = np.random.default_rng(SEED)
    off = []
    for _ in range(200):
        ratio = 10 ** rng.uniform(-2.4, 0)
        gap = 10 ** rng.uniform(-3, 1.5) * ratio
        gap_c = (
            gap_capacitance_f(1.0, ratio, gap * 1000, 1.0) / FARAD / disc_pair(1, ratio, gap).c12
        )
        shares = [neutral_share(*x, gap) / exact_share(*x, gap) for x in ((1, ratio), (ratio, 1))]
        off.append(np.abs(np.array([gap_c, *shares]) - 1))
    median, largest = np.median(off, axis=0), np.max(off, axis=0)
    print("\nShipped tables on 200 random pairs: relative error\n")
    print("| | median | largest |\n|---|---|---|")
    for name, m, most in zip(
        ("C12", "share, larger disc", "smaller"), median, largest, strict=True
    ):
        print(f"| {name} | {m:.1e} | {most:.1e} |")


def print_many() -> None:
    """Print energies of the laws over those of all discs solved at once."""
    print("\nMany discs: energy over that of all discs solved as a whole, median and range of the")
    print("inner grains; gap/r for the hexagon of 19 equal discs\n")
    print(
        "| film | contacts | E_C, grounded | E_i, alone | E_i, network | E_i, neutral "
        "| E_ab, network | E_ab, neutral |"
    )
    print("|---" * 8 + "|")
    rows = [
        (i + j / 2, j * 0.75**0.5) for i in range(-2, 3) for j in range(-2, 3) if abs(i + j) < 3
    ]
    for gap in (0.05, 0.1, 0.3, 1.0, 3.0):
        print_film(f"hexagon, {gap}", np.array(rows) * (2 + gap), np.ones(19), gap * 1.01)
    for seed in range(3):
        print_film(f"random, {seed}", *random_discs(seed), 1.0)


def print_film(name: str, centre, radius, farthest: float) -> None:
    """Print one row; contacts are pairs of a gap below ``farthest``."""
    solved = maxwell_matrix(centre, radius, 9, 40)
    inverse = np.linalg.inv((solved + solved.T) / 2)
    a, b = np.triu_indices(len(radius), 1)
    gap = np.hypot(*(centre[a] - centre[b]).T) - radius[a] - radius[b]
    a, b, gap = (x[gap < farthest] for x in (a, b, gap))
    matrix = capacitance_matrix_f(
        disc_capacitance_f(2 * radius, 1.0),
        a,
        b,
        gap_capacitance_f(radius[a], radius[b], gap * 1e3, 1.0),
    )
    inner = np.argsort(np.hypot(*centre.T))[: len(radius) // 3]
    inside = np.isin(a, inner) | np.isin(b, inner)
    grain = KELVIN / FARAD * np.diag(inverse)
    pair = KELVIN / FARAD * (np.diag(inverse)[a] + np.diag(inverse)[b] - 2 * inverse[a, b])
    network = network_charging(matrix, a, b)
    neutral = charging_among_neutral(radius, centre, a, b, gap * 1e3, 1.0)
    grounded = grounded_charging_energy_k(matrix) / (KELVIN / FARAD / np.diag(solved))
    alone = KELVIN / FARAD / (8 * radius) / grain
    columns = [
        x[inner] for x in (grounded, alone, network.electron_k / grain, neutral.electron_k / grain)
    ]
    columns += [(x.pair_creation_k / pair)[inside] for x in (network, neutral)]
    shown = " | ".join(f"{np.median(x):.3f} ({x.min():.3f}…{x.max():.3f})" for x in columns)
    print(f"| {name} | {len(a)} | {shown} |")


def random_discs(seed: int, count: int = 26):
    """Return centres and radii of discs of mixed size that do not touch, the large ones first."""
    rng = np.random.default_rng(seed)
    centre, radius = [], []
    for trial in range(4000):
        r = 10 ** rng.uniform(-0.6, 0.2) * (1 if trial < 60 else 0.4)
        at = rng.uniform(-4, 4, 2)
        apart = [
            np.hypot(*(at - c)) - r - q > 0.1 * min(r, q)
            for c, q in zip(centre, radius, strict=True)
        ]
        if all(apart) and len(radius) < count:
            centre.append(at)
            radius.append(r)
    return np.array(centre), np.array(radius)


def print_time() -> None:
    """Print seconds for films of Delaunay contacts."""
    print("\nSeconds\n")
    print("| grains | contacts | gap_capacitance_f | network_charging | charging_among_neutral |")
    print("|---" * 5 + "|")
    for count in (1000, 17_000, 100_000):
        rng = np.random.default_rng(SEED)
        centre = rng.random((count, 2)) * np.sqrt(count) * 0.1
        simplices = Delaunay(centre).simplices
        links = np.sort(np.concatenate([simplices[:, pair] for pair in ([0, 1], [1, 2], [0, 2])]))
        a, b = np.unique(links, axis=0).T
        radius, gap_nm = rng.uniform(0.01, 0.04, count), rng.uniform(1, 50, len(a))
        times = []
        for _ in range(2):  # the first compiles
            start = [perf_counter()]
            mutual = gap_capacitance_f(radius[a], radius[b], gap_nm, 5.5)
            start.append(perf_counter())
            matrix = capacitance_matrix_f(disc_capacitance_f(2 * radius, 5.5), a, b, mutual)
            network_charging(matrix, a, b)
            start.append(perf_counter())
            charging_among_neutral(radius, centre, a, b, gap_nm, 5.5)
            start.append(perf_counter())
            times = np.diff(start)
        print(f"| {count} | {len(a)} | {' | '.join(f'{t:.2f}' for t in times)} |")


if __name__ == "__main__":
    main()
