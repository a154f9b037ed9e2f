"""The folder of one micrograph: whole or not at all.

A first write goes into a hidden folder beside and is renamed; an update
replaces file after file with ``record.json`` last, whose hashes then tell
whether it got to its end.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grainscope.errors import OutputError, ResultError
from grainscope.files.corrected_labels import current_labels
from grainscope.files.edit_log import EditLog
from grainscope.files.edit_log_lines import AUTOMATIC_LABELS, EDIT_LOG
from grainscope.files.file_hashes import file_sha256
from grainscope.files.label_images import write_label_image
from grainscope.files.result_record import ResultRecord, read_record
from grainscope.files.tables import (
    BIG_TABLES,
    analysis_tables,
    read_table,
    write_parquet,
    write_table,
)
from grainscope.files.whole_files import PARTIAL, hidden_beside, replacing, writing
from grainscope.records import Frame, PixelSize, Segmentation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from grainscope.files.stored_edits import StoredEdits
    from grainscope.records import Analysis

#: Files of manual corrections; an update leaves them alone, a run never replaces them.
EDIT_FILES = (EDIT_LOG, AUTOMATIC_LABELS)


@dataclass(frozen=True)
class StoredResult:
    """A result folder read back.

    Attributes
    ----------
    folder : Path
        OUT/STEM.
    record : ResultRecord
        Its ``record.json``.
    segmentation : Segmentation
        Labels as they are now, all corrections made, with pixel size, frame and,
        where the labels are those of the run, the confidence of each.
    edits : StoredEdits or None
        The corrections in ``edits.jsonl``, with stable labels; None without any.
    is_measured : bool
        Whether the tables are those of these labels; otherwise ``grainscope
        predict`` is due.
    completeness : ndarray of float64, shape (N,), or None
        Of the size of each grain, where that was measured for these labels.
    """

    folder: Path
    record: ResultRecord
    segmentation: Segmentation
    edits: StoredEdits | None = None
    is_measured: bool = True
    completeness: NDArray[np.float64] | None = None

    def table(self, name: str) -> dict[str, NDArray[Any]]:
        """Return the columns of one table, such as ``"grains"``."""
        return read_table(self.folder / f"{name}.csv")


def read_result(folder: str | Path) -> StoredResult:
    """Read a result folder.

    Parameters
    ----------
    folder : str or Path
        OUT/STEM.

    Returns
    -------
    StoredResult

    Raises
    ------
    ResultError
        Absent, incomplete, damaged, or newer than the program.
    """
    folder = Path(folder)
    record = read_record(folder)
    size, frame = record.pixel_size_nm, Frame(*record.frame.rows, *record.frame.columns)
    as_recorded = _is(folder / "labels.tif", record.files.get("labels.tif", ""))
    current = current_labels(folder, frame, as_recorded)
    is_measured = as_recorded and current.as_saved
    shares = _stored_shares(folder, record) if is_measured else {}
    segmented = Segmentation(
        current.labels,
        PixelSize(size.value, size.uncertainty, size.source),
        frame,
        warnings=tuple(dict.fromkeys([*record.label_warnings, *current.warnings])),
        confidence=shares.get("confidence"),
    )
    completeness = shares.get("completeness")
    return StoredResult(folder, record, segmented, current.edits, is_measured, completeness)


def open_edit_log(stored: StoredResult) -> EditLog:
    """Open the log of a result for corrections to come.

    Where there is none yet, it and ``labels_automatic.tif`` appear with the
    first correction. A last line that was cut off is taken off, and what another
    program did to ``labels.tif`` is added, so that log and ``stored`` agree.

    Raises
    ------
    ResultError
        Another program wrote to the log since it was read.
    OutputError
        It cannot be written.
    """
    segmented = stored.segmentation
    return EditLog(stored.folder, segmented.labels, segmented.pixel_size, stored.edits)


def _stored_shares(folder: Path, record: ResultRecord) -> dict[str, NDArray[np.float64]]:
    """Return two columns of ``grains.csv``, unless the table is another than was written."""
    if not _is(folder / "grains.csv", record.files.get("grains.csv", "")):
        return {}
    return read_table(folder / "grains.csv", ("confidence", "completeness"))


def write_result(
    folder: Path,
    record: ResultRecord,
    segmented: Segmentation,
    analysis: Analysis,
    draw: Callable[[Path], dict[str, float]],
    keep_edits: bool = True,
) -> ResultRecord:
    """Write a result folder, replacing an older one, whole or not at all.

    Parameters
    ----------
    folder : Path
        OUT/STEM.
    record : ResultRecord
        Its record; ``seconds`` and ``files`` are filled in here.
    segmented, analysis : Segmentation, Analysis
        What is written.
    draw : callable
        Adds pictures to the folder that it is given, and returns the seconds
        of all stages.
    keep_edits : bool
        Refuse to replace a folder that was corrected by hand since the run began.

    Returns
    -------
    ResultRecord
        As written.

    Raises
    ------
    OutputError
        The disk is full or the folder cannot be written, or it holds corrections.
    """
    with writing(folder), _partial_folder(folder) as partial:
        written = _fill(partial, record, segmented, analysis, draw)
        if keep_edits and (folder / EDIT_LOG).exists():
            raise OutputError(
                f"{folder}: was corrected by hand meanwhile and is kept as it was; measure it with "
                "'grainscope predict', or start over with --discard-edits"
            )
        _publish(partial, folder)
    return written


def update_result(
    folder: Path,
    record: ResultRecord,
    segmented: Segmentation,
    analysis: Analysis,
    draw: Callable[[Path], dict[str, float]],
) -> ResultRecord:
    """Replace the files of an existing folder one by one, ``record.json`` last.

    Manual corrections stay where they are; files of the older result that the
    new one has not are removed; what a user put there stays.
    See ``write_result`` for the parameters.
    """
    with writing(folder), _partial_folder(folder) as partial:
        for name in EDIT_FILES:
            if (folder / name).exists():
                shutil.copy2(folder / name, partial / name)
        written = _fill(partial, record, segmented, analysis, draw)
        stale = set(read_record(folder).files) - set(written.files)
        for name in [*written.files, "record.json"]:
            if name not in EDIT_FILES:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (partial / name).replace(folder / name)
        for name in sorted(stale):
            (folder / name).unlink(missing_ok=True)
    return written


def _fill(
    partial: Path,
    record: ResultRecord,
    segmented: Segmentation,
    analysis: Analysis,
    draw: Callable[[Path], dict[str, float]],
) -> ResultRecord:
    write_label_image(partial / "labels.tif", segmented.labels, segmented.pixel_size)
    tables = analysis_tables(analysis)
    for name, columns in tables.items():
        write_table(partial / f"{name}.csv", columns)
    if record.settings["run"]["tables"] == "parquet":
        for name in BIG_TABLES:
            write_parquet(partial / f"{name}.parquet", tables[name])
    seconds = draw(partial)
    hashes = {name: file_sha256(partial / name) for name in _file_names(partial)}
    whole = record.model_copy(update={"seconds": seconds, "files": hashes})
    (partial / "record.json").write_text(whole.to_json(), encoding="utf-8")
    return whole


def save_labels(folder: Path, segmented: Segmentation) -> None:
    """Replace ``labels.tif``, whole or not at all; the tables stay as they are.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    with replacing(folder / "labels.tif") as partial:
        write_label_image(partial, segmented.labels, segmented.pixel_size)


