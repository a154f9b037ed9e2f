"""Print how well loops, amplitudes and minima of a low-field magnetoresistance are found.

    python tests/validation/fluctuations.py [--seeds 400]

ln R = background − (U/T) · stiffness of disordered lattices, fluctuations of 30 % and 1 % noise:
which route finds the mean area of the loops within a tenth, and whether its 68 % interval holds
it. Then cosines of known weights, noise without any loop, and what is not of the model's form:
a background that drifts, loops of all sizes.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.optimize import nnls

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.fitting.loops.detrend import background_columns, detrended
from grainscope.fitting.loops.dominating_loop import DominatingLoop, dominating_loop
from grainscope.fitting.loops.folding import FoldedCurve
from grainscope.fitting.loops.loop_analysis import analyse_loops, dominates, may_be_chance
from grainscope.fitting.loops.loop_grid import loop_grid, loop_responses
from grainscope.fitting.loops.loop_inversion import LoopWeights, invert_loops
from grainscope.fitting.loops.loop_populations import loop_populations
from grainscope.fitting.loops.loop_routes import LoopRoutes
from grainscope.fitting.loops.low_field_sweep import LowFieldSweep
from grainscope.fitting.loops.minima import coloured_noise, find_minima
from grainscope.laws.flux_network import FluxNetwork, MagneticCoupling, flux_network
from grainscope.laws.flux_quantum import flux_response
from grainscope.synthetic.lattices import LATTICES
from grainscope.synthetic.random_network import random_network

FIELD_G = np.arange(0.5, 60.1, 0.5)
NOISE, FLUCTUATION = 0.01, 0.3
CELLS = 12
KINDS = ("square", "honeycomb", "triangular")
SPREADS = (0.0, 0.07, 0.12, 0.17, 0.23, 0.3)
STRENGTHS = np.geomspace(1e-3, 1e3, 13)


def disordered_lattice(
    kind: str, jitter: float, area_um2: float, rng: np.random.Generator
) -> FluxNetwork:
    """Cut a patch out of a lattice, its sites shifted at random, couplings spread a little."""
    lattice = LATTICES[kind]
    cell = np.column_stack(np.divmod(np.arange(CELLS**2), CELLS))
    constant = np.sqrt(area_um2 * lattice.plaquettes / abs(np.linalg.det(lattice.vectors)))
    site = (cell[:, None] + lattice.sites).reshape(-1, 2) @ lattice.vectors * constant
    site = site + rng.normal(0, jitter * constant, site.shape)
    end = cell[:, None] + lattice.links[:, 2:]
    inside = np.all((end >= 0) & (end < CELLS), axis=2)
    n_sites = len(lattice.sites)
    tail = (np.arange(CELLS**2)[:, None] * n_sites + lattice.links[:, 0])[inside]
    head = ((end @ [CELLS, 1]) * n_sites + lattice.links[:, 1])[inside]
    spread = rng.uniform(0, 0.15)
    return flux_network(
        site,
        (site[tail] + site[head]) / 2,
        tail,
        head,
        rng.lognormal(0, spread, len(tail)),
        rng.lognormal(0, spread, len(site)),
    )


def log_resistance(network: FluxNetwork) -> np.ndarray:
    """Return ln R whose fluctuations beyond 10 G are 30 % of a rise like the paper's."""
    coupling = MagneticCoupling(network)
    stiffness = np.array([coupling.largest_eigenvalue(b) for b in FIELD_G])
    beyond = stiffness[FIELD_G > 10]
    gain = FLUCTUATION / np.abs(beyond - stiffness.mean()).max()
    return 0.66 * 0.5 * np.log(FIELD_G**2 + 4**2) - gain * stiffness


def weighted_error() -> np.ndarray:
    """Return the noise of each row."""
    return np.full(len(FIELD_G), NOISE)


def of_deepest(z: np.ndarray, rng: np.random.Generator) -> float:
    """Return the area of one quantum at the deepest minimum."""
    columns, error = background_columns(FIELD_G), weighted_error()
    found = find_minima(FIELD_G, detrended(z, error, columns), error, columns, rng)
    if not len(found.field_g):
        return np.nan
    return FLUX_QUANTUM_G_UM2 / float(found.field_g[np.argmin(found.value)])


