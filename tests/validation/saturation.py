"""Print how well saturated values, their temperatures and activation energies are recovered.

    python tests/validation/saturation.py [--seeds 400]

R(T) at ten fields from 0.0002 to 0.04 T with U = 1.2 K ln(0.15 T/H) and ρ_sat =
5 kΩ/□ (H/1 T)^0.66, 1 % noise and a floor of 0.5 Ω/□; then three fields with what the law
does not have: a drift in time, noise stated too small by half, electrons that stay warm, a
sharper knee (the fourth root of the sum of fourth powers), and the larger of the two, which
besides rolls over to a normal state of 3 kΩ/□ (that rounded as sharply).
"""

from __future__ import annotations

import argparse
from collections import defaultdict

import numpy as np

from grainscope.fitting.activation import activation
from grainscope.fitting.saturation import saturation
from grainscope.records import TransportCurve
from grainscope.settings import FittingSettings

FIELDS_T = np.geomspace(2e-4, 0.04, 10)
SCALE_K, ZERO_FIELD_T, EXPONENT, NORMAL_OHM_SQ = 1.2, 0.15, 0.66, 5e3
HEAT_K = 0.7
FLOOR = 0.5
SETTINGS = FittingSettings(bootstrap_draws=0)
SEED = 20261


def truth(field_t: float, t: np.ndarray) -> dict[str, object]:
    """Return R(T) and what it was made from."""
    energy, flat = SCALE_K * np.log(ZERO_FIELD_T / field_t), 5e3 * field_t**EXPONENT
    return {
        "curve": flat + NORMAL_OHM_SQ * np.exp(-energy / t),
        "energy_k": energy,
        "resistivity_ohm_sq": flat,
        "temperature_k": energy / np.log(NORMAL_OHM_SQ / (0.1 * flat)),
    }


def warm(field_t: float, t: np.ndarray) -> dict[str, object]:
    """Return R(T) of electrons at T_e⁵ = T⁵ + T_h⁵, and what it was made from."""
    energy = SCALE_K * np.log(ZERO_FIELD_T / field_t)
    onset = (1 / HEAT_K - np.log(1.1) / energy) ** -5 - HEAT_K**5
    return {
        "curve": NORMAL_OHM_SQ * np.exp(-energy / (t**5 + HEAT_K**5) ** 0.2),
        "energy_k": energy,
        "resistivity_ohm_sq": NORMAL_OHM_SQ * np.exp(-energy / HEAT_K),
        "temperature_k": onset**0.2,
    }


def sharper(flat: np.ndarray, r: np.ndarray) -> np.ndarray:
    """Return the fourth root of the sum of fourth powers of what the law adds."""
    return (flat**4 + (r - flat) ** 4) ** 0.25


def corner(flat: np.ndarray, r: np.ndarray) -> np.ndarray:
    """Return the larger of what the law adds, below 3 kΩ/□."""
    larger = np.maximum(flat, r - flat)
    return (larger**-12 + 3e3**-12) ** (-1 / 12)


KNEES = {"sharper knee": sharper, "corner and roll-over": corner}


def measured(
    t: np.ndarray, r: np.ndarray, field_t: float, rng: np.random.Generator, stated: float = 1.0
) -> TransportCurve:
    """Add 1 % of noise and a tenth of an ohm, and cut at the floor."""
    error = np.hypot(0.01 * r, 0.1)
    value = r + error * rng.normal(size=len(t))
    low = value < FLOOR
    return TransportCurve(
        sample="film",
        along="temperature_k",
        quantity="resistivity_ohm_sq",
        selection={"stage": "S2", "field_t": float(field_t)},
        temperature_k=t,
        field_t=np.full(len(t), field_t),
        current_a=np.full(len(t), np.nan),
        value=np.where(low, FLOOR, value),
        error=error * stated,
        censored=low,
        direction=np.zeros(len(t), np.int64),
        floor=FLOOR,
    )


