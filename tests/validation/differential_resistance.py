"""How often intervals of critical current, linear limit and RF response hold the truth.

    python tests/validation/differential_resistance.py --seeds 400

Curves of dV/dI of 121 rows, and R(T) of 40, with 1 % noise and a floor.
"""

from __future__ import annotations

import argparse

import numpy as np

from grainscope.fitting.critical_current import critical_current
from grainscope.fitting.rf_response import rf_response
from grainscope.laws.conduction.current_step import CurrentStep
from grainscope.laws.conduction.noisy_junction import NoisyJunction
from grainscope.laws.conduction.spread_junctions import SpreadJunctions
from grainscope.records import TransportCurve
from grainscope.settings import FittingSettings

NOISE, ABSOLUTE = 0.01, 0.2
BIAS = np.linspace(-3e-6, 3e-6, 121)
T = np.geomspace(0.05, 1.0, 40)
METAL = 200 + 1e4 * np.exp(-2.0 / T)
AXES = ("temperature_k", "field_t", "current_a")


def measure(along, x, truth, rng, **held):
    error = np.hypot(ABSOLUTE, NOISE * np.abs(truth))
    value = truth + error * rng.standard_normal(len(x))
    zero = value < 3 * ABSOLUTE
    axes = {name: np.full(len(x), np.nan) for name in AXES} | {along: x}
    quantity = "dvdi_ohm_sq" if along == "current_a" else "resistivity_ohm_sq"
    return TransportCurve(
        "film", along, quantity, held, **axes, value=np.where(zero, 3 * ABSOLUTE, value),
        error=error, censored=zero, direction=np.zeros(len(x), int), floor=3 * ABSOLUTE,
    )  # fmt: skip


def told(name, truth, found):
    value, low, high = np.array([[p.value, p.low, p.high] for p in found]).T
    off = value - truth
    print(
        f"{name:44} bias/sd {off.mean() / off.std():+.2f}  sd {off.std() / abs(truth):.4f}  "
        f"coverage {np.mean((low <= truth) & (truth <= high)):.2f}  "
        f"half-width/sd {np.median(high - low) / 2 / off.std():.2f}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=400)
    seeds = parser.parse_args().seeds
    settings = FittingSettings()
    for law in (CurrentStep(), SpreadJunctions(), NoisyJunction()):
        for zero in (0.0, 30.0):
            fits = []
            for seed in range(seeds):
                rng = np.random.default_rng((seed, 7))
                truth = law.value(BIAS, (zero, 2000.0, 1e-6, 0.15))
                fits += critical_current([measure("current_a", BIAS, truth, rng)], settings, rng)
            found = [fit.parameters["critical_current_a"] for fit in fits]
            told(f"critical current, {law.name}, {zero:.0f} Ω/□ at zero", 1e-6, found)
            right = np.mean([fit.labels["law"] == law.name for fit in fits])
            steepest = [fit.parameters["steepest_current_a"].value for fit in fits]
            print(
                f"{'':44} right law {right:.2f}, steepest point {np.mean(steepest) / 1e-6 - 1:+.1%}"
            )
    changes = []
    for seed in range(seeds):
        rng = np.random.default_rng((seed, 8))
        plain = measure("temperature_k", T, METAL, rng, stage="S2G", field_t=0.03)
        rf = {"stage": "S2G", "field_t": 0.03, "rf_frequency_hz": 2e9}
        changes += rf_response(
            [plain, measure("temperature_k", T, 0.75 * METAL, rng, **rf)], settings, rng
        )
    told("relative change −25 %", -0.25, [fit.parameters["relative_change"] for fit in changes])


if __name__ == "__main__":
    main()
