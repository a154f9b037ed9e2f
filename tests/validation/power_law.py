"""Print how well power law, upturn and maximum of ρ(H) are recovered, and how honest intervals are.

    python tests/validation/power_law.py [--seeds 400]

A table row for each truth and noise: bias, scatter, median half-width over scatter and
coverage of the 68 % interval. Truth: ρ = 5000 H^0.66 to a knee at 0.04 T, a maximum near
0.11 T, 1 % noise, a floor of 0.5 Ω, a rest of the field offset; then truths that are not
of the law's form.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np

from grainscope.fitting.mr_peak import mr_peak
from grainscope.fitting.power_law import power_law
from grainscope.fitting.upturn import upturn
from grainscope.records.transport_data import TransportCurve
from grainscope.records.transport_fit import FitParameter
from grainscope.settings.fitting import FittingSettings

EXPONENT, PREFACTOR, KNEE_T = 0.66, 5e3, 0.04
SETTINGS = FittingSettings()
Law = Callable[[np.ndarray], np.ndarray]


def climbing(field_t: np.ndarray, steepness: float = 8.0) -> np.ndarray:
    """Return the power law with knee and maximum."""
    size = np.abs(field_t)
    top = (size / 0.08) ** (steepness + EXPONENT + 0.4)
    return PREFACTOR * size**EXPONENT * (1 + (size / KNEE_T) ** steepness) / (1 + top)


def wavy(field_t: np.ndarray) -> np.ndarray:
    """Put repeatable fluctuations of 15 % on the low fields."""
    size = np.abs(field_t)
    return climbing(size) * (1 + 0.15 * np.sin(30 * np.log(size) + 1) * np.exp(-size / 0.005))


def measured(
    rho: Law, field_t: np.ndarray, rng: np.random.Generator, relative: float, offset_t: float,
    temperature_k: float = 0.06, stage: str = "S2",
) -> TransportCurve:  # fmt: skip
    """Measure an isotherm whose offset was found with the error ``offset_t``."""
    truth = rho(field_t + offset_t * rng.standard_normal())
    error = np.hypot(relative * truth, 0.5 / 3)
    value = truth + error * rng.standard_normal(len(field_t))
    censored = value < 0.5
    return TransportCurve(
        "film", "field_t", "resistivity_ohm_sq",
        {"stage": stage, "temperature_k": temperature_k},
        np.full(len(field_t), temperature_k), field_t, np.full(len(field_t), np.nan),
        np.where(censored, 0.5, value), error, censored, np.zeros(len(field_t), int),
        offset_t, 0.5,
    )  # fmt: skip


def drifting(curve: TransportCurve, rng: np.random.Generator) -> TransportCurve:
    """Let the gain wander over the sweep, a random walk of 2 % in all."""
    walk = np.cumsum(rng.standard_normal(len(curve)))
    gain = 1 + 0.02 * walk / np.sqrt(len(curve))
    return TransportCurve(
        curve.sample, curve.along, curve.quantity, curve.selection, curve.temperature_k,
        curve.field_t, curve.current_a, curve.value * gain, curve.error, curve.censored,
        curve.direction, curve.field_offset_error_t, curve.floor,
    )  # fmt: skip


def row(name: str, found: list[FitParameter], truth: float) -> None:
    """Print one line of the table."""
    value, low, high = np.array([(p.value, p.low, p.high) for p in found]).T
    half, scatter = 0.5 * (high - low), value.std()
    covered = np.mean((low <= truth) & (truth <= high))
    cells = [
        f"{truth:.5g}", f"{value.mean() - truth:+.2g}", f"{scatter:.2g}",
        f"{np.median(half) / scatter:.2f}", f"{covered:.2f}", str(len(found)),
    ]  # fmt: skip
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


def peak_of(rho: Law) -> tuple[float, float]:
    """Return field and height of the maximum, from a fine grid."""
    field = np.geomspace(0.06, 0.25, 400_001)
    top = int(np.argmax(rho(field)))
    return float(field[top]), float(rho(field)[top])


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=400)
    seeds = parser.parse_args().seeds
    log_fields = np.geomspace(5e-4, 0.3, 300)
    linear = np.linspace(1e-3, 0.2, 200)
    both = np.concatenate([-np.geomspace(0.2, 5e-4, 150), np.geomspace(5e-4, 0.2, 150)])
    cases: list[tuple[str, Law, np.ndarray, float, float, bool]] = [
        ("300 rows, log", climbing, log_fields, 0.01, 0.0, False),
        ("and an offset to 0.2 G", climbing, log_fields, 0.01, 2e-5, False),
        ("200 rows, linear, 0.2 G", climbing, linear, 0.01, 2e-5, False),
        ("±H, 300 rows, 0.5 G", climbing, both, 0.01, 5e-5, False),
        ("5 % noise, 0.2 G", climbing, log_fields, 0.05, 2e-5, False),
        ("misfit: slow knee H^3", lambda h: climbing(h, 3.0), log_fields, 0.01, 2e-5, False),
        ("misfit: 15 % fluctuations", wavy, log_fields, 0.01, 2e-5, False),
        ("misfit: gain drifts 2 %", climbing, log_fields, 0.01, 2e-5, True),
    ]
    head = "| truth | true | bias | scatter | half-width / scatter | coverage | seeds |"
    print(f"exponent\n\n{head}\n|---|---|---|---|---|---|---|")
    nothing = np.random.default_rng(0)
    kept: dict[str, list[TransportCurve]] = {}
    for k, (name, rho, field_t, relative, offset_t, drift) in enumerate(cases):
        curves = []
        for seed in range(seeds):
            rng = np.random.default_rng([k, seed])
            curve = measured(rho, field_t, rng, relative, offset_t)
            curves.append(drifting(curve, rng) if drift else curve)
        kept[name] = curves
        fits = [power_law([curve], SETTINGS, nothing)[0] for curve in curves]
        done = [fit for fit in fits if fit.status == "done"]
        row(name, [fit.parameters["exponent"] for fit in done], EXPONENT)
        if k == 1:
            row("its prefactor", [fit.parameters["prefactor"] for fit in done], PREFACTOR)
    joint, chances = [], []
    for seed in range(seeds // 4):
        rng = np.random.default_rng([99, seed])
        curves = [
            measured(climbing, log_fields, rng, 0.01, 2e-5, t, stage)
            for t in (0.06, 0.1, 0.3) for stage in ("S2", "S2G")
        ]  # fmt: skip
        fit = power_law(curves, SETTINGS, nothing)[-1]
        joint.append(fit.parameters["exponent"])
        chances.append(float(np.mean(fit.parameters["p_one_curve"].value)))
    row("six isotherms together", joint, EXPONENT)
    print(f"\none curve is rejected at p < 0.05 in {np.mean(np.array(chances) < 0.05):.3f}\n")
    print(f"upturn and maximum\n\n{head}\n|---|---|---|---|---|---|---|")
    peak_t, height = peak_of(climbing)
    for name in ("300 rows, log", "200 rows, linear, 0.2 G", "misfit: gain drifts 2 %"):
        knees = [upturn([curve], SETTINGS, nothing)[0].parameters for curve in kept[name]]
        knees = [found for found in knees if found]
        row(f"{name}: knee", [found["field_t"] for found in knees], KNEE_T)
        leaves = KNEE_T * 0.1 ** (1 / 8)
        row(f"{name}: 10 % above", [found["departure_field_t"] for found in knees], leaves)
        tops = [mr_peak([curve], SETTINGS, nothing)[0].parameters for curve in kept[name]]
        tops = [found for found in tops if found]
        row(f"{name}: maximum", [found["field_t"] for found in tops], peak_t)
        row(f"{name}: its height", [found["resistivity_ohm_sq"] for found in tops], height)


if __name__ == "__main__":
    main()
