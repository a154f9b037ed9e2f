"""Score the default segmentation by models that have not seen what they are scored on.

    python tests/validation/segmentation_protocols.py [--scenes N] [--labels DIR]

Three protocols on the micrographs of GRAINSCOPE_DATA and on films of the
generator: *unseen*, the set took no part in the training; *grouped*, half of
its papers or spots did and the other half is scored, in turn; *full*, the
shipped recipe (scenes, emps, superalloy) on uhcs, aunp and films. Only
polarity differs between sets. Each picture is segmented in draws too, and the
true number, coverage and median diameter of its grains looked for in their 68 %
intervals. Writes docs/scores_default.md, and with ``--labels`` what
docs/reliability.py draws; takes about half an hour on two cores.
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

from grainscope.ensembles import segment_in_draws
from grainscope.files import read_micrograph
from grainscope.laws.interval_around import interval_around
from grainscope.records import Frame, Micrograph, PixelSize
from grainscope.scoring import IGNORE_LABEL, Score, score_labels, summarise
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
FIGURES = ("number of grains", "covered fraction", "median diameter")
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


@dataclass(frozen=True)
class Result:
    """How one picture came out.

    Attributes
    ----------
    score : Score
    within : ndarray of bool, shape (3,), or None
        Whether the interval of each of ``FIGURES`` holds the true one; None without draws.
    half_width : ndarray of float64, shape (3,), or None
        Half of each interval, as share of the true figure.
    """

    score: Score
    within: NDArray[np.bool_] | None = None
    half_width: NDArray[np.float64] | None = None


def run_protocols(
    items: list[Item], n_scenes: int, folder: Path | None
) -> dict[tuple[str, str], list[Result]]:
    """Train once a protocol, segment through the public route, score; labels go to the folder."""
    scenes = scene_examples(n_scenes, SEED, for_scoring("bright").preprocessing)
    network = train_pixel_network(scenes, SEED)
    first, drawn = learn_by_halves(scenes, network, SEED)
    described: dict[int, Described] = {}
    found: dict[tuple[str, str], list[Result]] = {}
    for name, learnt, scored in protocols(items):
        new = [k for k in learnt if k not in described]
        examples = [items[k].example for k in new]
        described |= dict(zip(new, describe_examples(examples, network, first), strict=True))
        model = finish_training(network, first, [described[k] for k in learnt], drawn, SEED, say)
        for k in scored:
            item = items[k]
            segmented, draws = segment_in_draws(item.micrograph, item.settings, model)
            result = judged(item.true, segmented.labels, (draw.labels for draw in draws))
            found.setdefault((name, item.set_name), []).append(result)
            if folder:
                path = folder / f"{name}__{item.set_name}__{item.micrograph.name}.npz"
                keep(path, segmented, item.true)
        say(f"{name}: {len(scored)} pictures scored")
    for item in items:
        labels = textbook(item.micrograph, item.settings)
        result = Result(score_labels(item.true, labels, MIN_AREA_PX))
        found.setdefault(("Otsu + watershed", item.set_name), []).append(result)
    return found


def judged(
    true: NDArray[np.integer], labels: NDArray[np.int32], draws: Iterator[NDArray[np.int32]]
) -> Result:
    """Score labels, and look for the true figures in the intervals that the draws give."""
    known = true != IGNORE_LABEL
    wanted, value = figures_of(true, known), figures_of(labels, known)
    drawn = np.array([figures_of(draw, known) for draw in draws])
    low, high = np.transpose(
        [interval_around(one, list(many)) for one, many in zip(value, drawn.T, strict=True)]
    )
    return Result(
        score_labels(true, labels, MIN_AREA_PX),
        (low <= wanted) & (wanted <= high),
        (high - low) / 2 / wanted,
    )


def figures_of(labels: NDArray[np.integer], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return ``FIGURES`` of labels, over the grains large enough to be scored."""
    area_px = np.bincount(labels[known])[1:]
    area_px = area_px[area_px >= MIN_AREA_PX]
    covered, median_px = area_px.sum() / known.sum(), np.median(area_px) if len(area_px) else 0.0
    return np.array([len(area_px), covered, np.sqrt(4 * median_px / np.pi)])


def keep(path: Path, result: Segmentation, true: NDArray[np.integer]) -> None:
    """Write what docs/reliability.py reads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, labels=result.labels, confidence=result.confidence, true=true)


def tables(found: dict[tuple[str, str], list[Result]]) -> str:
    """Markdown: scores by protocol and set, by size for films, and what intervals hold."""
    scores = {key: [result.score for result in results] for key, results in found.items()}
    lines = [
        "| set | method | IoU | AP50 | AP75 | KS | count error |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, set_name in sorted(found, key=lambda key: key[::-1]):
        s = summarise(scores[name, set_name])
        figures = (s.fg_iou, s.ap50, s.ap75, s.ks, s.count_err)
        lines.append(f"| {set_name} | {name} | {' | '.join(f'{v:.3f}' for v in figures)} |")
    edges = [f"{low}–{high}" for low, high in pairwise((3, 6, 10, 20, 40))]
    lines += ["", f"| films | method | figure | {' | '.join(edges)} | 40+ |", "|" + "---|" * 8]
    for (name, set_name), of_set in scores.items():
        if set_name in FILM_KINDS:
            for figure, side in (("recall", "true"), ("precision", "pred")):
                lines.append(
                    f"| {set_name} | {name} | {figure} | {matched_by_size(of_set, side)} |"
                )
    lines += ["", f"| set | method | pictures | {' | '.join(FIGURES)} |", "|" + "---|" * 6]
    for name, set_name in sorted(found, key=lambda key: key[::-1]):
        known = [r for r in found[name, set_name] if r.within is not None]
        if known:
            share = np.mean([r.within for r in known], axis=0)
            width = np.median([r.half_width for r in known], axis=0)
            cells = [f"{p:.2f} (± {w:.0%})" for p, w in zip(share, width, strict=True)]
            lines.append(f"| {set_name} | {name} | {len(known)} | {' | '.join(cells)} |")
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

Last table: share of the pictures whose true figure lies within the 68 % interval, and in brackets
the median half width of that interval. The intervals say how far the choice of grains may be off,
not what every choice from the same candidates misses, such as grains below the resolution.
"""
    (ROOT / "docs" / "scores_default.md").write_text(page, encoding="utf-8")
    sys.stdout.write(page)


if __name__ == "__main__":
    main()
