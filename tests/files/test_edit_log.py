"""The log of corrections: nothing that reached the disk is lost, nothing hostile gets in."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grainscope import edits
from grainscope.errors import OutputError, ResultError
from grainscope.files import EditLog
from grainscope.files.edit_log_lines import AUTOMATIC_LABELS, EDIT_LOG, log_line
from grainscope.files.stored_edits import read_edit_log
from grainscope.records import Edit, Frame, LogEntry, PixelSize

PIXEL = PixelSize(5.0, 0.0, "option")
NOW = "2026-01-01T00:00:00+00:00"
LABELS = np.array([[1, 1, 1, 1, 0, 2], [1, 1, 1, 1, 0, 2], [0, 0, 0, 0, 0, 2]], np.int32)


def some_entries() -> list[LogEntry]:
    """A split, a drawn grain, an undo, a redo, an undo, a merge."""
    split = edits.split_by_line(LABELS, 1, [[-1, 1.5], [4, 1.5]], 3)
    labels = edits.apply_edit(LABELS, split)
    outline = [[1.5, -1], [1.5, 2.5], [9, 2.5], [9, -1]]
    drawn = edits.draw(labels, outline, 4, Frame.whole(LABELS.shape))
    merged = edits.merge(labels, [3, 2])
    log = [("edit", split), ("edit", drawn), ("undo", None), ("redo", None), ("undo", None)]
    return [LogEntry(action, NOW, edit) for action, edit in [*log, ("edit", merged)]]


@pytest.fixture
def folder(tmp_path):
    """A folder with a log of six entries."""
    log = EditLog(tmp_path, LABELS, PIXEL)
    for entry in some_entries():
        log.append(entry)
    return tmp_path


def test_nothing_is_written_before_the_first_correction(tmp_path):
    EditLog(tmp_path, LABELS, PIXEL)
    assert list(tmp_path.iterdir()) == []
    assert read_edit_log(tmp_path) is None


def test_a_log_read_back_replays_to_the_same_labels(folder):
    stored = read_edit_log(folder)
    np.testing.assert_array_equal(stored.automatic, LABELS)
    np.testing.assert_array_equal(stored.labels, edits.replay(LABELS, some_entries()))
    assert [entry.action for entry in stored.entries] == [e.action for e in some_entries()]
    assert stored.entries[0].edit.asked == {"line_px": [[-1.0, 1.5], [4.0, 1.5]]}
    assert stored.next_label == 5
    assert not stored.is_cut_off
    assert sorted(path.name for path in folder.iterdir()) == [EDIT_LOG, AUTOMATIC_LABELS]


def test_the_log_goes_on_where_it_was(folder):
    stored = read_edit_log(folder)
    EditLog(folder, LABELS, PIXEL, stored).append(LogEntry("undo", NOW))
    again = read_edit_log(folder)
    assert len(again.entries) == 7
    np.testing.assert_array_equal(again.labels, edits.replay(LABELS, some_entries()[:1]))


def test_a_log_cut_at_any_byte_still_opens_and_goes_on(folder):
    path, whole = folder / EDIT_LOG, (folder / EDIT_LOG).read_bytes()
    ends = [i + 1 for i, byte in enumerate(whole) if byte == 10]
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        stored = read_edit_log(folder)
        n_whole = max(sum(cut >= end - 1 for end in ends) - 1, 0)
        assert len(stored.entries) == n_whole
        np.testing.assert_array_equal(stored.labels, edits.replay(LABELS, some_entries()[:n_whole]))
        if cut % 31 == 0 or cut in ends or cut + 1 in ends:
            log = EditLog(folder, LABELS, PIXEL, stored)
            log.append(LogEntry("edit", NOW, edits.delete(stored.labels, [2])))
            again = read_edit_log(folder)
            assert len(again.entries) == n_whole + 1
            assert not again.is_cut_off
            assert not (again.labels == 2).any()


def test_noughts_after_a_power_cut_are_left_out(folder):
    path = folder / EDIT_LOG
    path.write_bytes(path.read_bytes() + bytes(500))
    stored = read_edit_log(folder)
    assert len(stored.entries) == 6
    assert stored.is_cut_off


def with_line(folder, number, **changes):
    """Change one line of a log."""
    path = folder / EDIT_LOG
    lines = path.read_text().splitlines()
    lines[number] = json.dumps(json.loads(lines[number]) | changes)
    path.write_text("\n".join(lines) + "\n")


RUN = [0, 0, 1, 1]


@pytest.mark.parametrize(
    ("number", "changes", "message"),
    [
        (0, {"schema": 99}, "schema 99 is newer than this program's 1; update"),
        (0, {"schema": "x"}, "line 1: damaged"),
        (0, {"labels_sha256": "0" * 64}, "not the file that edits.jsonl was made on"),
        (2, {"action": "dance"}, "line 3: damaged"),
        (1, {"action": "undo"}, "line 2: damaged"),
        (3, {"action": "redo"}, "nothing to redo"),
        (1, {"edit": None}, "line 2: damaged"),
        (1, {"time": 5}, "line 2: damaged"),
        *[
            (1, {"edit": {"kind": "split", "grains": [1], "runs": runs, "asked": {}}}, "line 2")
            for runs in (
                [[0, 0, 99, 1]],
                [[3, 0, 1, 1]],
                [[0, 2, 1, 1]],
                [[-1, 0, 1, 1]],
                [[0, 0, 1, -1]],
                [[0, 0, 1, 2**31]],
                [[0, 0, 1, 10**40]],
                [[0, 0, 1, 2**31 - 1]],
                [[0, 0, 1]],
                [[0.5, 0, 1, 1]],
                [["0", 0, 1, 1]],
                [[True, 0, 1, 1]],
                [[None] * 4],
                "0011",
                {"0": RUN},
            )
        ],
        (1, {"edit": {"kind": "rotate", "grains": [], "runs": [RUN]}}, "line 2"),
        (1, {"edit": {"kind": "draw", "grains": [-4], "runs": [RUN]}}, "line 2"),
        (1, {"edit": {"kind": "draw", "grains": [], "runs": [RUN], "asked": [1]}}, "line 2"),
    ],
)
def test_what_no_grainscope_wrote_is_refused_in_one_line(folder, number, changes, message):
    with_line(folder, number, **changes)
    with pytest.raises(ResultError, match=message) as caught:
        read_edit_log(folder)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400 + 2 * len(str(folder))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"7",
        b"null",
        b"{",
        b"\xff\xfe{}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"9" * 9000,
    ],
)
def test_a_line_that_is_no_entry_is_refused_unless_it_is_empty(folder, line):
    path = folder / EDIT_LOG
    first, *rest = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([first, line, *rest]) + b"\n")
    if not line:
        assert len(read_edit_log(folder).entries) == 6
        return
    with pytest.raises(ResultError, match="line 2: damaged"):
        read_edit_log(folder)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.binary(min_size=1, max_size=9))
def test_overwritten_bytes_are_refused_or_read_but_never_break_it(tmp_path_factory, at, junk):
    folder = tmp_path_factory.mktemp("log")
    log = EditLog(folder, LABELS, PIXEL)
    for entry in some_entries():
        log.append(entry)
    path = folder / EDIT_LOG
    content = bytearray(path.read_bytes())
    at %= len(content)
    content[at : at + len(junk)] = junk
    path.write_bytes(content)
    try:
        stored = read_edit_log(folder)
    except ResultError as error:
        assert "\n" not in str(error)  # noqa: PT017 (either is right)
    else:
        assert stored.labels.shape == LABELS.shape


@pytest.mark.parametrize("harm", ["gone", "other", "damaged"])
def test_a_log_without_its_labels_is_refused(folder, harm):
    automatic = folder / AUTOMATIC_LABELS
    if harm == "gone":
        automatic.unlink()
    else:
        automatic.write_bytes(b"II*\0" if harm == "damaged" else (folder / EDIT_LOG).read_bytes())
    with pytest.raises(ResultError, match=r"move edits\.jsonl away"):
        read_edit_log(folder)


def test_two_writers_do_not_mix(folder):
    stored = read_edit_log(folder)
    first, second = (EditLog(folder, LABELS, PIXEL, stored) for _ in range(2))
    first.append(LogEntry("undo", NOW))
    content = (folder / EDIT_LOG).read_bytes()
    with pytest.raises(ResultError, match="another program wrote"):
        second.append(LogEntry("undo", NOW))
    assert (folder / EDIT_LOG).read_bytes() == content


def test_two_first_writers_do_not_mix(tmp_path):
    first, second = (EditLog(tmp_path, LABELS, PIXEL) for _ in range(2))
    first.append(some_entries()[0])
    with pytest.raises(ResultError, match="another program wrote"):
        second.append(some_entries()[0])
    assert len(read_edit_log(tmp_path).entries) == 1


def test_a_log_that_was_taken_away_is_not_begun_anew(folder):
    log = EditLog(folder, LABELS, PIXEL, read_edit_log(folder))
    (folder / EDIT_LOG).unlink()
    with pytest.raises(OutputError, match="cannot be written"):
        log.append(LogEntry("undo", NOW))
    assert not (folder / EDIT_LOG).exists()


def test_a_full_disk_costs_the_entry_and_not_the_log(folder, monkeypatch):
    log = EditLog(folder, LABELS, PIXEL, read_edit_log(folder))
    before = (folder / EDIT_LOG).read_bytes()

    def full(handle):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(OutputError, match="No space left"):
            log.append(LogEntry("undo", NOW))
    assert (folder / EDIT_LOG).read_bytes() == before
    log.append(LogEntry("undo", NOW))
    assert len(read_edit_log(folder).entries) == 7


def test_a_folder_that_cannot_be_written_says_so(tmp_path):
    log = EditLog(tmp_path / "gone", LABELS, PIXEL)
    with pytest.raises(OutputError, match="cannot be written"):
        log.append(some_entries()[0])


def test_words_of_any_script_survive(tmp_path):
    edit = Edit("draw", (), np.array([[2, 0, 1, 3]]), {"note": "Körner µm 粒"})
    EditLog(tmp_path, LABELS, PIXEL).append(LogEntry("edit", NOW, edit))
    assert read_edit_log(tmp_path).entries[0].edit.asked["note"] == "Körner µm 粒"
    assert "粒" in log_line(LogEntry("edit", NOW, edit))
