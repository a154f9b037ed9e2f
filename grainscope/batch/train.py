"""Learn a segmenter from images: a clustering of all, or from labels the whole grain model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grainscope import files
from grainscope.batch.training_images import (
    find_training_images,
    n_grains,
    read_examples,
    read_films,
)
from grainscope.errors import ModelError, OutputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from grainscope.batch.training_images import Listener
    from grainscope.settings import Settings


def train_clustering(
    inputs: Sequence[str | Path], out: Path, settings: Settings, listener: Listener
) -> None:
    """Fit one clustering to many images, each of which counts alike, and save it.

    Parameters
    ----------
    inputs : sequence of str or Path
        Files, folders or globs.
    out : Path
        ``NAME.json``.
    settings : Settings
        ``preprocessing``, ``segmentation.clustering`` and ``segmentation.n_classes`` are used.
    listener : Listener
        Is told of the progress, and of inputs that cannot be used.

    Raises
    ------
    UnreadableImageError
        No image among the inputs.
    ModelError
        No image could be used.
    OutputError
        The model cannot be written.
    """
    from grainscope.segmentation.films_clustering import fit_films

    check_place(out)
    paths = find_training_images(inputs, listener)
    try:
        model = fit_films(read_films(paths, settings, listener), settings.segmentation)
    except ValueError as error:
        raise ModelError(f"{out}: no model: {error}") from error
    files.save_model(model, out)
    levels = ", ".join(f"{level:.2f}" for level in model.means[:, 0])
    listener.tell(
        f"{out}: clustering of {len(model.trained_on)} images into {len(model.weights)} classes "
        f"of brightness {levels}, {len(model.grain_classes)} of them grain"
    )


def train_segmenter(
    inputs: Sequence[str | Path],
    labels: Path,
    out: Path,
    settings: Settings,
    listener: Listener,
    n_scenes: int,
    seed: int,
) -> None:
    """Learn a grain model from labelled images and synthetic scenes, and save it.

    Parameters
    ----------
    inputs : sequence of str or Path
        Files, folders or globs.
    labels : Path
        Folder of label images with the same stems, or OUT of a corrected run.
    out : Path
        ``NAME.json``; the arrays go beside it.
    settings : Settings
        ``preprocessing`` is used; polarity is seen from the labels.
    listener : Listener
        Is told of the progress, and of inputs that cannot be used.
    n_scenes : int
        Synthetic scenes to learn from besides.
    seed : int
        Of the scenes and of the training.

    Raises
    ------
    UnreadableImageError, ResultError
        No image, or no labels to learn from.
    OutputError
        The model cannot be written.
    """
    from grainscope.training import scene_examples, train_grain_model

    check_place(out)
    paths = find_training_images(inputs, listener)
    examples = read_examples(paths, labels, settings, listener)
    listener.tell(f"drawing {n_scenes} synthetic scenes")
    bright = settings.preprocessing.model_copy(update={"polarity": "bright"})
    scenes = scene_examples(n_scenes, seed, bright)
    model = train_grain_model(examples, scenes, seed, listener.tell)
    grains_of = {example.name: n_grains(example.labels) for example in examples}
    grains_of_scenes = sum(n_grains(scene.labels) for scene in scenes)
    learnt = {
        "images": grains_of,
        "scenes": len(scenes),
        "scene_grains": grains_of_scenes,
        "preprocessing": bright.model_dump(mode="json", exclude={"polarity"}),
    }
    files.save_model(model, out, notes=learnt)
    listener.tell(
        f"{out}: grain model from {len(examples)} images with {sum(grains_of.values())} grains "
        f"and {len(scenes)} scenes with {grains_of_scenes}; its arrays are in "
        f"{out.with_suffix('.npz').name}"
    )


def check_place(out: Path) -> None:
    """Find out before any work whether a model can be written there.

    Raises
    ------
    OutputError
        It cannot.
    """
    if out.suffix != ".json":
        raise OutputError(f"-o {out}: a model's name must end in .json, such as models/film.json")
    if out.is_dir():
        raise OutputError(f"-o {out}: is a folder, expected a file to write")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        (probe := out.with_name(f".{out.name}.probe")).touch()
        probe.unlink()
    except OSError as error:
        raise OutputError(f"-o {out}: cannot be written: {error.strerror}") from error
