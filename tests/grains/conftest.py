"""Measuring labels in one step."""

import numpy as np
import pytest

from grainscope.grains import measure
from grainscope.records import GrainTable, Micrograph
from grainscope.settings import GrainSettings


@pytest.fixture
def measured(labelled):
    """Measure labels or text art; grey levels are 100 unless given."""

    def build(art, nm_per_px: float = 1000.0, grey=None, **settings) -> GrainTable:
        segmentation = labelled(art, nm_per_px)
        if grey is None:
            grey = np.full(segmentation.labels.shape, 100, np.uint8)
        micrograph = Micrograph("film", grey, segmentation.pixel_size, segmentation.frame)
        return measure(micrograph, segmentation, GrainSettings(**settings))

    return build


@pytest.fixture
def blobs(rng):
    """Label image of touching, concave, holed and frame-cut grains of random outline."""
    from scipy import ndimage

    heights = ndimage.gaussian_filter(rng.standard_normal((150, 170)), 3)
    domains = np.digitize(heights, np.quantile(heights, [0.3, 0.5, 0.7]))
    labels = np.zeros(heights.shape, np.int32)
    for domain in (1, 2, 3):
        found, _ = ndimage.label(domains == domain, np.ones((3, 3)))
        labels[found > 0] = found[found > 0] + labels.max()
    return labels
