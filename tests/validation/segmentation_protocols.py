"""Score the default segmentation by models that have not seen what they are scored on.

    python tests/validation/segmentation_protocols.py [--scenes N] [--labels DIR]

Three protocols on the micrographs of GRAINSCOPE_DATA and on films of the
generator: *unseen*, the set took no part in the training; *grouped*, half of
its papers or spots did and the other half is scored, in turn; *full*, the
shipped recipe (scenes, emps, superalloy) on uhcs, aunp and films. Only
polarity differs between sets. Writes docs/scores_default.md, and with
``--labels`` what docs/reliability.py draws; takes about 20 minutes on two cores.
"""

from __future__ import annotations

import argparse
import csv
import sys
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from segmentation_scores import data_folder, for_scoring, matched_by_size, textbook
from skimage.io import imread

from grainscope.files import read_micrograph
from grainscope.pipeline import segment_micrograph
from grainscope.records import Frame, Micrograph, PixelSize
from grainscope.scoring import Score, score_labels, summarise
from grainscope.settings import FilmSettings, SemSettings, Settings
from grainscope.synthetic import grow_film, image_film
from grainscope.training import example_of, scene_examples
from grainscope.training.grain_model import finish_training, learn_by_halves
from grainscope.training.pixel_training import train_pixel_network
from grainscope.training.score_training import Described, describe_examples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from grainscope.records import Segmentation
    from grainscope.training import Example

ROOT = Path(__file__).parents[2]
SEED = 0
MIN_AREA_PX = 10
LEARNT_SETS = ("emps", "superalloy")
#: Not the generator's defaults, and not the training scenes': dim grains, fewer electrons; the
#: hard films are out of focus besides, so that the textbook method loses two thirds at 6–10 px.
FILM_KINDS = {
    "films": {"contrast_spread": 0.35, "electrons_per_pixel": 100.0},
    "hard films": {"contrast_spread": 0.3, "blur_nm": 10.0, "electrons_per_pixel": 60.0},
}
N_FILMS = 12
COVERAGES, COALESCENCE_NM = (0.5, 0.6, 0.7, 0.8), (60.0, 120.0, 200.0)


@dataclass(frozen=True)
class Item:
    """A picture to score: its set, the half of its set it belongs to, and the truth."""

    set_name: str
    half: int
    micrograph: Micrograph
    true: NDArray[np.integer]
    settings: Settings

    @property
    def example(self) -> Example:
        """The picture as training sees it."""
        found = example_of(self.micrograph, self.true, self.settings.preprocessing)
        return replace(found, name=f"{self.set_name}/{self.micrograph.name}")


