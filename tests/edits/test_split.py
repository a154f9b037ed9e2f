import numpy as np
import pytest

from grainscope.edits import apply_edit, split_by_line, split_by_seeds


def test_pixels_go_to_the_side_of_their_centre(art, drawn_after):
    labels = art("""
        11111
        11111
    """)
    edit = split_by_line(labels, 1, [[-1, 1.4], [2, 1.4]], 8)
    assert drawn_after(labels, edit) == ["88111"] * 2
    assert edit.asked == {"line_px": [[-1.0, 1.4], [2.0, 1.4]]}


def test_the_largest_piece_keeps_the_label(art, drawn_after):
    labels = art("33333")
    assert drawn_after(labels, split_by_line(labels, 3, [[-1, 0.5], [1, 0.5]], 4)) == ["43333"]
    assert drawn_after(labels, split_by_line(labels, 3, [[-1, 3.5], [1, 3.5]], 4)) == ["33334"]


def test_a_grain_of_two_pixels_can_be_split(art, drawn_after):
    labels = art("""
        ....
        .22.
    """)
    assert drawn_after(labels, split_by_line(labels, 2, [[0, 1.5], [3, 1.5]], 3))[1] == ".23."


def test_a_line_through_pixel_centres_gives_each_pixel_a_side(art, drawn_after):
    labels = art("""
        11111
        11111
        11111
    """)
    found = drawn_after(labels, split_by_line(labels, 1, [[1, -1], [1, 9]], 2))
    assert found in (["11111", "11111", "22222"], ["22222", "11111", "11111"])


@pytest.mark.parametrize("corner", [(3, 3), (2, 5), (4.5, 1.5)])
def test_a_bent_line_in_whole_pixels_leaks_nowhere(corner, is_sound):
    labels = np.ones((8, 8), np.int32)
    edit = split_by_line(labels, 1, [[-1, 3], corner, [corner[0], 9]], 2)
    after = apply_edit(labels, edit)
    assert set(np.unique(after)) == {1, 2}
    assert is_sound(after)


def test_an_end_inside_the_grain_is_carried_on(art, drawn_after):
    labels = art("""
        11111
        11111
        11111
    """)
    whole = drawn_after(labels, split_by_line(labels, 1, [[-1, 1.5], [3, 1.5]], 2))
    for line in ([[0.4, 1.5], [1.2, 1.5]], [[-1, 1.5], [1, 1.5]], [[1, 1.5], [4, 1.5]]):
        assert drawn_after(labels, split_by_line(labels, 1, line, 2)) == whole


def test_a_line_may_make_several_pieces(art, drawn_after):
    labels = art("""
        11111
        1.1.1
        1.1.1
        1.1.1
        1.1.1
    """)
    edit = split_by_line(labels, 1, [[0.5, -1], [0.5, 9]], 2)
    assert drawn_after(labels, edit) == ["11111", "2.3.4", "2.3.4", "2.3.4", "2.3.4"]


def test_slivers_go_to_the_piece_beside_them(art, drawn_after):
    labels = art("""
        1111111
        1111111
        1111111
        .....1.
    """)
    after = drawn_after(labels, split_by_line(labels, 1, [[1.5, -1], [1.5, 9], [2.6, 9]], 2))
    assert after == ["1111111", "1111111", "2222222", ".....2."]
    crossing = [[-1, 2.5], [9, 2.5], [9, 5], [2.6, 5.7], [2.6, 4.2], [9, 4.5]]
    sliver = split_by_line(labels, 1, crossing, 2)
    assert sorted(np.unique(apply_edit(labels, sliver))) == [0, 1, 2]


def test_nothing_but_the_grain_is_split(art, drawn_after):
    labels = art("""
        222
        111
        333
    """)
    assert drawn_after(labels, split_by_line(labels, 1, [[-5, 1.5], [9, 1.5]], 4)) == [
        "222",
        "114",
        "333",
    ]


@pytest.mark.parametrize(
    ("grain", "line", "message"),
    [
        (9, [[0, 0], [1, 1]], "no grain 9"),
        (1, [[-5, -5], [-5, 9]], "does not part grain 1"),
        (1, [[0, 0]], "expected"),
        (1, [[1, 1], [1, 1]], "does not part grain 1"),
        (1, [[0, 0], [np.nan, 1]], "not finite"),
        (1, [[0, 0, 0], [1, 1, 1]], "expected"),
    ],
)
def test_lines_that_part_nothing_are_refused(grain, line, message):
    with pytest.raises(ValueError, match=message):
        split_by_line(np.ones((3, 3), np.int32), grain, line, 2)


def dumb_bell(radius_left: float, radius_right: float) -> np.ndarray:
    y, x = np.indices((61, 110))
    left = (y - 30) ** 2 + (x - 30) ** 2 <= radius_left**2
    right = (y - 30) ** 2 + (x - 30 - radius_left - radius_right + 3) ** 2 <= radius_right**2
    return (left | right).astype(np.int32)


@pytest.mark.parametrize("radii", [(25, 25), (25, 9), (9, 25)])
@pytest.mark.parametrize("off", [(0, 0), (3, -2), (-4, 2)])
def test_seeds_part_a_dumb_bell_at_its_neck(radii, off, is_sound):
    labels = dumb_bell(*radii)
    seeds = np.array([[30, 30], [30, 27 + sum(radii)]]) + off
    after = apply_edit(labels, split_by_seeds(labels, 1, seeds, 2))
    columns = np.nonzero(after == 2)[1]
    neck = 30 + radii[0] - 1.5
    assert abs(columns.min() - neck) < 4
    assert np.nonzero(after == 1)[1].max() < neck + 4
    assert is_sound(after)


def test_seeds_without_a_neck_between_them_share_by_distance(art, drawn_after):
    labels = np.ones((7, 14), np.int32)
    after = drawn_after(labels, split_by_seeds(labels, 1, [[3, 3], [3, 10]], 2))
    assert after == ["1" * 7 + "2" * 7] * 7


def test_the_piece_of_the_first_seed_keeps_the_label(art, drawn_after):
    labels = art("5555555")
    assert drawn_after(labels, split_by_seeds(labels, 5, [[0, 6], [0, 1]], 7)) == ["7777555"]


def test_three_seeds_make_three_pieces(is_sound):
    labels = dumb_bell(25, 15)
    edit = split_by_seeds(labels, 1, [[30, 67], [20, 30], [40, 30]], 2)
    after = apply_edit(labels, edit)
    assert [after[30, 67], after[20, 30], after[40, 30]] == [1, 2, 3]
    assert is_sound(after)


@pytest.mark.parametrize(
    ("seeds", "message"),
    [
        ([[0, 0]], "expected"),
        ([[0, 0], [5, 5]], r"seed at \(5, 5\) lies outside grain 1"),
        ([[0, 0], [0.2, -0.3]], "two seeds lie in one pixel"),
    ],
)
def test_seeds_that_part_nothing_are_refused(seeds, message):
    labels = np.zeros((8, 8), np.int32)
    labels[:3, :3] = 1
    with pytest.raises(ValueError, match=message):
        split_by_seeds(labels, 1, seeds, 2)


def test_labels_are_not_used_up_silently():
    labels = np.ones((1, 4), np.int32)
    with pytest.raises(ValueError, match="next label"):
        split_by_line(labels, 1, [[-1, 1.5], [1, 1.5]], 2**31)
