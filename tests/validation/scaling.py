"""Print how well the collapse of isotherms recovers Hc and zν, and what misfits do to it.

    python tests/validation/scaling.py [--seeds 400]

Four tables: the shipped result at 1 % noise; known exponents (strips of the Ising model,
sites of the square lattice); the shipped result where the truth is not of the model's
form; rivals on the same rows (Chebyshev series, slopes at Hc, Gaussian process, Houdayer
and Hartmann's S).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from grainscope.fitting.collapse.estimate import estimate_collapse
from grainscope.fitting.collapse.gaussian_process import gaussian_process_collapse
from grainscope.fitting.collapse.intervals import collapse_intervals
from grainscope.fitting.collapse.quality import collapse_quality
from grainscope.fitting.collapse.series import ScalingRows, collapse
from grainscope.fitting.collapse.slope_exponent import slope_exponent
from grainscope.fitting.scaling import scaling
from grainscope.network.gap_order import grow, in_order
from grainscope.records import TransportCurve, TransportFit
from grainscope.settings import FittingSettings

SEED = 20261
TEMPERATURES_K = (0.1, 0.2, 0.3, 0.5)
CRITICAL_T, Z_NU, CRITICAL_OHM_SQ = 0.052, 1.5, 6000.0
NOISE = 0.01
#: Square lattice, sites: Newman & Ziff 2000, Jacobsen 2015; ν = 4/3.
SITE_THRESHOLD = 0.59274605


def ln_ratio(u: np.ndarray) -> np.ndarray:
    """Return ln(ρ/ρc): exponential near Hc, flattening on either side, not symmetric."""
    v = u / 0.055
    return 1.5 * np.tanh(v) + 0.3 * v**2 / (1 + v**2)


class Truth(NamedTuple):
    """What was measured, before noise: ln ρ of a field and a temperature, and the noise."""

    ln_rho: Callable[[np.ndarray, float, np.random.Generator], np.ndarray]
    noise: Callable[[np.ndarray, float], np.ndarray]


def exact(field_t: np.ndarray, temperature_k: float, _rng: np.random.Generator) -> np.ndarray:
    """Return ln ρ of a true collapse."""
    u = (field_t - CRITICAL_T) * temperature_k ** (-1 / Z_NU)
    return np.log(CRITICAL_OHM_SQ) + ln_ratio(u)


def corrected(share: float) -> Callable[[np.ndarray, float, np.random.Generator], np.ndarray]:
    """Return a truth with a correction to scaling, so large at 0.5 K and Hc."""

    def ln_rho(field_t: np.ndarray, t: float, rng: np.random.Generator) -> np.ndarray:
        u = (field_t - CRITICAL_T) * t ** (-1 / Z_NU)
        return exact(field_t, t, rng) + share * (t / 0.5) * (1 + u / 0.03)

    return ln_rho


def saturating(at_k: float) -> Callable[[np.ndarray, float, np.random.Generator], np.ndarray]:
    """Return a truth in which electrons stay near a temperature: (T⁴ + T0⁴)^(1/4)."""

    def ln_rho(field_t: np.ndarray, t: float, rng: np.random.Generator) -> np.ndarray:
        return exact(field_t, (t**4 + at_k**4) ** 0.25, rng)

    return ln_rho


def drifting(field_t: np.ndarray, t: float, rng: np.random.Generator) -> np.ndarray:
    """Return a truth whose gain walks by 1 % (one standard deviation) over each isotherm."""
    steps = rng.standard_normal(len(field_t))
    return exact(field_t, t, rng) + 0.01 * np.cumsum(steps) / np.sqrt(len(steps))


def unequal_gains(field_t: np.ndarray, t: float, rng: np.random.Generator) -> np.ndarray:
    """Return a truth in which isotherms differ in gain by 1 %."""
    return exact(field_t, t, rng) + 0.01 * rng.standard_normal()


def stated(_field_t: np.ndarray, _t: float) -> np.ndarray:
    """Return noise as stated."""
    return np.full(len(_field_t), NOISE)


TRUTHS = {
    "as the model": Truth(exact, stated),
    "correction to scaling, 5 % at 0.5 K": Truth(corrected(0.05), stated),
    "correction to scaling, 20 % at 0.5 K": Truth(corrected(0.2), stated),
    "0.1 K isotherm saturates, at 0.08 K": Truth(saturating(0.08), stated),
    "0.1 K isotherm saturates, at 0.15 K": Truth(saturating(0.15), stated),
    "gain walks by 1 % along each isotherm": Truth(drifting, stated),
    "gains of isotherms differ by 1 %": Truth(unequal_gains, stated),
    "noise of 0.2 K three times as stated": Truth(
        exact, lambda h, t: np.full(len(h), NOISE * (3 if t == 0.2 else 1))
    ),
    "noise three times as stated below 0.045 T": Truth(
        exact, lambda h, _t: np.where(h < 0.045, 3 * NOISE, NOISE)
    ),
    "noise twice as stated": Truth(exact, lambda h, _t: np.full(len(h), 2 * NOISE)),
}


def measured(
    truth: Truth, rng: np.random.Generator, n: int = 61, stage: str = "S2"
) -> list[TransportCurve]:
    """Draw four isotherms from 0.03 to 0.075 T with errors stated as 1 %."""
    field_t, curves = np.linspace(0.03, 0.075, n), []
    for t in TEMPERATURES_K:
        noise = truth.noise(field_t, t) * rng.standard_normal(n)
        value = np.exp(truth.ln_rho(field_t, t, rng)) * (1 + noise)
        selection = {"stage": stage, "temperature_k": t}
        curves.append(
            TransportCurve(
                "film", "field_t", "resistivity_ohm_sq", selection, np.full(n, t), field_t,
                np.full(n, np.nan), value, NOISE * value, np.zeros(n, bool), np.ones(n, np.int64),
            )
        )  # fmt: skip
    return curves


def as_rows(curves: list[TransportCurve]) -> ScalingRows:
    """Return ln ρ of all isotherms."""
    columns = [(c.x, c.temperature_k, np.log(c.value), c.error / c.value) for c in curves]
    return ScalingRows(*(np.concatenate(part) for part in zip(*columns, strict=True)))


def by_quality(rows: ScalingRows, start: tuple[float, float]) -> np.ndarray:
    """Minimise S; errors from where it is its minimum + 1 (Melchert, arXiv:0910.5403)."""
    unit = np.array([1e-4, 1e-2])

    def quality(at: np.ndarray) -> float:
        return collapse_quality(rows, at * unit)

    found = minimize(quality, np.array(start) / unit, method="Nelder-Mead", tol=1e-4)
    ends = []
    for k in (0, 1):
        step = np.eye(2)[k]
        for side in (-1, 1):
            far = 0.1
            while quality(found.x + side * far * step) < found.fun + 1 and far < 1e3:
                far *= 1.05
            ends.append(far * unit[k])
    return np.array([*(found.x * unit), np.mean(ends[:2]), np.mean(ends[2:])])


def by_chebyshev(rows: ScalingRows, start: tuple[float, float]) -> np.ndarray:
    """Collapse on a Chebyshev series, with profiles."""
    found = collapse(rows, start)
    ends = collapse_intervals(rows, found, max(found.chi2 / found.dof, 1.0))
    halves = [0.5 * (high - low) for low, high in ends[:2]]
    return np.array([*found.theta, *halves])


def by_process(rows: ScalingRows, start: tuple[float, float]) -> np.ndarray:
    """Collapse on a Gaussian process."""
    return np.array(gaussian_process_collapse(rows, start)[:4])


def by_slopes(rows: ScalingRows, _start: tuple[float, float]) -> np.ndarray:
    """Take the exponent from the slopes at the true Hc."""
    found = slope_exponent(rows, CRITICAL_T)
    return np.array([np.nan, found.inverse, np.nan, found.inverse_error])


def quality_of(values: np.ndarray, halves: np.ndarray, truth: float) -> str:
    """Return bias, sd, coverage and width as cells of a table."""
    scatter = values.std()
    coverage = (np.abs(values - truth) <= halves).mean()
    width = np.median(halves) / scatter
    return f"{values.mean() - truth:+.1e} | {scatter:.1e} | {coverage:.2f} | {width:.2f}"


def rivals(seeds: int) -> None:
    """Print the rivals on the same rows."""
    print(f"\nrivals, {seeds} seeds\n")
    print("| rival | Hc bias (T) | sd | coverage | half-width / sd", end="")
    print(" | zν bias | sd | coverage | half-width / sd | seconds |")
    print("|---|" + "---|" * 9)
    for name, route in (
        ("Chebyshev series, profiled (shipped)", by_chebyshev),
        ("slopes at the true Hc", by_slopes),
        ("Gaussian process (Harada)", by_process),
        ("smallest S (Houdayer and Hartmann), S + 1", by_quality),
    ):
        found, spent = [], 0.0
        for seed in range(seeds):
            rng = np.random.default_rng((SEED, seed))
            rows = as_rows(measured(TRUTHS["as the model"], rng))
            began = time.perf_counter()
            found.append(route(rows, (0.0515, 0.7)))
            spent += time.perf_counter() - began
        field, inverse, field_half, inverse_half = np.array(found).T
        cells = [
            quality_of(field, field_half, CRITICAL_T) if np.isfinite(field[0]) else "– | – | – | –",
            quality_of(1 / inverse, inverse_half / inverse**2, Z_NU),
        ]
        print(f"| {name} | {' | '.join(cells)} | {spent / seeds:.3f} |", flush=True)


class Found(NamedTuple):
    """What the shipped analysis said."""

    value: float
    low: float
    high: float
    warned: bool

    def holds(self, truth: float, times: float = 1.0) -> bool:
        """Whether the truth is within so many half-widths."""
        down, up = times * (self.value - self.low), times * (self.high - self.value)
        return self.value - down <= truth <= self.value + up


def parameter(fit: TransportFit, name: str) -> Found:
    """Return a parameter of a fit."""
    one = fit.parameters[name]
    return Found(float(one.value), float(one.low), float(one.high), bool(fit.warnings))


def shipped(seeds: int, truth: Truth) -> tuple[dict[str, list[Found]], float]:
    """Run the whole analysis."""
    names = ("critical_field_t", "z_nu", "critical_resistivity_ohm_sq")
    found: dict[str, list[Found]] = {name: [] for name in names}
    began = time.perf_counter()
    for seed in range(seeds):
        rng = np.random.default_rng((SEED, seed))
        (fit,) = scaling(measured(truth, rng), FittingSettings(), rng)
        for name in names if fit.status == "done" else ():
            found[name].append(parameter(fit, name))
    return found, (time.perf_counter() - began) / seeds


def recovery(seeds: int) -> None:
    """Print the shipped result where the model is true."""
    found, seconds = shipped(seeds, TRUTHS["as the model"])
    print(f"\nshipped, {seeds} seeds, {seconds:.2f} s each\n")
    print("| parameter | bias | sd | coverage | median half-width / sd | with a warning |")
    print("|---|---|---|---|---|---|")
    for (name, all_), truth in zip(found.items(), (CRITICAL_T, Z_NU, CRITICAL_OHM_SQ), strict=True):
        values = np.array([f.value for f in all_])
        half = np.median([(f.high - f.low) / 2 for f in all_])
        coverage = np.mean([f.holds(truth) for f in all_])
        warned = np.mean([f.warned for f in all_])
        print(
            f"| {name} | {values.mean() - truth:+.1e} | {values.std():.1e} | {coverage:.2f} | "
            f"{half / values.std():.2f} | {warned:.2f} |",
            flush=True,
        )


def misfits(seeds: int) -> None:
    """Print the shipped result where the model is not true."""
    print(f"\nmisfits, {seeds} seeds; wrong: the truth is farther than two half-widths\n")
    print("| truth | warned | Hc bias | sd | half-width | coverage | wrong and no warning", end="")
    print(" | zν bias | sd | half-width | coverage | wrong and no warning |")
    print("|---|" + "---|" * 11)
    for name, truth in TRUTHS.items():
        found, _ = shipped(seeds, truth)
        cells = [f"{np.mean([f.warned for f in found['z_nu']]):.2f}"]
        for key, true, digits in (("critical_field_t", CRITICAL_T, 1), ("z_nu", Z_NU, 1)):
            all_ = found[key]
            values = np.array([f.value for f in all_])
            cells += [
                f"{np.median(values) - true:+.{digits}e}",
                f"{values.std():.{digits}e}",
                f"{np.median([(f.high - f.low) / 2 for f in all_]):.{digits}e}",
                f"{np.mean([f.holds(true) for f in all_]):.2f}",
                f"{np.mean([not f.warned and not f.holds(true, 2) for f in all_]):.3f}",
            ]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def ising_strip(coupling: np.ndarray, width: int) -> np.ndarray:
    """Return width over correlation length of the Ising model on a periodic strip.

    Onsager's eigenvalues: with cosh γ(q) = cosh 2K coth 2K − cos q, the largest two of
    the transfer matrix differ by exp of ½[Σ γ(odd π/n) − Σ γ(even π/n)], where γ(0) =
    2K + ln tanh K. At Kc = ½ ln(1 + √2) the result is π/4 for n → ∞, ν = 1, and the
    first correction is 0.32/n².
    """
    k = np.asarray(coupling)[:, None]
    base = np.cosh(2 * k) / np.tanh(2 * k)
    odd = np.arccosh(base - np.cos(np.pi * (2 * np.arange(width) + 1) / width))
    even = np.arccosh(base - np.cos(2 * np.pi * np.arange(1, width) / width))
    zero = 2 * k[:, 0] + np.log(np.tanh(k[:, 0]))
    return width * 0.5 * (odd.sum(axis=1) - even.sum(axis=1) - zero)


def ising_rows(rng: np.random.Generator, noise: float = 2e-3) -> ScalingRows:
    """Return noisy n/ξ of strips of 128 … 1024, against K; 1/n stands for the temperature.

    At 128 the correction is 2e-5, a hundredth of the noise. The true scaling field is
    2K + ln tanh K = 4δ (1 − 0.7 δ + …) with δ = K − Kc, so |δ| is kept below 0.001.
    """
    parts = []
    critical = 0.5 * np.log1p(np.sqrt(2))
    for width in (128, 256, 512, 1024):
        k = critical + np.linspace(-0.001, 0.001, 31)
        y = ising_strip(k, width) + noise * rng.standard_normal(31)
        parts.append((k, np.full(31, 1 / width), y, np.full(31, noise)))
    return ScalingRows(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def wrapping_thresholds(side: int, runs: int, rng: np.random.Generator) -> np.ndarray:
    """Return the share of occupied sites at which a component first wraps a torus in x."""
    site = np.arange(side**2).reshape(side, side)
    row, column = np.indices(site.shape)
    first = np.tile(site.ravel(), 2)
    second = np.concatenate((np.roll(site, -1, 0).ravel(), np.roll(site, -1, 1).ravel()))
    zero = np.zeros(side**2, np.int64)
    shift = np.concatenate(
        (
            np.column_stack(((row == side - 1).ravel(), zero)),
            np.column_stack((zero, (column == side - 1).ravel())),
        )
    )
    found = np.empty(runs)
    for run in range(runs):
        turn = rng.permutation(side**2)
        share = np.sort(rng.random(side**2))  # of independent sites: no step of the count
        states = grow(
            in_order(first, second, np.maximum(turn[first], turn[second]).astype(float), shift),
            np.arange(side**2, dtype=float), np.zeros(side**2, np.uint8),
            np.zeros((side**2, 2)), (side, side),
        )  # fmt: skip
        found[run] = share[int(np.argmax(states.wraps_x))]
    return found


def site_rows(runs: int, rng: np.random.Generator) -> ScalingRows:
    """Return wrapping probabilities of tori of 32 … 128 at 13 occupations, each of own runs."""
    parts = []
    for side in (32, 64, 128):
        p = SITE_THRESHOLD + np.linspace(-0.5, 0.5, 13) * side**-0.75
        thresholds = wrapping_thresholds(side, runs * len(p), rng).reshape(len(p), runs)
        share = (thresholds <= p[:, None]).mean(axis=1)
        smooth = (share * runs + 1) / (runs + 2)
        error = np.sqrt(smooth * (1 - smooth) / runs)
        parts.append((p, np.full(len(p), 1 / side), share, error))
    return ScalingRows(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def known_exponents(seeds: int, runs: int) -> None:
    """Print critical points and exponents that are known exactly."""
    critical = 0.5 * np.log1p(np.sqrt(2))
    print("\n| case | what | found | 68 % | exact |\n|---|---|---|---|---|")
    found = []
    for seed in range(seeds):
        rows = ising_rows(np.random.default_rng((SEED, seed)))
        estimate = estimate_collapse(rows, (0.44, 0.9))
        assert estimate is not None
        found.append(np.array([estimate.values, estimate.low, estimate.high]))
    for k, (what, true) in enumerate((("Kc", critical), ("1/ν", 1.0), ("n/ξ at Kc", np.pi / 4))):
        values, low, high = np.array(found)[:, :, k].T
        held = ((low <= true) & (true <= high)).mean()
        print(
            f"| Ising strips, {seeds} seeds | {what} | {values.mean():.6f} | ± "
            f"{np.median(high - low) / 2:.1e}, coverage {held:.2f} | {true:.6f} |"
        )
    rows = site_rows(runs, np.random.default_rng(SEED))
    estimate = estimate_collapse(rows, (0.59, 0.8))
    assert estimate is not None
    exact_ = (SITE_THRESHOLD, 0.75, 0.521058290)
    for k, what in enumerate(("pc", "1/ν", "wraps at pc")):
        value, low, high = estimate.values[k], estimate.low[k], estimate.high[k]
        print(f"| sites, {runs} runs a point | {what} | {value:.5f} | {low:.5f}–{high:.5f}", end="")
        print(f" | {exact_[k]:.5f} |")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=400)
    parser.add_argument("--misfit-seeds", type=int, default=100)
    parser.add_argument("--rival-seeds", type=int, default=400)
    arguments = parser.parse_args()
    recovery(arguments.seeds)
    known_exponents(arguments.seeds, runs=300)
    misfits(arguments.misfit_seeds)
    rivals(arguments.rival_seeds)


if __name__ == "__main__":
    main()
