"""Print how well painting grains tells what is missed, on films whose grains are known.

    python tests/validation/completeness.py [--method fast] [--rounds 4] [--films 2]
        [--coverages 0.3 0.5 0.65] [--seed 601]

For each coverage: the share found of the film's own grains and of painted ones,
by size; then the corrected histogram against the film's grains, above the cut.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

import grainscope
from grainscope import pipeline
from grainscope.grains import match_painted, measure
from grainscope.injections import measure_completeness
from grainscope.records import (
    Frame,
    GrainHistogram,
    GrainModel,
    GrainTable,
    Micrograph,
    PixelSize,
    Segmentation,
)
from grainscope.settings import Settings
from grainscope.settings.synthetic import FilmSettings, SemSettings
from grainscope.synthetic import grow_film, image_film

EDGES_PX = np.array([6, 10, 14, 20, 28, 40, 56, 80, 160, 320, 1000, 1e5])
#: 95 % over 68 % of a normal distribution.
WIDER = 1.96


@dataclass
class Tally:
    """What one coverage gave."""

    own: np.ndarray
    own_found: np.ndarray
    painted: np.ndarray
    painted_found: np.ndarray
    inside: list[float]
    widths: list[float]
    totals: list[tuple[float, float, float]]


def film_of(coverage: float, seed: int) -> tuple[Micrograph, Segmentation]:
    """Grow and image one film; return it with its true grains."""
    rng = np.random.default_rng(seed)
    growth = FilmSettings(height_px=768, width_px=1024, coverage=coverage)
    film = image_film(grow_film(growth, rng), SemSettings(databar=False), rng)
    size, frame = PixelSize(film.pixel_size_nm, 0.0, "option"), Frame.whole(film.intensity.shape)
    _, dense = np.unique(np.append(0, film.labels), return_inverse=True)
    labels = dense[1:].reshape(film.labels.shape).astype(np.int32)
    return Micrograph("film", film.intensity, size, frame), Segmentation(labels, size, frame)


def by_size(area_px: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Count what is chosen in bins of area."""
    return np.histogram(area_px, EDGES_PX, weights=chosen.astype(float))[0]


def tally(coverage: float, seeds: range, settings: Settings, model: GrainModel | None) -> Tally:
    """Segment, paint and compare some films of one coverage."""
    sums = np.zeros((4, len(EDGES_PX) - 1))
    result = Tally(*sums, [], [], [])
    for seed in seeds:
        micrograph, true = film_of(coverage, seed)
        segmented = pipeline.segment_micrograph(micrograph, settings, model)
        own = np.bincount(true.labels.ravel())[1:]
        found, _ = match_painted(true.labels, segmented.labels)
        result.own += by_size(own, np.ones(len(own)))
        result.own_found += by_size(own, found)
        measured = measure_completeness(micrograph, segmented, settings, model)
        if measured is None:
            continue
        area_px = 10**measured.injections.log10_area_um2 / true.pixel_size.um**2
        result.painted += by_size(area_px, np.ones(len(area_px)))
        result.painted_found += by_size(area_px, measured.injections.found)
        analysis = pipeline.analyse(micrograph, segmented, settings, completeness=measured)
        compare(
            result, analysis.histogram, analysis.grains, measure(micrograph, true, settings.grains)
        )
    return result


def compare(result: Tally, found: GrainHistogram, grains: GrainTable, true: GrainTable) -> None:
    """Add how a corrected histogram stands to the true one above the cut."""
    low, high = found.log10_area_low, found.log10_area_high
    edges = np.append(low, high[-1])
    expected, raw = (
        np.histogram(table.log10_area_um2, edges, weights=table.edge_weight)[0]
        for table in (true, grains)
    )
    kept = low >= np.log10(found.resolution_cut_um2) - 1e-9
    value = found.corrected_count
    below, above = value - found.corrected_low, found.corrected_high - value
    inside = (value - WIDER * below <= expected) & (expected <= value + WIDER * above)
    result.inside += inside[kept].tolist()
    result.widths += ((below + above) / 2 / np.sqrt(np.maximum(expected, 1)))[kept].tolist()
    result.totals.append(tuple(float(c[kept].sum()) for c in (expected, raw, value)))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--method", default="default")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--films", type=int, default=2)
    parser.add_argument("--coverages", type=float, nargs="+", default=[0.3, 0.5, 0.65])
    parser.add_argument("--seed", type=int, default=601)
    options = parser.parse_args()
    model = grainscope.load_model() if options.method == "default" else None
    settings = Settings.model_validate(
        {
            "segmentation": {"method": options.method},
            "preprocessing": {"polarity": "bright"},
            "grains": {"completeness_rounds": options.rounds, "goodness_draws": 0},
        }
    )
    seeds = range(options.seed, options.seed + options.films)
    found = {coverage: tally(coverage, seeds, settings, model) for coverage in options.coverages}
    print(f"Share found, own / painted (numbers), {options.method} method\n")
    print("| area, px |" + "".join(f" coverage {coverage} |" for coverage in options.coverages))
    print("|---|" + "---|" * len(options.coverages))
    for k, (start, stop) in enumerate(pairwise(EDGES_PX)):
        cells = [
            f"{t.own_found[k] / t.own[k]:.2f} / {t.painted_found[k] / t.painted[k]:.2f} "
            f"({t.own[k]:.0f} / {t.painted[k]:.0f})"
            if t.own[k] and t.painted[k]
            else "–"
            for t in found.values()
        ]
        print(f"| {start:.0f}–{stop:.0f} | {' | '.join(cells)} |")
    print("\n| coverage | truth within 95 % | half-width / Poisson | true / edges / corrected |")
    print("|---|---|---|---|")
    for coverage, t in found.items():
        total = " / ".join(f"{value:.0f}" for value in np.sum(t.totals, axis=0))
        print(f"| {coverage} | {np.mean(t.inside):.2f} | {np.median(t.widths):.2f} | {total} |")


if __name__ == "__main__":
    main()
