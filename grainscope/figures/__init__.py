"""Pictures of records, for people: PNG for the screen, PDF for the paper.

A shell: matplotlib is loaded here and nowhere below.
"""

from grainscope.figures.averaging import draw_averaging
from grainscope.figures.barriers import draw_barriers
from grainscope.figures.commensuration import draw_commensuration
from grainscope.figures.comparison import draw_comparison
from grainscope.figures.completeness import draw_completeness
from grainscope.figures.components import paint_components
from grainscope.figures.conductance import draw_conductance, draw_log_windows
from grainscope.figures.confidence import paint_confidence
from grainscope.figures.cumulative import draw_cumulative
from grainscope.figures.currents import draw_currents
from grainscope.figures.descriptors import draw_descriptors
from grainscope.figures.fits import draw_fit, write_fit_figure
from grainscope.figures.histogram import draw_histogram
from grainscope.figures.homogenisation import draw_homogenisation
from grainscope.figures.loop_scan import draw_loop_scan
from grainscope.figures.loops import draw_loops
from grainscope.figures.magnetoresistance import draw_magnetoresistance
from grainscope.figures.network import draw_network
from grainscope.figures.overview import paint_overview
from grainscope.figures.percolation import draw_percolation
from grainscope.figures.phase_picture import draw_phase_picture
from grainscope.figures.reliability import draw_reliability
from grainscope.figures.showcase import draw_showcase
from grainscope.figures.straight_decades import draw_straight_decades
from grainscope.figures.style import save_figure
from grainscope.figures.write import write_figures

__all__ = [
    "draw_averaging",
    "draw_barriers",
    "draw_commensuration",
    "draw_comparison",
    "draw_completeness",
    "draw_conductance",
    "draw_cumulative",
    "draw_currents",
    "draw_descriptors",
    "draw_fit",
    "draw_histogram",
    "draw_homogenisation",
    "draw_log_windows",
    "draw_loop_scan",
    "draw_loops",
    "draw_magnetoresistance",
    "draw_network",
    "draw_percolation",
    "draw_phase_picture",
    "draw_reliability",
    "draw_showcase",
    "draw_straight_decades",
    "paint_components",
    "paint_confidence",
    "paint_overview",
    "save_figure",
    "write_figures",
    "write_fit_figure",
]
