"""How every figure looks: colours, sizes, tick labels, and why threads wait for one another.

Matplotlib keeps its style in one global dictionary and is not safe to draw from
two threads, so every ``draw_…`` function and every save runs inside
``house_style``, which holds a lock. pyplot, whose state is global too, is never
imported; nor is mathtext used: Unicode does for all labels, faster.
"""

from __future__ import annotations

from contextlib import contextmanager
from textwrap import fill
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from grainscope.plain_number import plain_number

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

#: Okabe and Ito's palette, told apart with any colour vision (jfly.uni-koeln.de/color, 2008).
BLUE = "#0072b2"
SKY = "#56b4e9"
GREEN = "#009e73"
ORANGE = "#e69f00"
VERMILLION = "#d55e00"
PURPLE = "#cc79a7"
BLACK = "#1a1a1a"
GREY = "#8c8c8c"
PALE = "#c9d7e3"

#: Width in inches of a chart for one printed column (8.6 cm) and for two (17.8 cm): it is shrunk
#: to three quarters there, and its smallest letters to 6 points.
COLUMN_IN, PAGE_IN = 4.6, 9.4
#: Width and height in inches of a chart of one and of two panels.
SINGLE_IN = (COLUMN_IN, 3.4)
DOUBLE_IN = (PAGE_IN, 3.7)
#: Twice the density at which the report shows a chart, so that it is sharp on any screen.
CHART_DPI = 170
#: Points of the smallest letters.
SMALL = 8.2
#: Width in points of a letter of a message, room for tick labels beside the axes included.
_LETTER_POINTS = 6.5

#: What tells the curves of one chart apart, in grey too. Counts without a common divisor, so
#: that a pair comes back late.
_COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK, GREY)
_MARKERS = ("o", "s", "^", "D", "x", "P", "<")
_DASHES = ("-", "--", "-.", ":", (0, (6, 1.2, 1.2, 1.2, 1.2, 1.2)))


class Look(NamedTuple):
    """How one curve among others is drawn."""

    colour: str
    marker: str
    dashes: Any


def look(place: int) -> Look:
    """Return how the curve at this place is drawn, unlike those before it even without colour.

    Examples
    --------
    >>> look(0).marker == look(8).marker, look(0).colour == look(8).colour
    (False, True)
    """
    return Look(
        _COLOURS[place % len(_COLOURS)],
        _MARKERS[place % len(_MARKERS)],
        _DASHES[place % len(_DASHES)],
    )


_STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.labelsize": 9.5,
    "axes.titlesize": 9.5,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "axes.formatter.use_mathtext": False,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.fontsize": SMALL,
    "legend.frameon": True,
    "legend.framealpha": 0.85,
    "legend.edgecolor": "none",
    "legend.fancybox": False,
    "lines.linewidth": 1.5,
    "pdf.fonttype": 42,
    "savefig.bbox": None,
    "text.usetex": False,
}
_LOCK = RLock()


@contextmanager
def house_style() -> Iterator[None]:
    """Draw in one style, one thread at a time; also a decorator."""
    with _LOCK, mpl.rc_context(_STYLE):
        yield


def new_figure(size_in: tuple[float, float] = SINGLE_IN, layout: str = "constrained") -> Figure:
    """Return an empty figure whose layout keeps every label inside."""
    return Figure(figsize=size_in, layout=layout)


def save_figure(figure: Figure, path: Path, dpi: float = CHART_DPI) -> None:
    """Write a figure; equal figures give equal files (no date inside)."""
    # A low compression level writes three times as fast for a tenth more bytes.
    extra: dict[str, Any] = (
        {"metadata": {"CreationDate": None}}
        if path.suffix == ".pdf"
        else {"pil_kwargs": {"compress_level": 3}, "metadata": {"Software": None}}
    )
    with house_style():
        figure.savefig(path, dpi=dpi, **extra)


def say(axes: Axes, message: str) -> None:
    """Write why there is nothing to see in the middle of empty axes, in lines that fit them."""
    width_points = 72 * axes.get_position().width * axes.figure.get_size_inches()[0]
    lines = fill(message, max(int(width_points / _LETTER_POINTS), 8))
    axes.text(
        0.5, 0.5, lines, transform=axes.transAxes, ha="center", va="center", color=GREY,
        in_layout=False,  # it must not push the axes out of the figure
    )  # fmt: skip
    axes.set_yticks([])


def mark(axes: Axes, position: float, label: str, colour: str, dashes: str = "--") -> None:
    """Draw a vertical line, unless its position is not a number; ``{}`` in the label is where."""
    if np.isfinite(position):
        text = label.format(plain_number(position))
        axes.axvline(position, color=colour, linestyle=dashes, linewidth=1.2, label=text)


def log_ticks(axis: Axis, low: float, high: float) -> None:
    """Label a logarithmic axis plainly; 2 and 5 get labels too where decades alone are few."""
    decades = np.log10(high / low) if 0 < low < high else 0.0
    subs = (1.0, 2.0, 5.0) if decades < 2 else (1.0,)
    axis.set_major_locator(LogLocator(subs=subs, numticks=12))
    axis.set_minor_locator(LogLocator(subs=range(2, 10), numticks=50))
    axis.set_major_formatter(FuncFormatter(lambda value, _position: plain_number(value)))
    axis.set_minor_formatter(NullFormatter())
