"""Random sequences of every kind of edit: what holds after each of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from skimage.measure import label

from grainscope import edits
from grainscope.records import EDIT_KINDS, Frame, LogEntry

FRAME = Frame(2, 38, 0, 46)


def film(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return labels with gaps in their numbers, some of them touching, and grey levels."""
    smooth = gaussian_filter(rng.normal(size=(40, 48)), 2)
    labels = np.zeros((40, 48), np.int32)
    bright = label(smooth > 0.03, connectivity=2)
    halves = np.where(np.indices(labels.shape)[1] % 11 < 5, 1, 2)  # grains that touch
    labels[FRAME.slices] = label(bright * 2 + (bright > 0) * halves, connectivity=2)[FRAME.slices]
    labels[rng.random(labels.shape) < 0.02] = 0  # holes
    return label(labels, connectivity=2).astype(np.int32) * 3, smooth.astype(np.float32)


def assert_runs_in_order(edit):
    """Sorted by row and column, without overlap, with pixels."""
    row, start, stop, _label = edit.runs.T
    assert (start < stop).all()
    same = row[1:] == row[:-1]
    assert (np.diff(row) >= 0).all()
    assert (start[1:][same] >= stop[:-1][same]).all()


def random_points(rng: np.random.Generator, labels: np.ndarray, n: int) -> np.ndarray:
    centre = rng.uniform((-2, -2), labels.shape)
    return centre + rng.normal(0, 6, (n, 2))


def merged(rng, labels, grey, some, new):
    return edits.merge(labels, some)


def deleted(rng, labels, grey, some, new):
    return edits.delete(labels, some)


def filled(rng, labels, grey, some, new):
    return edits.fill_holes(labels, some)


def cut(rng, labels, grey, some, new):
    own = np.argwhere(labels == some[0])
    line = own.mean(axis=0) + rng.normal(0, 5, (int(rng.integers(2, 6)), 2))
    return edits.split_by_line(labels, some[0], np.rint(line) if new % 2 else line, new)


def seeded(rng, labels, grey, some, new):
    own = np.argwhere(labels == some[0])
    return edits.split_by_seeds(labels, some[0], rng.permutation(own)[: rng.integers(2, 5)], new)


def outlined(rng, labels, grey, some, new):
    outline = random_points(rng, labels, int(rng.integers(3, 9)))
    grain, over = rng.choice([None, some[0]]), rng.choice(["film", "grains"])
    return edits.draw(labels, outline, new, FRAME, grain, over)


def brushed(rng, labels, grey, some, new):
    after = labels.copy()
    for y, x in np.rint(random_points(rng, labels, 3)).astype(int):
        value = rng.choice([0, some[0], new, 10**6])
        after[max(y, 0) : max(y + 3, 0), max(x - 6, 0) : max(x + 6, 0)] = value
    return edits.painted(labels, after, new, FRAME)


def adopted(rng, labels, grey, some, new):
    other = rng.permutation(labels.max() + 1)[labels] * (labels > 0)
    other[10:13, 5:40] = rng.choice([0, 1])
    return edits.adopt(labels, other.astype(np.int32), new, FRAME)


def clicked(rng, labels, grey, some, new):
    return edits.reclassify(labels, grey, rng.uniform((0, 0), labels.shape), new, FRAME)


VERBS = (merged, deleted, filled, cut, seeded, outlined, brushed, adopted, clicked)


def tried(verb, labels, grey, new, rng):
    """Return an edit of some grains, or None where it cannot be done, which one line says."""
    present = np.unique(labels[labels > 0]).tolist()
    some = rng.permutation(present or [1]).tolist()[: rng.integers(1, 12)]
    try:
        return verb(rng, labels, grey, some if present else [1], new)
    except ValueError as error:
        return None if "\n" not in str(error) else pytest.fail(str(error))


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.sampled_from([*VERBS, "undo", "redo"]), min_size=1, max_size=12),
)
def test_whatever_is_done_labels_stay_sound_and_everything_can_be_taken_back(is_sound, seed, kinds):
    rng = np.random.default_rng(seed)
    start, grey = film(rng)
    labels, log, done, undone = start.copy(), [], [], []
    next_label = edits.next_label_after(labels)
    for kind in kinds:
        before = labels.copy()
        if kind == "undo" and done:
            edit, back = done.pop()
            undone.append(edit)
            labels = edits.apply_edit(labels, back)
            log.append(LogEntry("undo", ""))
        elif kind == "redo" and undone:
            edit = undone.pop()
            done.append((edit, edits.reverted(labels, edit)))
            labels = edits.apply_edit(labels, edit)
            log.append(LogEntry("redo", ""))
        elif kind not in ("undo", "redo"):
            edit = tried(kind, labels, grey, next_label, rng)
            if edit is None:
                continue
            assert edit.kind in EDIT_KINDS
            assert_runs_in_order(edit)
            assert set(edit.grains) <= set(np.unique(labels).tolist())
            back = edits.reverted(labels, edit)
            labels = edits.apply_edit(labels, edit)
            assert (labels != before).sum() == edit.n_pixels
            np.testing.assert_array_equal(edits.apply_edit(labels, back), before)
            fresh = np.setdiff1d(labels, before)
            assert (fresh[fresh > 0] >= next_label).all()
            next_label = edits.next_label_after(labels, [edit]) if len(fresh) else next_label
            done.append((edit, back))
            undone = []
            log.append(LogEntry("edit", "", edit))
        assert is_sound(labels)
        assert not labels[: FRAME.row_start].any()
        assert not labels[FRAME.row_stop :].any()
        assert not labels[:, FRAME.column_stop :].any()
    np.testing.assert_array_equal(edits.replay(start, log), labels)
    saved = edits.compact(labels)
    assert np.unique(saved[saved > 0]).tolist() == list(range(1, saved.max() + 1))
    pairs = np.unique(np.stack([labels.ravel(), saved.ravel()]), axis=1)
    assert (np.diff(pairs, axis=1) > 0).all()
