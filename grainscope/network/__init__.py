"""Labels → contacts, loops, percolation.

The verbs are ``build_network``, ``find_loops``, ``loop_statistics``, ``scan_loops``,
``percolate`` and ``membership``. ``ZonedFilm`` keeps contacts up with labels that are
edited; ``network_of``, ``ground_of`` and ``loops_on`` make tables of what it holds. The
other files work on plain arrays.
"""

from grainscope.network.choice import large_grains, loop_contacts, membership
from grainscope.network.contacts import build_network, network_of
from grainscope.network.loop_scan import scan_loops
from grainscope.network.loop_shapes import ground_of
from grainscope.network.loop_statistics import loop_statistics, loops_in_tiles, tiled_loops
from grainscope.network.loops import find_loops, loops_on
from grainscope.network.percolation import percolate
from grainscope.network.spanning import edges_of_boxes, frame_sides, network_spanning_gaps
from grainscope.network.zoned_film import ZonedFilm

__all__ = [
    "ZonedFilm",
    "build_network",
    "edges_of_boxes",
    "find_loops",
    "frame_sides",
    "ground_of",
    "large_grains",
    "loop_contacts",
    "loop_statistics",
    "loops_in_tiles",
    "loops_on",
    "membership",
    "network_of",
    "network_spanning_gaps",
    "percolate",
    "scan_loops",
    "tiled_loops",
]
