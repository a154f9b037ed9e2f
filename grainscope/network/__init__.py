"""Labels → contacts, loops, percolation.

The verbs are ``build_network``, ``find_loops``, ``loop_statistics``, ``scan_loops``,
``percolate`` and ``membership``; the other files work on plain arrays.
"""

from grainscope.network.choice import loop_contacts, membership
from grainscope.network.contacts import build_network
from grainscope.network.loop_scan import scan_loops
from grainscope.network.loop_statistics import loop_statistics, loops_in_tiles, tiled_loops
from grainscope.network.loops import find_loops
from grainscope.network.percolation import percolate
from grainscope.network.spanning import frame_sides

__all__ = [
    "build_network",
    "find_loops",
    "frame_sides",
    "loop_contacts",
    "loop_statistics",
    "loops_in_tiles",
    "membership",
    "percolate",
    "scan_loops",
    "tiled_loops",
]
