"""Score the segmentation on labelled micrographs (and on synthetic films); write docs/scores.md.

    python tests/validation/segmentation_scores.py [--films]

The micrographs are those of GRAINSCOPE_DATA (a folder with images/, masks/ and
index.csv); each goes through the public route with default settings but for
the polarity that index.csv states, which is also all that the rival is told.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import sys
from dataclasses import dataclass
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from grainscope.files import load_model, read_micrograph
from grainscope.pipeline import segment_micrograph
from grainscope.records import Frame, Micrograph, PixelSize
from grainscope.scoring import Score, score_labels, summarise
from grainscope.settings import FilmSettings, SemSettings, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Method = Callable[[Micrograph, Settings], NDArray[np.int32]]
    Scores = dict[tuple[str, str], tuple[list[Score], float]]

ROOT = Path(__file__).parents[2]
MIN_AREA_PX = 10
COLUMNS = ("fg_iou", "ap50", "ap75", "pooled_ap50", "ks", "count_err", "count_abs_err", "d_err")
FILM_SEEDS = (100, 101, 102)
FILM_COVERAGES = (0.5, 0.65, 0.75)
FILM_SHAPE_PX = (512, 640)
#: Edges of equivalent diameter; the first bin begins at the smallest area that is scored.
DIAMETER_EDGES_PX = (3, 6, 10, 20, 40, np.inf)


@dataclass(frozen=True)
class Labelled:
    """A micrograph with its reference labels."""

    set_name: str
    micrograph: Micrograph
    true: NDArray[np.integer]
    settings: Settings


def grainscope(method: str) -> Method:
    """One of the program's own methods, otherwise with default settings."""

    def labels(micrograph: Micrograph, settings: Settings) -> NDArray[np.int32]:
        chosen = settings.segmentation.model_copy(update={"method": method})
        settings = settings.model_copy(update={"segmentation": chosen})
        model = load_model() if method == "default" else None
        return segment_micrograph(micrograph, settings, model).labels

    return labels


def textbook(micrograph: Micrograph, settings: Settings) -> NDArray[np.int32]:
    """Gaussian (1 px), Otsu, distance map, h-maxima (1 px), watershed, by scikit-image."""
    from scipy import ndimage
    from skimage.filters import gaussian, threshold_otsu
    from skimage.morphology import h_maxima
    from skimage.segmentation import watershed

    film = micrograph.film_intensity.astype(np.float64)
    smooth = gaussian(-film if settings.preprocessing.polarity == "dark" else film, 1)
    mask = smooth > threshold_otsu(smooth)
    distance = ndimage.distance_transform_edt(mask)
    peaks, _ = ndimage.label(h_maxima(distance, 1), np.ones((3, 3)))
    labels = np.zeros(micrograph.intensity.shape, np.int32)
    labels[micrograph.frame.slices] = watershed(-distance, peaks, mask=mask)
    return labels


METHODS: dict[str, Method] = {
    "Otsu + watershed": textbook,
    "fast": grainscope("fast"),
    "default": grainscope("default"),
}


def data_folder() -> Path:
    """Folder of labelled micrographs; without one there is nothing to score."""
    data = Path(os.environ.get("GRAINSCOPE_DATA", ROOT.parent / "shared" / "data"))
    if not data.is_dir():
        sys.exit(f"no labelled micrographs at {data}: set GRAINSCOPE_DATA")
    return data


