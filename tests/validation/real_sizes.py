"""Print how far the corrected sizes are from those of hand-drawn masks, per set.

    python tests/validation/real_sizes.py [--method fast] [--rounds 2]

All micrographs of a set together; grains of at least 20 px that do not touch the
frame, with edge weights: Kolmogorov–Smirnov distance and ratio of mean areas of
what is found against what is drawn. With rounds, what is found counts 1/p, and
both above the cut that painting finds.
"""

from __future__ import annotations

import argparse

import numpy as np
from segmentation_scores import data_folder, real_micrographs

import grainscope
from grainscope import pipeline
from grainscope.grains import apply_completeness, measure, resolution_cut_um2
from grainscope.injections import measure_completeness
from grainscope.laws.size import two_sample_distances
from grainscope.records import GrainTable, Segmentation
from grainscope.settings import GrainSettings


def main() -> None:
    """Print one row a set."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--method", default="default")
    parser.add_argument("--rounds", type=int, default=0)
    options = parser.parse_args()
    method = options.method
    grains = GrainSettings(completeness_rounds=options.rounds)
    model = grainscope.load_model() if method == "default" else None
    found: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    drawn: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    for labelled in real_micrographs(data_folder()):
        chosen = labelled.settings.model_copy(
            update={
                "segmentation": labelled.settings.segmentation.model_copy(
                    update={"method": method}
                ),
                "grains": grains,
            }
        )
        segmented = pipeline.segment_micrograph(labelled.micrograph, chosen, model)
        true = Segmentation(dense(labelled.true), segmented.pixel_size, segmented.frame)
        missed = measure_completeness(labelled.micrograph, segmented, chosen, model)
        cut_um2 = resolution_cut_um2(segmented.pixel_size, grains, missed)
        for place, segmentation, curve in ((found, segmented, missed), (drawn, true, None)):
            table = measure(labelled.micrograph, segmentation, grains)
            table = apply_completeness(table, curve, cut_um2)
            place.setdefault(labelled.set_name, []).append(counted(table, cut_um2))
    print(
        f"| set ({method}, {options.rounds} rounds) | grains found / drawn | KS of corrected sizes "
        "| mean area found / drawn |"
    )
    print("|---|---|---|---|")
    for name in found:
        (x, weight), (y, other) = (pooled(place[name]) for place in (found, drawn))
        ratio = np.average(x, weights=weight) / np.average(y, weights=other)
        print(
            f"| {name} | {len(x)} / {len(y)} | {distance(x, weight, y, other):.3f} | {ratio:.2f} |"
        )


def dense(labels: np.ndarray) -> np.ndarray:
    """Number labels 1…n; what is not scored (65535) is no grain."""
    kept = np.where(labels == 65535, 0, labels)
    _, number = np.unique(np.append(0, kept), return_inverse=True)
    return number[1:].reshape(labels.shape).astype(np.int32)


def counted(table: GrainTable, cut_um2: float) -> tuple[np.ndarray, np.ndarray]:
    """Return area in pixels and weight of the grains that count."""
    kept = (table.area_um2 >= cut_um2 * (1 - 1e-9)) & (table.size_weight > 0)
    return table.area_px[kept].astype(float), table.size_weight[kept]


def pooled(parts: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Put the micrographs of a set together."""
    areas, weights = zip(*parts, strict=True)
    return np.concatenate(areas), np.concatenate(weights)


def distance(x: np.ndarray, weight: np.ndarray, y: np.ndarray, other: np.ndarray) -> float:
    """Return the weighted Kolmogorov–Smirnov distance."""
    places, where = np.unique(np.append(x, y), return_inverse=True)
    of_x = np.bincount(where[: len(x)], weight, len(places))
    of_y = np.bincount(where[len(x) :], other, len(places))
    return float(two_sample_distances(of_x[None], of_y[None], len(x), len(y))[0][0])


if __name__ == "__main__":
    main()
