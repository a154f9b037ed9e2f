"""``grainscope evaluate``: scores of label images against reference labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grainscope.cli.progress import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grainscope.scoring import Score


def evaluate(
    true_dir: Annotated[Path, typer.Argument(help="Folder of reference label images.")],
    pred_dir: Annotated[
        Path, typer.Argument(help="Folder of label images, or an OUT folder of a run.")
    ],
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Also write the scores as JSON.")
    ] = None,
    per_image: Annotated[bool, typer.Option("--per-image", help="One row an image.")] = False,
    min_area: Annotated[
        int, typer.Option("--min-area", min=0, help="Drop grains below this area in pixels.")
    ] = 0,
) -> None:
    """Score label images against labels drawn by hand.

    Overlap, detection and size distribution.

    Files are paired by stem; a reference without a prediction counts as an empty one.
    Pixels that are 65535 in the reference are not scored.

    Example: grainscope evaluate masks outputs/mine --min-area 10
    """
    from grainscope.errors import ResultError
    from grainscope.files import LABEL_SUFFIXES, labels_by_stem
    from grainscope.scoring import summarise

    truth, predictions = labels_by_stem(true_dir), labels_by_stem(pred_dir)
    if not truth:
        endings = ", ".join(LABEL_SUFFIXES)
        raise ResultError(f"{true_dir}: no label images ({endings}) in this folder")
    scores = {stem: _score(path, predictions.get(stem), min_area) for stem, path in truth.items()}
    if per_image:
        _print_rows(scores)
    _print_summary(summarise(list(scores.values())).figures())
    if predictions and not any(score.ap50 > 0 for score in scores.values()):
        say(f"no grain was matched: are the files in {pred_dir} labels, 1…n for n grains?")
    missing = sorted(set(truth) - set(predictions))
    if missing:
        say(f"no prediction for {len(missing)} of {len(truth)}: {', '.join(missing[:5])}")
    if json_file:
        _write_json(json_file, scores)


def _score(true_path: Path, pred_path: Path | None, min_area_px: int) -> Score:
    import numpy as np

    from grainscope.errors import ResultError
    from grainscope.files import read_drawn_labels
    from grainscope.scoring import score_labels

    true = read_drawn_labels(true_path)
    pred = read_drawn_labels(pred_path) if pred_path else np.zeros_like(true)
    try:
        return score_labels(true, pred, min_area_px)
    except ValueError as error:
        raise ResultError(f"{pred_path} against {true_path}: {error}") from error


def _print_rows(scores: Mapping[str, Score]) -> None:
    names = list(next(iter(scores.values())).figures())
    say("name".ljust(32) + "".join(name.rjust(10) for name in names))
    for stem, score in scores.items():
        say(stem[:31].ljust(32) + "".join(map(_cell, score.figures().values())))
    say("")


def _cell(value: float) -> str:
    return f"{value:10d}" if isinstance(value, int) else f"{value:10.3f}"


def _print_summary(figures: Mapping[str, float]) -> None:
    for name, value in figures.items():
        say(f"{name:15s}{value}" if isinstance(value, int) else f"{name:15s}{value:.4f}")


def _write_json(path: Path, scores: Mapping[str, Score]) -> None:
    import json
    import math

    from grainscope.files.whole_files import write_whole
    from grainscope.scoring import summarise

    summary = {
        name: None if math.isnan(value) else value
        for name, value in summarise(list(scores.values())).figures().items()
    }
    images = {stem: score.figures() for stem, score in scores.items()}
    write_whole(path, json.dumps({"summary": summary, "images": images}, indent=1))
