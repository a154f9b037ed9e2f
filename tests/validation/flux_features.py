"""Print how often features are predicted, rightly and wrongly, and what the coupling length does.

    python tests/validation/flux_features.py [--films 150]

First loops of given spread, unrelated to one another: no film with CV of 0.5 and more should
predict a feature, and those with a narrow spread should. Then the shipped films: how far
stiffness and resistance vary with the field, for each coupling length ξ.
"""

from __future__ import annotations

import argparse
import math

import numpy as np

import grainscope
from grainscope import pipeline
from grainscope.files import shipped_folder
from grainscope.network import loop_statistics
from grainscope.records import PiecedLoops
from grainscope.settings import Settings, TransportSettings
from grainscope.transport import commensurate, flux_features

NUMBERS = (20, 60, 300, 2000)
BROAD = (("lognormal", 0.6), ("lognormal", 1.0), ("lognormal", 2.0), ("gamma", 0.5), ("gamma", 1.0))
NARROW = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35)
LENGTHS_NM = (5.0, 10.0, 20.0, 40.0, 80.0, 160.0)


def areas(kind: str, cv: float, n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw loop areas of mean 1 µm² and relative spread cv."""
    if kind == "lognormal":
        sigma = math.sqrt(math.log(1 + cv**2))
        return rng.lognormal(-(sigma**2) / 2, sigma, n)
    if kind == "gamma":
        return rng.gamma(1 / cv**2, cv**2, n)
    return np.abs(1 + cv * rng.standard_normal(n))


def predicts(area: np.ndarray, rng: np.random.Generator) -> bool:
    """Whether loops of these areas, dealt out to tiles, predict a feature."""
    n_pieces = int(np.clip(len(area) // 12, 4, 64))
    piece = rng.integers(0, n_pieces, len(area))
    loops = PiecedLoops(area, np.ones(len(area)), piece, np.ones(n_pieces))
    settings = TransportSettings()
    curves = commensurate(loops, settings, rng)
    features = flux_features(curves, loops, loop_statistics(loops, 0, rng), settings, rng)
    return bool(features.predicted.any())


def table_of_predictions(n_films: int) -> None:
    """Print the share of films that predict a feature."""
    rng = np.random.default_rng(0)
    print(f"Share of {n_films} films of unrelated loops that predict a feature, by their number\n")
    print("| areas | " + " | ".join(map(str, NUMBERS)) + " |")
    print("|---|" + "---|" * len(NUMBERS))
    for kind, cv in (*BROAD, *(("normal", cv) for cv in NARROW)):
        shares = [
            np.mean([predicts(areas(kind, cv, n, rng), rng) for _ in range(n_films)])
            for n in NUMBERS
        ]
        print(f"| {kind}, CV {cv} | " + " | ".join(f"{share:.3f}" for share in shares) + " |")


def table_of_coupling_lengths() -> None:
    """Print how far stiffness and resistance vary with the field on the shipped films."""
    print("\nVariation over the upper half of the fields: standard deviation of stiffness / mean,")
    print("and of ln R at U/T = 10\n")
    print("| film, node weight | " + " | ".join(f"ξ {length:g} nm" for length in LENGTHS_NM) + " |")
    print("|---|" + "---|" * len(LENGTHS_NM))
    for path in sorted((shipped_folder("images")).glob("*.tif")):
        micrograph = grainscope.read_micrograph(path, Settings().input)
        for weight in ("charging_energy", "coupling"):
            settings = Settings.model_validate(
                {
                    "segmentation": {"method": "fast"},
                    "grains": {"goodness_draws": 0},
                    "transport": {
                        "coupling_length_nm": LENGTHS_NM[0],
                        "compared_coupling_lengths_nm": LENGTHS_NM[1:],
                        "node_weight": weight,
                    },
                }
            )
            segmented = pipeline.segment_micrograph(micrograph, settings)
            analysis = pipeline.analyse(micrograph, segmented, settings)
            found = analysis.magnetoresistance
            upper_half = found.field_g >= found.field_g.max() / 2
            cells = []
            for length in LENGTHS_NM:
                rows = (found.coupling_length_nm == length) & upper_half
                ratio = found.stiffness_ratio[rows]
                gain = np.log(found.resistance_ratio[rows]).std()
                cells.append(f"{ratio.std() / ratio.mean():.4f}, {gain:.3f}")
            print(f"| {path.stem}, {weight} | " + " | ".join(cells) + " |")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--films", type=int, default=150)
    table_of_predictions(parser.parse_args().films)
    table_of_coupling_lengths()


if __name__ == "__main__":
    main()
