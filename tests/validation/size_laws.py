"""Print how well size laws are fitted and told apart, from samples of known laws.

    python tests/validation/size_laws.py

Three tables: which law has the lowest BIC for 300 grains of each law; coverage
and width of the intervals, from grains alone and from films whose tiles differ;
the reference values of the truncated lognormal.
"""

from __future__ import annotations

import math

import numpy as np

from grainscope.grains import fit_size_laws
from grainscope.laws.size import SIZE_LAWS, bic, size_sample
from grainscope.records import CORRECTIONS, SizedGrains
from grainscope.settings import GrainSettings

CUT = -3.2
THETA: dict[str, tuple[float, ...]] = {
    "lognormal": (-2.5, 1.2),
    "log_uniform": (0.06, 5.0),
    "power_law": (1.8,),
    "weibull": (0.3, 0.7),
    "two_lognormals": (0.6, -2.8, 0.6, 0.5, 0.4),
}
N_GRAINS, N_DRAWS, N_TILES = 300, 400, 25


def main() -> None:
    """Print the tables."""
    print_choices()
    print_coverage()
    print_reference()


def print_choices() -> None:
    """Print, for grains of each law, how often each law has the lowest BIC."""
    print(f"Law of lowest BIC for {N_GRAINS} grains, {N_DRAWS} draws each (rows: truth)\n")
    print(f"| | {' | '.join(THETA)} | lognormal or log-uniform alone: right |")
    print("|" + "---|" * (len(THETA) + 2))
    for name, theta in THETA.items():
        bics = np.array([_bics(name, theta, seed) for seed in range(N_DRAWS)])
        chosen = np.bincount(bics.argmin(axis=1), minlength=len(THETA))
        pair = "–"
        if name in ("lognormal", "log_uniform"):
            right = bics[:, :2].argmin(axis=1) == list(THETA).index(name)
            pair = f"{right.mean():.3f}"
        print(f"| {name} | {' | '.join(map(str, chosen))} | {pair} |")
    print()


def _bics(name: str, theta: tuple[float, ...], seed: int) -> list[float]:
    x = SIZE_LAWS[name].draw(np.random.default_rng(seed), N_GRAINS, theta, CUT)
    sample = size_sample(x, np.ones(N_GRAINS), CUT)
    return [bic(law.fit(sample), sample.n_eff) for law in SIZE_LAWS.values()]


def print_coverage() -> None:
    """Print coverage of 68 % intervals, and their half-width over the scatter of the values."""
    print(f"68 % intervals, {N_DRAWS} films of {N_TILES} tiles of 20 grains\n")
    print("| law | parameter | tiles alike: coverage | width | tiles differ: coverage | width |")
    print("|---|---|---|---|---|---|")
    for name in THETA:
        alike, differ = (_coverage(name, between) for between in (0.0, 0.3))
        for k, parameter in enumerate(SIZE_LAWS[name].parameters):
            cells = [f"{value[k]:.2f}" for found in (alike, differ) for value in found]
            print(f"| {name} | {parameter.name} | {' | '.join(cells)} |")
    print()


def _coverage(name: str, between: float) -> tuple[np.ndarray, np.ndarray]:
    """Return coverage and relative half-width; truth is the mean value where tiles differ."""
    values, lows, highs = [], [], []
    for seed in range(N_DRAWS):
        rng = np.random.default_rng(10_000 + seed)
        piece = np.repeat(np.arange(N_TILES), 20)
        x = SIZE_LAWS[name].draw(rng, len(piece), THETA[name], CUT)
        x = x + between * rng.standard_normal(N_TILES)[piece]
        fits = fit_size_laws(_film(x, piece), GrainSettings(goodness_draws=0), rng)
        law = next(law for law in fits.laws if law.name == name)
        figures = list(law.parameters.values())
        values.append([f.value for f in figures])
        lows.append([f.low for f in figures])
        highs.append([f.high for f in figures])
    found = np.array(values)
    truth = np.array(THETA[name]) if between == 0 else np.median(found, axis=0)
    inside = (np.array(lows) <= truth) & (truth <= np.array(highs))
    width = np.median((np.array(highs) - np.array(lows)) / 2, axis=0) / found.std(axis=0)
    return inside.mean(axis=0), width


def _film(x: np.ndarray, piece: np.ndarray) -> SizedGrains:
    kept = x >= CUT
    order = np.argsort(x[kept])
    return SizedGrains(
        log_diameter=(x[kept][order] - math.log(math.pi / 4)) / 2,
        piece=piece[kept][order],
        weight=dict.fromkeys(CORRECTIONS, np.ones(int(kept.sum()))),
        area_um2=np.ones(N_TILES),
        covered_um2=dict.fromkeys(CORRECTIONS, np.ones(N_TILES)),
        cut_um2=math.exp(CUT),
    )


def print_reference() -> None:
    """Print mean and scatter of µ and σ of a lognormal cut at −3.2, with and without the cut."""
    law, found, seen = SIZE_LAWS["lognormal"], [], []
    for seed in range(N_DRAWS):
        x = law.draw(np.random.default_rng(seed), 1000, THETA["lognormal"], CUT)
        found.append(law.fit(size_sample(x, np.ones(1000), CUT)).theta)
        seen.append((x.mean(), x.std()))
    for words, rows in (("with the cut", found), ("without", seen)):
        (mu, sigma), (mu_sd, sigma_sd) = np.mean(rows, axis=0), np.std(rows, axis=0)
        print(
            f"1000 grains, {words}: mu {mu:.3f} ± {mu_sd:.3f}, sigma {sigma:.3f} ± {sigma_sd:.3f}"
        )


if __name__ == "__main__":
    main()
