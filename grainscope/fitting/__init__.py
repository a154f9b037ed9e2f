"""TransportData → TransportCurves → TransportFits: one analysis of measured transport a file."""

from grainscope.fitting.analyses import ANALYSES, analysis
from grainscope.fitting.preparation.curves import PreparedData, transport_curves
from grainscope.fitting.preparation.raw_curves import LEAST_POINTS

__all__ = ["ANALYSES", "LEAST_POINTS", "PreparedData", "analysis", "transport_curves"]
