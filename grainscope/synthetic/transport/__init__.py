"""Synthetic transport data: one film of known truth, measured as the paper's was."""

from grainscope.synthetic.transport.fluctuations import Loops, low_field_fluctuations
from grainscope.synthetic.transport.resistivity import fluctuating_resistivity, sheet_resistivity
from grainscope.synthetic.transport.truth import (
    STAGES,
    Instrument,
    TransportTruth,
    published_film,
)

__all__ = [
    "STAGES",
    "Instrument",
    "Loops",
    "TransportTruth",
    "fluctuating_resistivity",
    "low_field_fluctuations",
    "published_film",
    "sheet_resistivity",
]
