"""From image files, and label files beside them, to what a model learns from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from grainscope import files, preprocessing
from grainscope.batch.outcome import one_line
from grainscope.errors import GrainscopeError, ResultError, UnreadableImageError
from grainscope.opencv import cv2
from grainscope.scoring import IGNORE_LABEL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from grainscope.records import Micrograph
    from grainscope.settings import Settings
    from grainscope.training import Example

#: Width of the rings inside and outside of outlines whose grey levels tell bright from dark.
_RING_PX = 3


@dataclass
class Listener:
    """Who follows a training.

    Attributes
    ----------
    tell : callable
        Is given lines of progress.
    complain : callable
        Is given one line for each input that cannot be used.
    n_failed : int
        Such inputs so far.
    """

    tell: Callable[[str], None]
    complain: Callable[[str], None]
    n_failed: int = 0

    def fail(self, problem: object) -> None:
        """Count and tell an input that cannot be used."""
        self.n_failed += 1
        self.complain(one_line(problem))


def find_training_images(inputs: Sequence[str | Path], listener: Listener) -> list[Path]:
    """Find the images; what does not exist, or is no image, costs a line.

    Raises
    ------
    UnreadableImageError
        Not one image among them.
    """
    listed = files.find_inputs(inputs)
    for note in listed.notes:
        listener.tell(note)
    for image in listed.inputs:
        if image.problem:
            listener.fail(f"{files.path_text(image.path)}: {image.problem}")
    if not listed.images:
        raise UnreadableImageError("no images to learn from: name files, folders or globs")
    return [image.path for image in listed.images]


def read_for_training(path: Path, settings: Settings) -> tuple[Micrograph, Settings]:
    """Read an image with its own settings; its pixel size does not matter here.

    Raises
    ------
    GrainscopeError
        It cannot be read.
    """
    own = settings.for_file(path)
    sizeless = own.input.model_copy(update={"pixel_size_nm": 1.0, "pixel_size_source": "nominal"})
    return files.read_micrograph(path, sizeless), own


def read_films(
    paths: Sequence[Path], settings: Settings, listener: Listener
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield name and preprocessed film of each image that can be read, one at a time."""
    for k, path in enumerate(paths, start=1):
        try:
            micrograph, own = read_for_training(path, settings)
            prepared = preprocessing.preprocess(micrograph, own.preprocessing)
        except GrainscopeError as error:
            listener.fail(error)
            continue
        listener.tell(f"[{k}/{len(paths)}] {micrograph.name}")
        yield micrograph.name, np.ascontiguousarray(prepared.film_intensity, np.float32)


def read_examples(
    paths: Sequence[Path], labels: Path, settings: Settings, listener: Listener
) -> list[Example]:
    """Pair images with their labels by stem and prepare them.

    Parameters
    ----------
    paths : sequence of Path
        Images.
    labels : Path
        Folder of label images, or OUT of a run whose ``labels.tif`` were corrected.
    settings : Settings
        Of the training; per-file tables are applied here. ``sample`` names the set
        that an image belongs to, else its folder does.
    listener : Listener
        Is told what cannot be used.

    Returns
    -------
    list of Example

    Raises
    ------
    ResultError
        No image can be used, or there is no such folder.
    """
    known = files.labels_by_stem(labels)
    pairs = _pairs(paths, known, labels, listener)
    examples = []
    for k, (path, drawn) in enumerate(pairs, start=1):
        try:
            example = _example(path, drawn, settings, listener)
        except GrainscopeError as error:
            listener.fail(error)
            continue
        listener.tell(f"[{k}/{len(pairs)}] {example.name}: {n_grains(example.labels)} grains")
        examples.append(example)
    if not examples:
        raise ResultError(f"{labels}: no image with labels to learn from")
    return examples


def n_grains(labels: NDArray[np.integer]) -> int:
    """Count the grains of a label image that are scored.

    Examples
    --------
    >>> n_grains(np.array([[0, 7, 7], [2, 65535, 0]]))
    2
    """
    return len(np.setdiff1d(labels, (0, IGNORE_LABEL)))


