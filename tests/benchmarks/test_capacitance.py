"""Cost of charging energies against the textbook route, in one run.

No wall time is asserted: seconds and ratio are printed and only a loss against
the textbook fails.
"""

from __future__ import annotations

from time import perf_counter

import numpy as np
from scipy.spatial import Delaunay

from grainscope.laws.capacitance import (
    capacitance_matrix_f,
    charging_among_neutral,
    disc_capacitance_f,
    gap_capacitance_f,
    network_charging,
)

N_GRAINS = 2000


def seconds(work) -> float:
    """Fastest of three calls, after one that compiles."""
    work()
    times = []
    for _ in range(3):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return min(times)


def test_selected_inverse_against_the_dense_one(capsys):
    rng = np.random.default_rng(1)
    centre = rng.random((N_GRAINS, 2)) * np.sqrt(N_GRAINS) * 0.1
    corners = Delaunay(centre).simplices
    links = np.sort(np.concatenate([corners[:, pair] for pair in ([0, 1], [1, 2], [0, 2])]))
    a, b = np.unique(links, axis=0).T
    radius, gap_nm = rng.uniform(0.01, 0.04, N_GRAINS), rng.uniform(1, 50, len(a))
    mutual = gap_capacitance_f(radius[a], radius[b], gap_nm, 5.5)
    matrix = capacitance_matrix_f(disc_capacitance_f(2 * radius, 5.5), a, b, mutual)
    dense = matrix.toarray()

    textbook = seconds(lambda: np.linalg.inv(dense))
    exact = seconds(lambda: network_charging(matrix, a, b))
    neutral = seconds(lambda: charging_among_neutral(radius, centre, a, b, gap_nm, 5.5))
    with capsys.disabled():
        print(
            f"\n{N_GRAINS} grains, {len(a)} contacts: dense inverse {textbook:.3f} s, "
            f"dense / selected {textbook / exact:.0f}, / among neutral {textbook / neutral:.1f}"
        )
    assert exact < textbook
