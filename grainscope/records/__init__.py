"""The nouns: immutable, typed, with the unit in every field name.

Imports nothing from the rest of the package but ``constants``.
"""

from grainscope.records.analysis import Analysis, Headline
from grainscope.records.grains import GrainHistogram, GrainTable
from grainscope.records.micrograph import Databar, Frame, Micrograph, PixelSize
from grainscope.records.network import GrainNetwork, LoopTable, Percolation
from grainscope.records.segmentation import ClusterModel, Segmentation
from grainscope.records.transport import BarrierHistogram, Commensuration, Conductance

__all__ = [
    "Analysis",
    "BarrierHistogram",
    "ClusterModel",
    "Commensuration",
    "Conductance",
    "Databar",
    "Frame",
    "GrainHistogram",
    "GrainNetwork",
    "GrainTable",
    "Headline",
    "LoopTable",
    "Micrograph",
    "Percolation",
    "PixelSize",
    "Segmentation",
]
