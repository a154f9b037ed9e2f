import numpy as np
import pytest

from grainscope.edits import (
    apply_edit,
    apply_in_place,
    compact,
    delete,
    edits_in_force,
    merge,
    next_label_after,
    replay,
    reverted,
    states,
)
from grainscope.records import Edit, LogEntry


def entry(action: str, edit: Edit | None = None) -> LogEntry:
    return LogEntry(action, "2026-01-01T00:00:00Z", edit)


def test_an_edit_leaves_its_input_alone(art):
    labels = art("1.22")
    apply_edit(labels, delete(labels, [2]))
    assert labels.tolist() == [[1, 0, 2, 2]]
    apply_in_place(labels, delete(labels, [2]))
    assert labels.tolist() == [[1, 0, 0, 0]]


def test_taking_back_gives_what_was_before(art):
    labels = art("1.22.3")
    edit = merge(labels, [1, 2, 3])
    after = apply_edit(labels, edit)
    np.testing.assert_array_equal(apply_edit(after, reverted(labels, edit)), labels)
    assert reverted(labels, edit).kind == "merge"


@pytest.mark.parametrize(
    "runs", [[[0, 2, 9, 1]], [[-1, 0, 1, 1]], [[4, 0, 1, 1]], [[0, -3, 1, 1]], [[0, 2, 2, 1]]]
)
def test_an_edit_of_another_image_is_refused_and_changes_nothing(runs):
    labels = np.ones((2, 3), np.int32)
    edit = Edit("draw", (), np.array([[0, 0, 1, 5], *runs]))
    for do in (apply_in_place, apply_edit, reverted):
        with pytest.raises(ValueError, match="edit"):
            do(labels, edit)
    assert (labels == 1).all()


def test_undo_and_redo_fold(art):
    labels = art("1.2.3")
    first, second = delete(labels, [1]), delete(labels, [2])
    log = [entry("edit", first), entry("undo"), entry("redo"), entry("edit", second)]
    assert replay(labels, log).tolist() == [[0, 0, 0, 0, 3]]
    assert replay(labels, [*log, entry("undo")]).tolist() == [[0, 0, 2, 0, 3]]
    assert replay(labels, [*log, entry("undo"), entry("undo")]).tolist() == labels.tolist()
    done, undone = edits_in_force([*log, entry("undo"), entry("undo")])
    assert (done, undone) == ([], [second, first])


def test_a_new_edit_forgets_what_could_have_been_made_again(art):
    labels = art("1.2")
    log = [entry("edit", delete(labels, [1])), entry("undo"), entry("edit", delete(labels, [2]))]
    assert edits_in_force(log)[1] == []
    with pytest.raises(ValueError, match="entry 4: nothing to redo"):
        replay(labels, [*log, entry("redo")])


@pytest.mark.parametrize("action", ["undo", "redo", "edit", "dance"])
def test_what_cannot_be_folded_is_refused(action):
    with pytest.raises(ValueError, match=f"entry 1: nothing to {action}"):
        edits_in_force([entry(action)])


def test_numbers_are_compact_in_the_order_of_the_labels(art):
    assert compact(art("5.22.9")).tolist() == [[2, 0, 1, 1, 0, 3]]
    assert compact(np.zeros((2, 2), np.int32)).tolist() == [[0, 0], [0, 0]]
    far = np.array([[2**31 - 1, 0, 12, 2**30]], np.int32)
    assert compact(far).tolist() == [[3, 0, 1, 2]]
    assert compact(far).dtype == np.int32


def test_a_label_is_never_given_twice(art):
    labels = art("1.5")
    assert next_label_after(labels) == 6
    drawn = Edit("draw", (), np.array([[0, 1, 2, 8]]))
    assert next_label_after(labels, [drawn, delete(apply_edit(labels, drawn), [8])]) == 9


def test_states_are_what_labels_were_after_each_entry(art):
    labels = art("1.2.3")
    log = [
        entry("edit", delete(labels, [1])),
        entry("edit", delete(labels, [2])),
        *(entry(action) for action in ("undo", "undo", "redo", "redo", "undo")),
        entry("edit", delete(labels, [3])),
    ]
    seen = [state.copy() for state in states(labels, log)]
    for n, state in enumerate(seen):
        np.testing.assert_array_equal(state, replay(labels, log[:n]))
    with pytest.raises(ValueError, match="entry 9: nothing to redo"):
        list(states(labels, [*log, entry("redo")]))