def of_periodogram(z: np.ndarray, _rng: np.random.Generator) -> float:
    """Return the area at the highest peak of the least-squares periodogram."""
    from scipy.signal import lombscargle

    grid = loop_grid(FIELD_G)
    left = detrended(z, weighted_error(), background_columns(FIELD_G))
    area = np.exp(np.linspace(*np.log(grid.area_um2[grid.seen])[[0, -1]], 400))
    power = lombscargle(FIELD_G, left, 2 * np.pi * area / FLUX_QUANTUM_G_UM2)
    return float(area[np.argmax(power)])


def _regularised(z: np.ndarray) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Return small non-negative weights for each strength, sums of squares and freedoms."""
    grid, error = loop_grid(FIELD_G), weighted_error()
    columns = background_columns(FIELD_G)
    design = detrended(-loop_responses(FIELD_G, grid), error, columns) / error[:, None]
    y = detrended(z, error, columns) / error
    size = np.eye(design.shape[1])
    weights, squares, freedom = [], [], []
    for strength in STRENGTHS * np.sqrt(np.trace(design.T @ design) / design.shape[1]):
        stacked = np.vstack((design, strength * size))
        w = nnls(stacked, np.append(y, np.zeros(len(size))))[0]
        weights.append(w)
        on = w > 0
        part = design[:, on]
        inside = part.T @ part + strength**2 * size[:, on].T @ size[:, on]
        squares.append(float(((y - design @ w) ** 2).sum()))
        freedom.append(float(np.trace(np.linalg.pinv(inside) @ (part.T @ part))))
    return weights, np.array(squares), np.array(freedom)


def of_cross_validation(z: np.ndarray, _rng: np.random.Generator) -> float:
    """Return the peak of small non-negative weights, the strength by generalised CV."""
    weights, squares, freedom = _regularised(z)
    left = np.maximum(len(FIELD_G) - background_columns(FIELD_G).shape[1] - freedom, 1)
    return _peak(weights[int(np.argmin(squares / left**2))])


def of_l_curve(z: np.ndarray, _rng: np.random.Generator) -> float:
    """Return the peak of small non-negative weights, the strength at the corner of the L."""
    weights, squares, _ = _regularised(z)
    large = np.array([float((w**2).sum()) for w in weights])
    x, y = np.log(squares + 1e-12), np.log(large + 1e-12)
    dx, dy = np.gradient(x), np.gradient(y)
    bend = (dx * np.gradient(dy) - dy * np.gradient(dx)) / (dx**2 + dy**2 + 1e-12) ** 1.5
    return _peak(weights[1 + int(np.argmax(np.abs(bend[1:-1])))])


def _peak(weight: np.ndarray) -> float:
    grid = loop_grid(FIELD_G)
    apart = np.log(grid.area_um2)[:, None] - np.log(grid.area_um2)
    kernel = np.exp(-0.5 * (apart / grid.resolution[:, None]) ** 2)
    smooth = kernel @ weight / kernel.sum(axis=1)
    seen = grid.seen
    return float(grid.area_um2[seen][np.argmax(smooth[seen])])


def of_sampled_weights(z: np.ndarray, rng: np.random.Generator) -> float:
    """Return the peak of the weights of `invert_loops`."""
    found = invert_loops(
        FIELD_G, z, weighted_error(), loop_grid(FIELD_G), background_columns(FIELD_G), rng
    )
    return _peak(found.weight.mean(axis=0))


RIVALS: dict[str, Callable[[np.ndarray, np.random.Generator], float]] = {
    "deepest minimum": of_deepest,
    "highest peak of the periodogram": of_periodogram,
    "non-negative weights, strength by cross-validation": of_cross_validation,
    "non-negative weights, strength by L-curve": of_l_curve,
    "non-negative weights sampled, peak": of_sampled_weights,
}


def loop_of(z: np.ndarray) -> DominatingLoop:
    """Return the shipped answer."""
    return dominating_loop(
        FIELD_G, z, weighted_error(), loop_grid(FIELD_G), background_columns(FIELD_G)
    )


def weights_of(z: np.ndarray, rng: np.random.Generator) -> LoopWeights:
    """Return the shipped distribution."""
    grid = loop_grid(FIELD_G)
    return invert_loops(FIELD_G, z, weighted_error(), grid, background_columns(FIELD_G), rng)


def table_of_lattices(n_films: int) -> None:
    """Print which route finds the area, and how well the interval holds it."""
    rng = np.random.default_rng(70_001)
    within: dict[str, list[bool]] = {name: [] for name in RIVALS}
    rows, jitters = [], []
    for film in range(n_films):
        kind = KINDS[film % 3]
        jitter = rng.uniform(0.02, 0.2)
        area = np.pi / 4 * np.exp(rng.uniform(0, 2 * np.log(2)))
        network = disordered_lattice(kind, jitter * (0.7 if kind == "triangular" else 1), area, rng)
        z = log_resistance(network) + rng.normal(0, NOISE, len(FIELD_G))
        for name, route in RIVALS.items():
            within[name].append(abs(np.log(route(z, rng) / area)) < np.log(1.1))
        found = loop_of(z)
        rows.append([np.log(found.area_um2(q) / area) for q in (0.5, 0.16, 0.84)])
        jitters.append(jitter)
    middle, low, high = np.array(rows).T
    print(f"Mean area of the loops of {n_films} disordered lattices\n")
    print("| route | within 10 % |\n|---|---|")
    for name, hits in within.items():
        print(f"| {name} | {np.mean(hits):.2f} |")
    print(f"| spread about a mean (shipped) | {np.mean(np.abs(middle) < np.log(1.1)):.2f} |\n")
    print("| jitter | within 10 % | deepest | 68 % holds | half-width | 68 % of errors below |")
    print("|---|---|---|---|---|---|")
    jitter_of, deepest = np.array(jitters), np.array(within["deepest minimum"])
    holds = (low < 0) & (high > 0)
    for part in (*np.array_split(np.argsort(jitters), 4), np.arange(n_films)):
        print(
            f"| {jitter_of[part].min():.2f}–{jitter_of[part].max():.2f} "
            f"| {np.mean(np.abs(middle[part]) < np.log(1.1)):.2f} "
            f"| {deepest[part].mean():.2f} | {holds[part].mean():.2f} "
            f"| {np.median((high - low)[part] / 2):.3f} "
            f"| {np.quantile(np.abs(middle[part]), 0.68):.3f} |"
        )


Law = tuple[np.ndarray, np.ndarray]


def lognormal(spread: float) -> Callable[[np.random.Generator], Law]:
    """Return what makes many loops of a lognormal law about 1.33 µm²."""

    def make(_rng: np.random.Generator) -> Law:
        z, sigma = np.linspace(-3, 3, 121), np.sqrt(np.log1p(spread**2))
        return np.exp(np.log(1.33) - sigma**2 / 2 + sigma * z), np.exp(-0.5 * z**2)

    return make


def two_populations(rng: np.random.Generator) -> Law:
    """Return loops normal about two areas, three to two."""
    z = np.linspace(-3, 3, 61)
    share, larger = np.exp(-0.5 * z**2), rng.uniform(1.5, 2.1)
    area = np.concatenate((1 + 0.06 * z, larger * (1 + 0.1 * z)))
    return area, np.concatenate((0.6 * share, 0.4 * share))


def flat(_rng: np.random.Generator) -> Law:
    """Return areas that are all as likely, 0.8 to 1.86 µm²."""
    return np.linspace(0.8, 1.86, 201), np.ones(201)


def sloping(_rng: np.random.Generator) -> Law:
    """Return areas that grow less likely, 0.8 to 2.2 µm²."""
    area = np.linspace(0.8, 2.2, 201)
    return area, 2.2 - area


def some_loops(count: int) -> Callable[[np.random.Generator], Law]:
    """Return what draws so many loops of unequal weights from a law of CV 0.3."""

    def make(rng: np.random.Generator) -> Law:
        sigma = np.sqrt(np.log1p(0.09))
        area = 1.33 * rng.lognormal(-(sigma**2) / 2, sigma, count)
        return area, rng.exponential(1, count)

    return make


def on_a_broad_law(_rng: np.random.Generator) -> Law:
    """Return three fifths of the weight near one area, the rest at all sizes."""
    z, sigma = np.linspace(-3, 3, 61), np.sqrt(np.log1p(0.25))
    share = np.exp(-0.5 * z**2)
    area = np.concatenate((1.38 * (1 + 0.1 * z), 1.5 * np.exp(sigma * z)))
    return area, np.concatenate((0.6 * share, 0.4 * share))


LAWS = {
    **{f"lognormal, CV {spread}": lognormal(spread) for spread in SPREADS},
    "two populations": two_populations,
    "flat from 0.8 to 1.86": flat,
    "sloping from 0.8 to 2.2": sloping,
    "100 loops, CV 0.3": some_loops(100),
    "30 loops, CV 0.3": some_loops(30),
    "three fifths at 1.38, the rest CV 0.5": on_a_broad_law,
}


def table_of_known_weights(n_draws: int) -> None:
    """Print bias, coverage and width on the inversion's own forward model."""
    rng = np.random.default_rng(70_002)
    print("\nCosines of known weights, 0.3 in ln ρ: median bias; how often the 68 % interval")
    print("holds the truth; its half-width over the 68 % quantile of errors\n")
    print("| areas | largest | rms | mean area | dominating area | one or two populations |")
    print("|---|---|---|---|---|---|")
    for name, law in LAWS.items():
        rows, few = [], []
        for _ in range(n_draws):
            area, weight = law(rng)
            wave = -0.3 * flux_response(FIELD_G[:, None], area) @ (weight / weight.sum())
            z = smooth_rise(rng) + wave + rng.normal(0, NOISE, len(FIELD_G))
            routes = routes_of(z, rng)
            few.append(routes.few)
            mean = mean_of_seen(area, weight)
            rows.append([*amplitudes(z, wave, mean, routes, rng), *areas(z, mean, routes)])
        ratio, holds, half = np.moveaxis(np.array(rows), 2, 0)
        wrong = np.quantile(np.abs(ratio - 1), 0.68, axis=0)
        cells = [
            f"{100 * (np.median(r) - 1):+.1f} %, {h.mean():.2f}, {np.median(w) / e:.1f}"
            for r, h, w, e in zip(ratio.T, holds.T, half.T, wrong, strict=True)
        ]
        print(f"| {name} | " + " | ".join(cells) + f" | {np.mean(few):.2f} |", flush=True)


