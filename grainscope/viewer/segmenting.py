"""Segmenting from the window: a quick look at a crop, and the command that does the whole image.

The whole image is segmented by ``grainscope run`` itself, in a process of its own: the
labels are those of the command line, a stop stops at once, and nothing half done is left.
"""

from __future__ import annotations

import glob
import shlex
import subprocess
import sys
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from grainscope import files, pipeline
from grainscope.errors import ResultError
from grainscope.records import Frame
from grainscope.settings import Settings, commented_toml

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from grainscope.records import ClusterModel, GrainModel, Micrograph, Segmentation

    Model = ClusterModel | GrainModel

#: Tables whose entries the widget offers.
SEGMENT_TABLES = ("preprocessing", "segmentation")


def cropped(
    micrograph: Micrograph, centre_px: tuple[float, float], side_px: int
) -> tuple[Micrograph, tuple[int, int]]:
    """Cut a square of film out of a micrograph.

    Parameters
    ----------
    micrograph : Micrograph
        The image.
    centre_px : (float, float)
        Row and column that the crop is to lie around; it is moved to lie on the film.
    side_px : int
        Its side, margin included; shorter where the film is.

    Returns
    -------
    crop : Micrograph
        All film.
    corner : (int, int)
        Row and column of its first pixel in the image.

    Examples
    --------
    >>> import numpy as np
    >>> from grainscope.records import Micrograph, PixelSize
    >>> grey = np.zeros((50, 80), np.uint8)
    >>> film = Micrograph("film", grey, PixelSize(5.0, 0.0, "option"), Frame(0, 40, 0, 80))
    >>> crop, corner = cropped(film, centre_px=(1.0, 200.0), side_px=30)
    >>> crop.intensity.shape, corner
    ((30, 30), (0, 50))
    """
    frame = micrograph.frame
    rows = _stretch(centre_px[0], side_px, frame.row_start, frame.row_stop)
    columns = _stretch(centre_px[1], side_px, frame.column_start, frame.column_stop)
    part = slice(*rows), slice(*columns)
    grey = micrograph.intensity[part]
    masked = None if micrograph.masked is None else micrograph.masked[part]
    crop = replace(
        micrograph, intensity=grey, frame=Frame.whole(grey.shape), databar=None, masked=masked
    )
    return crop, (rows[0], columns[0])


def _stretch(centre: float, length: int, start: int, stop: int) -> tuple[int, int]:
    length = min(length, stop - start)
    first = min(max(round(centre - length / 2), start), stop - length)
    return first, first + length


def model_for(settings: Settings, path: Path | None) -> Model | None:
    """Return the model of a file, else the shipped one where the method needs one."""
    if path is not None:
        return files.load_model(path)
    return files.load_shipped_model() if settings.segmentation.method == "default" else None


def preview(crop: Micrograph, settings: Settings, model: Model | None) -> Segmentation:
    """Segment a crop; grey levels are those of the crop, so that its rim may differ a little."""
    return pipeline.segment_micrograph(crop, settings, model)


def changed_entries(settings: Settings) -> list[str]:
    """Return what differs from the defaults, as ``stage.key=value``, in the order of the file.

    Examples
    --------
    >>> from grainscope.settings import SegmentationSettings
    >>> changed_entries(Settings(segmentation=SegmentationSettings(method="fast", split=False)))
    ['segmentation.method=fast', 'segmentation.split=false']
    """
    default = tomllib.loads(commented_toml(Settings()))
    chosen = tomllib.loads(commented_toml(settings))
    tables = [name for name, entries in default.items() if isinstance(entries, dict)]
    return [
        f"{table}.{key}={_toml_word(chosen[table].get(key))}"
        for table in tables
        for key in default[table] | chosen[table]
        if chosen[table].get(key) != default[table].get(key)
    ]


def _toml_word(value: Any) -> str:
    if value is None:
        return "unset"
    return str(value).lower() if isinstance(value, bool) else str(value)


def run_arguments(
    image: Path, out: Path, settings: Settings, model: Path | None = None
) -> list[str]:
    """Return the words of ``grainscope run`` that make this result."""
    words = ["run", str(image), "-o", str(out)]
    for entry in changed_entries(settings):
        words += ["--set", entry]
    return words + ([] if model is None else ["--model", str(model)])


def result_of(image: Path, out: Path) -> Path:
    """Return the folder of an image's result in OUT: that of its stem, or of a longer one.

    Another image of the same name may have taken the stem.

    Raises
    ------
    ResultError
        There is none.
    """
    stem, where = files.plain_stem(image), files.path_text(image)
    for folder in sorted(out.glob(f"{glob.escape(stem)}*"), key=lambda each: len(each.name)):
        if (folder / "record.json").is_file() and files.read_record(folder).input.path == where:
            return folder
    raise ResultError(f"{out}: holds no result of {image}")


def shell_command(arguments: list[str]) -> str:
    """Return the command as one types it.

    Examples
    --------
    >>> shell_command(["run", "film 1.tif", "-o", "out"])
    "grainscope run 'film 1.tif' -o out"
    """
    return shlex.join(["grainscope", *arguments])


def run_process(
    arguments: list[str], started: Callable[[subprocess.Popen[str]], None]
) -> Generator[str, None, bool]:
    """Run a grainscope command in a process of its own, and yield each line that it prints.

    Parameters
    ----------
    arguments : list of str
        Words after the program's name.
    started : callable
        Is given the process, so that it can be stopped.

    Returns
    -------
    bool
        Whether it came to its end; False where it was stopped.

    Raises
    ------
    RuntimeError
        It failed; the message is the last line that it printed.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "grainscope", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
        errors="replace", bufsize=1,
    ) as process:  # fmt: skip
        started(process)
        last = ""
        assert process.stdout is not None
        for line in process.stdout:
            last = line.strip() or last
            yield last
    if process.returncode > 0:
        raise RuntimeError(last.removeprefix("grainscope: ") or "grainscope failed")
    return process.returncode == 0
