"""Results of a fit → OUT: tables, figures, ``fit.json``, report."""

from __future__ import annotations

import glob
import os
import shutil
import traceback
from typing import TYPE_CHECKING

from grainscope import figures, files
from grainscope.batch.log import RunLog
from grainscope.errors import OutputError, ResultError
from grainscope.files.whole_files import hidden_beside
from grainscope.report import write_fit_report
from grainscope.report.fit_words import WORDS
from grainscope.settings import commented_toml

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from grainscope.batch.fit import FitOutcome
    from grainscope.records import TransportData
    from grainscope.settings import Settings


def check_output(out: Path, inputs: Sequence[Path], paths: Sequence[Path]) -> None:
    """Refuse an OUT in which writing would destroy something.

    Raises
    ------
    OutputError
        Data lie in OUT, where a table of results may have their name; or the results of a
        newer program do.
    """
    here = os.path.realpath(out)
    folders = [os.path.realpath(path) for path in inputs if path.is_dir()]
    if here in [*folders, *(os.path.dirname(os.path.realpath(p)) for p in paths)]:  # noqa: PTH120
        raise OutputError(f"{out} holds the data themselves; choose another folder with -o")
    if (out / "fit.json").is_file():
        try:
            files.read_fit_record(out)
        except ResultError as error:
            if "newer" in str(error):
                raise OutputError(f"{error}, or choose another folder with -o") from error


def write_fit(
    out: Path,
    outcome: FitOutcome,
    data: TransportData,
    settings: Settings,
    morphology: Path | None,
) -> None:
    """Write into a folder beside, then put file after file in place, ``fit.json`` last.

    Interrupted while it draws, it leaves out the other figures and writes all else.

    Raises
    ------
    OutputError
        OUT cannot be written.
    KeyboardInterrupt
        After all was written.
    """
    partial = hidden_beside(out / "fit.json")
    stopped = False
    try:
        (partial / "figures").mkdir(parents=True)
        files.write_fit_tables(partial, outcome.fits)
        files.write_unusable_rows(partial / "unusable_rows.csv", data.unusable)
        (partial / "settings.toml").write_text(commented_toml(settings), encoding="utf-8")
        try:
            endings = ("png", "pdf") if settings.run.print_figures else ("png",)
            _draw(partial / "figures", outcome, RunLog(out / "log.jsonl"), endings)
        except KeyboardInterrupt:
            stopped = True
            outcome.warnings.append("interrupted: some figures are missing")
        record = _record(outcome, data, morphology)
        (partial / "fit.json").write_text(record.to_json(), encoding="utf-8")
        _publish(partial, out)
        write_fit_report(out)
    except OSError as error:
        raise OutputError(f"{out} cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    if stopped:
        raise KeyboardInterrupt


def _record(outcome: FitOutcome, data: TransportData, morphology: Path | None) -> files.FitRecord:
    return files.FitRecord(
        schema=files.FIT_SCHEMA,
        inputs=[files.FitInput(path=p, sha256=sha) for p, sha in outcome.inputs.items()],
        failures=outcome.failures,
        morphology=files.path_text(morphology) if morphology else None,
        unusable_rows=len(data.unusable),
        warnings=outcome.warnings,
        results=[files.fit_result_record(fit) for fit in outcome.fits],
    )


def _draw(folder: Path, outcome: FitOutcome, log: RunLog, endings: Sequence[str]) -> None:
    """Draw each analysis of each sample; a figure that breaks down costs no result."""
    fits = outcome.fits
    samples = list(dict.fromkeys(fit.sample for fit in fits))
    for analysis in dict.fromkeys(fit.analysis for fit in fits):
        for sample in samples:
            own = [fit for fit in fits if fit.analysis == analysis and fit.sample == sample]
            stem = files.figure_stem(analysis, sample, samples)
            try:
                figures.write_fit_figure(folder, stem, analysis, own, endings)
            except KeyboardInterrupt:
                for half_written in folder.glob(f"{glob.escape(stem)}.*"):
                    half_written.unlink(missing_ok=True)
                raise
            except Exception as error:  # a figure that breaks down costs no result
                log.write("error", traceback.format_exc(), sample, f"figure of {analysis}")
                outcome.warnings.append(
                    f"{sample[:40]} {analysis}: its figure could not be drawn: "
                    f"{type(error).__name__}: {error} (traceback in log.jsonl)"
                )


def sha256_of(path: Path) -> str:
    """Return the hash of a file as it is now; empty where it is no more."""
    try:
        return files.file_sha256(path)
    except OSError:
        return ""


def _publish(partial: Path, out: Path) -> None:
    """Replace what an older fit left, so that no figure of it stands beside the new ones."""
    for name in _written_before(out):
        (out / name).unlink(missing_ok=True)
    (out / "figures").mkdir(exist_ok=True)
    paths = sorted(p for p in partial.rglob("*") if p.is_file() and p.name != "fit.json")
    for path in [*paths, partial / "fit.json"]:
        path.replace(out / path.relative_to(partial))


def _written_before(out: Path) -> list[str]:
    """Return the files of an older fit, by the analyses that it names.

    A fit that was killed while it put its files in place has a log and names none.
    """
    try:
        analyses = [result.analysis for result in files.read_fit_record(out).results]
    except ResultError:  # none, or no longer to be read
        analyses = (
            list(WORDS) if (out / "figures").is_dir() and (out / "log.jsonl").exists() else []
        )
    names = ["fit.json"]
    for analysis in dict.fromkeys(analyses):
        names += [f"{analysis}.csv", f"{analysis}_windows.csv"]
        found = (out / "figures").glob(f"{analysis}*.p??")
        names += [f"figures/{path.name}" for path in found]
    return names
