"""What must hold for any film: scale, rotation, order, position, and no grains at all."""

import dataclasses

import numpy as np
import pytest

from grainscope.grains import measure
from grainscope.records import Frame, Micrograph, PixelSize, Segmentation
from grainscope.settings import GrainSettings

PURE = (
    "orientation_rad",
    "eccentricity",
    "solidity",
    "circularity",
    "edge_weight",
    "mean_intensity",
)
UNTURNED = ("label", "y_um", "x_um", "orientation_rad")


def columns(table, left_out=()) -> dict[str, np.ndarray]:
    """Return the columns that are measured; a confidence is there only if the labels bring one."""
    names = [field.name for field in dataclasses.fields(table) if field.name not in left_out]
    found = {name: getattr(table, name) for name in names}
    return {name: column for name, column in found.items() if column is not None}


def test_twice_the_pixel_size_doubles_lengths_and_quadruples_areas(measured, blobs):
    once, twice = columns(measured(blobs, 5.0)), columns(measured(blobs, 10.0))
    for name, column in once.items():
        if name == "area_um2":
            assert twice[name] == pytest.approx(4 * column)
        elif name == "log10_area_um2":
            assert twice[name] == pytest.approx(column + np.log10(4))
        elif name.endswith("_um"):
            assert twice[name] == pytest.approx(2 * column)
        else:
            assert np.array_equal(twice[name], column), name


@pytest.mark.parametrize("quarter_turns", [1, 2, 3])
def test_a_quarter_turn_changes_nothing_but_place_and_angle(measured, blobs, quarter_turns):
    upright, turned = measured(blobs), measured(np.rot90(blobs, quarter_turns))
    for name, column in columns(turned, UNTURNED).items():
        assert column == pytest.approx(getattr(upright, name), abs=1e-7), name
    long = upright.major_axis_um > 1.01 * upright.minor_axis_um
    # rot90 turns the picture anticlockwise, which is from +x towards −y
    angle = upright.orientation_rad - quarter_turns * np.pi / 2
    assert np.cos(2 * (turned.orientation_rad - angle))[long] == pytest.approx(1, abs=1e-9)


def test_a_quarter_turn_moves_centroids_with_the_picture(measured, blobs):
    upright, turned = measured(blobs), measured(np.rot90(blobs))
    assert turned.y_um == pytest.approx(blobs.shape[1] - 1 - upright.x_um)
    assert turned.x_um == pytest.approx(upright.y_um)


def test_relabelling_permutes_the_rows_bit_for_bit(measured, blobs, rng):
    order = np.append(0, rng.permutation(blobs.max()) + 1)
    plain, shuffled = measured(blobs), measured(order[blobs])
    for name, column in columns(plain, ("label",)).items():
        assert np.array_equal(getattr(shuffled, name)[order[1:] - 1], column), name


def test_a_grain_far_from_the_origin_has_the_same_shape(measured):
    spot = np.zeros((8, 9), np.int32)
    spot[2:6, 1:8] = 1
    spot[3, 4] = 0
    near = measured(spot)
    wide = np.zeros((8, 60_000), np.int32)
    wide[:, -9:] = spot
    far = measured(wide)
    place = ("y_um", "x_um", "edge_weight")
    for name, column in columns(near, place).items():
        assert np.array_equal(getattr(far, name), column), name
    assert far.x_um == near.x_um + 60_000 - 9


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (30, 30)])
def test_no_grains_give_a_table_without_rows(measured, shape):
    table = measured(np.zeros(shape, np.int32))
    assert all(len(column) == 0 for column in columns(table).values())


def test_an_image_that_is_one_grain(measured):
    table = measured(np.ones((1, 1), np.int32))
    assert table.area_px.tolist() == [1]
    assert table.touches_border.tolist() == [True]
    assert all(np.isfinite(column).all() for column in columns(table).values())


def test_grains_at_the_resolution_cut_are_resolved(measured):
    table = measured("11.222.3333", resolution_cut_px=3)
    assert table.resolved.tolist() == [False, True, True]


def test_the_network_is_not_known_yet(measured):
    table = measured("1.2")
    assert table.degree.tolist() == table.component.tolist() == [0, 0]


def test_pixels_outside_the_frame_are_not_measured():
    labels = np.ones((6, 7), np.int32)
    size, frame = PixelSize(1000.0, 0.0, "option"), Frame(1, 4, 2, 6)
    micrograph = Micrograph("film", np.zeros((6, 7), np.uint8), size, frame)
    table = measure(micrograph, Segmentation(labels, size, frame), GrainSettings())
    assert table.area_px.tolist() == [12]
    assert table.perimeter_um == pytest.approx(np.pi / 4 * (3 + 4 + 12 / np.sqrt(2)))


def test_a_label_without_pixels_is_refused(measured):
    with pytest.raises(ValueError, match="1 of 3 have no pixel in the frame, the first is 2"):
        measured("1.3")


def test_labels_of_another_shape_are_refused(measured):
    with pytest.raises(ValueError, match="expected the image's"):
        measured("1.2", grey=np.zeros((4, 4), np.uint8))


def test_equal_input_gives_equal_output_bit_for_bit(measured, blobs):
    first, second = measured(blobs), measured(blobs.copy(order="F"))
    for name, column in columns(first).items():
        assert np.array_equal(getattr(second, name), column), name


@pytest.mark.data
def test_hand_drawn_masks_add_up(data_dir, measured):
    from skimage.io import imread

    for path in sorted((data_dir / "masks").glob("*.png"))[::9]:
        mask = imread(path)
        values, dense = np.unique(np.append(0, mask), return_inverse=True)
        labels = dense[1:].reshape(mask.shape)
        table = measured(labels)
        assert table.n_grains == len(values) - 1
        assert table.area_px.sum() == (mask > 0).sum()
        assert (table.feret_min_um <= table.feret_max_um).all()
        assert (table.minor_axis_um <= table.major_axis_um).all()
        assert ((table.solidity > 0) & (table.solidity <= 1)).all()
