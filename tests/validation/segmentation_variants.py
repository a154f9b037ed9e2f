"""Print the rivals of decision 0001: the route with one setting or feature changed at a time.

    python tests/validation/segmentation_variants.py

The same micrographs, films and scores as segmentation_scores.py, beside it;
then the area of drawn discs against the truth, for each clustering.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from unittest.mock import patch

import numpy as np
from segmentation_scores import (
    MIN_AREA_PX,
    Labelled,
    data_folder,
    for_scoring,
    real_micrographs,
    synthetic_films,
    textbook,
)

from grainscope.opencv import cv2
from grainscope.pipeline import segment_micrograph
from grainscope.records import Frame, Micrograph, PixelSize
from grainscope.scoring import score_labels, summarise
from grainscope.segmentation import clustered, films_clustering

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.settings import Settings

COLUMNS = ("fg_iou", "ap50", "ks", "count_abs_err")
DISC_SEEDS = range(8)


@dataclass(frozen=True)
class Variant:
    """What differs from the default settings."""

    segmentation: dict[str, object] = field(default_factory=dict)
    preprocessing: dict[str, object] = field(default_factory=dict)
    features: tuple[str, ...] = films_clustering.FAST_FEATURES

    def __call__(self, micrograph: Micrograph, settings: Settings) -> NDArray[np.int32]:
        segmentation = {"method": "fast", **self.segmentation}
        changed = settings.model_copy(
            update={
                "segmentation": settings.segmentation.model_copy(update=segmentation),
                "preprocessing": settings.preprocessing.model_copy(update=self.preprocessing),
            }
        )
        # The list of features is no setting: the method is a name for one.
        with (
            patch.object(clustered, "FAST_FEATURES", self.features),
            patch.object(films_clustering, "FAST_FEATURES", self.features),
        ):
            return segment_micrograph(micrograph, changed).labels


INTENSITY = ("intensity",)


def mixture(n_classes: int, features: tuple[str, ...]) -> Variant:
    """Gaussian mixture in place of k-means."""
    settings = {"clustering": "gaussian_mixture", "n_classes": n_classes}
    return Variant(settings, features=features)


VARIANTS = {
    "Otsu + watershed": textbook,
    "k-means, 2 classes, intensity": Variant(features=INTENSITY),
    "`fast`: + contrast over 30 px": Variant(),
    "contrast over 20 px": Variant(features=("intensity", "contrast_20px")),
    "contrast over 60 px": Variant(features=("intensity", "contrast_60px")),
    "contrast over 20 and 60 px": Variant(features=("intensity", "contrast_20px", "contrast_60px")),
    "the same without intensity": Variant(features=("contrast_20px", "contrast_60px")),
    "k-means, 4 classes": Variant(segmentation={"n_classes": 4}),
    **{f"mixture, {n}, intensity": mixture(n, INTENSITY) for n in (2, 3, 4, 6)},
    **{f"mixture, {n}, + contrast": mixture(n, films_clustering.FAST_FEATURES) for n in (2, 4, 6)},
    "outline test off": Variant(segmentation={"min_edge_strength": 0.0}),
    "outline test at 0.3": Variant(segmentation={"min_edge_strength": 0.3}),
    **{
        f"split persistence {p}": Variant(segmentation={"split_persistence": p})
        for p in (0.15, 0.25, 0.35)
    },
    "no split": Variant(segmentation={"split": False}),
    "illumination off": Variant(preprocessing={"illumination_scale_px": 0.0}),
    "illumination 200 px": Variant(preprocessing={"illumination_scale_px": 200.0}),
    "no denoising": Variant(preprocessing={"denoise_sigma_px": 0.0}),
}
DISC_VARIANTS = {
    "k-means, `fast`": Variant(),
    "k-means, intensity": Variant(features=INTENSITY),
    **{f"mixture, {n}, intensity": mixture(n, INTENSITY) for n in (2, 4)},
    **{f"mixture, {n}, + contrast": mixture(n, films_clustering.FAST_FEATURES) for n in (2, 4)},
}


def mean_over_sets(items: list[Labelled], variant: object) -> list[float]:
    """Mean over sets of each column."""
    by_set: dict[str, list[Labelled]] = {}
    for item in items:
        by_set.setdefault(item.set_name, []).append(item)
    rows = []
    for members in by_set.values():
        scores = [
            score_labels(item.true, variant(item.micrograph, item.settings), MIN_AREA_PX)
            for item in members
        ]
        figures = summarise(scores).figures()
        rows.append([figures[column] for column in COLUMNS])
    return list(np.mean(rows, axis=0))


def drawn_discs(seed: int) -> Labelled:
    """64 discs of radius 4–16 px, blurred by 1.2 px, with noise of 8 % of the contrast."""
    rng = np.random.default_rng(seed)
    y, x = np.indices((512, 512))
    labels = np.zeros(y.shape, np.int32)
    for label, (row, column) in enumerate(np.ndindex(8, 8), start=1):
        cy, cx = 32 + 64 * np.array([row, column]) + rng.uniform(-8, 8, 2)
        labels[(y - cy) ** 2 + (x - cx) ** 2 <= rng.uniform(4, 16) ** 2] = label
    grey = cv2.GaussianBlur(np.where(labels > 0, 150, 50).astype(np.float32), (0, 0), 1.2)
    grey += rng.normal(0, 8, grey.shape).astype(np.float32)
    size, frame = PixelSize(5.0, 0.0, "option"), Frame.whole(grey.shape)
    return Labelled("discs", Micrograph("discs", grey, size, frame), labels, for_scoring("bright"))


def area_bias(item: Labelled, variant: Variant) -> float:
    """Found area / true area − 1."""
    labels = variant(item.micrograph, item.settings)
    return float(np.count_nonzero(labels) / np.count_nonzero(item.true) - 1)


def main() -> None:
    """Print both tables."""
    sets = [list(real_micrographs(data_folder())), list(synthetic_films())]
    sys.stdout.write("| variant | four sets | films |\n|---|---|---|\n")
    for name, variant in VARIANTS.items():
        cells = (
            " / ".join(f"{value:.3f}" for value in mean_over_sets(items, variant)) for items in sets
        )
        sys.stdout.write(f"| {name} | {' | '.join(cells)} |\n")
        sys.stdout.flush()
    discs = [drawn_discs(seed) for seed in DISC_SEEDS]
    for name, variant in DISC_VARIANTS.items():
        bias = [area_bias(item, variant) for item in discs]
        sys.stdout.write(f"discs: {name}: {min(bias):+.1%} to {max(bias):+.1%}\n")


if __name__ == "__main__":
    main()