def smooth_rise(rng: np.random.Generator) -> np.ndarray:
    """Return ln ρ̄."""
    background = 0.66 * 0.5 * np.log(FIELD_G**2 + rng.uniform(0.5, 5) ** 2)
    return np.asarray(background + rng.normal(0, 0.2) * (FIELD_G / 60) ** 2)


def mean_of_seen(area: np.ndarray, weight: np.ndarray) -> float:
    """Return the mean area by weight of the loops that the sweep can show."""
    grid = loop_grid(FIELD_G)
    lowest, highest = grid.area_um2[grid.seen][[0, -1]]
    seen = (area >= lowest) & (area <= highest)
    return float(area[seen] @ weight[seen] / weight[seen].sum())


def routes_of(z: np.ndarray, rng: np.random.Generator) -> LoopRoutes:
    """Return both descriptions of the loops."""
    loops = (FIELD_G, z, weighted_error(), loop_grid(FIELD_G), background_columns(FIELD_G), rng)
    return LoopRoutes(invert_loops(*loops), loop_populations(*loops))


Held = tuple[float, bool, float]


def amplitudes(
    z: np.ndarray, wave: np.ndarray, mean: float, routes: LoopRoutes, rng: np.random.Generator
) -> list[Held]:
    """Return estimate over truth, whether its interval holds it, and its relative half-width."""
    counted = 0.75 * FLUX_QUANTUM_G_UM2 / mean <= FIELD_G
    found = routes.amplitude(FIELD_G, z, weighted_error(), counted, 0.0, rng)
    true = np.abs(np.expm1(wave[counted]))
    return [
        _held(found.largest, found.largest_draws, float(true.max())),
        _held(found.rms, found.rms_draws, float(np.sqrt(np.mean(true**2)))),
    ]


