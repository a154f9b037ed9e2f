"""The compiled pass against scikit-image and against geometry spelled out, on any labels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from grainscope.grains.hull_kernels import measure_hulls
from grainscope.grains.region_kernels import find_row_extremes, sum_regions
from grainscope.grains.shape import crofton_perimeter

label_images = arrays(
    np.int32, array_shapes(min_dims=2, max_dims=2, max_side=7), elements=st.integers(0, 3)
)


def without_gaps(labels: np.ndarray) -> np.ndarray:
    _, dense = np.unique(np.concatenate([[0], labels.ravel()]), return_inverse=True)
    return dense[1:].reshape(labels.shape).astype(np.int32)


def hull_measures(y: np.ndarray, x: np.ndarray) -> tuple[float, float]:
    """Calipers of the hull of the side middles of pixels, by trying all directions that count."""
    middles = [(dy, dx) for dy, dx in ((0.5, 0), (-0.5, 0), (0, 0.5), (0, -0.5))]
    points = np.concatenate([np.column_stack((y, x)) + middle for middle in middles])
    sides = (points[:, None] - points).reshape(-1, 2)
    length = np.hypot(*sides.T)
    normals = np.column_stack((-sides[:, 1], sides[:, 0]))[length > 0] / length[length > 0, None]
    return length.max(), np.ptp(points @ normals.T, axis=0).min()


def count_convex(y: np.ndarray, x: np.ndarray) -> int:
    """Pixels whose centres no line through two of the centres, or across it, can part from them."""
    points = np.column_stack((y, x))
    sides = (points[:, None] - points).reshape(-1, 2)
    across = np.concatenate([sides, sides[:, ::-1] * (1, -1), np.eye(2, dtype=int)])
    heights = points @ across.T
    lattice = np.stack(np.indices((y.max() + 1, x.max() + 1)), axis=-1).reshape(-1, 2) @ across.T
    within = (lattice >= heights.min(axis=0)) & (lattice <= heights.max(axis=0))
    return int(within.all(axis=1).sum())


@settings(max_examples=150, deadline=None)
@given(label_images)
def test_sums_and_hulls_of_any_labels(labels):
    labels = without_gaps(labels)
    height, width = labels.shape
    grey = np.arange(labels.size, dtype=np.uint8).reshape(labels.shape)
    labels.flags.writeable = False
    n_grains, frame = int(labels.max()), (0, height, 0, width)
    box, origin, moments, entries, total = sum_regions(labels, grey, frame, n_grains)
    first = np.concatenate([[0], np.cumsum(box[:, 1] - box[:, 0] + 1)])
    left, right = find_row_extremes(labels, frame, box, first)
    convex_px, longest, shortest = measure_hulls(left, right, first)
    perimeter = crofton_perimeter(entries)
    for grain in range(n_grains):
        mask = labels == grain + 1
        y, x = np.nonzero(mask)
        assert box[grain].tolist() == [y.min(), y.max(), x.min(), x.max()]
        v, u = y - origin[grain, 0], x - origin[grain, 1]
        sums = [len(y), v.sum(), u.sum(), (v * v).sum(), (u * v).sum(), (u * u).sum()]
        assert moments[grain].tolist() == sums
        assert total[grain] == grey[mask].sum()
        assert (longest[grain], shortest[grain]) == pytest.approx(hull_measures(y, x))
        assert convex_px[grain] == count_convex(y, x)
        assert perimeter[grain] == pytest.approx(crossings(mask))


def crossings(mask: np.ndarray) -> float:
    """π/4 · [N(0°) + N(90°) + (N(45°) + N(135°))/√2] by comparing the mask with itself shifted."""
    padded = np.pad(mask, 1)
    count = [
        (padded & ~np.roll(padded, s, (0, 1))).sum() for s in ((0, 1), (1, 0), (1, 1), (1, -1))
    ]
    return np.pi / 4 * (count[0] + count[1] + (count[2] + count[3]) / np.sqrt(2))


def test_agreement_with_scikit_image(measured, blobs):
    from skimage.measure import regionprops_table

    grey = (np.indices(blobs.shape).sum(axis=0) % 251).astype(np.uint8)
    table = measured(blobs, grey=grey)
    names = (
        "area", "centroid", "perimeter_crofton", "axis_major_length", "axis_minor_length",
        "eccentricity", "equivalent_diameter_area", "intensity_mean", "orientation",
    )  # fmt: skip
    theirs = regionprops_table(blobs, grey, names)
    assert table.n_grains > 100
    assert table.area_px.tolist() == theirs["area"].tolist()
    same = {
        "y_um": "centroid-0",
        "x_um": "centroid-1",
        "perimeter_um": "perimeter_crofton",
        "major_axis_um": "axis_major_length",
        "minor_axis_um": "axis_minor_length",
        "equivalent_diameter_um": "equivalent_diameter_area",
        "mean_intensity": "intensity_mean",
    }
    for ours, name in same.items():
        assert getattr(table, ours) == pytest.approx(theirs[name], abs=1e-6), ours
    assert table.eccentricity == pytest.approx(theirs["eccentricity"], abs=1e-5)
    # Theirs is measured from the row axis. Axes have no sign, so twice the angle is compared.
    long = table.major_axis_um > 1.01 * table.minor_axis_um
    ours, turned = table.orientation_rad[long], np.pi / 2 - theirs["orientation"][long]
    assert np.cos(2 * (ours - turned)) == pytest.approx(1, abs=1e-9)


def test_convex_pixels_are_those_of_scikit_image_without_its_half_pixel_rim(measured, blobs):
    from skimage.measure import regionprops
    from skimage.morphology import convex_hull_image

    table = measured(blobs)
    plump = [r for r in regionprops(blobs) if min(r.image.shape) > 2]
    assert len(plump) > 50
    for region in plump:
        convex_px = convex_hull_image(region.image, offset_coordinates=False).sum()
        assert table.solidity[region.label - 1] == pytest.approx(region.area / convex_px)


def test_largest_calipers_of_compact_grains_are_those_of_scikit_image(measured):
    from skimage.measure import regionprops

    blocks = np.zeros((60, 60), np.int32)
    blocks[2:12, 3:7], blocks[20:50, 20:50] = 1, 2
    blocks[5:15, 20:40][np.tri(10, 20, 5, bool)] = 3
    theirs = [region.feret_diameter_max for region in regionprops(blocks)]
    assert measured(blocks).feret_max_um == pytest.approx(theirs, abs=0.5)
