"""Measured transport and the micrograph of its film.

The verbs are ``link`` and its two parts, ``link_loops`` and ``link_barriers``; a stored
result becomes a `Morphology` by ``morphology_of``.
"""

from grainscope.linking.barriers import link_barriers
from grainscope.linking.fluctuation_data import fluctuations_by_stage
from grainscope.linking.link import link
from grainscope.linking.loops import link_loops
from grainscope.linking.morphology import Morphology, morphology_of

__all__ = [
    "Morphology",
    "fluctuations_by_stage",
    "link",
    "link_barriers",
    "link_loops",
    "morphology_of",
]