def areas(z: np.ndarray, true: float, routes: LoopRoutes) -> list[Held]:
    """Return the same of the mean area by weight and of the dominating area."""
    mean = routes.mean_area_um2()
    loop = loop_of(z)
    middle, low, high = (loop.area_um2(q) for q in (0.5, 0.16, 0.84))
    return [
        _held(float(np.median(mean)), mean, true),
        (middle / true, low < true < high, (high - low) / 2 / true),
    ]


def _held(value: float, draws: np.ndarray, true: float) -> Held:
    low, high = np.quantile(draws, (0.16, 0.84))
    return value / true, bool(low < true < high), (high - low) / 2 / true


def few_loops(rng: np.random.Generator) -> Law:
    """Return one to five loops of unequal weights."""
    count = int(rng.integers(1, 6))
    return rng.uniform(0.8, 2.5, count), rng.exponential(1, count)


def table_of_minima(n_draws: int) -> None:
    """Print how often the interval of a minimum that counts holds one of the curve itself."""
    rng = np.random.default_rng(70_004)
    dense = np.linspace(FIELD_G[0], FIELD_G[-1], 6000)
    print(
        "\nMinima that count, by the nearest minimum of the cosines themselves: how often the 68 %"
    )
    print(
        "interval holds it; its half-width over the errors' (median |error|/0.674); median error\n"
    )
    print("| areas | minima | below 15 G | above | all | width | error, G |\n" + "|---" * 7 + "|")
    for name, law in {"one to five loops": few_loops, **LAWS}.items():
        rows = []
        for _ in range(n_draws):
            area, weight = law(rng)
            weight = rng.uniform(0.08, 0.3) * weight / weight.sum()
            wave = -flux_response(FIELD_G[:, None], area) @ weight
            z = smooth_rise(rng) + wave + rng.normal(0, NOISE, len(FIELD_G))
            found = analyse_loops(sweep_of(z), rng)
            curve = -flux_response(dense[:, None], area) @ weight
            low = (curve[1:-1] < curve[:-2]) & (curve[1:-1] < curve[2:])
            minima, true = found.minima, dense[1:-1][low]
            for k in np.flatnonzero(found.real) if len(true) else ():
                at = true[np.argmin(np.abs(true - minima.field_g[k]))]
                if abs(at - minima.field_g[k]) < 4:
                    rows.append((at, minima.field_g[k], minima.low_g[k], minima.high_g[k]))
        if not rows:
            continue
        at, place, first, last = np.array(rows).T
        holds, error = (first <= at) & (at <= last), np.median(np.abs(place - at))
        width = np.median(last - first) / 2 / (error / 0.674)
        below, above = (
            (holds[at < 15].mean() if (at < 15).any() else np.nan),
            holds[at >= 15].mean(),
        )
        cells = (below, above, holds.mean(), width, error)
        print(
            f"| {name} | {len(rows)} | " + " | ".join(f"{x:.2f}" for x in cells) + " |", flush=True
        )


