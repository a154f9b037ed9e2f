"""Tables that follow edits are those made from nothing, whatever is done in which order."""

from __future__ import annotations

import numpy as np
import pytest

from grainscope import edits
from grainscope.corrections import LiveFilm
from grainscope.records import Edit
from grainscope.settings import NetworkSettings, Settings

KINDS = ("discs", "small discs", "few", "rings", "labyrinth", "crystal", "one", "none")


def wander(rng, film, random_edit, check, steps):
    """Edit, undo and redo at random; compare after every one. Return how many there were."""
    made = 0
    for _ in range(steps):
        turn = rng.random()
        if turn < 0.15 and film.can_undo:
            film.undo()
        elif turn < 0.25 and film.can_redo:
            film.redo()
        else:
            edit = random_edit(rng, film)
            if edit is None:
                continue
            film.apply(edit)
        made += 1
        check(film)
        assert film._zoned is not None  # followed, not begun anew
    return made


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_table_is_that_made_from_nothing(kind, film_of, random_edit, assert_as_from_nothing):
    rng = np.random.default_rng(KINDS.index(kind))
    made = 0
    for _ in range(3):
        network = NetworkSettings(max_gap_nm=float(rng.choice([20, 60, 400])))
        film = LiveFilm(*film_of(rng, kind), Settings(network=network))
        made += wander(rng, film, random_edit, assert_as_from_nothing, 40)
    assert made > 60


def test_small_grains_may_be_film_to_the_others(film_of, random_edit, assert_as_from_nothing):
    rng = np.random.default_rng(31)
    ignoring = NetworkSettings(small_grains="ignore", min_grain_diameter_um=0.03)
    film = LiveFilm(*film_of(rng, "small discs"), Settings(network=ignoring))
    assert film.network.n_contacts < film.contacts(NetworkSettings()).n_contacts
    assert wander(rng, film, random_edit, assert_as_from_nothing, 6) > 2


@pytest.fixture
def film(film_of):
    return LiveFilm(*film_of(np.random.default_rng(5), "discs"), Settings())


def test_the_last_grain_goes_and_the_first_one_comes(film, assert_as_from_nothing):
    change = film.apply(edits.delete(film.labels, film.ids))
    assert len(film.ids) == 0
    assert len(change.ids_removed) > 20
    assert_as_from_nothing(film)
    outline = [[10, 10], [10, 30], [30, 30]]
    change = film.apply(edits.draw(film.labels, outline, film.next_label, film.micrograph.frame))
    assert change.rows_changed.tolist() == [0]
    assert change.ids_added.tolist() == film.ids.tolist() == [film.next_label - 1]
    assert_as_from_nothing(film)
    film.undo()
    film.undo()
    assert_as_from_nothing(film)
    assert film.table.n_grains > 20


def test_a_change_names_its_grains_and_rows(film):
    a, b, c = (int(i) for i in film.ids[[3, 7, 11]])
    before = film.table
    change = film.apply(edits.merge(film.labels, [a, b]))
    assert (change.ids_changed.tolist()[0], change.ids_removed.tolist()) == (a, [b])
    assert change.rows_changed.tolist() == film.rows_of(change.ids_changed).tolist()
    assert len(change.ids_added) == 0
    same = np.setdiff1d(film.ids, change.ids_changed)
    rows = film.rows_of(same)
    assert c not in film.ids or film.table.label[film.rows_of([c])] == rows[same == c] + 1
    assert np.array_equal(film.table.area_px[rows], before.area_px[same - 1])
    with pytest.raises(ValueError, match=f"there is no grain {b}"):
        film.rows_of([b])


def test_undo_and_redo_keep_numbers_and_history(film):
    start, first_new = film.labels.copy(), film.next_label
    film.apply(edits.delete(film.labels, [2]))
    film.apply(edits.draw(film.labels, [[5, 5], [5, 9], [9, 9]], first_new, film.micrograph.frame))
    after = film.labels.copy()
    film.undo()
    film.undo()
    assert np.array_equal(film.labels, start)
    assert not film.can_undo
    with pytest.raises(ValueError, match="nothing to undo"):
        film.undo()
    film.redo()
    film.redo()
    assert np.array_equal(film.labels, after)
    with pytest.raises(ValueError, match="nothing to redo"):
        film.redo()
    film.undo()
    assert film.next_label == first_new + 1  # a number taken back is not used again
    film.apply(edits.delete(film.labels, [3]))
    assert not film.can_redo
    actions = [entry.action for entry in film.history]
    assert actions == ["edit", "edit", "undo", "undo", "redo", "redo", "undo", "edit"]
    assert np.array_equal(edits.replay(start, film.history), film.labels)


def test_a_correction_goes_on_where_it_was_left(film, film_of, random_edit):
    rng = np.random.default_rng(6)
    assert wander(rng, film, random_edit, lambda _: None, 12) > 5
    film.undo()
    again = LiveFilm(*film_of(np.random.default_rng(5), "discs"), Settings(), film.history)
    assert np.array_equal(again.labels, film.labels)
    assert again.next_label == film.next_label
    assert np.array_equal(again.confidence, film.confidence, equal_nan=True)
    for one in (again, film):
        one.redo()
        one.undo()
        one.undo()
    assert np.array_equal(again.labels, film.labels)
    assert again.history[:-3] == film.history[:-3]


def test_an_edit_of_another_film_changes_nothing(film):
    labels, history = film.labels.copy(), film.history
    outside = Edit("draw", (), np.array([[0, 10, 20, 5]]))
    unknown = Edit("draw", (), np.array([[20, 10, 20, 10**9]]))
    for edit, message in ((outside, "outside the frame"), (unknown, "the next one is")):
        with pytest.raises(ValueError, match=message):
            film.apply(edit)
    assert np.array_equal(film.labels, labels)
    assert film.history == history


def test_confidence_is_told_of_grains_left_alone(film):
    known = film.table.confidence
    assert np.array_equal(film.confidence, known)
    film.apply(edits.delete(film.labels, [1]))
    assert film.table.confidence is None
    assert np.array_equal(film.confidence, known[1:])
    film.apply(
        edits.reclassify(
            film.labels,
            film.micrograph.intensity,
            np.argwhere(film.labels == 2)[0],
            999,
            film.micrograph.frame,
        )
    )
    change = film.apply(edits.merge(film.labels, [4, 5]))
    assert np.isnan(film.confidence[change.rows_changed]).all()
    for _ in range(3):
        film.undo()
    assert np.array_equal(film.table.confidence, known)


def test_other_settings_ask_for_other_loops(film, assert_as_from_nothing):
    wide = NetworkSettings(max_gap_nm=400, min_grain_diameter_um=0.05)
    loops = film.loops(wide)
    assert film.loops(wide) is loops
    film.use(Settings(network=wide))
    assert film.loops() is loops
    assert_as_from_nothing(film)
    film.apply(edits.delete(film.labels, [8]))
    assert film.loops() is not loops
