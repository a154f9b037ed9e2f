"""The story of a reproduction: inputs, run, fit, the paper's numbers beside ours, one report."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grainscope import __version__, files
from grainscope.batch.fit import fit_transport
from grainscope.batch.fit_output import sha256_of
from grainscope.batch.lock import locked
from grainscope.batch.outcome import BatchOptions, Silent
from grainscope.batch.reproduce_inputs import make_film, make_transport
from grainscope.batch.reproduce_tables import write_tables_and_figures
from grainscope.batch.run import check_options, find_images, run_batch
from grainscope.errors import OutputError, UnreadableImageError
from grainscope.files.whole_files import write_whole
from grainscope.report.facts import read_facts
from grainscope.report.reproduce_report import write_reproduce_report
from grainscope.report.reproduction import assemble
from grainscope.settings import commented_toml, parse_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from grainscope.files import ReproduceRecord
    from grainscope.settings import Settings

    Tell = Callable[[str], None]

#: Of the film and the data that are made.
DEFAULT_SEED = 1
#: What a fit that is complete was made from, as one hash.
_FITTED = "fitted.sha256"


@dataclass
class ReproduceOutcome:
    """What a reproduction did.

    Attributes
    ----------
    record : ReproduceRecord
        Content of ``reproduce.json``.
    failures : list of str
        Files that could not be read and analyses that broke down, one line each.
    """

    record: ReproduceRecord
    failures: list[str] = field(default_factory=list)


def reproduce_paper(
    out: Path,
    settings: Settings,
    micrograph: Path | None = None,
    data: Sequence[Path] = (),
    seed: int = DEFAULT_SEED,
    fresh: bool = False,
    tell: Tell = lambda text: None,
) -> ReproduceOutcome:
    """Repeat the paper's analysis on a micrograph and transport data, and report on it.

    What is not given is made, with its truth. Both parts are those of ``run`` and ``fit``;
    one that is complete for the same inputs and settings is kept.

    Parameters
    ----------
    out : Path
        Output folder, made if need be.
    settings : Settings
        Of both parts.
    micrograph : Path, optional
        The user's own; otherwise a synthetic film of the paper's field of view.
    data : sequence of Path
        The user's own tables, or folders; otherwise synthetic ones of the paper's values.
    seed : int
        Of what is made.
    fresh : bool
        Do everything again.
    tell : callable
        Is told what is being done.

    Returns
    -------
    ReproduceOutcome

    Raises
    ------
    UnreadableImageError, TransportDataError, ResultError, SettingsError, OutputError
        One of the inputs cannot be used, or OUT cannot be written.
    KeyboardInterrupt
        What is complete stays and is kept by the next call.
    """
    # What is given is looked for before any work is done.
    check_options(settings, BatchOptions())
    files.find_transport_files(data)
    if micrograph is not None:
        _one_image(micrograph)
    with locked(out):
        try:
            return _reproduce(out, settings, micrograph, data, seed, fresh, tell)
        except OSError as error:
            raise OutputError(f"{out} cannot be written: {error.strerror or error}") from error


def _reproduce(
    out: Path,
    settings: Settings,
    micrograph: Path | None,
    data: Sequence[Path],
    seed: int,
    fresh: bool,
    tell: Tell,
) -> ReproduceOutcome:
    inputs = out / "inputs"
    image = micrograph or make_film(inputs / "film", settings, seed, fresh, tell)
    tables = list(data) or [make_transport(inputs / "transport", seed, fresh, tell)]
    for name, given in (("film", micrograph), ("transport", data)):
        if given:  # its truth would be taken for that of what was given
            shutil.rmtree(inputs / name, ignore_errors=True)
    stem = _measure(image, out / "run", settings, fresh, tell)
    fitted = _fit(out, stem, tables, _fit_settings(settings, tables, not data), fresh, tell)
    tell("report: numbers and figures")
    write_tables_and_figures(out, read_facts(out, stem))
    made = seed if micrograph is None or not data else None
    record = assemble(out, stem, made, fitted)
    write_whole(out / "reproduce.json", record.to_json())
    write_reproduce_report(out)
    return ReproduceOutcome(record, fitted)


def _one_image(micrograph: Path) -> None:
    """Refuse what is no image, or more than one."""
    n_images = len(find_images([micrograph]).images)
    if n_images != 1:
        raise UnreadableImageError(f"{micrograph}: got {n_images} images, expected one")


class _Told(Silent):
    """Progress of a run of one image, in the words of ``tell``."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell

    def at(self, stem: str, stage: str) -> None:
        """Tell the stage."""
        self._tell(f"micrograph {stem}: {stage}")


def _measure(image: Path, out: Path, settings: Settings, fresh: bool, tell: Tell) -> str:
    """Run one micrograph and return its stem."""
    options = BatchOptions(fresh=fresh, progress=_Told(tell))
    (outcome,) = run_batch([image], out, settings, options)
    if outcome.status == "failed":
        raise UnreadableImageError(outcome.error)
    return outcome.stem


def _fit_settings(settings: Settings, tables: Sequence[Path], made: bool) -> Settings:
    """Return the user's settings; data that were made bring their geometry."""
    if not made:
        return settings
    path = tables[0] / "settings.toml"
    theirs = parse_settings(path.read_text(encoding="utf-8"), str(path))
    given = {name: getattr(theirs.fitting, name) for name in theirs.fitting.model_fields_set}
    fitting = settings.fitting.model_copy(update=given)
    return settings.model_copy(update={"fitting": fitting, "files": theirs.files})


def _fit(
    out: Path, stem: str, tables: Sequence[Path], settings: Settings, fresh: bool, tell: Tell
) -> list[str]:
    """Fit the data, unless that is done; return what failed."""
    folder, run = out / "fit", out / "run" / stem
    key, stamp = _key(run, tables, settings), out / "inputs" / _FITTED
    kept = stamp.is_file() and stamp.read_text(encoding="utf-8") == key and not fresh
    if kept and (folder / "fit.json").is_file() and (folder / "figures").is_dir():
        return _failures(folder)
    stamp.unlink(missing_ok=True)
    fit_transport(tables, folder, settings, run, lambda text: tell(f"transport: {text}"))
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(key, encoding="utf-8")
    return _failures(folder)


def _key(run: Path, tables: Sequence[Path], settings: Settings) -> str:
    """Return a hash of everything that decides what a fit finds."""
    record = files.read_record(run)
    paths = files.find_transport_files(tables)
    parts = [
        __version__,
        commented_toml(settings),
        files.path_text(run.resolve()),
        *(
            f"{name} {sha}"
            for name, sha in sorted(record.files.items())
            if name.endswith(("tif", "csv"))
        ),
        *(f"{files.path_text(path)} {sha256_of(path)}" for path in paths),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _failures(folder: Path) -> list[str]:
    record = files.read_fit_record(folder)
    broken = [f"{r.analysis}: {r.reason}" for r in record.results if r.status == "failed"]
    return [*record.failures.values(), *broken]
