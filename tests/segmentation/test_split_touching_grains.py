"""Necks are cut where they are deep, and only there."""

import numpy as np
import pytest

from grainscope.segmentation.split import split_touching
from grainscope.segmentation.split_kernels import ascend

SHAPE = (80, 160)


def discs(shape, centres, radius):
    y, x = np.indices(shape)
    return np.any([(y - cy) ** 2 + (x - cx) ** 2 <= radius**2 for cy, cx in centres], axis=0)


def n_parts(mask, persistence=0.45):
    return len(np.unique(split_touching(mask, persistence)[mask]))


def areas(mask, persistence=0.45):
    return sorted(np.unique(split_touching(mask, persistence)[mask], return_counts=True)[1])


def test_two_discs_are_cut_in_the_middle():
    mask = discs(SHAPE, [(40, 60), (40, 99)], 21.5)
    part = split_touching(mask, 0.45)
    assert len(np.unique(part[mask])) == 2
    left, right = part[40, 60], part[40, 99]
    columns = np.indices(SHAPE)[1]
    middle = (60 + 99) / 2
    assert columns[part == left].max() <= middle + 1
    assert columns[part == right].min() >= middle - 1


@pytest.mark.parametrize("persistence", [0.2, 0.35, 0.45, 0.6])
def test_equal_discs_part_at_the_distance_that_the_neck_gives(persistence):
    radius = 30.0
    critical = 2 * radius * np.sqrt(1 - (1 - persistence) ** 2)
    cut = [
        gap
        for gap in np.arange(critical - 6, critical + 6)
        if n_parts(discs((90, 220), [(45, 60), (45, 60 + gap)], radius), persistence) == 2
    ]
    assert min(cut) == pytest.approx(critical, abs=2.0)


def test_an_ellipse_stays_one():
    y, x = np.indices(SHAPE)
    for angle in np.linspace(0, np.pi, 7):
        u = (x - 80) * np.cos(angle) + (y - 40) * np.sin(angle)
        v = -(x - 80) * np.sin(angle) + (y - 40) * np.cos(angle)
        assert n_parts((u / 38) ** 2 + (v / 14) ** 2 <= 1, 0.1) == 1


def test_a_peanut_with_a_shallow_neck_stays_one():
    assert n_parts(discs(SHAPE, [(40, 60), (40, 88)], 21.5)) == 1


def test_three_discs_in_a_row_are_three():
    assert n_parts(discs((60, 200), [(30, 30), (30, 70), (30, 110)], 20.5)) == 3


def test_a_ring_is_not_cut():
    y, x = np.indices((101, 101))
    distance = np.hypot(y - 50, x - 50)
    assert n_parts((distance < 45) & (distance > 30)) == 1


def test_small_parts_are_not_cut_off():
    mask = discs(SHAPE, [(40, 60)], 20) | discs(SHAPE, [(40, 84)], 4)
    assert len(np.unique(split_touching(mask, 0.2, 1)[mask])) == 2
    assert len(np.unique(split_touching(mask, 0.2, 80)[mask])) == 1


def test_the_frame_cuts_no_grain():
    """Half a disc at the image's edge has its peak on that edge."""
    mask = discs((60, 120), [(0, 60)], 40)
    assert n_parts(mask, 0.05) == 1


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_turning_the_image_changes_nothing_but_order(turns, rng):
    centres = rng.uniform(0, 200, (45, 2))
    radii = rng.uniform(4, 14, 45)
    mask = np.any([discs((200, 200), [c], r) for c, r in zip(centres, radii, strict=True)], axis=0)
    assert n_parts(mask) > 10
    assert areas(np.rot90(mask, turns)) == areas(mask)


def test_parts_are_connected_and_cover_the_mask(rng):
    from skimage.measure import label

    mask = rng.random((120, 120)) > 0.35
    part = split_touching(mask, 0.3)
    assert np.array_equal(part > 0, mask)
    for number in np.unique(part[mask]):
        assert label(part == number, connectivity=2).max() == 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (30, 1), (5, 5)])
def test_all_background_and_all_grain(shape):
    assert (split_touching(np.zeros(shape, bool), 0.4) == 0).all()
    assert len(np.unique(split_touching(np.ones(shape, bool), 0.4))) == 1


def test_the_mask_may_be_read_only_and_stays_as_it_was():
    mask = discs(SHAPE, [(40, 60), (40, 99)], 21.5)
    mask.flags.writeable = False
    assert np.array_equal(split_touching(mask, 0.4), split_touching(mask.copy(), 0.4))


def test_every_pixel_leads_to_the_steepest_of_its_eight_neighbours():
    rng = np.random.default_rng(3)
    distance = rng.random((12, 15), dtype=np.float32)
    distance[rng.random(distance.shape) < 0.2] = 0
    uphill = np.empty(distance.size, np.int32)
    ascend(distance, np.zeros_like(distance), (0, 12), 0, uphill)
    places = np.argwhere(distance > -1)
    for place, (y, x) in enumerate(places):
        away = np.hypot(*(places - (y, x)).T)
        away[place] = 1
        slope = np.where(away < 1.5, (distance.ravel() - distance[y, x]) / away, 0)
        expected = int(slope.argmax()) if slope.max() > 0 else place
        assert uphill[place] == (expected if distance[y, x] > 0 else -1)
