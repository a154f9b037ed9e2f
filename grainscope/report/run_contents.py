"""What a finished run left in its folder, read for the report."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grainscope.errors import ResultError
from grainscope.files import read_record, result_folders

if TYPE_CHECKING:
    from grainscope.files import ResultRecord


@dataclass(frozen=True)
class Entry:
    """One input of the run: a row of ``summary.csv`` and, where there is one, its result.

    Attributes
    ----------
    input, stem, status, sample : str
        As in ``summary.csv``; what that run skipped, since it was done before, is ``ok`` or
        ``empty`` as it was then.
    folder : Path or None
        OUT/STEM, where it holds a readable ``record.json``.
    record : ResultRecord or None
        That record.
    problem : str
        Why there is no record although the run says so; else empty.
    """

    input: str
    stem: str
    status: str
    sample: str
    folder: Path | None = None
    record: ResultRecord | None = None
    problem: str = ""


@dataclass(frozen=True)
class Failure:
    """One row of ``failures.csv``."""

    input: str
    stage: str
    error: str


@dataclass(frozen=True)
class RunContents:
    """A run as its folder tells it.

    Attributes
    ----------
    out : Path
        The folder.
    entries : tuple of Entry
        In input order.
    failures : tuple of Failure
        In input order.
    """

    out: Path
    entries: tuple[Entry, ...]
    failures: tuple[Failure, ...]

    def count(self, status: str) -> int:
        """Return the number of inputs with a status."""
        return sum(entry.status == status for entry in self.entries)

    @property
    def problems(self) -> list[Entry]:
        """Entries whose result cannot be read."""
        return [entry for entry in self.entries if entry.problem]

    @property
    def results(self) -> list[tuple[Entry, Path, ResultRecord]]:
        """Entries with their folder and record, where they have them."""
        return [(e, e.folder, e.record) for e in self.entries if e.folder and e.record]


def read_run(out: Path) -> RunContents:
    """Read a run's tables and records; one damaged folder costs one line, not the report.

    Without ``summary.csv`` (a run cut short) the result folders themselves are listed.

    Raises
    ------
    ResultError
        There is no run in this folder.
    """
    rows = _rows(out / "summary.csv")
    if rows is None:
        rows = [{"stem": folder.name} for folder in result_folders(out)]
        if not rows:
            raise ResultError(
                f"{out}: no run here (neither summary.csv nor a folder with record.json); "
                f"start one with: grainscope run FOLDER -o {out}"
            )
    failures = [
        Failure(row.get("input", ""), row.get("stage", ""), row.get("error", ""))
        for row in _rows(out / "failures.csv") or []
    ]
    return RunContents(out, tuple(_entry(out, row) for row in rows), tuple(failures))


def _entry(out: Path, row: dict[str, str]) -> Entry:
    stem, status, input_path = row.get("stem", ""), row.get("status", ""), row.get("input", "")
    sample = row.get("sample", "")
    if status == "failed":
        return Entry(input_path, stem, status, sample)
    try:
        if not stem or Path(stem).name != stem:
            raise ResultError(f"{out}/summary.csv: stem {stem!r} is no name of a result folder")
        record = read_record(out / stem)
    except ResultError as error:
        return Entry(input_path, stem, status or "failed", sample, problem=str(error))
    found = record.headline.get("n_grains")
    if status in ("", "skipped"):
        status = "ok" if found and found.value else "empty"
    return Entry(
        input_path or record.input.path, stem, status, sample or record.sample, out / stem, record
    )


def _rows(path: Path) -> list[dict[str, str]] | None:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return [{k: v or "" for k, v in row.items() if k} for row in csv.DictReader(stream)]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, csv.Error) as error:
        raise ResultError(f"{path}: cannot be read ({error}); run the images again") from error
