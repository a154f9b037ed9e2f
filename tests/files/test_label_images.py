"""``labels.tif``: what is written comes back, with its physical size, in the same bytes."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile

from grainscope.errors import ResultError
from grainscope.files import one_region_each, read_label_image, write_label_image
from grainscope.records import PixelSize

SIZE = PixelSize(2.5, 0.0, "option")


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (300, 500)])
def test_labels_come_back(tmp_path, rng, shape):
    labels = rng.integers(0, 9, shape).astype(np.int32)
    write_label_image(tmp_path / "labels.tif", labels, SIZE)
    np.testing.assert_array_equal(read_label_image(tmp_path / "labels.tif"), labels)


@pytest.mark.parametrize(("largest", "bits"), [(65534, 16), (65535, 32), (70000, 32)])
def test_sixteen_bits_while_they_suffice(tmp_path, largest, bits):
    labels = np.array([[0, largest]], np.int32)
    write_label_image(tmp_path / "labels.tif", labels, SIZE)
    with tifffile.TiffFile(tmp_path / "labels.tif") as tiff:
        assert tiff.pages[0].bitspersample == bits
    assert read_label_image(tmp_path / "labels.tif").max() == largest


def test_the_file_is_tiled_compressed_and_knows_its_pixel_size(tmp_path):
    write_label_image(tmp_path / "labels.tif", np.zeros((600, 800), np.int32), SIZE)
    with tifffile.TiffFile(tmp_path / "labels.tif") as tiff:
        page = tiff.pages[0]
        assert tiff.is_ome
        assert page.is_tiled
        assert page.compression != 1
        assert 'PhysicalSizeX="0.0025" PhysicalSizeXUnit="µm"' in tiff.ome_metadata
        numerator, denominator = page.tags["XResolution"].value
        assert numerator / denominator == pytest.approx(1e7 / 2.5)  # pixels per cm
        assert page.tags["ResolutionUnit"].value == 3
    assert (tmp_path / "labels.tif").stat().st_size < 600 * 800 / 50


def test_equal_labels_give_equal_bytes_and_other_labels_another_identifier(tmp_path):
    for name, value in (("a", 1), ("b", 1), ("c", 2)):
        write_label_image(tmp_path / name, np.full((20, 20), value, np.int32), SIZE)
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    assert a == b
    assert a != c
    uuids = set()
    for name in "abc":
        with tifffile.TiffFile(tmp_path / name) as image:
            uuids.add(image.ome_metadata.split("UUID=")[1][:50])
    assert len(uuids) == 2


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((3, 20, 20), np.uint8), "3 dimensions"),
        (np.zeros((20, 20), np.float32), "float32"),
        (np.full((20, 20), -1, np.int16), "-1…-1"),
    ],
)
def test_what_is_no_label_image_is_refused(tmp_path, array, message):
    tifffile.imwrite(tmp_path / "labels.tif", array, photometric="minisblack")
    with pytest.raises(ResultError, match=message):
        read_label_image(tmp_path / "labels.tif")


def test_a_truncated_file_is_refused(tmp_path, rng):
    write_label_image(tmp_path / "l.tif", rng.integers(0, 99, (300, 300)).astype(np.int32), SIZE)
    whole = (tmp_path / "l.tif").read_bytes()
    (tmp_path / "l.tif").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ResultError, match="cannot be read as a label image"):
        read_label_image(tmp_path / "l.tif")


def test_corrected_labels_are_made_whole_again():
    kept = np.array([[9, 9, 0, 4], [0, 9, 0, 4]], np.int32)  # gaps, every label one piece
    np.testing.assert_array_equal(one_region_each(kept), [[2, 2, 0, 1], [0, 2, 0, 1]])
    torn = np.array([[3, 0, 3], [0, 0, 0], [5, 5, 0]], np.int32)
    np.testing.assert_array_equal(one_region_each(torn), [[1, 0, 2], [0, 0, 0], [3, 3, 0]])
    np.testing.assert_array_equal(one_region_each(np.full((2, 2), 7, np.int32)), np.ones((2, 2)))
    assert one_region_each(np.zeros((1, 1), np.int32)).tolist() == [[0]]
