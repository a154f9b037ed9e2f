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
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from grainscope.cli import run_command_line
from grainscope.files import read_micrograph
from grainscope.pipeline import segment_micrograph
from grainscope.scoring import Score, score_labels, summarise
from grainscope.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from grainscope.records import Micrograph

    Method = Callable[[Micrograph, Settings], NDArray[np.int32]]

ROOT = Path(__file__).parents[2]
MIN_AREA_PX = 10
COLUMNS = ("fg_iou", "ap50", "ap75", "pooled_ap50", "ks", "d_err")
FILMS = {"count": 4, "height_px": 768, "width_px": 1024, "seed": 1}


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
        return segment_micrograph(micrograph, settings).labels

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
    """Films as ``grainscope synth`` writes them, with their truth."""
    from skimage.io import imread

    with tempfile.TemporaryDirectory() as folder:
        words = ["--count", FILMS["count"], "--size-px", FILMS["height_px"], FILMS["width_px"]]
        words += ["--pixel-size-nm", 5, "--seed", FILMS["seed"]]
        if run_command_line(["synth", "-o", folder, *map(str, words)]):
            sys.exit("grainscope synth failed")
        for path in sorted(Path(folder).glob("*.tif")):
            truth = next((Path(folder) / "masks").glob(f"{path.stem}.*"))
            settings = for_scoring("bright")
            yield Labelled("films", read_micrograph(path, settings.input), imread(truth), settings)


def for_scoring(polarity: str) -> Settings:
    """Default settings; the pixel size only has to exist, no score depends on it."""
    return Settings.model_validate(
        {
            "preprocessing": {"polarity": polarity},
            "input": {"pixel_size_nm": 1.0, "pixel_size_source": "nominal"},
        }
    )


def table(labelled: list[Labelled]) -> list[str]:
    """Rows of the Markdown table: one a set and method, then the mean over sets."""
    lines = [
        f"| set | images | grains | method | {' | '.join(COLUMNS)} | s/Mpx |",
        "|" + "---|" * (len(COLUMNS) + 5),
    ]
    means: dict[str, list[list[float]]] = {name: [] for name in METHODS}
    for set_name in dict.fromkeys(item.set_name for item in labelled):
        items = [item for item in labelled if item.set_name == set_name]
        for name, method in METHODS.items():
            scores, seconds = scored(items, method)
            summary = summarise(scores).figures()
            figures = [summary[column] for column in COLUMNS]
            means[name].append(figures)
            head = f"| {set_name} | {len(items)} | {summary['n_true']} | {name} |"
            lines.append(f"{head} {cells(figures)} | {seconds:.2f} |")
    for name, rows in means.items():
        head = f"| **mean of sets** | {len(labelled)} | | {name} |"
        lines.append(f"{head} {cells(list(np.mean(rows, axis=0)))} | |")
    return lines


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


def document(lines: list[str], words: list[str]) -> str:
    """Wrap the table in the text of docs/scores.md."""
    command = " ".join(["python tests/validation/segmentation_scores.py", *words])
    films = (
        f"Films: {FILMS['count']} of {FILMS['height_px']} × {FILMS['width_px']} px, "
        f"seed {FILMS['seed']}, from `grainscope synth`.\n"
        if words
        else ""
    )
    return f"""# Segmentation scores

Written by `{command}`; do not edit.
grainscope {version("grainscope")}, Python {platform.python_version()}, numpy {np.__version__}.

Default settings for every set but for the polarity; reference grains and found ones below
{MIN_AREA_PX} px are dropped. No image was used to fit anything: each is clustered by itself.
The few constants of the method were chosen on these same sets (see
[decision 0001](decisions/0001-clustering.md)), so the figures lean to the kind side.
`Otsu + watershed`: Gaussian 1 px, Otsu, distance map, h-maxima 1 px, watershed (scikit-image).
{films}
{chr(10).join(lines)}

fg_iou: overlap of all grain pixels. ap50, ap75: TP/(TP + FP + FN) of grains at IoU above 0.50 and
0.75; pooled: over all grains of a set instead of the mean over its images. ks: distance of the
log-area distributions (0 is best). d_err: median relative error of the diameters of matched grains.

The sets, in `SOURCES.md` of the data folder: *emps*, varied particles from many journals, outlines
by hand; *superalloy*, dark precipitates of two sizes, by hand; *uhcs*, carbides, labels of
unverified origin; *aunp*, gold particles, labels by an author's threshold, so partly circular.
"""


def main() -> None:
    """Score, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--films", action="store_true", help="also synthetic films")
    words = ["--films"] if parser.parse_args().films else []
    data = Path(os.environ.get("GRAINSCOPE_DATA", ROOT.parent / "shared" / "data"))
    if not data.is_dir():
        sys.exit(f"no labelled micrographs at {data}: set GRAINSCOPE_DATA")
    labelled = [*real_micrographs(data), *(synthetic_films() if words else ())]
    lines = table(labelled)
    sys.stdout.write("\n".join(lines) + "\n")
    (ROOT / "docs" / "scores.md").write_text(document(lines, words), encoding="utf-8")


if __name__ == "__main__":
    main()
