"""What the labels of a result are now: those of ``labels.tif``, or what the log replays to.

The log is on the disk before anything else, so ``labels.tif`` may be older: the
window was closed, or killed, before it was written again. It may also be newer:
another program saved it. It is older where it is the file that was recorded, or
holds grains that the log gave at some point; then the log wins. Otherwise another program's
work becomes one more edit, which keeps both and can be taken back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from grainscope.errors import ResultError
from grainscope.files.edit_log_lines import EDIT_LOG
from grainscope.files.label_images import one_region_each, read_label_image
from grainscope.files.stored_edits import StoredEdits, read_edit_log
from grainscope.records import LogEntry

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from grainscope.records import Frame

#: Only a log of corrections keeps what was there before.
_NO_COPY = (
    "labels.tif was saved by another program, and the labels before it are not kept: "
    "'grainscope run' into another folder makes them again"
)


@dataclass(frozen=True)
class CurrentLabels:
    """Labels of a result folder as they are now.

    Attributes
    ----------
    labels : ndarray of int32, shape (H, W)
        1…n without gaps, each one region, 0 outside the frame.
    edits : StoredEdits or None
        The corrections that led to them; None where there is no log.
    as_saved : bool
        Whether ``labels.tif`` holds the same.
    warnings : tuple of str
        What a user should know.
    """

    labels: NDArray[np.int32]
    edits: StoredEdits | None = None
    as_saved: bool = True
    warnings: tuple[str, ...] = ()


def current_labels(folder: Path, frame: Frame, as_recorded: bool) -> CurrentLabels:
    """Find out what the labels of a result are.

    Parameters
    ----------
    folder : Path
        OUT/STEM.
    frame : Frame
        Of the record.
    as_recorded : bool
        Whether ``labels.tif`` is the file that ``record.json`` names.

    Raises
    ------
    ResultError
        Labels or log are absent, damaged, or do not belong together.
    """
    log = read_edit_log(folder)
    if log is not None:
        return _logged(folder, log, frame, as_recorded)
    saved = read_label_image(folder / "labels.tif")
    _check_size(folder, saved.shape, frame)
    return CurrentLabels(saved) if as_recorded else _of_another_program(saved, frame)


def _check_size(folder: Path, shape: tuple[int, ...], frame: Frame) -> None:
    if frame.row_stop > shape[0] or frame.column_stop > shape[1]:
        raise ResultError(f"{folder}/labels.tif: {shape} is smaller than the frame {frame}")


def _of_another_program(saved: NDArray[np.int32], frame: Frame) -> CurrentLabels:
    inside = np.zeros_like(saved)
    inside[frame.slices] = saved[frame.slices]
    whole = one_region_each(inside)
    warnings = [_NO_COPY]
    if whole.max(initial=0) != np.count_nonzero(np.unique(inside)):
        warnings.append("labels in several pieces: each piece counts as a grain of its own")
    return CurrentLabels(whole, None, np.array_equal(whole, saved), tuple(warnings))


def _logged(folder: Path, log: StoredEdits, frame: Frame, as_recorded: bool) -> CurrentLabels:
    from grainscope import edits

    _check_size(folder, log.automatic.shape, frame)
    warnings = []
    if log.is_cut_off:
        warnings.append(f"{EDIT_LOG}: its last line was cut off; that correction is left out")
    labels = edits.compact(log.labels)
    try:
        saved = read_label_image(folder / "labels.tif")
    except ResultError as error:
        warnings.append(f"{error}; labels are those of {EDIT_LOG}")
        return CurrentLabels(labels, log, False, tuple(warnings))
    if np.array_equal(saved, labels):
        return CurrentLabels(labels, log, True, tuple(warnings))
    if as_recorded or _was_once(log, saved, frame):
        return CurrentLabels(labels, log, False, tuple(warnings))
    warnings.append(
        f"labels.tif was saved by another program after the corrections in {EDIT_LOG}: "
        "taken over as one more correction"
    )
    log = _with_those_of_another_program(folder, log, saved, frame)
    labels = edits.compact(log.labels)
    return CurrentLabels(labels, log, np.array_equal(saved, labels), tuple(warnings))


def _was_once(log: StoredEdits, saved: NDArray[np.int32], frame: Frame) -> bool:
    """Whether the log gave these grains at some point, whatever their numbers."""
    from skimage.measure import label

    from grainscope import edits

    if saved.shape != log.automatic.shape:
        return False
    inside = saved[frame.slices]
    grain, pieces = inside > 0, label(inside, connectivity=2)
    states = (labels[frame.slices] for labels in edits.states(log.automatic, log.entries))
    return any(
        np.array_equal(grain, state > 0) and np.array_equal(pieces, label(state, connectivity=2))
        for state in states
    )


def _with_those_of_another_program(
    folder: Path, log: StoredEdits, saved: NDArray[np.int32], frame: Frame
) -> StoredEdits:
    from grainscope import edits

    try:
        edit = edits.adopt(log.labels, saved, log.next_label, frame)
    except ValueError as error:
        raise ResultError(
            f"{folder}/labels.tif: {error}, as in labels_automatic.tif; remove labels.tif "
            f"to go on from {EDIT_LOG}"
        ) from error
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return log.with_entry(LogEntry("edit", now, edit))
