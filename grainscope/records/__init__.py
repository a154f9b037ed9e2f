"""The nouns: immutable, typed, with the unit in every field name.

Imports nothing from the rest of the package but ``constants``.
"""

from grainscope.records.analysis import Analysis, Headline
from grainscope.records.completeness import Completeness, CompletenessTable, Injections
from grainscope.records.grain_model import BoostedTrees, GrainModel, PixelNetwork
from grainscope.records.grains import LEAST_COMPLETENESS, GrainHistogram, GrainTable
from grainscope.records.loops import LoopScan, LoopStatistics, PiecedLoops
from grainscope.records.micrograph import Databar, Frame, Micrograph, PixelSize
from grainscope.records.network import (
    BottleneckPath,
    ComponentTable,
    GrainNetwork,
    LoopTable,
    Percolation,
)
from grainscope.records.segmentation import ClusterModel, Segmentation
from grainscope.records.size_laws import CumulativeSizes, FittedLaw, SizeLaws
from grainscope.records.sizes import (
    CORRECTIONS,
    MicrographSizes,
    SizedGrains,
    SizeDistances,
    SizeFigure,
    SizeStatistics,
)
from grainscope.records.transport import (
    BarrierHistogram,
    Commensuration,
    Conductance,
    FluxFeatures,
    Magnetoresistance,
)

__all__ = [
    "CORRECTIONS",
    "LEAST_COMPLETENESS",
    "Analysis",
    "BarrierHistogram",
    "BoostedTrees",
    "BottleneckPath",
    "ClusterModel",
    "Commensuration",
    "Completeness",
    "CompletenessTable",
    "ComponentTable",
    "Conductance",
    "CumulativeSizes",
    "Databar",
    "FittedLaw",
    "FluxFeatures",
    "Frame",
    "GrainHistogram",
    "GrainModel",
    "GrainNetwork",
    "GrainTable",
    "Headline",
    "Injections",
    "LoopScan",
    "LoopStatistics",
    "LoopTable",
    "Magnetoresistance",
    "Micrograph",
    "MicrographSizes",
    "Percolation",
    "PiecedLoops",
    "PixelNetwork",
    "PixelSize",
    "Segmentation",
    "SizeDistances",
    "SizeFigure",
    "SizeLaws",
    "SizeStatistics",
    "SizedGrains",
]
