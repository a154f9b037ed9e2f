"""Shapes whose every measure is known: text art, rectangles, discs."""

import math

import numpy as np
import pytest

SHAPES = """
...........
.11.....3..
.11..2..3..
.11.....3..
........3..
.4.....5...
.44...5....
.444.5.....
...........
"""


def disc(radius_px: float, centre=(0.0, 0.0), ratio: float = 1.0, angle: float = 0.0):
    """One ellipse of half axes ``radius_px`` and ``ratio · radius_px``, pixels by their centre."""
    reach = math.ceil(radius_px) + 2
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    y, x = y - centre[0], x - centre[1]
    along = x * math.cos(angle) + y * math.sin(angle)
    across = y * math.cos(angle) - x * math.sin(angle)
    return (along**2 + (across / ratio) ** 2 <= radius_px**2).astype(np.int32)


def test_area_centroid_and_diameter_are_those_of_the_pixels(measured):
    table = measured(SHAPES)
    assert table.label.tolist() == [1, 2, 3, 4, 5]
    assert table.area_px.tolist() == [6, 1, 4, 6, 3]
    assert table.area_um2 == pytest.approx([6, 1, 4, 6, 3])
    assert table.y_um == pytest.approx([2, 2, 2.5, 19 / 3, 6], abs=1e-12)
    assert table.x_um == pytest.approx([1.5, 5, 8, 5 / 3, 6], abs=1e-12)
    assert table.log10_area_um2 == pytest.approx(np.log10([6, 1, 4, 6, 3]))
    diameter = table.equivalent_diameter_um
    assert math.pi * diameter**2 / 4 == pytest.approx(table.area_um2)


def test_ellipses_have_the_variance_of_the_pixel_centres(measured):
    table = measured(SHAPES)
    rows, columns = 4 * math.sqrt(2 / 3), 4 * 0.5  # 3 rows: 2/3; 2 columns: 1/4
    assert (table.major_axis_um[0], table.minor_axis_um[0]) == pytest.approx((rows, columns))
    assert table.eccentricity[0] == pytest.approx(math.sqrt(1 - (1 / 4) / (2 / 3)))
    assert table.major_axis_um[2] == pytest.approx(4 * math.sqrt(5 / 4))
    assert table.minor_axis_um[[1, 2]].tolist() == [0, 0]
    assert table.eccentricity[[1, 2]].tolist() == [0, 1]


def test_orientation_turns_from_x_towards_y_downwards(measured):
    table = measured(SHAPES)
    vertical, rising = math.pi / 2, -math.pi / 4  # grain 5 climbs to the right: x up, y down
    assert table.orientation_rad[[0, 2, 4]] == pytest.approx([vertical, vertical, rising])
    assert table.orientation_rad[3] == pytest.approx(math.pi / 4)  # grain 4 falls to the right
    assert table.orientation_rad[1] == 0


