"""ρ against ln T on the insulating side (Fig. 3a, b), and the slope A against the field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grainscope.figures.fits.lines_in_ln_t import LineFigure, draw_lines
from grainscope.figures.style import house_style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from grainscope.records import TransportFit

_KIND = LineFigure("resistivity ρ (kΩ/□)", "slope A (10⁻⁵/Ω)", 1.0, 1e3, "slope_per_ohm", 1e-5)


@house_style()
def draw_log_temperature(fits: Sequence[TransportFit]) -> Figure:
    """Draw ρ(ln T) in every field with dotted lines, residuals, and A with the joint mean.

    Parameters
    ----------
    fits : sequence of TransportFit
        Of the analysis ``log_temperature``; those not done are left out.
    """
    return draw_lines(fits, _KIND)
