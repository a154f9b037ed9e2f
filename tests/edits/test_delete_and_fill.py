import numpy as np
import pytest

from grainscope.edits import delete, fill_holes


def test_deleted_grains_are_film(art, drawn_after):
    labels = art("1.22.3")
    assert drawn_after(labels, delete(labels, [3, 1])) == ["..22.."]


def test_deleting_many_at_once(art, drawn_after):
    labels = art("1.2.3.4.5.6.7.8")
    assert drawn_after(labels, delete(labels, range(2, 9))) == ["1.............."]


def test_what_is_not_there_cannot_be_deleted(art):
    with pytest.raises(ValueError, match="no grain 4"):
        delete(art("1.2"), [1, 4])
    with pytest.raises(ValueError, match="no grain is chosen"):
        delete(art("1.2"), [])


def test_a_hole_closed_by_corners_is_one(art, drawn_after):
    labels = art("""
        .1.
        1.1
        .1.
    """)
    assert drawn_after(labels, fill_holes(labels, [1])) == [".1.", "111", ".1."]


def test_a_bay_is_no_hole(art):
    with pytest.raises(ValueError, match="1 has no hole"):
        fill_holes(art("11\n.1\n11"), [1])


def test_other_grains_in_a_hole_stay_and_film_inside_them_too(art, drawn_after):
    labels = art("""
        1111111
        1.....1
        1.222.1
        1.2.2.1
        1.222.1
        1.....1
        1111111
    """)
    assert drawn_after(labels, fill_holes(labels, [1]))[2:4] == ["1122211", "112.211"]
    assert drawn_after(labels, fill_holes(labels, [1, 2]))[2:4] == ["1122211", "1122211"]


def test_grains_without_a_hole_stay(art, drawn_after):
    labels = art("""
        111.22
        1.1.22
        111.22
    """)
    assert drawn_after(labels, fill_holes(labels, [2, 1])) == ["111.22"] * 3


def test_film_at_the_edge_of_the_image_is_no_hole(art):
    labels = np.ones((3, 3), np.int32)
    labels[0, 1] = 0
    with pytest.raises(ValueError, match="no hole"):
        fill_holes(labels, [1])