def series(kind: str, rng: np.random.Generator, n: int) -> list[TransportCurve]:
    """Return curves of one kind of truth."""
    t = np.geomspace(0.05, 2.0, n)
    fields = FIELDS_T if kind == "the law" else FIELDS_T[[3, 6, 9]]
    found = []
    for field in fields:
        r = np.asarray(truth(field, t)["curve"])
        if kind == "drift in time":  # 3 % up and down again over the sweep
            r = r * (1 + 0.03 * np.sin(np.linspace(0, np.pi, n)))
        if kind == "warm electrons":
            r = np.asarray(warm(field, t)["curve"])
        if kind in KNEES:
            r = KNEES[kind](np.asarray(truth(field, t)["resistivity_ohm_sq"]), r)
        found.append(measured(t, r, field, rng, 0.5 if kind == "errors half" else 1.0))
    return found


def collect(kind: str, seeds: int, n: int) -> tuple[dict[str, list], int]:
    """Return (estimate, low, high, truth) of each parameter, and the curves with a warning."""
    found: dict[str, list] = defaultdict(list)
    warned = 0
    t = np.geomspace(0.05, 2.0, n)
    for seed in range(seeds):
        rng = np.random.default_rng((SEED, seed))
        curves = series(kind, rng, n)
        results = [*saturation(curves, SETTINGS, rng), *activation(curves, SETTINGS, rng)]
        for fit in results:
            if fit.status != "done":
                continue
            warned += bool(fit.warnings) and fit.analysis == "saturation"
            true = {
                "energy_scale_k": SCALE_K,
                "zero_energy_field_t": ZERO_FIELD_T,
                "exponent": SCALE_K / HEAT_K if kind == "warm electrons" else EXPONENT,
            }
            true["effective_temperature_k"] = SCALE_K / true["exponent"]
            if "field_t" in fit.selection:
                made = warm if kind == "warm electrons" else truth
                true = made(float(fit.selection["field_t"]), t)
            for name, parameter in fit.parameters.items():
                if kind in KNEES and name == "temperature_k":
                    continue  # where R is 10 % above the plateau is another one for each knee
                if name in true and np.isfinite(parameter.value):
                    field = fit.selection.get("field_t", 0.0)
                    found[name, field].append(
                        (parameter.value, parameter.low, parameter.high, true[name])
                    )
    return found, warned


def report(kind: str, seeds: int, n: int) -> None:
    """Print a row for each parameter, fields pooled."""
    found, warned = collect(kind, seeds, n)
    for name in sorted({name for name, _ in found}):
        rows = []
        for (own, _), values in sorted(found.items()):
            if own == name:
                value, low, high, true = np.array(values, float).T
                inside = ((low <= true) & (true <= high)).mean()
                scatter = max(value.std(), 1e-12)
                half = np.median(high - low) / 2
                rows.append((inside, half / scatter, (value - true).mean() / half, half / true[0]))
        cover, width, bias, relative = np.mean(rows, axis=0)
        spread = f"{min(r[0] for r in rows):.2f}–{max(r[0] for r in rows):.2f}"
        print(
            f"| {kind} | {name} | {cover:.2f} ({spread}) | {width:.2f} | {bias:+.2f} | "
            f"{relative:.2%} |",
            flush=True,
        )
    curves = seeds * (10 if kind == "the law" else 3)
    print(f"| {kind} | curves with a warning | {warned / curves:.0%} | | | |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=400)
    parser.add_argument("--rows", type=int, default=100)
    options = parser.parse_args()
    print("| truth | parameter | coverage (of single fields) | half-width / scatter |", end="")
    print(" bias / half-width | half-width |\n|---|---|---|---|---|---|")
    report("the law", options.seeds, options.rows)
    for kind in ("drift in time", "errors half", "warm electrons", *KNEES):
        report(kind, max(options.seeds // 4, 10), options.rows)


if __name__ == "__main__":
    main()