def test_a_symmetric_grain_lies_exactly_along_an_axis_wherever_it_begins(measured):
    for height in range(1, 25):
        for width in range(1, 25):
            grain = np.zeros((height + 1, width), np.int32)
            grain[:height] = 1
            grain[height, width // 3 : width - width // 3] = height > width  # still symmetric
            angle = measured(grain).orientation_rad
            assert angle == (np.pi / 2 if height > width else 0), (height, width)


def test_perimeters_count_crossings_in_four_directions(measured):
    table = measured(SHAPES)
    diagonal = 1 / math.sqrt(2)
    crossings = [3 + 2 + 8 * diagonal, 2 + 2 * diagonal, 4 + 1 + 8 * diagonal]
    assert table.perimeter_um[:3] == pytest.approx(math.pi / 4 * np.array(crossings))
    assert table.perimeter_um[4] == pytest.approx(math.pi / 4 * (3 + 3 + (1 + 3) / math.sqrt(2)))


def test_convex_pixels_are_those_between_pixels_and_concave_ones_are_missed(measured):
    convex = measured(SHAPES).solidity
    assert convex.tolist() == [1, 1, 1, 1, 1]
    corner, ring = measured("1..\n1..\n111"), measured("111\n1.1\n111")
    assert corner.solidity == pytest.approx([5 / 6])  # one centre lies on the hull's long side
    assert ring.solidity == pytest.approx([8 / 9])


def test_calipers_reach_from_the_middle_of_a_pixels_side_to_that_of_another(measured):
    table = measured(SHAPES)
    assert table.feret_max_um[1] == 1
    assert table.feret_min_um[1] == pytest.approx(1 / math.sqrt(2))
    assert table.feret_max_um[2] == 4
    assert table.feret_max_um[0] == pytest.approx(math.hypot(3, 1))
    assert table.feret_min_um[0] == 2
    assert table.feret_max_um[4] == pytest.approx(math.hypot(3, 2))
    assert table.feret_min_um[4] == pytest.approx(1 / math.sqrt(2))


def test_circularity_is_at_most_one(measured):
    table = measured(SHAPES)
    assert table.circularity.max() == 1
    line = table.circularity[2]
    assert line == pytest.approx(4 * math.pi * 4 / table.perimeter_um[2] ** 2)
    assert line < 1


@pytest.mark.parametrize("radius_px", [10, 17.3, 40, 90])
def test_discs(measured, rng, radius_px):
    perimeters = []
    for centre in rng.uniform(-0.5, 0.5, (20, 2)):
        table = measured(disc(radius_px, centre))
        perimeters.append(table.perimeter_um[0] / (2 * math.pi * radius_px))
        assert table.feret_max_um == pytest.approx(2 * radius_px, abs=1)
        assert table.feret_min_um == pytest.approx(2 * radius_px, abs=0.7)
        assert table.major_axis_um == pytest.approx(2 * radius_px, abs=0.4)
        assert table.minor_axis_um == pytest.approx(2 * radius_px, abs=0.4)
        assert table.circularity > 0.95
        assert table.solidity == 1
        centroid = np.concatenate((table.y_um, table.x_um)) - (math.ceil(radius_px) + 2)
        assert centroid == pytest.approx(centre, abs=0.15)
    assert np.mean(perimeters) == pytest.approx(1, abs=0.005)  # single ones scatter by 0.6 %
    assert perimeters == pytest.approx(np.ones(20), abs=0.02)


def test_ellipse_axes_are_unbiased_and_the_angle_is_right(measured, rng):
    found = []
    for angle in rng.uniform(-1.5, 1.5, 300):
        table = measured(disc(12, rng.uniform(-0.5, 0.5, 2), 0.5, angle))
        assert table.orientation_rad == pytest.approx(angle, abs=0.05)
        assert table.eccentricity == pytest.approx(math.sqrt(0.75), abs=0.02)
        found.append((table.major_axis_um[0] - 24, table.minor_axis_um[0] - 12))
    # The 1/12 of a pixel's own moment would add 0.06 to the minor axis.
    assert np.mean(found, axis=0) == pytest.approx([0, 0], abs=0.03)


@pytest.mark.parametrize("angle", [0.0, 0.6, 1.2])
def test_every_digital_convex_shape_has_solidity_one(measured, angle):
    assert measured(disc(25, (0.3, 0.1), 0.3, angle)).solidity == 1


def test_mean_intensity_is_that_of_the_input_image(measured):
    grey = np.arange(9 * 11, dtype=np.uint16).reshape(9, 11)
    table = measured(SHAPES, grey=grey)
    assert table.mean_intensity[0] == pytest.approx(grey[1:4, 1:3].mean())
    assert table.mean_intensity[1] == grey[2, 5]
    assert measured(SHAPES, grey=grey / np.float32(7)).mean_intensity == pytest.approx(
        table.mean_intensity / 7, rel=1e-6
    )
