"""Figures of fitted transport data: one analysis a file, as the paper shows it."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from grainscope.figures.style import save_figure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.figure import Figure

    from grainscope.records import TransportFit


def draw_fit(analysis: str, fits: Sequence[TransportFit]) -> Figure | None:
    """Draw the results of one analysis of one sample; None where nothing was done.

    Parameters
    ----------
    analysis : str
        Its name in ``fit.json``.
    fits : sequence of TransportFit
        Of this analysis and one sample.
    """
    done = [fit for fit in fits if fit.status == "done"]
    module = f"grainscope.figures.fits.{analysis}"
    if not done or find_spec(module) is None:
        return None
    figure: Figure = getattr(import_module(module), f"draw_{analysis}")(done)
    return figure


def write_fit_figure(
    folder: Path,
    stem: str,
    analysis: str,
    fits: Sequence[TransportFit],
    endings: Sequence[str] = ("png", "pdf"),
) -> bool:
    """Write ``STEM.png`` and ``STEM.pdf`` of one analysis; say whether there was one to draw."""
    figure = draw_fit(analysis, fits)
    if figure is None:
        return False
    for ending in endings:
        save_figure(figure, folder / f"{stem}.{ending}")
    return True