def real_micrographs(data: Path) -> Iterator[Labelled]:
    """Every picture of index.csv that has labels."""
    from skimage.io import imread

    with (data / "index.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if (data / "masks" / row["file"]).is_file()]
    for row in rows:
        settings = for_scoring(row["grains"])
        micrograph = read_micrograph(data / "images" / row["file"], settings.input)
        yield Labelled(row["set"], micrograph, imread(data / "masks" / row["file"]), settings)


def synthetic_films() -> Iterator[Labelled]:
    """Grow films of three coverages and image them, without a databar."""
    from grainscope.synthetic import grow_film, image_film

    height_px, width_px = FILM_SHAPE_PX
    for coverage in FILM_COVERAGES:
        growth = FilmSettings(height_px=height_px, width_px=width_px, coverage=coverage)
        for seed in FILM_SEEDS:
            rng = np.random.default_rng(seed)
            film = image_film(grow_film(growth, rng), SemSettings(databar=False), rng)
            micrograph = Micrograph(
                f"film {coverage} {seed}",
                film.intensity,
                PixelSize(film.pixel_size_nm, 0.0, "option"),
                Frame.whole(film.intensity.shape),
            )
            yield Labelled(f"films {coverage:.0%}", micrograph, film.labels, for_scoring("bright"))


def for_scoring(polarity: str) -> Settings:
    """Default settings; the pixel size only has to exist, no score depends on it."""
    return Settings.model_validate(
        {
            "preprocessing": {"polarity": polarity},
            "input": {"pixel_size_nm": 1.0, "pixel_size_source": "nominal"},
        }
    )


def score_table(labelled: list[Labelled], scores: Scores) -> list[str]:
    """Rows of the Markdown table: one a set and method, then the mean over the real sets."""
    lines = [
        f"| set | images | grains | method | {' | '.join(COLUMNS)} | s/Mpx |",
        "|" + "---|" * (len(COLUMNS) + 5),
    ]
    means: dict[str, list[list[float]]] = {name: [] for name in METHODS}
    for (set_name, name), (found, seconds) in scores.items():
        summary = summarise(found).figures()
        figures = [summary[column] for column in COLUMNS]
        if not set_name.startswith("films"):
            means[name].append(figures)
        head = f"| {set_name} | {len(found)} | {summary['n_true']} | {name} |"
        lines.append(f"{head} {cells(figures)} | {seconds:.2f} |")
    n_real = sum(not item.set_name.startswith("films") for item in labelled)
    for name, rows in means.items():
        head = f"| **mean of the four sets** | {n_real} | | {name} |"
        lines.append(f"{head} {cells(list(np.mean(rows, axis=0)))} | |")
    return lines


def size_table(scores: Scores) -> list[str]:
    """Rows of recall and precision by diameter, for the synthetic films."""
    bins = [f"{low}–{high}" for low, high in pairwise(DIAMETER_EDGES_PX[:-1])]
    bins.append(f"{DIAMETER_EDGES_PX[-2]}+")
    lines = [f"| films | method | figure | {' | '.join(bins)} |", "|" + "---|" * (len(bins) + 3)]
    for (set_name, name), (found, _) in scores.items():
        if not set_name.startswith("films"):
            continue
        coverage = set_name.removeprefix("films ")
        for figure, side in (("recall", "true"), ("precision", "pred")):
            lines.append(f"| {coverage} | {name} | {figure} | {matched_by_size(found, side)} |")
    return lines


def matched_by_size(scores: list[Score], side: str) -> str:
    """Share of the true (or found) grains of each diameter that are matched, and their number."""
    area_px = np.concatenate([getattr(score, f"{side}_area_px") for score in scores])
    matched = np.concatenate([getattr(score, f"{side}_matched") for score in scores])
    diameter_px = np.sqrt(4 * area_px / np.pi)
    total, _ = np.histogram(diameter_px, DIAMETER_EDGES_PX)
    hits, _ = np.histogram(diameter_px[matched], DIAMETER_EDGES_PX)
    return " | ".join(
        f"{hit / n:.2f} of {n}" if n else "–" for hit, n in zip(hits, total, strict=True)
    )


def all_scores(labelled: list[Labelled]) -> Scores:
    """Scores and seconds per megapixel by set and method."""
    sets = dict.fromkeys(item.set_name for item in labelled)
    return {
        (set_name, name): scored([item for item in labelled if item.set_name == set_name], method)
        for set_name in sets
        for name, method in METHODS.items()
    }


def scored(items: list[Labelled], method: Method) -> tuple[list[Score], float]:
    """Scores of one method, and its seconds per megapixel."""
    method(items[0].micrograph, items[0].settings)  # compiled code is loaded, not timed
    start = perf_counter()
    found = [method(item.micrograph, item.settings) for item in items]
    seconds = perf_counter() - start
    megapixels = sum(item.true.size for item in items) / 1e6
    scores = [
        score_labels(item.true, labels, MIN_AREA_PX)
        for item, labels in zip(items, found, strict=True)
    ]
    return scores, seconds / megapixels


def cells(figures: list[float]) -> str:
    """Format one row's figures."""
    return " | ".join(f"{value:.3f}" for value in figures)


def document(lines: list[str], sizes: list[str], words: list[str]) -> str:
    """Wrap the tables in the text of docs/scores.md."""
    command = " ".join(["python tests/validation/segmentation_scores.py", *words])
    return f"""# Segmentation scores

Written by `{command}`; do not edit.
grainscope {version("grainscope")}, Python {platform.python_version()}, numpy {np.__version__}.

Default settings for every set but for the polarity; reference grains and found ones below
{MIN_AREA_PX} px are dropped. Databars are not segmented, but the whole image is scored.
**`default` learnt from emps and superalloy: its figures there are those of pictures it had seen.**
Models that had not seen them: `python tests/validation/segmentation_protocols.py`. `fast` clusters
each picture by itself; its few constants were chosen on these four sets ([decision
0001](decisions/0001-clustering.md)), so its figures lean to the kind side.
`Otsu + watershed`: Gaussian 1 px, Otsu, distance map, h-maxima 1 px, watershed (scikit-image).

{chr(10).join(lines)}

fg_iou: overlap of all grain pixels. ap50, ap75: TP/(TP + FP + FN) of grains at IoU above 0.50 and
0.75; pooled: over all grains of a set instead of the mean over its images. ks: distance of the
log-area distributions (0 is best). count_err: (found − true)/true, mean over images; count_abs_err:
mean of its absolute value. d_err: median relative error of the diameters of matched grains.

The sets, in `SOURCES.md` of the data folder: *emps*, varied particles from many journals, outlines
by hand; *superalloy*, dark precipitates of two sizes, by hand; *uhcs*, carbides, labels of
unverified origin; *aunp*, gold particles, labels by an author's threshold, so partly circular.
{film_part(sizes) if words else ""}"""


def film_part(sizes: list[str]) -> str:
    """The section on synthetic films."""
    height_px, width_px = FILM_SHAPE_PX
    return f"""
## Synthetic films by grain diameter

{len(FILM_SEEDS)} films of {height_px} × {width_px} px a coverage (`grainscope.synthetic`, seeds
{", ".join(map(str, FILM_SEEDS))}, otherwise default settings, no databar). Recall: share of the
true grains of a diameter (px) that are matched at IoU > 0.5; precision: the same of those found.
The first bin holds no grain below {MIN_AREA_PX} px of area (3.6 px of diameter).

{chr(10).join(sizes)}
"""


def main() -> None:
    """Score, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--films", action="store_true", help="also synthetic films")
    words = ["--films"] if parser.parse_args().films else []
    labelled = [*real_micrographs(data_folder()), *(synthetic_films() if words else ())]
    scores = all_scores(labelled)
    lines, sizes = score_table(labelled, scores), size_table(scores)
    sys.stdout.write("\n".join([*lines, *(["", *sizes] if words else [])]) + "\n")
    (ROOT / "docs" / "scores.md").write_text(document(lines, sizes, words), encoding="utf-8")


if __name__ == "__main__":
    main()
