"""Plots in the colours of napari's theme, so that they are no white windows in a dark one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def use_theme(axes: Axes, theme_id: str) -> None:
    """Give ground, lines and words of a drawn figure the colours of a theme.

    Parameters
    ----------
    axes : Axes
        The only ones of their figure, with everything drawn in them.
    theme_id : str
        As of ``viewer.theme``.
    """
    from napari.utils.theme import get_theme

    theme = get_theme(theme_id)
    ground, words = theme.background.as_hex(), theme.text.as_hex()
    axes.figure.set_facecolor(ground)
    axes.set_facecolor(ground)
    for each in (axes, *axes.child_axes):
        each.tick_params(which="both", colors=words)
        each.xaxis.label.set_color(words)
        each.yaxis.label.set_color(words)
        for spine in each.spines.values():
            spine.set_color(words)
