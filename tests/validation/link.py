"""Print how often a film is told from films of the same grains placed independently.

    python tests/validation/link.py [--films 100] [--stages]

For each film a true pair, of which the magnetoresistance is made by this film's own loops
(sum over loops) or network (log-determinant of its magnetic Laplacian), and a false one, made by
a film of the same grains placed independently. The choice of contacts and ξ are drawn from
their priors, off the grid of the link; 1 % noise on fluctuations of 20 %; fields up to three
quanta of the median loop. Target: log10 odds above 1 in 80 % of true and 5 % of false pairs.
With --stages each pair has two stages that share gap and grain, each with a ξ of its own, and
the odds of each are held against those of both.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import numpy as np
from scipy.signal import find_peaks

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.fitting.loops.detrend import background_columns, detrended
from grainscope.laws.flux_network import MagneticLaplacian
from grainscope.linking import Morphology, morphology_of
from grainscope.linking.bagging import bagged_posteriors
from grainscope.linking.independent_films import drawn_sizes, independent_film
from grainscope.linking.likelihood import CurveLikelihood
from grainscope.linking.loop_sets import ChoiceGrid, LoopSet, choice_grid, loop_sets
from grainscope.linking.minima_likelihood import MinimaLikelihood
from grainscope.linking.odds import log_mean, odds_against
from grainscope.linking.posterior import choice_parameters
from grainscope.linking.shared_choice import with_shared_choice
from grainscope.records import Frame, PixelSize, Segmentation
from grainscope.settings import FilmSettings, TransportSettings
from grainscope.settings.fitting import FittingSettings
from grainscope.synthetic import grow_film
from grainscope.synthetic.placed_discs import place_discs
from grainscope.synthetic.placement_kernel import paint_labels
from grainscope.transport.flux_sweep import coupled_grains

SEED = 20267
N_INDEPENDENT = 24
NOISE, AMPLITUDE, N_FIELDS = 0.01, 0.2, 100
LATTICE = FittingSettings(
    max_gap_nm_range=(100.0, 800.0),
    min_grain_diameter_um_range=(0.05, 0.5),
    coupling_length_nm_range=(20.0, 200.0),
)
GROWN = FittingSettings(min_grain_diameter_um_range=(0.02, 0.3))
#: Cells of a lattice micrograph, and by how many frames its bar is larger on a side.
CELLS, BAR = (8, 10), 3
RESPONSES = ("loops", "network")


@dataclass(frozen=True)
class Pair:
    """A micrograph, and the films that make the true and the false magnetoresistance."""

    micrograph: Morphology
    true: Morphology
    false: Morphology


def segmented(labels: np.ndarray, nm_per_px: float) -> Morphology:
    """Renumber labels and measure them."""
    number = np.unique(np.append(0, labels), return_inverse=True)[1][1:].reshape(labels.shape)
    size = PixelSize(nm_per_px, 0.0, "option")
    return morphology_of(Segmentation(number.astype(np.int32), size, Frame.whole(labels.shape)))


def lattice_labels(cells: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Paint discs of 0.6 µm, 10 % apart, on a square lattice of 1 µm jittered by 0.075 µm.

    Where the frame begins is drawn: it cuts grains as that of any micrograph does.
    """
    period = 62.5  # pixels of 16 nm
    y, x = np.mgrid[: cells[0] + 2, : cells[1] + 2]
    centre = (np.column_stack((y.ravel(), x.ravel())) - rng.random(2)) * period
    centre += rng.normal(0, 0.075 * period, centre.shape)
    radius = 0.3 * period * np.exp(rng.normal(0, 0.1, len(centre)))
    return paint_labels(centre, radius, round(cells[0] * period), round(cells[1] * period))


def lattice_pair(rng: np.random.Generator) -> Pair:
    """Return a lattice whose bar is the micrograph."""
    film = segmented(lattice_labels(CELLS, rng), 16.0)
    return Pair(film, film, independent_film(film, rng)[0])


def lattice_in_bar(rng: np.random.Generator) -> Pair:
    """Return a lattice of which the micrograph is the middle ninth of the bar."""
    labels = lattice_labels((BAR * CELLS[0], BAR * CELLS[1]), rng)
    height, width = labels.shape[0] // BAR, labels.shape[1] // BAR
    film = segmented(labels[height : 2 * height, width : 2 * width], 16.0)
    sizes = np.concatenate([drawn_sizes(film, rng) for _ in range(BAR**2)]) / 0.016
    other = place_discs(sizes, labels.shape, rng).labels
    return Pair(film, segmented(labels, 16.0), segmented(other, 16.0))