def _pairs(
    paths: Sequence[Path], known: dict[str, Path], folder: Path, listener: Listener
) -> list[tuple[Path, Path]]:
    found: dict[Path, Path] = {}
    for path in paths:
        names = (files.hashed_stem(path), files.plain_stem(path), path.stem)
        drawn = next((known[name] for name in names if name in known), None)
        if drawn is None:
            listener.fail(f"{files.path_text(path)}: no labels called {path.stem} in {folder}")
        elif drawn in found:
            listener.fail(f"{files.path_text(path)}: {drawn} was taken for {found[drawn]} already")
        else:
            found[drawn] = path
    spare = sorted(set(known.values()) - set(found))
    if spare:
        listener.tell(f"{len(spare)} label images without an image, such as {spare[0]}")
    untouched = [drawn for drawn in found if _as_the_program_wrote_it(drawn)]
    if untouched:
        listener.tell(
            f"{len(untouched)} label images are as grainscope itself made them, such as "
            f"{untouched[0]}: uncorrected ones teach its own mistakes"
        )
    return [(path, drawn) for drawn, path in found.items()]


def _as_the_program_wrote_it(drawn: Path) -> bool:
    """Whether labels are a result that nobody has corrected."""
    folder = drawn.parent
    if drawn.name != "labels.tif" or not (folder / "record.json").is_file():
        return False
    try:
        record = files.read_record(folder)
        changed = "labels.tif" in files.damaged_files(folder, record)
    except GrainscopeError:
        return False
    return not (record.edited or changed or files.holds_edits(folder))


def _example(path: Path, drawn: Path, settings: Settings, listener: Listener) -> Example:
    from grainscope.training import example_of

    micrograph, own = read_for_training(path, settings)
    labels = files.read_drawn_labels(drawn)
    _check_labels(labels, micrograph, drawn)
    seen = _polarity(micrograph.intensity, labels)
    if own.preprocessing.polarity not in (seen, "auto"):
        listener.tell(
            f"{path.name}: its labelled grains are {seen}, preprocessing.polarity is "
            f"{own.preprocessing.polarity}: taken as {seen}"
        )
    chosen = own.preprocessing.model_copy(update={"polarity": seen})
    example = example_of(micrograph, labels, chosen)
    if not n_grains(example.labels):
        raise ResultError(f"{drawn}: no grains inside the film to learn from")
    set_name = (own.input.sample or path.parent.name).replace("/", "_")
    return replace(example, name=f"{set_name}/{example.name}")


def _check_labels(labels: NDArray[np.integer], micrograph: Micrograph, drawn: Path) -> None:
    if labels.shape != micrograph.intensity.shape:
        got, expected = (" × ".join(map(str, a.shape)) for a in (labels, micrograph.intensity))
        raise ResultError(f"{drawn}: got {got} pixels, expected {expected} as in the image")
    n = n_grains(labels)
    if n == 0:
        raise ResultError(f"{drawn}: no grains in these labels")
    if labels.min() < 0 or labels.max() > np.iinfo(np.int32).max:
        raise ResultError(f"{drawn}: got labels from {labels.min()}, expected 0, 1, 2, …")
    grain = ((labels != 0) & (labels != IGNORE_LABEL)).astype(np.uint8)
    n_pieces = cv2.connectedComponents(grain)[0] - 1
    if n == 1 and n_pieces > 1:
        raise ResultError(f"{drawn}: one label in {n_pieces} pieces, expected a number per grain")


def _polarity(grey: NDArray[np.number], labels: NDArray[np.integer]) -> Literal["bright", "dark"]:
    """Tell from the grey levels on both sides of the outlines; labels know better than settings.

    Examples
    --------
    >>> labels = np.zeros((20, 20), np.int32)
    >>> labels[5:15, 5:15] = 1
    >>> _polarity(np.where(labels > 0, 10, 90), labels)
    'dark'
    """
    ring = np.ones((2 * _RING_PX + 1,) * 2, np.uint8)
    grain = (labels > 0) & (labels != IGNORE_LABEL)
    film = labels == 0
    inside = grain & (cv2.dilate(film.astype(np.uint8), ring) > 0)
    outside = film & (cv2.dilate(grain.astype(np.uint8), ring) > 0)
    if not (inside.any() and outside.any()):
        return "bright"
    return "bright" if grey[inside].mean() >= grey[outside].mean() else "dark"
