"""From the words of the command line to the images of a run, each with the name of its folder."""

from __future__ import annotations

import glob
import hashlib
import os
import re
import stat
import unicodedata
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

IMAGE_SUFFIXES = frozenset({".tif", ".tiff", ".png", ".jpg", ".jpeg", ".bmp"})
#: Ending of a folder that is one image.
ZARR_SUFFIX = ".zarr"
#: Endings of the files beside an image that may tell its pixel size.
SIDECAR_SUFFIXES = (".toml", ".txt", ".hdr")
#: Pooled over the micrographs of each sample, beside ``summary.csv``.
POOLED_TABLES = (
    *("pooled_histogram.csv", "pooled_size_summary.csv", "pooled_size_law.json"),
    *("pooled_loops.csv", "pooled_loop_summary.csv", "pooled_flux.json"),
)
#: What a run writes into OUT besides a folder each and its report, in the order of the report.
RUN_FILES = ("summary.csv", "failures.csv", *POOLED_TABLES, "settings.toml", "log.jsonl")
#: No micrograph's folder may take the name of a file that a run or a fit writes into OUT.
_RESERVED = frozenset({*RUN_FILES, "report.html", "fit.json"})
#: Longest name of a folder, in bytes, before its hash: file systems take 255, some 143.
_MAX_STEM_BYTES = 130
#: Unicode categories of control characters and line ends.
_UNSOUND = frozenset({"Cc", "Zl", "Zp"})


@dataclass(frozen=True)
class InputImage:
    """One input of a run.

    Attributes
    ----------
    path : Path
        Absolute path of the image, or of what was asked for in vain.
    stem : str
        Name of its folder in OUT; empty for a problem.
    problem : str
        Why this input cannot even be tried; empty for an image.
    """

    path: Path
    stem: str = ""
    problem: str = ""


@dataclass(frozen=True)
class InputList:
    """All inputs in order, and notes on the files that were passed over."""

    inputs: tuple[InputImage, ...]
    notes: tuple[str, ...] = ()

    @property
    def images(self) -> tuple[InputImage, ...]:
        """The inputs that can be tried."""
        return tuple(image for image in self.inputs if not image.problem)


@dataclass
class _Search:
    found: dict[Path, InputImage] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, path: Path, problem: str = "") -> None:
        self.found.setdefault(path, InputImage(path, problem=problem))


def find_inputs(arguments: Sequence[str | Path]) -> InputList:
    """Turn files, folders and globs into images, in order, each once.

    A folder gives its images in natural order (``film2`` before ``film10``), not
    those of its sub-folders. Hidden files and sidecars are passed over silently,
    other files with a note; whatever does not exist becomes a problem, so that
    it gets its row in the summary.

    Parameters
    ----------
    arguments : sequence of str or Path
        What the user named.

    Returns
    -------
    InputList
        Without stems yet: see ``with_stems``.

    Examples
    --------
    >>> find_inputs(["nowhere/film.tif"]).inputs[0].problem
    'no such file or folder'
    """
    search = _Search()
    for argument in arguments:
        path = Path(os.path.abspath(argument))  # noqa: PTH100 (a link keeps its own name)
        kind, problem = _look(path)
        if kind == "folder":
            _add_folder(search, path)
        elif kind == "file":
            _add_files(search, [path])
        elif glob.has_magic(str(argument)):
            _add_glob(search, path)
        else:
            search.add(path, problem)
    return InputList(tuple(search.found.values()), tuple(search.notes))


def with_stems(listed: InputList, is_taken: Callable[[str, Path], bool]) -> InputList:
    """Give each image the name of its folder in OUT.

    It is the file name without ending; ``__`` and eight hex digits of the path's
    SHA-256 follow where two inputs share it, where the folder belongs to another
    image already, and where it had to be changed to be a sound name: control
    characters and leading dots become ``_``, and a long name is cut. Names that
    differ in case or in the composition of accents only count as shared, since
    some file systems take them for one.

    Parameters
    ----------
    listed : InputList
        Inputs of one run.
    is_taken : callable
        ``is_taken(stem, path)``: whether OUT/stem holds another image's result.

    Examples
    --------
    >>> two = InputList((InputImage(Path("/a/film.tif")), InputImage(Path("/b/film.png"))))
    >>> [image.stem for image in with_stems(two, lambda stem, path: False).inputs]
    ['film__85532e17', 'film__13cc671f']
    """
    shared = Counter(_key(_sound_stem(image.path)) for image in listed.images)
    given: set[str] = set()

    def named(image: InputImage) -> InputImage:
        if image.problem:
            return image
        stem = _sound_stem(image.path)
        crowded = shared[_key(stem)] > 1 or _key(stem) in _RESERVED
        if crowded or stem != plain_stem(image.path) or is_taken(stem, image.path):
            stem = hashed_stem(image.path)
        if _key(stem) in given:  # a file that is named as another's folder
            stem = hashed_stem(image.path, 32)
        given.add(_key(stem))
        return replace(image, stem=stem)

    return replace(listed, inputs=tuple(named(image) for image in listed.inputs))


def plain_stem(path: Path) -> str:
    """Return the file name without its ending, in characters that any file can hold."""
    return path_text(Path(path.stem))


