"""Inputs of a reproduction that are made: a film and transport data, each with its truth."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np

from grainscope import __version__, files, pipeline
from grainscope.files.synthetic_films import write_film
from grainscope.files.synthetic_transport import write_transport
from grainscope.records import Segmentation
from grainscope.settings import FilmSettings, SemSettings, commented_toml
from grainscope.synthetic import grow_film, image_film
from grainscope.synthetic.transport import Instrument, published_film

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from grainscope.settings import Settings

    Tell = Callable[[str], None]

#: Stem of the film, and rows of a sweep: as of the data that are shipped.
_STEM, _POINTS = "film", 36


def make_film(folder: Path, settings: Settings, seed: int, fresh: bool, tell: Tell) -> Path:
    """Grow and image a film of the paper's field of view, and measure its true grains.

    Kept where it was made before with the same seed, program and settings.

    Parameters
    ----------
    folder : Path
        Replaced whole.
    settings : Settings
        True grains are measured as those of a run are.
    seed : int
        Equal seeds give equal files.
    fresh : bool
        Make it again in any case.
    tell : callable
        Is told what is being done.

    Returns
    -------
    Path
        The micrograph.
    """
    key = _key(seed, commented_toml(settings))
    path = folder / f"{_STEM}.tif"
    if not fresh and path.is_file() and _read_key(folder) == key:
        return path
    with _Whole(folder) as partial:
        tell("inputs: growing a film")
        rng = np.random.default_rng((seed, 0))
        image = image_film(grow_film(FilmSettings(), rng), SemSettings(), rng)
        written = write_film(partial, _STEM, image)
        tell("inputs: measuring its true grains")
        figures = _true_figures(written, settings)
        _write_json(
            partial / "truth.json", {"schema": 1, "seed": seed, "key": key, "figures": figures}
        )
    return path


def _true_figures(path: Path, settings: Settings) -> dict[str, float]:
    """Measure the true labels as the labels of a run are measured."""
    micrograph = files.read_micrograph(path, settings.for_file(path).input)
    labels = files.read_label_image(path.parent / "masks" / path.name)
    truth = Segmentation(labels.astype(np.int32), micrograph.pixel_size, micrograph.frame)
    analysis = pipeline.analyse(micrograph, truth, settings)
    found = {name: float(figure.value) for name, figure in analysis.headline.items()}
    return {name: value for name, value in found.items() if np.isfinite(value)}


def make_transport(folder: Path, seed: int, fresh: bool, tell: Tell) -> Path:
    """Write transport data of the paper's values with their truth and their settings.

    Kept where they were made before with the same seed and program.

    Returns
    -------
    Path
        The folder.
    """
    key = _key(seed, str(_POINTS))
    if not fresh and (folder / "truth.json").is_file() and _read_key(folder) == key:
        return folder
    tell("inputs: transport data")
    with _Whole(folder) as partial:
        write_transport(partial, published_film(Instrument()), _POINTS, seed)
        truth = json.loads((partial / "truth.json").read_text(encoding="utf-8"))
        _write_json(partial / "truth.json", {**truth, "key": key})
    return folder


class _Whole:
    """A folder that appears whole, in place of the one before, or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._partial = folder.with_name(f".partial-{folder.name}-{uuid4().hex[:8]}")

    def __enter__(self) -> Path:
        self._partial.mkdir(parents=True)
        return self._partial

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._partial.replace(self._folder)
        shutil.rmtree(self._partial, ignore_errors=True)


def _key(seed: int, also: str) -> str:
    return hashlib.sha256(f"{__version__} {seed} {also}".encode()).hexdigest()


def _read_key(folder: Path) -> str:
    try:
        return str(json.loads((folder / "truth.json").read_text(encoding="utf-8"))["key"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _write_json(path: Path, content: dict[str, object]) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
