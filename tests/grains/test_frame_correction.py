"""Grains cut by the frame: which they are, and what their absence does to averages."""

import numpy as np
import pytest

from grainscope.grains import measure
from grainscope.grains.edge_correction import find_touching, weigh_boxes
from grainscope.records import Frame, Micrograph, PixelSize, Segmentation
from grainscope.settings import GrainSettings


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 2), (6, 5), (5, 1)])
def test_weights_over_all_places_sum_to_the_places_in_the_frame(height, width):
    frame = (10, 18, 4, 11)  # 8 × 7 pixels
    top, left = (g.ravel() for g in np.mgrid[-20:40, -20:40])
    box = np.column_stack((top, top + height - 1, left, left + width - 1))
    clear = ~find_touching(box, frame)
    assert clear.sum() == (8 - height - 1) * (7 - width - 1)
    assert weigh_boxes(box, frame).sum() == pytest.approx(8 * 7)
    inside = (top > 10) & (top + height < 18) & (left > 4) & (left + width < 11)
    assert np.array_equal(clear, inside)


@pytest.mark.parametrize("height", [6, 7, 8])
def test_a_grain_with_no_place_off_the_frame_has_no_weight(height):
    assert weigh_boxes(np.array([[1, height, 2, 3]]), (0, 7, 0, 9)) == 0


def test_touching_means_a_pixel_in_the_outermost_row_or_column(measured):
    art = """
    ..1....
    .......
    3.2..4.
    3....4.
    ..5....
    ......6
    ..7....
    """
    table = measured(art)
    assert table.touches_border.tolist() == [True, False, True, False, False, True, True]
    assert (table.edge_weight > 0).tolist() == (~table.touches_border).tolist()
    assert table.edge_weight[1] == pytest.approx(7 * 7 / (5 * 5))
    assert table.edge_weight[3] == pytest.approx(7 * 7 / (4 * 5))


def test_the_frame_counts_and_not_the_image():
    labels = np.zeros((10, 12), np.int32)
    labels[2, 5], labels[4, 5], labels[4, 2] = 1, 2, 3
    frame = Frame(2, 9, 2, 12)
    size = PixelSize(1000.0, 0.0, "option")
    micrograph = Micrograph("film", np.zeros(labels.shape, np.uint8), size, frame)
    table = measure(micrograph, Segmentation(labels, size, frame), GrainSettings())
    assert table.touches_border.tolist() == [True, False, True]
    assert table.edge_weight[1] == pytest.approx(7 * 10 / (5 * 8))
    assert (table.y_um[1], table.x_um[1]) == (4, 5)  # from the corner of the image


PLANE_PX, CROP_PX = 1200, 120


@pytest.fixture(scope="module")
def film() -> np.ndarray:
    """Discs of 6 to 60 px that do not overlap, thrown on a plane whose opposite edges meet."""
    rng = np.random.default_rng(7)
    plane = np.zeros((PLANE_PX, PLANE_PX), np.int32)
    radii = np.repeat([30, 15, 7, 3], [40, 150, 400, 700])  # the largest first, so that they fit
    for label, radius in enumerate(radii, start=1):
        y, x = np.indices((2 * radius + 1, 2 * radius + 1)) - radius
        y, x = y[y * y + x * x <= radius * radius], x[y * y + x * x <= radius * radius]
        while True:
            row, column = rng.integers(0, PLANE_PX, 2)
            pixels = (y + row) % PLANE_PX, (x + column) % PLANE_PX
            if not plane[pixels].any():
                plane[pixels] = label
                break
    return plane


def test_the_mean_over_cropped_frames_is_that_of_the_plane(film, measured):
    true_mean = (2 * np.sqrt(np.bincount(film.ravel())[1:] / np.pi)).mean()
    rng, n_crops, rows = np.random.default_rng(8), 1500, []
    for _ in range(n_crops):
        turned = np.roll(film, rng.integers(0, PLANE_PX, 2), (0, 1))[:CROP_PX, :CROP_PX]
        _, dense = np.unique(np.append(0, turned), return_inverse=True)
        table = measured(dense[1:].reshape(turned.shape))
        diameter, weight = table.equivalent_diameter_um, table.edge_weight
        whole = ~table.touches_border
        rows.append((diameter[whole].sum(), whole.sum(), weight @ diameter, weight.sum()))
    naive_sum, naive_count, weighted_sum, weight_sum = np.sum(rows, axis=0)
    assert naive_sum / naive_count < 0.87 * true_mean
    assert weighted_sum / weight_sum == pytest.approx(true_mean, rel=0.025)
    # Σw estimates how many grains have their reference point in the frame.
    density = weight_sum / (n_crops * CROP_PX**2)
    assert density == pytest.approx(film.max() / film.size, rel=0.015)