def sweep_of(z: np.ndarray) -> LowFieldSweep:
    """Return ln ρ as a folded sweep whose noise is known."""
    folded = FoldedCurve(FIELD_G, np.exp(z), NOISE * np.exp(z), 0, 1.0, 0.0, 0.0)
    return LowFieldSweep(None, folded, loop_grid(FIELD_G), 0)


def table_of_noise(n_draws: int) -> None:
    """Print how often noise alone shows a minimum."""
    rng = np.random.default_rng(70_003)
    error = weighted_error()
    print("\nShare of sweeps without loops that show a minimum of a rate of at most\n")
    print("| noise | 0.05 | 0.32 |\n|---|---|---|")
    for correlation in (0.0, 0.6):
        least = []
        for _ in range(n_draws):
            noise = coloured_noise(rng, error, correlation, 1)[:, 0]
            columns = background_columns(FIELD_G)
            left = detrended(noise, error, columns)
            found = find_minima(FIELD_G, left, error, columns, rng, correlation)
            least.append(found.false_alarm_rate.min(initial=1.0))
        low, high = (np.mean(np.array(least) <= rate) for rate in (0.05, 0.32))
        print(f"| correlated by {correlation:g} | {low:.3f} | {high:.3f} |")


def table_of_misfits(n_draws: int) -> None:
    """Print whether areas are still held where the data are not of the model's form."""
    rng = np.random.default_rng(70_005)
    print("\nLattices, and what is not of the model's form\n")
    print("| case | within 10 % | 68 % holds | called dominating | of these within | hold |")
    print("|---|---|---|---|---|---|")
    for name, make in MISFITS.items():
        rows = []
        for _ in range(n_draws):
            z, area = make(rng)
            z = z + rng.normal(0, NOISE, len(FIELD_G))
            found, weights = loop_of(z), weights_of(z, rng)
            middle, low, high = (found.area_um2(q) for q in (0.5, 0.16, 0.84))
            near = abs(np.log(middle / area)) < np.log(1.1)
            rows.append((near, low < area < high, dominates(found, weights)))
        near, holds, called = np.array(rows).T
        shares = [near.mean(), holds.mean(), called.mean()]
        shares += [part[called].mean() if called.any() else np.nan for part in (near, holds)]
        print(f"| {name} | " + " | ".join(f"{x:.2f}" for x in shares) + " |")


