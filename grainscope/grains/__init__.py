"""Segmentation → GrainTable, GrainHistogram: shape, edge correction, size distribution."""

from grainscope.grains.measure import measure
from grainscope.grains.size_histogram import size_histogram

__all__ = ["measure", "size_histogram"]
