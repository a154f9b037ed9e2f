"""``grainscope train``: a segmenter to apply again with ``run --model``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grainscope.cli.options import Assignments, SettingsFile


def train(
    images: Annotated[
        list[str], typer.Argument(metavar="IMAGES...", help="Files, folders or globs.")
    ],
    *,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="NAME.json", help="The model to write.")
    ],
    labels: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Label images by stem, or OUT of a run whose labels.tif were corrected.",
        ),
    ] = None,
    scenes: Annotated[
        int, typer.Option(min=0, help="Synthetic scenes to learn from besides; with --labels.")
    ] = 300,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of scenes and training; default: run.seed.")
    ] = None,
    settings: SettingsFile = None,
    assignments: Assignments = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Tell only what cannot be used.")
    ] = False,
) -> int:
    """Learn a segmenter from your own images.

    Apply it with: grainscope run FOLDER -o OUT --model NAME.json

    Without --labels: one clustering of all images (segmentation.clustering and
    n_classes). With --labels: the scores of the default method, from those grains
    and from synthetic scenes; pixels of value 65535 are not learnt from. Pixel
    sizes do not matter.

    Example: grainscope train films/*.tif --labels films/masks -o models/films.json
    """
    from grainscope.batch import Listener, train_clustering, train_segmenter
    from grainscope.cli.progress import say
    from grainscope.cli.run import chosen_settings

    chosen = chosen_settings(settings, assignments or [], None)
    listener = Listener(
        tell=(lambda line: None) if quiet else say,
        complain=lambda line: say(f"not used: {line}", err=True),
    )
    if labels is None:
        train_clustering(images, out, chosen, listener)
    else:
        chosen_seed = chosen.run.seed if seed is None else seed
        train_segmenter(images, labels, out, chosen, listener, scenes, chosen_seed)
    return int(listener.n_failed > 0)
