"""A film under correction and its folder: what the window shows is what is on the disk."""

from __future__ import annotations

import errno
import signal
import subprocess
import sys

import numpy as np
import pytest

from grainscope import edits
from grainscope.errors import OutputError, ResultError
from grainscope.viewer.opening import open_session


@pytest.fixture
def full_disk(monkeypatch):
    """Return a switch: on, nothing more reaches the disk."""
    state = {"full": False}

    def fsync(_handle):
        if state["full"]:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("grainscope.files.edit_log.os.fsync", fsync)
    return lambda full: state.update(full=full)


def deletes(session, label):
    session.apply(edits.delete(session.film.labels, [label]))


def test_an_edit_that_a_full_disk_refuses_is_not_done(session, result, full_disk):
    deletes(session, 3)
    before, told = session.film.labels.copy(), []
    session.film_changed.connect(told.append)
    full_disk(True)
    for act in (lambda: deletes(session, 4), session.undo):
        with pytest.raises(OutputError, match="No space left"):
            act()
        np.testing.assert_array_equal(session.film.labels, before)
    assert not told
    np.testing.assert_array_equal(open_session(result).film.labels, before)

    full_disk(False)
    deletes(session, 5)
    session.undo()
    session.redo()
    again = open_session(result)
    np.testing.assert_array_equal(again.film.labels, session.film.labels)
    assert again.n_edits == session.n_edits == 2


def test_of_two_windows_the_second_to_edit_is_refused_and_stays_as_it_was(session, result):
    other = open_session(result)
    deletes(session, 3)
    before = other.film.labels.copy()
    with pytest.raises(ResultError, match="another program wrote to it meanwhile"):
        deletes(other, 4)
    np.testing.assert_array_equal(other.film.labels, before)
    assert not other.tables_are_old
    other.save_labels()  # as at its end: what the first did is not undone by it
    np.testing.assert_array_equal(open_session(result).film.labels, session.film.labels)


def test_what_nobody_can_write_to_can_still_be_seen(session, result, full_disk):
    deletes(session, 3)
    with (result / "edits.jsonl").open("a") as stream:
        stream.write('{"action":"un')  # cut off, and to be mended at the next opening
    full_disk(True)
    again = open_session(result)
    np.testing.assert_array_equal(again.film.labels, session.film.labels)
    with pytest.raises(OutputError, match="No space left"):
        deletes(again, 4)
    assert again.n_edits == 1


def test_edits_of_a_window_that_was_killed_are_there_again(result):
    program = (
        "import os, signal, sys\n"
        "from grainscope import edits\n"
        "from grainscope.viewer.opening import open_session\n"
        "session = open_session(sys.argv[1])\n"
        "for label in (3, 4):\n"
        "    session.apply(edits.delete(session.film.labels, [label]))\n"
        "session.undo()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(result)], check=False)
    assert killed.returncode == -signal.SIGKILL
    again = open_session(result)
    assert [entry.action for entry in again.film.history] == ["edit", "edit", "undo"]
    assert 3 not in again.film.ids
    again.redo()
    assert 4 not in again.film.ids
