"""Print how far the argument, grain sizes → barriers → ln T, goes on a film of known grains.

    python tests/validation/barrier_argument.py [--coverage 0.65] [--seed 601]

The film's own grains are taken, not segmented ones. Laws of the barriers, windows in which G or R
is straight in ln T, and what the contacts must be taken up to for a way through: the share of
contacts that is better than the critical one, and the effective barrier T · d ln R/d ln(1/T).
"""

from __future__ import annotations

import argparse

import numpy as np
from completeness import film_of

from grainscope import pipeline
from grainscope.settings import Settings


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--coverage", type=float, default=0.65)
    parser.add_argument("--seed", type=int, default=601)
    options = parser.parse_args()
    micrograph, true = film_of(options.coverage, options.seed)
    settings = Settings.model_validate(
        {"transport": {"coupled_network": False, "temperature_min_k": 1.0}}
    )
    analysis = pipeline.analyse(micrograph, true, settings)
    charging, couplings = analysis.charging, analysis.couplings
    shares = (0.0, 0.1, 0.5, 0.9, 1.0)
    print(f"{true.n_grains} grains, {couplings.n_contacts} contacts\n")
    print("| barriers, K | smallest | 10 % | median | 90 % | largest |\n|---|---|---|---|---|---|")
    for name, values in (
        ("grain alone", charging.isolated_k),
        ("grain in the film", charging.screened_k),
        ("contact", couplings.barrier_k),
    ):
        print(f"| {name} | " + " | ".join(f"{v:.0f}" for v in np.quantile(values, shares)) + " |")
    laws = analysis.barrier_laws
    print("\n| barriers | law | share of the odds | KS p | parameter | value |")
    print("|---|---|---|---|---|---|")
    for row in range(len(laws.kind)):
        print(
            f"| {laws.kind[row]} | {laws.law[row]} | {laws.weight[row]:.3f} | "
            f"{laws.ks_p[row]:.2f} | {laws.parameter[row]} | {laws.value[row]:.3g} |"
        )
    windows = analysis.log_windows
    print("\n| model | straight in ln T within 2 % | from, K | to, K | decades |")
    print("|---|---|---|---|---|")
    for row in np.flatnonzero(windows.tolerance == 0.02):
        low, high = windows.temperature_low_k[row], windows.temperature_high_k[row]
        print(
            f"| {windows.model[row]} | {windows.quantity[row]} | {low:.3g} | {high:.3g} | "
            f"{windows.decades[row]:.2f} |"
        )
    found = analysis.conductance
    at = np.searchsorted(found.temperature_k, (2.0, 10.0, 50.0))
    print("\n| T, K | " + " | ".join(found.models()) + " |")
    print("|---|" + "---|" * len(found.models()))
    for row in at:
        t = found.temperature_k[row]
        cells = (f"{getattr(found, f'{m}_exponent')[row] * t:.0f} K" for m in found.models())
        print(f"| {t:.1f} | " + " | ".join(cells) + " |")
    cold = float(found.network_exponent[0] * found.temperature_k[0])  # type: ignore[index]
    share = float((couplings.barrier_k < cold).mean())
    print(f"\nAt {found.temperature_k[0]:g} K the network is activated with {cold:.0f} K: ")
    print(f"{share:.3f} of the contacts have a lower barrier.")


if __name__ == "__main__":
    main()
