"""Labels → contacts, loops, percolation.

The verbs are ``build_network``, ``find_loops``, ``percolate`` and ``membership``;
the other files work on plain arrays.
"""

from grainscope.network.choice import membership
from grainscope.network.contacts import build_network
from grainscope.network.loops import find_loops
from grainscope.network.percolation import percolate

__all__ = ["build_network", "find_loops", "membership", "percolate"]