def grown_pair(rng: np.random.Generator) -> Pair:
    """Return a film as it grows with coalescence, of some 1,500 grains."""
    film = grow_film(
        FilmSettings(height_px=400, width_px=500, coverage=0.6, pixel_size_nm=10.0), rng
    )
    found = segmented(film.labels, 10.0)
    return Pair(found, found, independent_film(found, rng)[0])


KINDS = {
    "lattice, CV 0.15": (lattice_pair, LATTICE),
    "lattice, bar of 9 frames": (lattice_in_bar, LATTICE),
    "grown": (grown_pair, GROWN),
}


def drawn_choice(
    pair: Pair, settings: FittingSettings, rng: np.random.Generator
) -> tuple[ChoiceGrid, LoopSet, LoopSet]:
    """Draw gap, smallest grain and ξ from the priors until both films have loops."""
    for _ in range(1000):
        ends = (
            settings.min_grain_diameter_um_range,
            settings.max_gap_nm_range,
            settings.coupling_length_nm_range,
        )
        value = [float(np.exp(rng.uniform(*np.log(end)))) for end in ends]
        choice = ChoiceGrid((value[0],), (value[1],), (value[2],))
        true, false = (list(loop_sets(film, choice)) for film in (pair.true, pair.false))
        if true and false and len(true[0][2]) >= 15 and len(false[0][2]) >= 5:
            return choice, true[0][2], false[0][2]
    raise SystemExit("no choice of the priors gives loops")


def loop_curve(loops: LoopSet, field_g: np.ndarray) -> np.ndarray:
    """Return the sum over loops by their weakest contacts."""
    weight = loops.weight[0, 0]
    phase = 2 * np.pi / FLUX_QUANTUM_G_UM2 * field_g[:, None] * loops.area_um2
    return np.cos(phase) @ weight / weight.sum()


def network_curve(film: Morphology, choice: ChoiceGrid, field_g: np.ndarray) -> np.ndarray:
    """Return the log-determinant of the network, upside down."""
    size_um = film.grains.equivalent_diameter_um
    large = size_um >= choice.min_grain_diameter_um[0]
    net = film.network
    kept = large[net.grain_a - 1] & large[net.grain_b - 1] & (net.gap_nm <= choice.max_gap_nm[0])
    length = choice.coupling_length_nm[0]
    grains = coupled_grains(net, film.grains, kept, length, TransportSettings())
    laplacian = MagneticLaplacian(grains, 1e-3)
    return -np.array([laplacian.log_determinant(float(b)) for b in field_g])


