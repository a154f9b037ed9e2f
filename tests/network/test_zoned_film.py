"""Facets that follow labels are those listed anew, whatever the labels become."""

from __future__ import annotations

import numpy as np
import pytest

from grainscope.network import ZonedFilm, zoned_film
from grainscope.network.contacts import divide, zone_facets


def stamp(labels, rng, value, largest_px):
    """Put a disc, ring, line, box or dust of one label somewhere, half of it outside perhaps."""
    y, x = np.indices(labels.shape)
    y, x = y - rng.uniform(-4, labels.shape[0] + 4), x - rng.uniform(-4, labels.shape[1] + 4)
    away, size, turn = np.hypot(y, x), rng.uniform(0.5, largest_px), rng.uniform(0, 3)
    shapes = (
        away < size,
        (away < size) & (away > 0.7 * size),
        np.abs(y * np.cos(turn) + x * np.sin(turn)) < 1,
        (np.abs(y) < size) & (np.abs(x) < rng.uniform(0.5, largest_px)),
        (away < size) & (rng.random(labels.shape) < 0.3),
    )
    labels[shapes[int(rng.integers(len(shapes)))]] = value


def changed(labels, rng, largest_px):
    """Stamp, erase or join grains; labels need not hang together."""
    after = labels.copy()
    grains = np.unique(labels[labels > 0])
    kind = rng.integers(4) if len(grains) else 0
    if kind == 0:
        stamp(after, rng, int(rng.integers(0, labels.max() + 2)), largest_px)
    elif kind == 1:
        after[np.isin(after, rng.choice(grains, 3))] = 0
    elif kind == 2:
        after[after == rng.choice(grains)] = rng.choice(grains)
    else:
        stamp(after, rng, 0, largest_px)
    return after


