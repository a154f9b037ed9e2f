"""Films of several kinds, random edits of them, and the tables made from nothing."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage.measure import label

from grainscope import edits
from grainscope.corrections import LiveFilm
from grainscope.grains import measure
from grainscope.network import build_network, find_loops, membership, percolate
from grainscope.records import Frame, Micrograph, PixelSize, Segmentation

SHAPE, FRAME = (94, 110), Frame(4, 88, 3, 110)


def paint_discs(rng, radii_px, inner=0.0):
    labels = np.zeros(SHAPE, np.int32)
    y, x = np.indices(SHAPE)
    for number, radius in enumerate(radii_px, 1):
        away = np.hypot(y - rng.uniform(0, SHAPE[0]), x - rng.uniform(0, SHAPE[1]))
        labels[(away < radius) & (away >= inner * radius)] = number
    return labels


def paint_rings(rng):
    labels = paint_discs(rng, rng.uniform(8, 30, 6), inner=0.8)
    inside = paint_discs(rng, rng.uniform(1, 4, 40))
    return np.where((labels == 0) & (inside > 0), inside + labels.max(), labels)


def paint_crystal(rng):
    corners = rng.uniform(0, SHAPE, (50, 2))
    away = [np.hypot(*(np.indices(SHAPE) - corner[:, None, None])) for corner in corners]
    first, second = np.sort(away, axis=0)[:2]
    return np.where(second - first > 1, np.argmin(away, axis=0) + 1, 0)


PAINTERS = {
    "discs": lambda rng: paint_discs(rng, rng.uniform(2, 9, 60)),
    "small discs": lambda rng: paint_discs(rng, rng.uniform(0.6, 3, 150)),
    "few": lambda rng: paint_discs(rng, rng.uniform(1, 14, 4)),
    "rings": paint_rings,
    "labyrinth": lambda rng: label(gaussian_filter(rng.normal(size=SHAPE), 2) > 0, connectivity=2),
    "crystal": paint_crystal,
    "one": lambda rng: paint_discs(rng, rng.uniform(1, 60, 1)),
    "none": lambda rng: paint_discs(rng, []),
}


@pytest.fixture
def film_of():
    """Make a micrograph and its labels: kind → (Micrograph, Segmentation)."""

    def make(rng: np.random.Generator, kind: str) -> tuple[Micrograph, Segmentation]:
        labels = np.zeros(SHAPE, np.int32)
        labels[FRAME.slices] = PAINTERS[kind](rng)[FRAME.slices]
        pieces = label(labels, background=0, connectivity=2).astype(np.int32)
        grey = gaussian_filter(np.where(pieces > 0, 180.0, 60.0) + rng.normal(0, 9, SHAPE), 0.7)
        size, n = PixelSize(5.0, 0.0, "option"), int(pieces.max())
        micrograph = Micrograph("film", grey.clip(0, 255).astype(np.uint8), size, FRAME)
        return micrograph, Segmentation(pieces, size, FRAME, confidence=rng.uniform(0, 1, n))

    return make


@pytest.fixture
def random_edit():
    """Try an edit of a random kind; None where it cannot be made."""

    def make(rng: np.random.Generator, film: LiveFilm) -> object:
        labels, new, frame = film.labels, film.next_label, film.micrograph.frame
        near = np.array([rng.uniform(-4, side + 4) for side in labels.shape])
        count = min(len(film.ids), int(rng.choice([1, 2, 2, 3])))
        some = rng.choice(film.ids, count, replace=False).tolist()
        if count and rng.random() < 0.7:  # neighbours rather than any
            distance = np.hypot(*(np.argwhere(labels > 0) - near).T)
            close = labels[labels > 0][np.argsort(distance)[: 40 * count]]
            some = list(dict.fromkeys(close.tolist()))[:count]
        spread = rng.normal(0, rng.choice([1.5, 5, 15]), (int(rng.integers(3, 8)), 2))
        tools = [lambda: edits.draw(labels, near + spread, new, frame)]
        if some:
            middle = np.argwhere(labels == some[0]).mean(axis=0)
            tools += [
                lambda: edits.merge(labels, some),
                lambda: edits.delete(labels, some),
                lambda: edits.fill_holes(labels, some),
                lambda: edits.split_by_line(labels, some[0], middle + spread[:2], new),
                lambda: edits.split_by_seeds(labels, some[0], middle + spread[:2] / 2, new),
                lambda: edits.draw(labels, middle + spread, new, frame, some[0]),
                lambda: edits.reclassify(labels, film.micrograph.intensity, middle, new, frame),
                lambda: edits.reclassify(labels, film.micrograph.intensity, near, new, frame),
                lambda: edits.painted(labels, brushed(rng, labels, near, some[0]), new, frame),
                lambda: edits.delete(labels, film.ids if len(film.ids) < 5 else some),
            ]
        try:
            return tools[int(rng.integers(len(tools)))]()
        except ValueError:
            return None

    return make


def brushed(rng, labels, near, grain):
    after = labels.copy()
    y, x = np.indices(labels.shape)
    after[np.hypot(y - near[0], x - near[1]) < rng.uniform(1, 8)] = rng.choice([0, grain])
    return after


@pytest.fixture
def assert_as_from_nothing():
    """Hold every table of a live film against the pipeline's, made from its compact labels."""
    return compare


def compare(film: LiveFilm) -> None:
    settings = film.settings
    labels = edits.compact(film.labels)
    assert np.array_equal(film.ids, np.unique(film.labels[film.labels > 0]))
    bare = replace(film.segmentation, labels=labels, confidence=None)
    assert np.array_equal(film.segmentation.labels, labels)
    table = measure(film.micrograph, bare, settings.grains)
    network = build_network(bare, table, settings.network)
    loops = find_loops(network, bare, table, settings.network)
    degree, component = membership(network, table, settings.network)
    percolation = percolate(network, bare, table, settings.network)
    assert_same(film.network, network)
    assert_same(film.table, replace(table, degree=degree, component=component), {"confidence"})
    assert_same(film.loops(), loops)
    expected = percolation.threshold_gap_x_nm, percolation.threshold_gap_y_nm
    assert np.array_equal(film.spanning_gaps(), expected, equal_nan=True)


def assert_same(ours, theirs, but=frozenset()):
    for name in (field.name for field in fields(ours) if field.name not in but):
        a, b = getattr(ours, name), getattr(theirs, name)
        if name == "node_contour":
            a, b = by_appearance(a), by_appearance(b)
        assert (a is None) == (b is None), name
        assert a is None or (a.dtype == b.dtype and np.array_equal(a, b, equal_nan=True)), name


def by_appearance(numbers):
    _, first, which = np.unique(numbers, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[which]
