"""What a run will do with each input: resume compares, edits are protected."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from grainscope import files
from grainscope.batch.outcome import Job
from grainscope.batch.segmenter import segmenter_path
from grainscope.errors import ResultError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from grainscope.batch.outcome import BatchOptions
    from grainscope.files import InputImage, InputList, ResultRecord
    from grainscope.settings import Settings

_HASHING_THREADS = 4


@dataclass(frozen=True)
class Plan:
    """What will be done with one input.

    Attributes
    ----------
    image : InputImage
        The input with its stem.
    action : {"do", "keep", "protect", "refuse"}
        Keep: done before with the same input, settings and versions. Protect:
        would be redone, but holds manual corrections. Refuse: cannot be tried.
    reason : str
        Why, in a few words.
    job : Job or None
        The work, unless refused.
    record : ResultRecord or None
        The result that is there already, where it can be read.
    """

    image: InputImage
    action: Literal["do", "keep", "protect", "refuse"]
    reason: str
    job: Job | None = None
    record: ResultRecord | None = None


def plan_batch(
    listed: InputList, out: Path, settings: Settings, options: BatchOptions
) -> list[Plan]:
    """Decide what to do with each input; looks at OUT, changes nothing.

    Parameters
    ----------
    listed : InputList
        From ``files.find_inputs``.
    out : Path
        Output folder; need not exist.
    settings : Settings
        Of the run; per-file tables are applied here.
    options : BatchOptions
        ``fresh``, ``discard_edits`` and ``model_path`` are used.

    Returns
    -------
    list of Plan
        One per input, in order.

    Raises
    ------
    ModelError
        The method needs the shipped model, and it is not there.
    """
    model_path = segmenter_path(settings, options.model_path)
    named = files.with_stems(listed, partial(_is_taken, out))

    def decide(image: InputImage) -> Plan:
        if image.problem:
            return Plan(image, "refuse", image.problem)
        own = settings.for_file(image.path)
        job = Job(image.path, out / image.stem, own, model_path, options.discard_edits)
        return _decide(image, job, options)

    with ThreadPoolExecutor(_HASHING_THREADS) as pool:
        return list(pool.map(decide, named.inputs))


def _is_taken(out: Path, stem: str, path: Path) -> bool:
    """Whether OUT/stem is somebody else's: another image's result, or no result at all."""
    folder = out / stem
    if not folder.exists():
        return False
    if not (folder / "record.json").is_file():
        return not folder.is_dir() or any(folder.iterdir())
    try:
        owner = files.read_record(folder).input
        return owner.path != files.path_text(path) and owner.sha256 != files.file_sha256(path)
    except (ResultError, OSError):
        return False


def _decide(image: InputImage, job: Job, options: BatchOptions) -> Plan:
    record, changes = _compare(job)
    if options.fresh and record is not None:
        changes = ["--fresh", *changes]
    if record is not None and not changes:
        return Plan(image, "keep", "done before", job, record)
    edited = files.holds_edits(job.folder) or _corrected_by_hand(job.folder, record)
    if edited and not options.discard_edits:
        reason = "; ".join(changes[:2])
        return Plan(image, "protect", f"holds manual corrections ({reason})", job, record)
    return Plan(image, "do", "; ".join(changes[:2]) or "new", job, record)


def _compare(job: Job) -> tuple[ResultRecord | None, list[str]]:
    if not (job.folder / "record.json").is_file():
        return None, []
    try:
        record = files.read_record(job.folder)
    except ResultError:
        return None, ["its record cannot be used"]
    return record, list(_changes(job, record))


def _changes(job: Job, record: ResultRecord) -> Iterator[str]:
    """Yield what differs between a stored result and what would be made now."""
    try:
        now, model = files.hash_input(job.path), files.hash_model(job.model_path)
    except OSError:
        yield "the input cannot be read"
        return
    if now.sha256 != record.input.sha256:
        yield "the image changed"
    if now.sidecars != record.input.sidecars:
        yield "a sidecar changed"
    if (model and model.sha256) != (record.model and record.model.sha256):
        yield "another model"
    yield from _differences(
        files.relevant_tables(record.settings), files.result_settings(job.settings)
    )
    for stage, version in files.STAGE_VERSIONS.items():
        if record.stages.get(stage) != version:
            yield f"'{stage}' has a newer algorithm"
    yield from _other_files(job.folder, record)


def _other_files(folder: Path, record: ResultRecord) -> Iterator[str]:
    """Yield which files of a result are not those that were written."""
    if not files.edits_are_measured(folder, record):
        yield "corrected since it was measured"
    for name in files.damaged_files(folder, record):
        if name != "edits.jsonl" or not (folder / name).exists():
            yield f"{name} is missing or was changed"


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for table in sorted({*old, *new}):
        before, after = old.get(table), new.get(table)
        if before == after:
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            for key in sorted({*before, *after}):
                if before.get(key) != after.get(key):
                    yield f"{table}.{key} was {before.get(key)}, is {after.get(key)}"
        else:
            yield f"setting {table} changed"


def _corrected_by_hand(folder: Path, record: ResultRecord | None) -> bool:
    """Whether another program saved an image over ``labels.tif``, be it labels or not."""
    if record is None or "labels.tif" not in files.damaged_files(folder, record):
        return False
    return files.holds_pixels(folder / "labels.tif")