def real_items(data: Path) -> Iterator[Item]:
    """Every labelled picture; a paper, spot or picture lies in one half of its set."""
    with (data / "index.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if (data / "masks" / row["file"]).is_file()]
    groups = {name: sorted({group(r) for r in rows if r["set"] == name}) for name in LEARNT_SETS}
    for row in rows:
        settings = for_scoring(row["grains"])
        micrograph = read_micrograph(data / "images" / row["file"], settings.input)
        half = groups[row["set"]].index(group(row)) % 2 if row["set"] in groups else 0
        yield Item(row["set"], half, micrograph, imread(data / "masks" / row["file"]), settings)


def group(row: dict[str, str]) -> str:
    """Name the paper or spot of a picture."""
    if row["set"] == "emps":
        return row["note"].split("doi")[-1].strip()
    return row["file"].split("_")[2] if row["set"] == "superalloy" else row["file"]


def film_items() -> Iterator[Item]:
    """Films of four coverages and three coalescence radii, in two difficulties."""
    for kind, seen in FILM_KINDS.items():
        for k in range(N_FILMS):
            rng = np.random.default_rng((9090, k))
            growth = FilmSettings(
                height_px=480,
                width_px=640,
                coverage=COVERAGES[k % 4],
                coalescence_radius_nm=COALESCENCE_NM[k % 3],
            )
            film = image_film(grow_film(growth, rng), SemSettings(databar=False, **seen), rng)
            frame = Frame.whole(film.intensity.shape)
            micrograph = Micrograph(
                f"{kind} {k}", film.intensity, PixelSize(5.0, 0.0, "option"), frame
            )
            yield Item(kind, 0, micrograph, film.labels, for_scoring("bright"))


def protocols(items: list[Item]) -> Iterator[tuple[str, list[int], list[int]]]:
    """Name, pictures to learn from, pictures to score."""
    learnt = [k for k, item in enumerate(items) if item.set_name in LEARNT_SETS]
    for name in LEARNT_SETS:
        here = [k for k in learnt if items[k].set_name == name]
        yield "unseen", [k for k in learnt if k not in here], here
    for half in (0, 1):
        here = [k for k in learnt if items[k].half == half]
        yield "grouped", [k for k in learnt if k not in here], here
    yield "full", learnt, [k for k in range(len(items)) if k not in learnt]


def run_protocols(
    items: list[Item], n_scenes: int, folder: Path | None
) -> dict[tuple[str, str], list[Score]]:
    """Train once a protocol, segment through the public route, score; labels go to the folder."""
    scenes = scene_examples(n_scenes, SEED, for_scoring("bright").preprocessing)
    network = train_pixel_network(scenes, SEED)
    first, drawn = learn_by_halves(scenes, network, SEED)
    described: dict[int, Described] = {}
    found: dict[tuple[str, str], list[Score]] = {}
    for name, learnt, scored in protocols(items):
        new = [k for k in learnt if k not in described]
        examples = [items[k].example for k in new]
        described |= dict(zip(new, describe_examples(examples, network, first), strict=True))
        model = finish_training(network, first, [described[k] for k in learnt], drawn, SEED, say)
        for k in scored:
            result = segment_micrograph(items[k].micrograph, items[k].settings, model)
            score = score_labels(items[k].true, result.labels, MIN_AREA_PX)
            found.setdefault((name, items[k].set_name), []).append(score)
            if folder:
                keep(
                    folder / f"{name}__{items[k].set_name}__{items[k].micrograph.name}.npz",
                    result,
                    items[k].true,
                )
        say(f"{name}: {len(scored)} pictures scored")
    for item in items:
        labels = textbook(item.micrograph, item.settings)
        score = score_labels(item.true, labels, MIN_AREA_PX)
        found.setdefault(("Otsu + watershed", item.set_name), []).append(score)
    return found


def keep(path: Path, result: Segmentation, true: NDArray[np.integer]) -> None:
    """Write what docs/reliability.py reads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, labels=result.labels, confidence=result.confidence, true=true)


def tables(found: dict[tuple[str, str], list[Score]]) -> str:
    """Markdown: one row a protocol and set, then recall and precision by size for the films."""
    lines = [
        "| set | method | IoU | AP50 | AP75 | KS | count error |",
        "|---|---|---|---|---|---|---|",
    ]
    for (name, set_name), scores in sorted(found.items(), key=lambda entry: entry[0][::-1]):
        s = summarise(scores)
        figures = (s.fg_iou, s.ap50, s.ap75, s.ks, s.count_err)
        lines.append(f"| {set_name} | {name} | {' | '.join(f'{v:.3f}' for v in figures)} |")
    edges = [f"{low}–{high}" for low, high in pairwise((3, 6, 10, 20, 40))]
    lines += ["", f"| films | method | figure | {' | '.join(edges)} | 40+ |", "|" + "---|" * 8]
    for (name, set_name), scores in found.items():
        if set_name in FILM_KINDS:
            for figure, side in (("recall", "true"), ("precision", "pred")):
                lines.append(
                    f"| {set_name} | {name} | {figure} | {matched_by_size(scores, side)} |"
                )
    return "\n".join(lines)


def say(line: str) -> None:
    """Print one line of progress."""
    sys.stderr.write(line + "\n")


def main() -> None:
    """Run all protocols and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenes", type=int, default=300)
    parser.add_argument("--labels", type=Path, help="folder for docs/reliability.py")
    arguments = parser.parse_args()
    n_scenes = arguments.scenes
    items = [*real_items(data_folder()), *film_items()]
    found = run_protocols(items, n_scenes, arguments.labels)
    page = f"""# Scores of the default method by models that had not seen the pictures

Written by `python tests/validation/segmentation_protocols.py`; do not edit. {n_scenes} scenes, seed
{SEED}, grains of {MIN_AREA_PX} px and more, means over images; only polarity differs between sets.

{tables(found)}

*unseen*: the set took no part in the training; *grouped*: the other half of its papers or spots
did; *full*: scenes, emps and superalloy, as shipped. uhcs and aunp never take part.
"""
    (ROOT / "docs" / "scores_default.md").write_text(page, encoding="utf-8")
    sys.stdout.write(page)


if __name__ == "__main__":
    main()
