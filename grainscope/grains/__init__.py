"""Segmentation → GrainTable, GrainHistogram, SizeStatistics: shapes, sizes, their correction."""

from grainscope.grains.completeness_curve import (
    apply_completeness,
    fit_completeness,
    resolution_cut_um2,
    tabulate_completeness,
)
from grainscope.grains.injection import match_painted, paint_grains
from grainscope.grains.measure import measure
from grainscope.grains.size_difference import size_differences, size_distances
from grainscope.grains.size_histogram import size_histogram
from grainscope.grains.size_laws import cumulative_sizes, fit_size_laws
from grainscope.grains.size_statistics import pooled_sizes, size_statistics, sizes_in_tiles

__all__ = [
    "apply_completeness",
    "cumulative_sizes",
    "fit_completeness",
    "fit_size_laws",
    "match_painted",
    "measure",
    "paint_grains",
    "pooled_sizes",
    "resolution_cut_um2",
    "size_differences",
    "size_distances",
    "size_histogram",
    "size_statistics",
    "sizes_in_tiles",
    "tabulate_completeness",
]
