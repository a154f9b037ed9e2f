"""What a run says of all its images together: summary, failures, pooled tables."""

from __future__ import annotations

import csv
import traceback
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from grainscope import files
from grainscope.batch.outcome import Outcome, one_line
from grainscope.batch.pooled_histogram import pooled_histogram
from grainscope.batch.pooled_loops import (
    POOLED_LOOP_SUMMARY,
    SampleLoops,
    loop_summary_rows,
    pool_loops,
)
from grainscope.batch.pooled_sizes import (
    POOLED_SUMMARY,
    PooledSizes,
    pool_sample,
    summary_rows,
)
from grainscope.errors import OutputError, ResultError
from grainscope.files.tables import TABLE_COLUMNS
from grainscope.files.whole_files import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

Pooled = TypeVar("Pooled")

#: Headline columns of summary.csv that are there even where no image gave a result.
HEADLINE_NAMES = (
    *("n_grains", "density_per_um2", "area_fraction", "mean_equivalent_diameter_um"),
    *("median_equivalent_diameter_um", "n_loops", "mean_loop_area_um2", "median_loop_area_um2"),
    *("mean_loop_field_g", "percolation_gap_nm"),
)
_BEFORE = ("input", "stem", "status", "sample", "pixel_size_nm", "pixel_size_source")
_AFTER = ("n_warnings", "seconds")


@dataclass(frozen=True)
class NotPooled:
    """What could not be taken together, on one line, and the traceback for the log."""

    text: str
    traceback: str


def write_summaries(out: Path, outcomes: Sequence[Outcome]) -> list[NotPooled]:
    """Write the tables of a run, each whole or not at all.

    ``summary.csv`` and ``failures.csv`` have one row an input, in their order;
    the pooled tables hold every image that has a result. They are left as they are
    where the report says that they were made from these very results.

    Parameters
    ----------
    out : Path
        Output folder.
    outcomes : sequence of Outcome
        In input order.

    Returns
    -------
    list of NotPooled
        Samples, or whole tables, that broke down while they were pooled: they are
        missing in the pooled tables, the others are there.

    Raises
    ------
    OutputError
        OUT cannot be written.
    """
    more = dict.fromkeys(name for outcome in outcomes for name in outcome.headline)
    headlines = tuple(dict.fromkeys([*HEADLINE_NAMES, *more]))
    rows = [_summary_row(outcome, headlines) for outcome in outcomes]
    failures = [(o.input, o.stage, o.error) for o in outcomes if o.status == "failed"]
    with replacing(out / "summary.csv") as path:
        files.write_rows(path, (*_BEFORE, *headlines, *_AFTER), rows)
    with replacing(out / "failures.csv") as path:
        files.write_rows(path, ("input", "stage", "error"), failures)
    if _is_told(out):
        return []
    return _write_pooled(out, [outcome for outcome in outcomes if outcome.has_result])


def _is_told(out: Path) -> bool:
    """Whether the report was made from just what is there now, pooled tables and all."""
    stamp = files.stamp_of_report(out)
    return stamp != "" and stamp == files.stamp_of_run(out)


def _write_pooled(out: Path, outcomes: Sequence[Outcome]) -> list[NotPooled]:
    """Write the pooled tables; one that breaks down is removed, as an older one would mislead."""
    pooling = _Pooling(out, outcomes)
    missing: list[NotPooled] = []
    for name, write in pooling.tables().items():
        try:
            with replacing(out / name) as path:
                write(path)
        except OutputError:
            raise
        except Exception as error:  # no table is worth the others
            missing.append(_not_pooled(name, error))
            (out / name).unlink(missing_ok=True)
    return [*pooling.missing, *missing]


def _not_pooled(what: str, error: Exception) -> NotPooled:
    text = one_line(f"{what} was not pooled: {type(error).__name__}: {error}")
    return NotPooled(f"{text} (the images stand; traceback in log.jsonl)", traceback.format_exc())