def by_appearance(numbers):
    _, first, which = np.unique(numbers, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[which]


def assert_listed_anew(film, labels):
    assert np.array_equal(film.labels, labels)
    ours, anew = (
        facets._replace(contour=by_appearance(facets.contour))
        for facets in (film.facets, zone_facets(labels))
    )
    for name, found, expected in zip(anew._fields, ours, anew, strict=True):
        assert found.dtype == expected.dtype, name
        assert np.array_equal(found, expected), name


@pytest.mark.parametrize("largest_px", [2, 6, 15, 40])
@pytest.mark.parametrize("n_grains", [0, 1, 8, 120])
def test_facets_follow_any_labels(n_grains, largest_px):
    rng = np.random.default_rng([n_grains, largest_px])
    for _ in range(3):
        labels = np.zeros(rng.integers(1, 130, 2), np.int32)
        for number in range(n_grains):
            stamp(labels, rng, number + 1, largest_px)
        film = ZonedFilm(labels)
        for _ in range(12):
            labels = changed(labels, rng, largest_px)
            film.change((0, 0), labels)
            assert_listed_anew(film, labels)


def test_only_the_rectangle_that_is_given_changes():
    rng = np.random.default_rng(3)
    labels = np.zeros((60, 70), np.int32)
    for number in range(1, 30):
        stamp(labels, rng, number, 5)
    film = ZonedFilm(labels)
    part = labels[20:40, 30:60].copy()
    part[5:15, 5:15] = 40
    film.change((20, 30), part)
    labels[20:40, 30:60] = part
    assert_listed_anew(film, labels)


def test_many_changes_at_once_are_those_of_a_film_begun_anew():
    rng = np.random.default_rng(4)
    labels = np.zeros((400, 500), np.int32)
    for number, (y, x) in enumerate(np.ndindex(20, 25), 1):
        labels[20 * y + 4 :, 20 * x + 4 :][: rng.integers(3, 12), : rng.integers(3, 12)] = number
    for few in (3, 90):
        film, after = ZonedFilm(labels), labels.copy()
        after[np.isin(after, rng.choice(500, few, replace=False) + 1)] = 0
        film.change((0, 0), after)
        assert_listed_anew(film, after)


def test_a_distant_grain_becomes_the_nearest_when_those_between_go():
    labels = np.zeros((40, 400), np.int32)
    labels[18:22, 4:8], labels[18:22, 390:394] = 1, 2
    labels[5:35, 180:220] = 3
    labels[0, 100], labels[39, 300] = 4, 5
    film = ZonedFilm(labels)
    for gone in (3, 4, 5):
        labels[labels == gone] = 0
        film.change((0, 0), labels)
        assert_listed_anew(film, labels)
    assert film.facets.own.tolist() == [1, 2]


def test_the_only_grain_goes_to_a_distant_place_in_one_change():
    """In between the film has no grain; following it place by place would never end."""
    labels = np.zeros((40, 400), np.int32)
    labels[18:22, 4:8] = 1
    film = ZonedFilm(labels)
    film.change((0, 0), np.ascontiguousarray(labels[:, ::-1]))
    assert_listed_anew(film, labels[:, ::-1])


def test_pixels_cut_off_their_zones_are_followed():
    """Dots around a circle: their thin zones meet in the middle, where the grid cuts many."""
    rng = np.random.default_rng(8)
    for jitter_px in (0.0, 0.5, 3.0):
        turn = np.linspace(0, 2 * np.pi, 150, endpoint=False)
        radius = 80 + rng.normal(0, jitter_px, 150)
        y = np.rint(100 + radius * np.sin(turn)).astype(int)
        x = np.rint(100 + radius * np.cos(turn)).astype(int)
        labels = np.zeros((200, 200), np.int32)
        labels[y, x] = np.arange(1, 151)
        assert divide(labels).mended.sum() > 30
        film = ZonedFilm(labels)
        for step in range(12):
            some = rng.integers(0, 150, 3)
            if step % 3 == 0:
                labels[y[some], x[some]] = rng.integers(0, 151)
            elif step % 3 == 1:
                stamp(labels, rng, int(rng.integers(0, 160)), 3)
            else:
                labels[y[some[0]], x[some[0]]] = some[1] + 1
            film.change((0, 0), labels)
            assert_listed_anew(film, labels)


def test_the_window_grows_while_mended_pixels_lead_out_of_it(monkeypatch):
    seen = []
    keeps_off = zoned_film._keeps_off_rim

    def spy(inside, window, shape):
        seen.append((window, keeps_off(inside, window, shape)))
        return seen[-1][1]

    monkeypatch.setattr(zoned_film, "_keeps_off_rim", spy)
    turn = np.linspace(0, 2 * np.pi, 150, endpoint=False)
    y, x = (np.rint(100 + 80 * wave(turn)).astype(int) for wave in (np.sin, np.cos))
    labels = np.zeros((200, 200), np.int32)
    labels[y, x] = np.arange(1, 151)
    for dot in range(0, 150, 10):
        film, after = ZonedFilm(labels), labels.copy()
        after[y[dot], x[dot]] = 0
        film.change((0, 0), after)
        assert_listed_anew(film, after)
        assert seen[-1][1]
    assert not all(kept for _, kept in seen)


def test_groups_of_mended_pixels_hang_together_within_three_pixels():
    mended = np.zeros((9, 20), np.bool_)
    mended[4, [5, 8, 13, 16]] = True  # the box ends at column 3: 5 and 8 hang on it
    inside = zoned_film._connected_to(mended, (103, 201, 106, 204), (100, 200, 109, 220))
    assert inside[4].tolist() == [False] + 9 * [True] + 10 * [False]
    assert zoned_film._keeps_off_rim(inside, (100, 200, 109, 220), (300, 300))
    inside[4, -1] = True
    assert not zoned_film._keeps_off_rim(inside, (100, 200, 109, 220), (300, 300))
    assert zoned_film._keeps_off_rim(inside, (100, 200, 109, 220), (300, 220))


def spiral(side):
    """One grain wound into a square, with the gap between its turns open to the outside."""
    grain = np.zeros((side, side), np.int32)
    y, x, length = side // 2, side // 2, 2
    for turn in range(side // 2 - 2):
        dy, dx = ((0, 1), (1, 0), (0, -1), (-1, 0))[turn % 4]
        for _ in range(length):
            grain[y, x] = 1
            y, x = y + dy, x + dx
        length += 2 * (turn % 2)
    return grain


def test_background_in_a_winding_gap_is_all_shared():
    labels = np.full((46, 46), 2, np.int32)  # around it all, so that no contour meets the frame
    labels[1:-1, 1:-1] = 0
    labels[3:43, 3:43] = spiral(40)
    facets, zones = zone_facets(labels), divide(labels).zones
    own = facets.background_px[facets.own == 1].sum()
    assert own == np.count_nonzero((labels == 0) & (zones == 1)) > 500


def test_a_winding_grain_far_away_changes_no_share():
    rng = np.random.default_rng(2)
    for _ in range(5):
        labels = np.zeros((120, 260), np.int32)
        for number in range(1, 40):
            stamp(labels[:, :120], rng, number, 15)
        labels[:, 150:160], labels[50:54, 250:255] = 40, 41
        wound = labels.copy()
        wound[40:80, 190:230] = spiral(40) * 42
        plain, winding = (zone_facets(film) for film in (labels, wound))
        left = [np.repeat(facets.x_px < 140, 2) for facets in (plain, winding)]
        shares = plain.background_px[left[0]], winding.background_px[left[1]]
        assert len(shares[0]) > 20
        assert np.array_equal(*shares)