def drifting(rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Return a lattice on a background that wanders over half the sweep."""
    area = 1.33
    apart = FIELD_G[:, None] - FIELD_G
    covariance = 0.1**2 * np.exp(-0.5 * (apart / 30) ** 2) + 1e-10 * np.eye(len(FIELD_G))
    wander = np.linalg.cholesky(covariance) @ rng.standard_normal(len(FIELD_G))
    lattice = disordered_lattice("square", rng.uniform(0.05, 0.12), area, rng)
    return log_resistance(lattice) + wander, area


def of_all_sizes(rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Return a random network whose loops have all sizes; ⟨A⟩ = 1.33 µm²."""
    network = random_network(rng, 200, kept=0.75, log_spread=0.1)
    n_loops = network.n_links - network.n_nodes + 1
    scale = 1.33 * n_loops / network.n_nodes
    return log_resistance(replace(network, area_um2=network.area_um2 * scale)), 1.33


def unrelated(count: int) -> Callable[[np.random.Generator], tuple[np.ndarray, float]]:
    """Return what draws loops of unrelated areas and weights, CV = 0.6 about 1.33 µm²."""

    def make(rng: np.random.Generator) -> tuple[np.ndarray, float]:
        sigma = np.sqrt(np.log1p(0.36))
        area = 1.33 * rng.lognormal(-(sigma**2) / 2, sigma, count)
        weight = rng.exponential(1, count)
        wave = -flux_response(FIELD_G[:, None], area) @ weight
        return 0.3 * wave / np.abs(wave[FIELD_G > 10]).max() + 0.01 * FIELD_G, 1.33

    return make


def lattice_with(
    jitter: float,
) -> Callable[[np.random.Generator], tuple[np.ndarray, float]]:
    """Return what makes square lattices of a given jitter."""

    def make(rng: np.random.Generator) -> tuple[np.ndarray, float]:
        area = np.pi / 4 * np.exp(rng.uniform(0, 2 * np.log(2)))
        return log_resistance(disordered_lattice("square", jitter, area, rng)), float(area)

    return make


MISFITS = {
    "lattice, jitter 0.05": lattice_with(0.05),
    "lattice, jitter 0.1": lattice_with(0.1),
    "lattice, jitter 0.15": lattice_with(0.15),
    "lattice, jitter 0.2": lattice_with(0.2),
    "background wanders by 10 % over 30 G": drifting,
    "random network, loops of all sizes": of_all_sizes,
    "30 unrelated loops, CV 0.6": unrelated(30),
}


CHANCE = {
    "lattice, jitter 0.05": lattice_with(0.05),
    "lattice, jitter 0.1": lattice_with(0.1),
    "lattice, jitter 0.15": lattice_with(0.15),
    "12 unrelated loops, CV 0.6": unrelated(12),
    "30 unrelated loops, CV 0.6": unrelated(30),
    "100 unrelated loops, CV 0.6": unrelated(100),
}


def table_of_chance(n_draws: int) -> None:
    """Print how often chance clusters pass for a dominating loop, with a warning and without."""
    rng = np.random.default_rng(70_006)
    print("\nLoops that are called dominating, and those without the warning of chance\n")
    print("| case | called dominating | without the warning | of these within 10 % |")
    print("|---|---|---|---|")
    for name, make in CHANCE.items():
        rows = []
        for _ in range(n_draws):
            z, area = make(rng)
            z = z + rng.normal(0, NOISE, len(FIELD_G))
            found = loop_of(z)
            called = dominates(found, weights_of(z, rng))
            near = abs(np.log(found.area_um2(0.5) / area)) < np.log(1.1)
            rows.append((called, called and not may_be_chance(found), near))
        called, sure, near = np.array(rows).T
        right = near[sure].mean() if sure.any() else np.nan
        print(f"| {name} | {called.mean():.2f} | {sure.mean():.2f} | {right:.2f} |", flush=True)


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=400)
    n = parser.parse_args().seeds
    table_of_lattices(n)
    table_of_known_weights(max(n // 4, 2))
    table_of_minima(max(n // 4, 2))
    table_of_noise(n)
    table_of_misfits(max(n // 4, 2))
    table_of_chance(max(n // 4, 2))


if __name__ == "__main__":
    main()
