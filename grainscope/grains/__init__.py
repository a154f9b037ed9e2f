"""Segmentation → GrainTable, GrainHistogram, SizeStatistics: shapes, sizes, their correction."""

from grainscope.grains.completeness_curve import (
    apply_completeness,
    fit_completeness,
    resolution_cut_um2,
    tabulate_completeness,
)
from grainscope.grains.injection import match_painted, paint_grains
from grainscope.grains.measure import measure, tabulate
from grainscope.grains.region_sums import GrainSums, sums_of_some
from grainscope.grains.size_difference import size_differences, size_distances
from grainscope.grains.size_histogram import size_histogram
from grainscope.grains.size_laws import cumulative_sizes, fit_size_laws
from grainscope.grains.size_statistics import pooled_sizes, size_statistics, sizes_in_tiles

__all__ = [
    "GrainSums",
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
    "sums_of_some",
    "tabulate",
    "tabulate_completeness",
]