def hashed_stem(path: Path, digits: int = 8) -> str:
    """Return the stem with some hex digits of the path's SHA-256."""
    return f"{_sound_stem(path)}__{hashlib.sha256(os.fsencode(path)).hexdigest()[:digits]}"


def _sound_stem(path: Path) -> str:
    r"""Return the stem as a folder can have it: never hidden, never above OUT, not too long.

    Examples
    --------
    >>> _sound_stem(Path("...tif")), _sound_stem(Path("a\nb.tif"))
    ('__', 'a_b')
    >>> len(_sound_stem(Path("x" * 200)))
    130
    """
    stem = plain_stem(path)
    visible = "".join("_" if unicodedata.category(char) in _UNSOUND else char for char in stem)
    n_dots = len(visible) - len(visible.lstrip("."))
    named = "_" * n_dots + visible[n_dots:]
    return named.encode("utf-8")[:_MAX_STEM_BYTES].decode("utf-8", "ignore").rstrip() or "_"


def _key(stem: str) -> str:
    """Return what is equal for names that a file system may take for one."""
    return unicodedata.normalize("NFC", stem).casefold()


def path_text(path: Path) -> str:
    """Return a path as text that UTF-8 can hold, odd bytes written as escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def sidecar_paths(path: Path) -> list[Path]:
    """Return the files beside an image that may tell its pixel size and exist."""
    beside = [path.with_suffix(suffix) for suffix in SIDECAR_SUFFIXES]
    beside.append(path.with_name(f"{path.stem}-{path.suffix[1:]}.hdr"))  # as TESCAN names it
    return [sidecar for sidecar in beside if _look(sidecar)[0] == "file"]


def natural_key(path: Path) -> tuple[list[tuple[int, str]], str]:
    """Sort key under which ``film2`` comes before ``film10``.

    Examples
    --------
    >>> [p.name for p in sorted(map(Path, ["film10.tif", "film2.tif"]), key=natural_key)]
    ['film2.tif', 'film10.tif']
    """
    pieces = re.split(r"([0-9]+)", str(path).casefold())
    return [(int(p), "") if i % 2 else (-1, p) for i, p in enumerate(pieces)], str(path)


def _add_folder(search: _Search, folder: Path) -> None:
    if folder.suffix.lower() == ZARR_SUFFIX:
        search.add(folder)
        return
    if _is_result(folder):
        search.add(folder, "is a result folder: 'grainscope predict' measures it again")
        return
    try:
        entries = [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    except OSError as error:
        search.add(folder, f"cannot be listed: {error.strerror}")
        return
    before = len(search.found)
    listed = [entry for entry in entries if _look(entry)[0] == "file" or _is_image(entry)]
    listed = [entry for entry in listed if _look(entry)[0] != "folder"]
    _add_files(search, listed)
    if len(search.found) == before and not any(_is_image(entry) for entry in listed):
        search.add(folder, f"no images in this folder{_hint(entries)}")


def _hint(entries: Sequence[Path]) -> str:
    if any(_look(entry)[0] == "folder" for entry in entries):
        return "; it has sub-folders: name them, or give a glob such as 'FOLDER/**/*.tif'"
    return f" (endings looked for: {' '.join(sorted(IMAGE_SUFFIXES))})"


def _add_glob(search: _Search, pattern: Path) -> None:
    matches = [Path(match) for match in _glob(pattern)]
    files = [p for p in matches if _look(p)[0] == "file" and not _is_result(p.parent)]
    files = [p for p in files if not _is_result(p.parent.parent)]
    before = len(search.found)
    _add_files(search, files)
    if len(search.found) == before and not any(_is_image(path) for path in files):
        search.add(pattern, "no image matches this pattern")


def _glob(pattern: Path) -> list[str]:
    return glob.glob(str(pattern), recursive=True)  # noqa: PTH207 (any depth from any root)


def _add_files(search: _Search, files: Iterable[Path]) -> None:
    ordered = sorted(files, key=natural_key)
    sidecars = {sidecar for path in ordered if _is_image(path) for sidecar in sidecar_paths(path)}
    for path in ordered:
        if _is_image(path):
            search.add(path, _look(path)[1])
        elif path.name in _RESERVED:  # a run that wrote among its own inputs
            continue
        elif path not in sidecars and not _has_image_beside(path) and path.stem != "README":
            search.notes.append(f"{path_text(path)}: passed over, not an image by its ending")


def _has_image_beside(path: Path) -> bool:
    """Whether a file is a sidecar of an image that was named in another argument."""
    if path.suffix.lower() not in SIDECAR_SUFFIXES:
        return False
    return any(_look(path.with_suffix(suffix))[0] == "file" for suffix in IMAGE_SUFFIXES)


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in IMAGE_SUFFIXES


def _is_result(folder: Path) -> bool:
    return _look(folder / "record.json")[0] == "file"


def _look(path: Path) -> tuple[Literal["file", "folder", ""], str]:
    """Return what a path leads to, and if neither, why nothing can be read there."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        is_link = os.path.islink(path)  # noqa: PTH114 (never raises)
        return "", "a link to a file that is not there" if is_link else "no such file or folder"
    except (OSError, ValueError) as error:
        return "", f"cannot be read: {getattr(error, 'strerror', '') or error}"
    if stat.S_ISDIR(mode):
        return "folder", ""
    if stat.S_ISREG(mode):
        return "file", ""
    return "", "no regular file (a device, pipe or socket)"