def damaged_files(folder: Path, record: ResultRecord) -> list[str]:
    """Return the files of a folder that are missing or differ from their recorded hash."""
    return [name for name, sha256 in record.files.items() if not _is(folder / name, sha256)]


def _is(path: Path, sha256: str) -> bool:
    try:
        return file_sha256(path) == sha256
    except OSError:
        return False


def holds_edits(folder: Path) -> bool:
    """Whether a result folder holds manual corrections that a run must not replace."""
    if (folder / EDIT_LOG).exists():
        return True
    try:
        return read_record(folder).edited
    except ResultError:
        return False


def edits_are_measured(folder: Path, record: ResultRecord) -> bool:
    """Whether the log of corrections, if there is one, is that which the tables were made with."""
    path = folder / EDIT_LOG
    return not path.exists() or _is(path, record.files.get(EDIT_LOG, ""))


def remove_partial_folders(out: Path) -> None:
    """Remove what interrupted writes left in OUT; no other run may be at work there.

    What cannot be removed is hidden, and stays.
    """
    with suppress(OSError):
        for path in out.iterdir():
            if not (path.name.startswith(".") and PARTIAL in path.name):
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


@contextmanager
def _partial_folder(folder: Path) -> Iterator[Path]:
    partial = hidden_beside(folder)
    partial.mkdir()
    try:
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _publish(partial: Path, folder: Path) -> None:
    """Rename into place; an older folder steps aside first and is then removed."""
    if not folder.exists():
        partial.rename(folder)
        return
    with _partial_folder(folder) as aside:
        old = aside / "old"
        folder.rename(old)
        try:
            partial.rename(folder)
        except OSError:
            old.rename(folder)
            raise


def _file_names(folder: Path) -> list[str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    names = (path.relative_to(folder).as_posix() for path in paths)
    return [name for name in names if name != "record.json"]
