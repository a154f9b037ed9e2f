"""Print how crossings of isotherms are recovered, against joining noisy rows.

    python tests/validation/crossings.py [--seeds 400]

Truth: ρ = 8000 F((H − 0.052 T) T^(−1/1.5)) at 60 to 500 mK, 1 % noise. First the bias of
one pair by three ways of finding a crossing in noisy rows, then the common field.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np

from grainscope.fitting.crossings import crossings
from grainscope.records.transport_data import TransportCurve
from grainscope.records.transport_fit import FitParameter, TransportFit
from grainscope.settings.fitting import FittingSettings

CROSSING_T, HEIGHT = 0.052, 8e3
TEMPERATURES_K = (0.06, 0.1, 0.2, 0.3, 0.5)
SETTINGS = FittingSettings()
Form = Callable[[np.ndarray, float], np.ndarray]


def scaled(field_t: np.ndarray, temperature_k: float) -> np.ndarray:
    """Return the scaling form, bent at both ends."""
    x = 5.4 * (np.abs(field_t) - CROSSING_T) * temperature_k ** (-1 / 1.5)
    return HEIGHT * np.exp(4 * np.tanh(x / 4))


def saturating(field_t: np.ndarray, temperature_k: float) -> np.ndarray:
    """Stop cooling at 150 mK, as the anomalous metal does: cold isotherms coincide."""
    return scaled(field_t, float(np.hypot(temperature_k, 0.15)))


def measured(
    form: Form, field_t: np.ndarray, rng: np.random.Generator, offset_t: float, unequal: bool
) -> list[TransportCurve]:
    """Measure all isotherms; the offset is one, ``unequal`` doubles noise above 0.052 T."""
    shift_t = offset_t * rng.standard_normal()
    curves = []
    for t in TEMPERATURES_K:
        truth = form(field_t + shift_t, t)
        error, k = 0.01 * truth, len(field_t)
        noise = error * np.where(unequal & (field_t > CROSSING_T), 2.0, 1.0)
        curves.append(
            TransportCurve(
                "film", "field_t", "resistivity_ohm_sq", {"stage": "S2", "temperature_k": t},
                np.full(k, t), field_t, np.full(k, np.nan),
                truth + noise * rng.standard_normal(k), error, np.zeros(k, bool),
                np.zeros(k, int), offset_t,
            )
        )  # fmt: skip
    return curves


def joined_rows(low: TransportCurve, high: TransportCurve) -> tuple[float, float]:
    """Return the first change of sign of noisy rows' difference, and the mean of all."""
    near = np.abs(np.log(low.field_t / CROSSING_T)) < 0.35
    field, apart = low.field_t[near], (low.value - high.value)[near]
    k = np.flatnonzero(np.diff(np.sign(apart)) != 0)
    places = field[k] - apart[k] * (field[k + 1] - field[k]) / (apart[k + 1] - apart[k])
    return float(places[0]), float(places.mean())


def cold_and_warm(fit: TransportFit) -> float:
    """Return the crossing of the coldest with the warmest isotherm."""
    table = fit.table
    pair = (table["temperature_low_k"] == 0.06) & (table["temperature_high_k"] == 0.5)
    return float(table["field_t"][pair][0])


def row(name: str, found: list[FitParameter], truth: float) -> None:
    """Print one line of the table."""
    value, low, high = np.array([(p.value, p.low, p.high) for p in found]).T
    known = np.isfinite(value)
    value, low, high = value[known], low[known], high[known]
    half, scatter = 0.5 * (high - low), value.std()
    covered = np.mean((low <= truth) & (truth <= high))
    error = scatter / np.sqrt(len(value))
    print(
        f"| {name} | {truth:.5g} | {value.mean() - truth:+.2g} ± {error:.1g} | {scatter:.2g} "
        f"| {np.median(half) / scatter:.2f} | {covered:.2f} | {len(value)} |",
        flush=True,
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=400)
    seeds = parser.parse_args().seeds
    log_fields, linear = np.geomspace(5e-3, 0.2, 250), np.linspace(0.03, 0.08, 200)
    cases: list[tuple[str, Form, np.ndarray, float, bool]] = [
        ("250 fields, log", scaled, log_fields, 0.0, False),
        ("200 fields, 0.03–0.08 T", scaled, linear, 0.0, False),
        ("and an offset to 3 G", scaled, linear, 3e-4, False),
        ("misfit: noise doubled above", scaled, linear, 0.0, True),
        ("cold isotherms coincide", saturating, linear, 0.0, False),
    ]
    nothing = np.random.default_rng(0)
    all_fits: list[list[TransportFit]] = []
    first, mean = [], []
    for k, (_, form, field_t, offset_t, unequal) in enumerate(cases):
        fits = []
        for seed in range(seeds):
            rng = np.random.default_rng([k, seed])
            curves = measured(form, field_t, rng, offset_t, unequal)
            if k == 1:
                places = joined_rows(curves[0], curves[-1])
                first.append(places[0])
                mean.append(places[1])
            fits += crossings(curves, SETTINGS, nothing)
        all_fits.append([fit for fit in fits if fit.status == "done"])
    print("crossing of 60 mK with 500 mK, 200 fields\n")
    print("| way | bias (T) | scatter (T) |\n|---|---|---|")
    pair = np.array([cold_and_warm(fit) for fit in all_fits[1]])
    for name, found in (
        ("first change of sign of joined rows", np.array(first)),
        ("mean of all changes of sign", np.array(mean)),
        ("polynomials through all rows", pair[np.isfinite(pair)]),
    ):
        off, error = found.mean() - CROSSING_T, found.std() / np.sqrt(len(found))
        print(f"| {name} | {off:+.1e} ± {error:.0e} | {found.std():.1e} |")
    print("\ncommon crossing\n")
    print("| truth | true | bias | scatter | half-width / scatter | coverage | seeds |")
    print("|---|---|---|---|---|---|---|")
    for (name, *_), fits in zip(cases, all_fits, strict=True):
        row(f"{name}: field", [fit.parameters["field_t"] for fit in fits], CROSSING_T)
        row(f"{name}: height", [fit.parameters["resistivity_ohm_sq"] for fit in fits], HEIGHT)
        row(f"{name}: drift", [fit.parameters["drift_t_per_decade"] for fit in fits], 0.0)
        chance = np.array([np.mean(fit.parameters["p_one_point"].value) for fit in fits])
        told = np.mean([len(fit.warnings) > 0 for fit in fits])
        print(f"|   p < 0.1 in {np.mean(chance < 0.1):.3f}, warned in {told:.3f} | | | | | | |")


if __name__ == "__main__":
    main()
