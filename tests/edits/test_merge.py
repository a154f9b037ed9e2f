import numpy as np
import pytest

from grainscope.edits import merge


def test_touching_grains_become_the_smallest_label(art, drawn_after):
    labels = art("""
        .55.
        .53.
        .33.
    """)
    edit = merge(labels, [5, 3])
    assert drawn_after(labels, edit) == [".33.", ".33.", ".33."]
    assert edit.grains == (3, 5)
    assert edit.kind == "merge"


def test_grains_that_touch_at_a_corner_need_no_strip(art, drawn_after):
    labels = art("""
        1..
        .2.
    """)
    assert drawn_after(labels, merge(labels, [1, 2])) == ["1..", ".1."]


def test_a_crack_is_filled_along_its_facet(art, drawn_after):
    labels = art("""
        11.22
        11.22
        11.22
    """)
    assert drawn_after(labels, merge(labels, [1, 2])) == ["11111"] * 3


def test_discs_are_joined_by_a_strip_that_is_narrower_than_they_are():
    y, x = np.indices((41, 100))
    labels = np.zeros(y.shape, np.int32)
    for label, centre in ((1, 20), (2, 75)):
        labels[(y - 20) ** 2 + (x - centre) ** 2 <= 15**2] = label
    edit = merge(labels, [1, 2])
    film = edit.runs[(edit.runs[:, 1] >= 36) & (edit.runs[:, 2] <= 60)]
    strip = edit.runs[(edit.runs[:, 1] < 48) & (edit.runs[:, 2] > 48)]
    assert 3 <= len(strip) <= 15
    assert abs(strip[:, 0].mean() - 20) < 0.6
    assert len(film) <= len(edit.runs)


def test_three_in_a_row_are_joined_in_turn(art, drawn_after):
    labels = art("1..2..3")
    assert drawn_after(labels, merge(labels, [3, 1, 2])) == ["1111111"]


def test_the_strip_goes_round_no_other_grain(art):
    labels = art("""
        1.4.2
        1.4.2
    """)
    with pytest.raises(ValueError, match="other grains lie between"):
        merge(labels, [1, 2])


def test_a_strip_keeps_off_a_grain_beside_it(art, drawn_after):
    labels = art("""
        1...2
        1.3.2
        1...2
    """)
    assert drawn_after(labels, merge(labels, [1, 2])) == ["11111", "11311", "11111"]


def test_a_longer_way_is_taken_where_the_nearest_is_shut(art, drawn_after):
    labels = art("""
        1.4.2
        .....
        3.3..
        333.2
    """)
    assert drawn_after(labels, merge(labels, [1, 2, 3]))[3] == "11111"


@pytest.mark.parametrize(
    ("grains", "message"),
    [([1], "expected 2 or more"), ([1, 1], "expected 2 or more"), ([1, 7], "no grain 7")],
)
def test_what_cannot_be_merged_is_refused(art, grains, message):
    with pytest.raises(ValueError, match=message):
        merge(art("11.22"), grains)


@pytest.mark.parametrize("bad", [0, -1, 2**31, 10**12])
def test_labels_that_cannot_be_are_no_grain(art, bad):
    with pytest.raises(ValueError, match=f"no grain {bad}"):
        merge(art("11.22"), [1, bad])
    with pytest.raises(ValueError, match=f"no grain {bad}"):
        merge(art("1.2.3.4.5.6"), [1, 2, 3, 4, 5, 6, bad])


def test_film_that_another_grain_shuts_off_from_the_strip_stays_film(art, drawn_after):
    labels = art("""
        1.....2
        1.333.2
        1.3.3.2
        1.333.2
        1.....2
    """)
    assert drawn_after(labels, merge(labels, [1, 2])) == [
        "1111111",
        "1133311",
        "113.311",
        "1133311",
        "1111111",
    ]