def noisy(response: np.ndarray, field_g: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return ln(ρ/ρ̄) of a given amplitude, with noise."""
    left = detrended(response, np.ones(len(field_g)), background_columns(field_g))
    gain = AMPLITUDE / max(float(np.abs(left).max()), 1e-12)
    return -gain * left + rng.normal(0, NOISE, len(field_g))


def minima_of(field_g: np.ndarray, ln_ratio: np.ndarray) -> np.ndarray:
    """Return fields of minima of prominence above five times the noise."""
    return field_g[find_peaks(-ln_ratio, prominence=5 * NOISE)[0]]


def weighed(
    likelihoods: list, films: list, grid: ChoiceGrid, pooled: bool = False
) -> list[list[np.ndarray]]:
    """Return the evidence (D, G, X) of every likelihood for every film, or for all together."""
    found = []
    sums: dict = {}
    for film in films:
        evidence = [np.full(grid.shape, one.without_loops) for one in likelihoods]
        for i, j, loops in loop_sets(film, grid):
            # Of likelihoods of one kind the fields are the same.
            response = {type(one): one.response(loops) for one in likelihoods[::-1]}
            for k, one in enumerate(likelihoods):
                evidence[k][i, j] = one.of(response[type(one)])
            if pooled:
                total, n = sums.get((i, j), ({}, 0))
                added = {kind: total.get(kind, 0) + r for kind, r in response.items()}
                sums[i, j] = added, n + 1
        found.append(evidence)
    if pooled:
        evidence = [np.full(grid.shape, one.without_loops) for one in likelihoods]
        for (i, j), (total, n) in sums.items():
            for k, one in enumerate(likelihoods):
                evidence[k][i, j] = one.of(total[type(one)] / n)
        found.append(evidence)
    return found


def one_film(make, settings: FittingSettings, rng: np.random.Generator) -> dict:
    """Return log10 odds of the true and false pairs, ranks, and whether intervals cover."""
    pair = make(rng)
    choice, own, other = drawn_choice(pair, settings, rng)
    top_g = 3 * FLUX_QUANTUM_G_UM2 / float(np.median(own.area_um2))
    field_g = np.linspace(0, top_g, N_FIELDS + 1)[1:]
    curves = {
        ("loops", True): loop_curve(own, field_g),
        ("network", True): network_curve(pair.true, choice, field_g),
        ("loops", False): loop_curve(other, field_g),
        ("network", False): network_curve(pair.false, choice, field_g),
    }
    measured = {key: noisy(curve, field_g, rng) for key, curve in curves.items()}
    error = np.full(N_FIELDS, NOISE)
    keys, likelihoods = list(measured), []
    for curve in measured.values():
        likelihoods.append(CurveLikelihood(field_g, curve, error))
    for key in (("loops", True), ("loops", False)):
        minima = minima_of(field_g, measured[key])
        if len(minima):
            step = np.full(len(minima), field_g[1] - field_g[0])
            likelihoods.append(MinimaLikelihood(minima, step, (0.0, top_g)))
            keys.append(("minima", key[1]))
    grid = choice_grid(settings)
    film = weighed(likelihoods, [pair.micrograph], grid)[0]
    others = [independent_film(pair.micrograph, rng)[0] for _ in range(N_INDEPENDENT)]
    *single, together = weighed(likelihoods, others, grid, pooled=True)
    found = {}
    for k, key in enumerate(keys):
        each = np.array([log_mean(one[k]) for one in single])
        odds = odds_against(log_mean(film[k]), each, log_mean(together[k]), rng)
        found[key] = odds.log10_odds, odds.rank
    sets = list(loop_sets(pair.micrograph, grid))
    (posterior,) = bagged_posteriors(pair.micrograph, sets, likelihoods[:1], grid, rng)
    parameters, _ = choice_parameters(posterior, settings)
    truth = [getattr(choice, name)[0] for name in parameters]
    ends = [(p.low, p.value, p.high) for p in parameters.values()]
    found["choice"] = [
        (low <= t <= high, abs(np.log(v / t)))
        for (low, v, high), t in zip(ends, truth, strict=True)
    ]
    return found


def two_stages(make, settings: FittingSettings, rng: np.random.Generator) -> dict:
    """Return log10 odds of (one stage, the other, both), and whether intervals of both ξ cover."""
    pair = make(rng)
    choice, own, _other = drawn_choice(pair, settings, rng)
    top_g = 3 * FLUX_QUANTUM_G_UM2 / float(np.median(own.area_um2))
    field_g = np.linspace(0, top_g, N_FIELDS + 1)[1:]
    lengths = [
        float(np.exp(rng.uniform(*np.log(settings.coupling_length_nm_range)))) for _ in range(2)
    ]
    keys, likelihoods = [], []
    for key in [(response, true) for response in RESPONSES for true in (True, False)]:
        film = pair.true if key[1] else pair.false
        for length in lengths:
            stage = ChoiceGrid(choice.min_grain_diameter_um, choice.max_gap_nm, (length,))
            if key[0] == "loops":
                ((_, _, loops),) = loop_sets(film, stage)
                curve = loop_curve(loops, field_g)
            else:
                curve = network_curve(film, stage, field_g)
            measured = noisy(curve, field_g, rng)
            likelihoods.append(CurveLikelihood(field_g, measured, np.full(N_FIELDS, NOISE)))
        keys.append(key)
    grid = choice_grid(settings)
    film = weighed(likelihoods, [pair.micrograph], grid)[0]
    others = [independent_film(pair.micrograph, rng)[0] for _ in range(N_INDEPENDENT)]
    *single, together = weighed(likelihoods, others, grid, pooled=True)
    found = {}
    for k, key in enumerate(keys):
        # One stage, the other, both; of both there is one evidence.
        views = [
            [log_mean(e) for e in with_shared_choice(one[2 * k : 2 * k + 2])[:3]]
            for one in (film, together, *single)
        ]
        found[key] = [
            odds_against(own, np.array(each), pooled, rng).log10_odds
            for own, pooled, *each in zip(*views, strict=True)
        ]
    sets = list(loop_sets(pair.micrograph, grid))
    posteriors = bagged_posteriors(pair.micrograph, sets, likelihoods[:2], grid, rng)[2:]
    found["covered"] = []
    for length, posterior in zip(lengths, posteriors, strict=True):
        xi = choice_parameters(posterior, settings)[0]["coupling_length_nm"]
        found["covered"].append(xi.low <= length <= xi.high)
    return found


def print_stages(kind: str, films: int) -> None:
    """Print the odds of each stage and of both."""
    make, settings = KINDS[kind]
    found = [
        two_stages(make, settings, np.random.default_rng((SEED, number, 2)))
        for number in range(films)
    ]
    for compared in RESPONSES:
        true, false = (
            np.array([one[compared, is_true] for one in found]) for is_true in (True, False)
        )
        for name, columns in (("one stage", [0, 1]), ("both", [2])):
            cells = [
                f"{(true[:, columns] > 1).mean():.2f}",
                f"{(false[:, columns] > 1).mean():.2f}",
                f"{np.median(true[:, columns]):.1f}",
                f"{np.median(false[:, columns]):.1f}",
                f"{np.quantile(false[:, columns], 0.95):.1f}",
            ]
            print(f"| {kind} | {compared} | {name} | {films} | {' | '.join(cells)} |", flush=True)
    covered = np.mean([one["covered"] for one in found])
    print(f"\n{kind}, loops, true pairs: ξ of a stage in its 68 % interval {covered:.2f}\n")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--films", type=int, default=100)
    parser.add_argument("--kinds", nargs="*", default=list(KINDS))
    parser.add_argument("--stages", action="store_true")
    arguments = parser.parse_args()
    print(f"seed {SEED}, {N_INDEPENDENT} independent films each\n")
    if arguments.stages:
        print(
            "| film | compared | of | films | true above 1 | false above 1 | median true | ", end=""
        )
        print("median false | 95 % of false below |\n|---|---|---|---|---|---|---|---|---|")
        for kind in arguments.kinds:
            print_stages(kind, arguments.films)
        return
    print("| film | compared | pairs true + false | true above 1 | false above 1 | ", end="")
    print("median true | 5 … 95 % true | median false | true first of all |")
    print("|---|---|---|---|---|---|---|---|---|")
    for kind in arguments.kinds:
        make, settings = KINDS[kind]
        began = time.perf_counter()
        found = [
            one_film(make, settings, np.random.default_rng((SEED, number)))
            for number in range(arguments.films)
        ]
        for compared in (*RESPONSES, "minima"):
            true, false = (
                np.array([one[compared, is_true] for one in found if (compared, is_true) in one])
                for is_true in (True, False)
            )
            ends = np.quantile(true[:, 0], (0.05, 0.95))
            cells = [
                f"{len(true)} + {len(false)}",
                f"{(true[:, 0] > 1).mean():.2f}",
                f"{(false[:, 0] > 1).mean():.2f}",
                f"{np.median(true[:, 0]):.1f}",
                f"{ends[0]:.1f} … {ends[1]:.1f}",
                f"{np.median(false[:, 0]):.1f}",
                f"{(true[:, 1] < 1.5 / (N_INDEPENDENT + 1)).mean():.2f}",
            ]
            print(f"| {kind} | {compared} | {' | '.join(cells)} |", flush=True)
        inside = np.array([[row[0] for row in one["choice"]] for one in found]).mean(axis=0)
        off = np.median([[row[1] for row in one["choice"]] for one in found], axis=0)
        names = ("smallest grain", "widest gap", "ξ")
        words = [
            f"{name}: in the 68 % interval {share:.2f}, off by a factor {np.exp(by):.2f}"
            for name, share, by in zip(names, inside, off, strict=True)
        ]
        seconds = time.perf_counter() - began
        print(f"\n{kind}, loops, true pairs: {'; '.join(words)}; {seconds:.0f} s\n", flush=True)


if __name__ == "__main__":
    main()
