"""Count how often a polarity that is wrong is told of, and one that is right.

    python tests/validation/polarity.py

The micrographs are those of GRAINSCOPE_DATA whose polarity index.csv states, and synthetic films
of covered fractions from 0.1 to 0.9; each is segmented under both polarities by both methods.
"""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from grainscope.analysis_warnings import polarity_warnings
from grainscope.files import load_model, read_micrograph, shipped_model_path
from grainscope.grains import measure
from grainscope.pipeline import segment_micrograph
from grainscope.records import Frame, Micrograph, PixelSize
from grainscope.settings import FilmSettings, SemSettings, Settings
from grainscope.synthetic import grow_film, image_film

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
COVERAGES = tuple(np.arange(1, 10) / 10)
METHODS = ("default", "fast")
OTHER = {"bright": "dark", "dark": "bright"}


def main() -> None:
    """Print the table."""
    model = load_model(shipped_model_path())
    told: dict[tuple[str, str, bool], list[bool]] = {}
    for kind, micrograph, grains in [*micrographs(), *films()]:
        for method in METHODS:
            for right, polarity in ((True, grains), (False, OTHER[grains])):
                settings = Settings.model_validate(
                    {"preprocessing": {"polarity": polarity}, "segmentation": {"method": method}}
                )
                found = segment_micrograph(
                    micrograph, settings, model if method == "default" else None
                )
                table = measure(micrograph, found, settings.grains)
                warned = table.n_grains == 0 or bool(polarity_warnings(table, polarity))
                told.setdefault((kind, method, right), []).append(warned)
                if warned == right:
                    print(f"{micrograph.name}, {method}: {'false' if right else 'missed'}")
    print(
        "| pictures | method | told, right polarity | not told, wrong polarity |\n|---|---|---|---|"
    )
    for kind in ("micrographs", "films"):
        for method in METHODS:
            right, wrong = told[kind, method, True], told[kind, method, False]
            missed = len(wrong) - sum(wrong)
            print(f"| {kind} | {method} | {sum(right)}/{len(right)} | {missed}/{len(wrong)} |")


def micrographs() -> Iterator[tuple[str, Micrograph, str]]:
    """Every micrograph whose polarity is known."""
    data = Path(os.environ.get("GRAINSCOPE_DATA", ROOT.parent / "shared" / "data"))
    index = data / "index.csv"
    if not index.is_file():
        sys.exit(f"no micrographs at {data}: set GRAINSCOPE_DATA")
    settings = Settings.model_validate({"input": {"pixel_size_nm": 5}})
    with index.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["grains"] in OTHER]
    for row in rows:
        path = next(p for p in (data / "images" / row["file"], data / row["file"]) if p.is_file())
        yield "micrographs", read_micrograph(path, settings.for_file(path).input), row["grains"]


def films() -> Iterator[tuple[str, Micrograph, str]]:
    """Films of bright grains."""
    for coverage in COVERAGES:
        rng = np.random.default_rng((0, round(100 * coverage)))
        film = FilmSettings(height_px=288, width_px=384, coverage=coverage)
        grey = image_film(grow_film(film, rng), SemSettings(), rng).intensity
        size = PixelSize(5.0, 0.0, "option")
        yield "films", Micrograph(f"{coverage}", grey, size, Frame.whole(grey.shape)), "bright"


if __name__ == "__main__":
    main()
