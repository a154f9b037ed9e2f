"""The nouns: immutable, typed, with the unit in every field name.

Imports nothing from the rest of the package.
"""

from grainscope.records.analysis import Analysis, Headline
from grainscope.records.barriers import (
    BarrierHistogram,
    BarrierLaws,
    ChargingEnergies,
    Couplings,
)
from grainscope.records.completeness import Completeness, CompletenessTable, Injections
from grainscope.records.edits import EDIT_KINDS, Edit, LogEntry
from grainscope.records.grain_model import BoostedTrees, GrainModel, PixelNetwork
from grainscope.records.grains import (
    LEAST_COMPLETENESS,
    UNSURE_CONFIDENCE,
    GrainHistogram,
    GrainTable,
)
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
    MODELS,
    Commensuration,
    Conductance,
    FluxFeatures,
    LogSlopes,
    LogWindows,
    Magnetoresistance,
    NormalState,
)
from grainscope.records.transport_data import TransportCurve, TransportData, UnusableRow
from grainscope.records.transport_fit import FitParameter, TransportFit, skipped

__all__ = [
    "CORRECTIONS",
    "EDIT_KINDS",
    "LEAST_COMPLETENESS",
    "MODELS",
    "UNSURE_CONFIDENCE",
    "Analysis",
    "BarrierHistogram",
    "BarrierLaws",
    "BoostedTrees",
    "BottleneckPath",
    "ChargingEnergies",
    "ClusterModel",
    "Commensuration",
    "Completeness",
    "CompletenessTable",
    "ComponentTable",
    "Conductance",
    "Couplings",
    "CumulativeSizes",
    "Databar",
    "Edit",
    "FitParameter",
    "FittedLaw",
    "FluxFeatures",
    "Frame",
    "GrainHistogram",
    "GrainModel",
    "GrainNetwork",
    "GrainTable",
    "Headline",
    "Injections",
    "LogEntry",
    "LogSlopes",
    "LogWindows",
    "LoopScan",
    "LoopStatistics",
    "LoopTable",
    "Magnetoresistance",
    "Micrograph",
    "MicrographSizes",
    "NormalState",
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
    "TransportCurve",
    "TransportData",
    "TransportFit",
    "UnusableRow",
    "skipped",
]
