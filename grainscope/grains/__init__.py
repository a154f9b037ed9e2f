"""Segmentation → GrainTable, GrainHistogram, SizeStatistics: shapes, sizes, their correction."""

from grainscope.grains.measure import measure
from grainscope.grains.size_difference import size_differences, size_distances
from grainscope.grains.size_histogram import size_histogram
from grainscope.grains.size_laws import cumulative_sizes, fit_size_laws
from grainscope.grains.size_statistics import pooled_sizes, size_statistics, sizes_in_tiles

__all__ = [
    "cumulative_sizes",
    "fit_size_laws",
    "measure",
    "pooled_sizes",
    "size_differences",
    "size_distances",
    "size_histogram",
    "size_statistics",
    "sizes_in_tiles",
]
