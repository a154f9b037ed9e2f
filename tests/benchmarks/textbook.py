"""The textbook route in scikit-image: an image file to a table of grains."""

import csv
import sys
from pathlib import Path

import numpy as np
from scipy.ndimage import binary_fill_holes, distance_transform_edt
from skimage.feature import peak_local_max
from skimage.filters import gaussian, threshold_otsu
from skimage.io import imread
from skimage.measure import label, regionprops_table
from skimage.segmentation import watershed

PROPERTIES = (
    *("label", "area", "centroid", "perimeter_crofton", "axis_major_length"),
    *("axis_minor_length", "orientation", "eccentricity", "solidity", "feret_diameter_max"),
    "mean_intensity",
)


def main(image: str, table: str) -> None:
    grey = imread(image)
    smooth = gaussian(grey, 1)
    mask = binary_fill_holes(smooth > threshold_otsu(smooth))
    depth = distance_transform_edt(mask)
    peaks = np.zeros(mask.shape, np.int32)
    at = peak_local_max(depth, min_distance=3, labels=label(mask), exclude_border=False)
    peaks[tuple(at.T)] = np.arange(1, len(at) + 1)
    labels = watershed(-depth, peaks, mask=mask)
    columns = regionprops_table(labels, grey, properties=PROPERTIES)
    with Path(table).open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
