"""σ against ln T on the metallic side (Fig. 3c, d), and its slope against the field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grainscope.figures.fits.lines_in_ln_t import LineFigure, draw_lines
from grainscope.figures.style import house_style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from grainscope.records import TransportFit

_KIND = LineFigure("conductivity σ (mS)", "slope dσ/d ln(1/T) (µS)", -1.0, 1e-3, "slope_s", 1e-6)


@house_style()
def draw_log_conductance(fits: Sequence[TransportFit]) -> Figure:
    """Draw σ(ln T) in every field with dotted lines, residuals, and slopes.

    Parameters
    ----------
    fits : sequence of TransportFit
        Of the analysis ``log_conductance``; those not done are left out.
    """
    return draw_lines(fits, _KIND)
