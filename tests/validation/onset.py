"""Print how well the grains' drop and the temperature of zero resistance are recovered.

    python tests/validation/onset.py [--seeds 400]

Zero-field R(T) of 300 rows from 0.05 to 300 K in equal ratios: a background that rises on
cooling, a drop of 10 % at 3.4 K (a logistic 0.05 K wide), activated loss of what is left
through a floor of 0.5 Ω/□ at 0.5 K, 1 % noise. Then other backgrounds, half the rows,
noise stated too small by half, a drift in time and a drop of two steps.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np

from grainscope.fitting.onset import onset
from grainscope.records import TransportCurve
from grainscope.settings import FittingSettings

CRITICAL_K, DROP, ZERO_K, FLOOR = 3.4, 0.1, 0.5, 0.5
#: Not the seed that the reach of the windows was chosen with.
SEED = 20262


@dataclass(frozen=True)
class Truth:
    """What a curve is made from."""

    name: str
    rows: int = 300
    bend: float = 0.012
    stated: float = 1.0
    drift: float = 0.0
    two_steps: bool = False
    share: float = 1.0


TRUTHS = (
    Truth("the law"),
    Truth("straight background", bend=0.0, share=0.25),
    Truth("stronger bend", bend=0.03, share=0.25),
    Truth("150 rows", rows=150, share=0.25),
    Truth("errors half", stated=0.5, share=0.25),
    Truth("drift in time", drift=0.05, share=0.25),
    Truth("two steps", two_steps=True, share=0.25),
)


def step(t: np.ndarray, centre: float, width: float, depth: float) -> np.ndarray:
    """Return a logistic drop."""
    return 1 - depth / (1 + np.exp(np.clip((t - centre) / width, -700, 700)))


def resistivity(truth: Truth, t: np.ndarray) -> np.ndarray:
    """Return R(T) without noise."""
    u = np.log(t / CRITICAL_K)
    r = 2500 * np.exp(-0.08 * u - truth.bend * u**2)
    if truth.two_steps:
        r = r * step(t, 3.5, 0.03, 0.06) * step(t, 3.0, 0.03, 0.05)
    else:
        r = r * step(t, CRITICAL_K, 0.05, DROP)
    at_zero = float(np.interp(ZERO_K, t, r))
    slope = np.log(at_zero / FLOOR - 1) / (1 / ZERO_K - 1)
    r = r / (1 + np.exp(np.minimum(slope * (1 / t - 1), 700)))
    return r * (1 + truth.drift * np.linspace(0, 1, len(t)))


def measured(truth: Truth, rng: np.random.Generator) -> TransportCurve:
    """Add noise, and cut at the floor."""
    t = np.geomspace(0.05, 300, truth.rows)
    r = resistivity(truth, t)
    error = np.hypot(0.01 * r, 0.1)
    value = r + error * rng.normal(size=len(t))
    low = value < FLOOR
    return TransportCurve(
        sample="film",
        along="temperature_k",
        quantity="resistivity_ohm_sq",
        selection={"stage": "S2", "field_t": 0.0},
        temperature_k=t,
        field_t=np.zeros(len(t)),
        current_a=np.full(len(t), np.nan),
        value=np.where(low, FLOOR, value),
        error=error * truth.stated,
        censored=low,
        direction=np.zeros(len(t), np.int64),
        floor=FLOOR,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=400)
    seeds = parser.parse_args().seeds
    true = {
        "critical_temperature_k": CRITICAL_K,
        "drop_fraction": DROP,
        "zero_resistance_temperature_k": ZERO_K,
    }
    print(
        "| truth | parameter | found | coverage | half-width / scatter | bias / half-width |",
        end="",
    )
    print(" half-width | with a warning |\n|---|---|---|---|---|---|---|---|")
    for truth in TRUTHS:
        found: dict[str, list[tuple[float, ...]]] = {name: [] for name in true}
        warned = []
        for seed in range(max(int(seeds * truth.share), 5)):
            rng = np.random.default_rng((SEED, seed))
            (fit,) = onset([measured(truth, rng)], FittingSettings(), rng)
            warned.append(bool(fit.warnings))
            for name in true:
                one = fit.parameters[name]
                found[name].append((one.value, one.low, one.high))
        for name, rows in found.items():
            value, low, high = np.array(rows, float).T
            seen = np.isfinite(value)
            inside = ((low <= true[name]) & (true[name] <= high)).mean()
            half = np.median((high - low)[seen]) / 2
            print(
                f"| {truth.name} | {name} | {seen.mean():.0%} | {inside:.2f} | "
                f"{half / value[seen].std():.2f} | "
                f"{(value[seen].mean() - true[name]) / half:+.2f} | {half / true[name]:.2%} | "
                f"{np.mean(warned):.0%} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
