"""Print how well carrier densities are recovered from Hall resistance.

    python tests/validation/hall.py [--seeds 400]

The paper's 4·10¹⁵ cm⁻² (0.156 Ω/T) up to 8 T with 1 % of the largest Hall resistance as
noise and 0.3 % of ρ_xx mixed in; then a bend with field, noise stated too small by half,
a drift of the offset between sweeps, one sign of the field without and with ρ_xx(B) beside it
or with contacts that mix in a hundredth of that, and no slope to be seen.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np

from grainscope.fitting.field.hall_slope import carrier_density
from grainscope.fitting.hall import hall
from grainscope.records import TransportCurve
from grainscope.settings import FittingSettings

SLOPE = 0.156
TOP_T = 8.0
NOISE_OHM = 0.01 * SLOPE * TOP_T
SEED = 20261
KINDS = (
    "the law",
    "bends",
    "errors half",
    "drift",
    "one sign",
    "one sign, ρ_xx known",
    "one sign, good contacts",
    "no slope",
)


def longitudinal(b: np.ndarray) -> np.ndarray:
    """Return ρ_xx."""
    return 2500 * (1 + 0.05 * b**2 / (1 + b**2))


def measured(kind: str, rng: np.random.Generator) -> TransportCurve:
    """Return sweeps up and down of one kind of truth."""
    b = np.tile(np.linspace(-TOP_T, TOP_T, 81), 2)
    direction = np.repeat([1, -1], 81)
    if kind.startswith("one sign"):
        b, direction = b[b > 0], direction[b > 0]
    noise = 1.0 if kind == "no slope" else NOISE_OHM
    top = 0.5 if kind == "no slope" else 1.0
    b = b * top
    odd = SLOPE * b * (1 - b**2 / 500 if kind == "bends" else 1.0)
    even = (3e-5 if kind == "one sign, good contacts" else 0.003) * longitudinal(b)
    drift = 0.02 * b * direction if kind == "drift" else 0.0
    value = odd + even + drift + noise * rng.normal(size=len(b))
    order = np.argsort(b, kind="stable")
    stated = noise * (0.5 if kind == "errors half" else 1.0)
    return TransportCurve(
        sample="film",
        along="field_t",
        quantity="hall_resistance_ohm",
        selection={"stage": "S2", "temperature_k": 4.0},
        temperature_k=np.full(len(b), 4.0),
        field_t=b[order],
        current_a=np.full(len(b), np.nan),
        value=value[order],
        error=np.full(len(b), stated),
        censored=np.zeros(len(b), bool),
        direction=direction[order],
    )


def companion(hall_curve: TransportCurve, rng: np.random.Generator) -> TransportCurve:
    """Return ρ_xx at the same fields, with noise of 0.1 %."""
    rho = longitudinal(hall_curve.field_t)
    return replace(
        hall_curve,
        quantity="resistivity_ohm_sq",
        value=rho * (1 + 1e-3 * rng.normal(size=len(rho))),
        error=1e-3 * rho,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=400)
    seeds = parser.parse_args().seeds
    true = carrier_density(SLOPE)
    print(
        "| truth | coverage of n | half-width / scatter | bias / half-width | half-width |", end=""
    )
    print(" with a warning |\n|---|---|---|---|---|---|")
    for kind in KINDS:
        found = []
        for seed in range(seeds):
            rng = np.random.default_rng((SEED, seed))
            curves = [measured(kind, rng)]
            if kind == "one sign, ρ_xx known":
                curves.append(companion(curves[0], rng))
            (fit,) = hall(curves, FittingSettings(), rng)
            one = fit.parameters["carrier_density_per_cm2"]
            found.append((one.value, one.low, one.high, bool(fit.warnings)))
        value, low, high, warned = np.array(found, float).T
        inside = ((low <= true) & (true <= high)).mean()
        half = np.median(high - low) / 2
        print(
            f"| {kind} | {inside:.2f} | {half / value.std():.2f} | "
            f"{(value.mean() - true) / half:+.2f} | {half / true:.2%} | {warned.mean():.0%} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
