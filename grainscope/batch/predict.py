"""Measure a result again from its current labels, with the stored settings plus changes."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from grainscope import files, pipeline
from grainscope.batch.image_job import ReportingClock, drawing
from grainscope.batch.lock import locked
from grainscope.batch.log import RunLog
from grainscope.batch.outcome import Outcome, outcome_of
from grainscope.batch.summaries import read_outcomes, try_report, write_summaries
from grainscope.errors import ResultError, SettingsError, UnreadableImageError
from grainscope.records import Segmentation
from grainscope.settings import commented_toml, parse_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grainscope.batch.outcome import Report
    from grainscope.files import InputRecord, StoredResult
    from grainscope.records import Micrograph
    from grainscope.settings import Settings

#: Tables whose settings made the labels; predict takes the labels as they are.
_OF_LABELS = ("preprocessing", "segmentation")


def predict_result(
    folder: str | Path,
    assignments: Sequence[str] = (),
    image: Path | None = None,
    report: Report = lambda stage: None,
) -> Outcome:
    """Recompute every table of a result from its labels as they are now.

    These are what ``edits.jsonl`` replays to, or ``labels.tif`` where another
    program saved it (``files.corrected_labels``), renumbered 1…n. The files of
    the folder are replaced one by one, ``record.json`` last; the log stays.
    The run's summary, pooled tables and report follow, where OUT holds them.
    The image itself is read again, since mean intensities and pictures need it.

    Parameters
    ----------
    folder : str or Path
        OUT/STEM.
    assignments : sequence of str
        ``stage.key=value`` changes to the stored settings.
    image : Path, optional
        Where the input image is now, if it has moved.
    report : callable
        Is told each stage as it begins, and how far a long one is. Ctrl-C in the
        sweep over fields keeps the fields that are done.

    Returns
    -------
    Outcome
        As of a run.

    Raises
    ------
    ResultError
        No complete result there, or the labels do not fit the image.
    SettingsError
        A wrong change, or one that would need new labels.
    UnreadableImageError
        The input image is gone or is another one.
    """
    folder, start = Path(folder).resolve(), perf_counter()
    files.read_record(folder)
    with locked(folder.parent):
        files.remove_partial_folders(folder.parent)
        stored = files.read_result(folder)
        settings = changed_settings(stored.record.read_settings(), assignments)
        path = image or Path(stored.record.input.path)
        hashes = _same_input(path, stored)
        micrograph = files.read_micrograph(path, settings.input)
        segmented = _current_labels(stored, micrograph)
        clock = ReportingClock(report=report)
        if stored.edits is not None:
            files.open_edit_log(stored)  # mends it, and adds what another program did
        record = _updated(stored, micrograph, segmented, settings, hashes, clock)
        outcome = outcome_of(record, folder.name, seconds=perf_counter() - start)
        _refresh(folder.parent, outcome)
    return outcome


def changed_settings(stored: Settings, assignments: Sequence[str]) -> Settings:
    """Apply ``stage.key=value`` changes to stored settings.

    Raises
    ------
    SettingsError
        A wrong change, or one of a setting that made the labels.

    Examples
    --------
    >>> from grainscope.settings import Settings
    >>> changed_settings(Settings(), ["network.max_gap_nm=40"]).network.max_gap_nm
    40.0
    """
    settings = parse_settings(commented_toml(stored), "record.json", assignments)
    for table in _OF_LABELS:
        if getattr(settings, table) != getattr(stored, table):
            raise SettingsError(
                f"--set {table}.…: predict keeps the labels; use 'grainscope run' for new ones"
            )
    return settings


def _same_input(path: Path, stored: StoredResult) -> InputRecord:
    try:
        hashes = files.hash_input(path)
    except OSError as error:
        raise UnreadableImageError(
            f"{path}: cannot be read ({error.strerror}); mean intensities and pictures need it: "
            "put it back or name it with --image"
        ) from error
    if hashes.sha256 != stored.record.input.sha256:
        raise UnreadableImageError(
            f"{path}: is not the image that {stored.folder} was made from; use 'grainscope run'"
        )
    return hashes


def _current_labels(stored: StoredResult, micrograph: Micrograph) -> Segmentation:
    labels = stored.segmentation.labels
    if labels.shape != micrograph.intensity.shape:
        raise ResultError(
            f"{stored.folder}/labels.tif: got {labels.shape[0]} × {labels.shape[1]} pixels, "
            f"expected {' × '.join(map(str, micrograph.intensity.shape))} as in the image"
        )
    inside = np.zeros_like(labels)
    inside[micrograph.frame.slices] = labels[micrograph.frame.slices]
    whole = files.one_region_each(inside)
    # A confidence belongs to labels as they were found: corrected ones have none.
    same = np.array_equal(whole, labels)
    return Segmentation(
        whole,
        micrograph.pixel_size,
        micrograph.frame,
        warnings=stored.segmentation.warnings,
        confidence=stored.segmentation.confidence if same else None,
    )


def _updated(
    stored: StoredResult,
    micrograph: Micrograph,
    segmented: Segmentation,
    settings: Settings,
    hashes: InputRecord,
    clock: ReportingClock,
) -> files.ResultRecord:
    edited = files.holds_edits(stored.folder) or _is_changed(stored)
    analysis = pipeline.analyse(micrograph, segmented, settings, clock)
    record = files.build_record(
        micrograph, segmented, analysis, settings, hashes, stored.record.model
    ).model_copy(update={"edited": edited})
    draw = drawing(micrograph, segmented, analysis, clock, settings.run.print_figures)
    return files.update_result(stored.folder, record, segmented, analysis, draw)


def _is_changed(stored: StoredResult) -> bool:
    return "labels.tif" in files.damaged_files(stored.folder, stored.record)


def _refresh(out: Path, outcome: Outcome) -> None:
    """Bring the run's tables and report up to date, where the last run holds this image."""
    log = RunLog(out / "log.jsonl")
    log.write("info", "measured again", outcome.stem, "", outcome.seconds)
    outcomes = read_outcomes(out)
    if outcome.stem in {known.stem for known in outcomes}:
        known = [outcome if row.stem == outcome.stem else row for row in outcomes]
        for missing in write_summaries(out, known):
            log.write("error", missing.text, stage="pool")
            log.write("error", missing.traceback, stage="pool")
        try_report(out)
