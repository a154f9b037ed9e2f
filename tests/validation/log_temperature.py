"""Print recovery, coverage and width of the slopes in ln T, and of the duality of isotherms.

    python tests/validation/log_temperature.py [--seeds 400] [--rows 80]

Noise of 1 %, 0.06 to 4 K. Coverage of 68 % intervals is to be 0.60 to 0.76, the median
half width at most 1.5 times the scatter. Misfits: a logarithm that saturates sharply or
softly, a drop at 3.2 K, errors stated half as large as they are. "Scatter" is that of
the middle 68 %: where windows end at a bend a few seeds choose far narrower ones.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np

from grainscope.fitting.duality import duality
from grainscope.fitting.log_conductance import log_conductance
from grainscope.fitting.log_temperature import log_temperature
from grainscope.records import TransportCurve, TransportFit
from grainscope.settings.fitting import FittingSettings

A, S = 8.44e-5, 3e-4
HC, TEMPERATURES = 0.052, (0.1, 0.2, 0.3, 0.5)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=400)
    parser.add_argument("--rows", type=int, default=80)
    options = parser.parse_args()
    t = np.geomspace(0.06, 4, options.rows)
    print(f"{options.seeds} seeds, {options.rows} rows, noise 1 %\n")
    print("| truth | parameter | found/true | scatter | half width/scatter | coverage | done |")
    print("|---|---|---|---|---|---|---|")
    for title, r, stated in slopes_in_r(t):
        print_slope(title, log_temperature, "slope_per_ohm", A, (t, r, stated), options.seeds)
    for title, sigma in slopes_in_s(t):
        print_slope(title, log_conductance, "slope_s", S, (t, 1 / sigma, 0.01), options.seeds)
    print_equality(t, options.seeds)
    print_duality(max(options.seeds // 2, 10))


def slopes_in_r(t: np.ndarray) -> list[tuple[str, np.ndarray, float]]:
    """Return title, resistance and relative error stated."""

    def line(at: np.ndarray, at_1k: float = 5e3) -> np.ndarray:
        return at_1k * (1 - A * at_1k * np.log(at))

    drop = np.where(t > 3.2, 1.1, 1.0)
    return [
        ("log R, 5 kΩ at 1 K", line(t), 0.01),
        ("log R, 2 kΩ", line(t, 2e3), 0.01),
        ("log R, 1.5 kΩ", line(t, 1.5e3), 0.01),
        ("log R, errors stated as 0.5 %", line(t), 0.005),
        ("log R, flat below 0.15 K", line(np.maximum(t, 0.15)), 0.01),
        ("log R, softly flat below 0.15 K", line(np.hypot(t, 0.15)), 0.01),
        ("log R, softly flat below 0.4 K", line(np.hypot(t, 0.4)), 0.01),
        ("log R, drop of 10 % at 3.2 K", line(t) * drop, 0.01),
    ]


def slopes_in_s(t: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """Return title and conductance of metallic curves."""
    return [
        ("log σ", 1e-3 - S * np.log(t)),
        ("log σ, flat below 0.15 K", 1e-3 - S * np.log(np.maximum(t, 0.15))),
        ("log σ, softly flat below 0.15 K", 1e-3 - S * np.log(np.hypot(t, 0.15))),
    ]


def curve(
    t: np.ndarray, r: np.ndarray, stated: float, rng: np.random.Generator, field: float = 4.0
) -> TransportCurve:
    """Return a noisy curve ρ(T)."""
    n = len(t)
    return TransportCurve(
        sample="film", along="temperature_k", quantity="resistivity_ohm_sq",
        selection={"field_t": field}, temperature_k=t, field_t=np.full(n, field),
        current_a=np.full(n, np.nan), value=r * (1 + 0.01 * rng.standard_normal(n)),
        error=stated * r, censored=np.zeros(n, bool), direction=np.zeros(n, np.int64),
    )  # fmt: skip


def print_slope(
    title: str,
    analysis: Callable[..., tuple[TransportFit, ...]],
    name: str,
    truth: float,
    data: tuple[np.ndarray, np.ndarray, float],
    seeds: int,
) -> None:
    """Print the row of one truth."""
    rows = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        fit = analysis((curve(*data, rng),), FittingSettings(), rng)[0]
        if fit.status == "done":
            found = fit.parameters[name]
            rows.append((found.value, found.low, found.high))
    print_found(title, name, truth, np.array(rows), seeds)


def print_found(title: str, name: str, truth: float, rows: np.ndarray, seeds: int) -> None:
    """Print recovery, scatter, width and coverage of values with their intervals."""
    value, low, high = rows.T
    scatter = float(np.subtract(*np.quantile(value, (0.84, 0.16)))) / 2
    width = float(np.median((high - low) / 2)) / scatter
    inside = np.mean((low <= truth) & (truth <= high))
    ratio = np.median(value) / truth
    print(
        f"| {title} | {name} | {ratio:.4f} | {scatter:.2g} | {width:.2f} | {inside:.3f} "
        f"| {len(rows) / seeds:.2f} |",
        flush=True,
    )


def print_equality(t: np.ndarray, seeds: int) -> None:
    """Print how often equal slopes of five fields are said to differ, and cover the mean."""
    rows, differ = [], 0
    few = max(seeds // 4, 10)
    for seed in range(few):
        rng = np.random.default_rng(seed)
        curves = [
            curve(t, at_1k * (1 - A * at_1k * np.log(t)), 0.01, rng, field)
            for field, at_1k in ((0.5, 7e3), (1.0, 6e3), (2.0, 5.5e3), (4.0, 5e3), (8.0, 4.5e3))
        ]
        joint = log_temperature(curves, FittingSettings(), rng)[-1].parameters
        differ += joint["p_equal"].value < 0.05
        mean = joint["slope_per_ohm"]
        rows.append((mean.value, mean.low, mean.high))
    print_found(f"five fields joined, {few} seeds", "slope_per_ohm", A, np.array(rows), few)
    print(f"\nEqual slopes are said to differ (p < 0.05) in {differ / few:.3f}\n")


def print_duality(seeds: int) -> None:
    """Print the mismatch of mirrored and of lopsided isotherms."""
    print(f"{seeds} seeds, isotherms at {TEMPERATURES} K\n")
    print("| asymmetry | parameter | true | median | scatter | half width/scatter | coverage |")
    print("|---|---|---|---|---|---|---|")
    distance = np.linspace(0, 0.2, 25)[1:]
    for asymmetry in (0.0, 0.1, 0.3):
        scaled = np.array([distance * t ** (-1 / 1.5) for t in TEMPERATURES])
        truth = {
            "rms_log_mismatch": np.sqrt(np.mean((2 * asymmetry * scaled**2) ** 2)),
            "critical_field_t": HC,
        }
        fits = [mirrored(asymmetry, seed) for seed in range(seeds)]
        for name, true in truth.items():
            value, low, high = np.array(
                [
                    (f.parameters[name].value, f.parameters[name].low, f.parameters[name].high)
                    for f in fits
                ]
            ).T
            width = np.median((high - low) / 2) / value.std()
            inside = np.mean((low <= true) & (true <= high))
            print(
                f"| {asymmetry} | {name} | {true:.4g} | {np.median(value):.4g} | {value.std():.2g} "
                f"| {width:.2f} | {inside:.3f} |"
            )


def mirrored(asymmetry: float, seed: int) -> TransportFit:
    """Return the analysis of isotherms ln ρ/ρc = x + asymmetry x², x the scaled distance."""
    rng, field = np.random.default_rng(seed), np.linspace(0.03, 0.075, 91)
    n, curves = len(field), []
    for temperature in TEMPERATURES:
        x = (field - HC) / HC * temperature ** (-1 / 1.5)
        r = 6e3 * np.exp(x + asymmetry * x**2)
        curves.append(
            TransportCurve(
                sample="film",
                along="field_t",
                quantity="resistivity_ohm_sq",
                selection={"temperature_k": temperature},
                temperature_k=np.full(n, temperature),
                field_t=field,
                current_a=np.full(n, np.nan),
                value=r * (1 + 0.01 * rng.standard_normal(n)),
                error=0.01 * r,
                censored=np.zeros(n, bool),
                direction=np.zeros(n, np.int64),
            )
        )
    return duality(curves, FittingSettings(), rng)[0]


if __name__ == "__main__":
    main()
