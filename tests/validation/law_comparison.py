"""Print how often the right law of R(T) is decided on, and how often a wrong one is believed.

    python tests/validation/law_comparison.py [--seeds 400] [--rows 80]

Truth: each law, 0.06 to 4 K, noise of 1 %; strong where R changes by 20 % per factor e at
1 K (laws with a scale of their own: at that scale), weak by 5, 2 and 0.5 %. Further
truths are of no law: a logarithm that saturates, a logarithm with a drop at 3.2 K.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter

import numpy as np

from grainscope.fitting.law_comparison import law_comparison
from grainscope.fitting.temperature.law_choice import SAME_FORM, choose_law
from grainscope.laws.conduction import LOCALISATION_S, RESISTANCE_LAWS
from grainscope.records import TransportCurve
from grainscope.settings.fitting import FittingSettings

NOISE = 0.01
SCALED = {
    "kondo": (2e3, 6e3, 0.5),
    "saturating": (100.0, 1e3, 0.5),
    "saturating_conductance": (1e-4, 1e-3, 0.5),
}


def thetas(strength: float) -> dict[str, tuple[str, tuple[float, ...]]]:
    """Return truths by title: a law, and parameters of d ln R/d ln(1/T) = strength at 1 K."""
    s = strength
    return {
        "arrhenius": ("arrhenius", (1e3, s)),
        "efros_shklovskii": ("efros_shklovskii", (1e3, (2 * s) ** 2)),
        "mott_2d": ("mott_2d", (1e3, (3 * s) ** 3)),
        "power": ("power", (5e3, s)),
        "log_resistance": ("log_resistance", (5e3, s)),
        "log_conductance, insulating": ("log_conductance", (2e-3, -s * 2e-3)),
        "log_conductance, metallic": ("log_conductance", (1e-3, s * 1e-3)),
        "power, metallic": ("power", (5e3, -s)),
        "weak_localisation": ("weak_localisation", (LOCALISATION_S / s, 1.0)),
        "granular_log": ("granular_log", (math.pi * LOCALISATION_S / s, 0.0)),
    }


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=400)
    parser.add_argument("--rows", type=int, default=80)
    options = parser.parse_args()
    t = np.geomspace(0.06, 4, options.rows)
    print(f"{options.seeds} seeds, {options.rows} rows, noise {NOISE:.0%}\n")
    print("| change per factor e | truth | best is right | undecided | wrong law: weight > 0.95 |")
    print("|---|---|---|---|---|")
    for strength in (0.2, 0.05, 0.02, 0.005):
        truths = thetas(strength)
        if strength == 0.2:
            truths |= {name: (name, theta) for name, theta in SCALED.items()}
        for title, (law, theta) in truths.items():
            print_row(f"{strength:.1%}", title, law, theta, t, options.seeds)
    print_of_no_law(t, options.seeds)


def print_row(
    strength: str, title: str, law: str, theta: tuple[float, ...], t: np.ndarray, seeds: int
) -> None:
    """Print what is found of one truth."""
    r = RESISTANCE_LAWS[law].value(t, theta)
    right = undecided = believed = 0
    for seed in range(seeds):
        y = r * (1 + NOISE * np.random.default_rng(seed).standard_normal(len(t)))
        choice = choose_law(t, y, NOISE * r)
        right += choice.best == law
        undecided += choice.best == "undecided"
        believed += wrong_weight(choice.weights, law) > 0.95
    cells = " | ".join(f"{count / seeds:.3f}" for count in (right, undecided, believed))
    print(f"| {strength} | {title} | {cells} |", flush=True)


def wrong_weight(weights: dict[str, float], law: str) -> float:
    """Return the largest weight of another form."""
    same = SAME_FORM if law in SAME_FORM else (law,)
    return max(weight for name, weight in weights.items() if name not in same)


def print_of_no_law(t: np.ndarray, seeds: int) -> None:
    """Print what the analysis says of curves that no law, or only a part of one, describes."""
    drop = np.where(t > 3.2, 1.1, 1.0)
    truths = {
        "logarithm in R, saturating at 0.2 K": 5e3 * (1 - 0.4 * np.log(np.hypot(t, 0.2))),
        "logarithm in σ, saturating at 0.2 K": 1 / (1e-3 - 3e-4 * np.log(np.hypot(t, 0.2))),
        "logarithm in R below a drop of 10 % at 3.2 K": 5e3 * (1 - 0.4 * np.log(t)) * drop,
    }
    few = max(seeds // 10, 5)
    print(f"\n| truth, {few} seeds | best | warned: no law fits |\n|---|---|---|")
    for title, r in truths.items():
        found = [one(t, r, seed) for seed in range(few)]
        best = Counter(fit.labels["best"] for fit in found)
        warned = np.mean([any("no law" in said for said in fit.warnings) for fit in found])
        print(f"| {title} | {dict(best)} | {warned:.2f} |", flush=True)


def one(t: np.ndarray, r: np.ndarray, seed: int):
    """Return the analysis of one noisy curve."""
    n = len(t)
    y = r * (1 + NOISE * np.random.default_rng(seed).standard_normal(n))
    curve = TransportCurve(
        sample="film", along="temperature_k", quantity="resistivity_ohm_sq",
        selection={"field_t": 0.06}, temperature_k=t, field_t=np.full(n, 0.06),
        current_a=np.full(n, np.nan), value=y, error=NOISE * r,
        censored=np.zeros(n, bool), direction=np.zeros(n, np.int64),
    )  # fmt: skip
    return law_comparison((curve,), FittingSettings(), np.random.default_rng(seed))[0]


if __name__ == "__main__":
    main()
