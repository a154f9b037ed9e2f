"""Grain tables with just what the network reads: centroids, areas, diameters."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from grainscope.records import Frame, GrainTable, PixelSize, Segmentation

_UNREAD = ("perimeter_um", "major_axis_um", "minor_axis_um", "orientation_rad", "eccentricity")
_UNREAD += ("solidity", "circularity", "feret_max_um", "feret_min_um", "mean_intensity")


def _measure(segmentation: Segmentation) -> GrainTable:
    labels, um = segmentation.labels, segmentation.pixel_size.um
    n = segmentation.n_grains
    y, x = np.indices(labels.shape)
    area_px = np.bincount(labels.ravel(), minlength=n + 1)[1:]
    y_px = np.bincount(labels.ravel(), y.ravel(), n + 1)[1:] / area_px
    x_px = np.bincount(labels.ravel(), x.ravel(), n + 1)[1:] / area_px
    area_um2 = area_px * um**2
    return GrainTable(
        label=np.arange(1, n + 1),
        y_um=y_px * um,
        x_um=x_px * um,
        area_px=area_px,
        area_um2=area_um2,
        log10_area_um2=np.log10(area_um2),
        equivalent_diameter_um=2 * np.sqrt(area_um2 / np.pi),
        touches_border=np.zeros(n, bool),
        edge_weight=np.ones(n),
        resolved=np.ones(n, bool),
        degree=np.zeros(n),
        component=np.zeros(n),
        **dict.fromkeys(_UNREAD, np.zeros(n)),
    )


@pytest.fixture
def measured():
    """Measure the grains of a Segmentation as far as the network reads them."""
    return _measure


@pytest.fixture
def framed():
    """Put a label image into a larger one: rows of databar above, columns on the left."""

    def build(labels: np.ndarray, above: int, left: int, nm_per_px: float = 5.0) -> Segmentation:
        whole = np.pad(np.asarray(labels, np.int32), ((above, 0), (left, 0)))
        frame = Frame(above, whole.shape[0], left, whole.shape[1])
        return Segmentation(whole, PixelSize(nm_per_px, 0.0, "option"), frame)

    return build


@pytest.fixture(scope="session")
def validation():
    """Load the runs of ``tests/validation/percolation.py``, to do them with small numbers."""
    path = Path(__file__).parent.parent / "validation" / "percolation.py"
    return SimpleNamespace(**runpy.run_path(str(path)))