@dataclass
class _Pooling:
    """The samples of a run, each taken together once, and those that broke down."""

    out: Path
    outcomes: Sequence[Outcome]
    missing: list[NotPooled] = field(default_factory=list)

    def tables(self) -> dict[str, Callable[[Path], None]]:
        """Return what writes each file; samples are pooled when the first of them is written."""
        return {
            "pooled_loops.csv": self._write_loops,
            "pooled_histogram.csv": lambda path: files.write_table(
                path, pooled_histogram(self.out, self.outcomes)
            ),
            "pooled_size_summary.csv": lambda path: files.write_rows(
                path, POOLED_SUMMARY, (row for one in self.sizes for row in summary_rows(one))
            ),
            "pooled_loop_summary.csv": lambda path: files.write_rows(
                path,
                POOLED_LOOP_SUMMARY,
                (row for one in self.loops for row in loop_summary_rows(one)),
            ),
            "pooled_flux.json": self._write_flux,
            "pooled_size_law.json": self._write_laws,
        }

    def _write_loops(self, path: Path) -> None:
        header = (*TABLE_COLUMNS["loops"], "stem", "sample")
        files.write_rows(path, header, _loop_rows(self.out, self.outcomes))

    def _write_flux(self, path: Path) -> None:
        features = {sample.sample: sample.features for sample in self.loops}
        path.write_text(files.flux_json(features), encoding="utf-8")

    def _write_laws(self, path: Path) -> None:
        laws = {sample.sample: files.size_law_record(sample.laws) for sample in self.sizes}
        path.write_text(files.size_laws_json(laws), encoding="utf-8")

    @cached_property
    def sizes(self) -> list[PooledSizes]:
        """Sizes of each sample; folders without size laws, of older versions, are left out."""
        return self._each("sizes", pool_sample, _of_samples(self.out, self.outcomes, "size_law"))

    @cached_property
    def loops(self) -> list[SampleLoops]:
        """Loops of each sample; folders without loop figures, of older versions, are left out.

        The report tells of unreadable ones.
        """
        return self._each("loops", pool_loops, _of_samples(self.out, self.outcomes, "flux"))

    def _each(
        self,
        what: str,
        pool: Callable[[str, Sequence[Path]], Pooled],
        members: Mapping[str, Sequence[Path]],
    ) -> list[Pooled]:
        pooled = []
        for sample, folders in members.items():
            try:
                pooled.append(pool(sample, folders))
            except Exception as error:  # one sample never costs the others
                self.missing.append(_not_pooled(f"sample {sample}: {what}", error))
        return pooled


def _of_samples(out: Path, outcomes: Sequence[Outcome], block: str) -> dict[str, list[Path]]:
    """Return the folders of each sample whose record can be read and holds a block."""
    members: dict[str, list[Path]] = {}
    for outcome in outcomes:
        folder = out / outcome.stem
        try:
            held = getattr(files.read_record(folder), block) is not None
        except ResultError:
            continue
        if held:
            members.setdefault(outcome.sample, []).append(folder)
    return members


def try_report(out: Path) -> str:
    """Rebuild ``report.html``, unless nothing changed since; the tables stand in any case.

    Returns
    -------
    str
        Why there is none, on one line; empty when all went well.
    """
    if _is_told(out):
        return ""
    from grainscope.report import write_report  # matplotlib and jinja2, when all is computed

    try:
        write_report(out)
    except Exception as error:
        text = one_line(f"report.html was not written: {type(error).__name__}: {error}")
        return f"{text}; try: grainscope report {out}"
    return ""


def _summary_row(outcome: Outcome, headlines: Sequence[str]) -> list[str]:
    before = [outcome.input, outcome.stem, outcome.status, outcome.sample]
    size = [_text(outcome.pixel_size_nm), outcome.pixel_size_source]
    figures = [_text(outcome.headline.get(name)) for name in headlines]
    return [*before, *size, *figures, str(len(outcome.warnings)), f"{outcome.seconds:.2f}"]


def _text(value: float | None) -> str:
    """Return a cell, empty where there is no figure."""
    return "" if value is None else format(value, ".9g")


def _loop_rows(out: Path, outcomes: Sequence[Outcome]) -> Iterator[list[str]]:
    for outcome in outcomes:
        with (out / outcome.stem / "loops.csv").open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                cells = (row.get(name, "nan") for name in TABLE_COLUMNS["loops"])
                yield [*cells, outcome.stem, outcome.sample]


def read_outcomes(out: Path) -> list[Outcome]:
    """Read the outcomes of the last run back from ``summary.csv`` and ``failures.csv``.

    Returns
    -------
    list of Outcome
        In input order; empty where there is no summary.

    Raises
    ------
    ResultError
        A table is damaged.
    """
    try:
        rows = _rows(out / "summary.csv")
        errors = {row["input"]: row for row in _rows(out / "failures.csv")}
        return [_outcome(row, errors) for row in rows]
    except OSError:
        return []
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        told = one_line(f"{type(error).__name__}: {error}")[:120]
        raise ResultError(
            f"{out}: summary.csv or failures.csv is damaged ({told}); run the images again"
        ) from error


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _outcome(row: dict[str, str], errors: dict[str, dict[str, str]]) -> Outcome:
    failure = errors.get(row["input"], {})
    headline = {n: _number(t) for n, t in row.items() if n not in (*_BEFORE, *_AFTER)}
    status = row["status"]
    return Outcome(
        input=row["input"],
        stem=row["stem"],
        status=status,  # type: ignore[arg-type]
        stage=failure.get("stage", ""),
        error=failure.get("error", ""),
        sample=row["sample"],
        pixel_size_nm=_number(row["pixel_size_nm"]),
        pixel_size_source=row["pixel_size_source"],
        headline=headline,
        warnings=("",) * int(row["n_warnings"]),
        seconds=float(row["seconds"]),
    )


def _number(text: str) -> float | None:
    return float(text) if text else None
