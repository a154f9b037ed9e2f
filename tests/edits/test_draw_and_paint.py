import numpy as np
import pytest

from grainscope.edits import adopt, apply_edit, draw, painted
from grainscope.records import Frame

SQUARE = [[0.5, 0.5], [0.5, 4.5], [3.5, 4.5], [3.5, 0.5]]


def whole(labels: np.ndarray) -> Frame:
    return Frame.whole(labels.shape)


def test_pixels_whose_centre_lies_inside_become_grain(drawn_after):
    labels = np.zeros((5, 6), np.int32)
    edit = draw(labels, SQUARE, 3, whole(labels))
    assert drawn_after(labels, edit) == ["......", ".3333.", ".3333.", ".3333.", "......"]
    assert edit.grains == ()


def test_other_grains_keep_their_pixels_and_the_largest_piece_is_taken(art, drawn_after):
    labels = art("""
        ..1...
        ..1...
        ..1...
        ..1...
    """)
    edit = draw(labels, SQUARE, 3, whole(labels))
    assert drawn_after(labels, edit) == ["..1...", "..133.", "..133.", "..133."]


def test_over_grains_they_lose_what_is_covered(art, drawn_after):
    labels = art("""
        1111111
        1111111
        1111111
        1111111
        1111111
    """)
    edit = draw(labels, [[-1, 2.5], [-1, 3.5], [9, 3.5], [9, 2.5]], 2, whole(labels), over="grains")
    assert (
        drawn_after(labels, edit) == ["1112333"] * 5 or drawn_after(labels, edit) == ["3332111"] * 5
    )
    assert edit.grains == (1,)


def test_leftovers_of_a_covered_grain_become_film(art, drawn_after):
    labels = art("""
        2....
        2.111
        2.111
        2...1
    """)
    outline = [[-0.5, 1.5], [-0.5, 9], [9, 9], [9, 1.5]]
    edit = draw(
        labels, [[0.5, 1.5], [0.5, 9], [2.5, 9], [2.5, 1.5]], 3, whole(labels), over="grains"
    )
    assert drawn_after(labels, edit) == ["2....", "2.333", "2.333", "2...1"]
    assert drawn_after(labels, draw(labels, outline, 3, whole(labels), over="grains"))[3] == "2.333"


def test_adding_to_a_grain(art, drawn_after):
    labels = art("""
        ......
        5.....
        5..2..
        5.....
    """)
    outline = [[0.5, 0.5], [0.5, 5], [3.5, 5], [3.5, 0.5]]
    edit = draw(labels, outline, 9, whole(labels), grain=5)
    assert drawn_after(labels, edit) == ["......", "555555", "555255", "555555"]
    assert edit.grains == (5,)


def test_adding_what_does_not_touch_is_refused(art):
    labels = art("5....")
    outline = [[-1, 2.5], [-1, 9], [1, 9], [1, 2.5]]
    with pytest.raises(ValueError, match="does not touch grain 5"):
        draw(labels, outline, 9, whole(labels), grain=5)
    with pytest.raises(ValueError, match="no grain 4"):
        draw(labels, outline, 9, whole(labels), grain=4)


def test_nothing_is_drawn_outside_the_frame(drawn_after):
    labels = np.zeros((5, 9), np.int32)
    edit = draw(labels, SQUARE, 3, Frame(2, 5, 0, 3))
    assert drawn_after(labels, edit) == [*("." * 9, "." * 9, ".33......", ".33......", "." * 9)]
    with pytest.raises(ValueError, match="outside the frame"):
        draw(labels, SQUARE, 3, Frame(0, 5, 7, 9))


def test_an_outline_without_film_is_refused(art):
    with pytest.raises(ValueError, match="no film inside"):
        draw(art("111\n111"), [[-1, -1], [-1, 9], [9, 9], [9, -1]], 3, Frame(0, 2, 0, 3))
    with pytest.raises(ValueError, match="no film inside"):
        draw(art("...\n..."), [[0.1, 0.1], [0.2, 0.1], [0.1, 0.2]], 3, Frame(0, 2, 0, 3))


def test_a_rubbed_out_middle_leaves_two_grains(art, drawn_after):
    before = art("111111111")
    after = art("1111.1111")
    edit = painted(before, after, 4, whole(before))
    assert drawn_after(before, edit) == ["1111.4444"]
    assert edit.kind == "draw"
    assert edit.grains == (1,)


def test_a_blob_painted_elsewhere_with_the_same_label_is_a_grain_of_its_own(art, drawn_after):
    before, after = art("22......"), art("22....2.")
    assert drawn_after(before, painted(before, after, 4, whole(before))) == ["22....4."]


def test_a_label_that_never_was_becomes_the_next_one(art, drawn_after):
    before, after = art("22......"), art("22..z.z.")
    assert drawn_after(before, painted(before, after, 4, whole(before))) == ["22..4.5."]


def test_a_stroke_that_joins_two_pieces_of_its_label_is_one_grain(art, drawn_after):
    before, after = art("22..33"), art("222233")
    assert drawn_after(before, painted(before, after, 4, whole(before))) == ["222233"]


def test_painting_outside_the_frame_is_left_out(art, drawn_after):
    before, after = art("22......"), art("222....2")
    assert drawn_after(before, painted(before, after, 4, Frame(0, 1, 0, 4))) == ["222....."]
    with pytest.raises(ValueError, match="nothing changed"):
        painted(before, after, 4, Frame(0, 1, 0, 2))
    with pytest.raises(ValueError, match="nothing changed"):
        painted(before, before, 4, whole(before))
    with pytest.raises(ValueError, match="expected"):
        painted(before, after[:, :3], 4, whole(before))


def test_grains_keep_their_labels_when_another_program_renumbers_them(art, drawn_after):
    labels = art("""
        33..77.
        33..77.
    """)
    other = art("""
        22..11.
        22..11.
    """)
    assert adopt(labels, other, 8, whole(labels)).n_pixels == 0


def test_a_foreign_split_and_a_foreign_new_grain_get_new_labels(art, drawn_after):
    labels = art("333333...77")
    other = art("11115522.99")
    edit = adopt(labels, other, 8, whole(labels))
    assert drawn_after(labels, edit) == ["333388" + "99.77"]
    assert edit.grains == ()


def test_a_foreign_label_in_two_pieces_is_two_grains(art, drawn_after, is_sound):
    labels = art("333..4")
    other = art("222.22")
    edit = adopt(labels, other, 5, Frame(0, 1, 0, 5))
    assert drawn_after(labels, edit) == ["333.5."]
    assert edit.grains == (4,)
    assert is_sound(apply_edit(labels, edit))


def test_the_piece_that_was_the_grain_keeps_the_label_however_small(art, drawn_after):
    before, after = art("22......."), art("22..22222")
    assert drawn_after(before, painted(before, after, 4, whole(before))) == ["22..44444"]
