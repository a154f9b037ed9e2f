"""A plot among the widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QVBoxLayout, QWidget

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Plot(QWidget):
    """Axes in the colours of the window, made when they are first asked for.

    Matplotlib takes half a second to load, which nobody should wait for who opens a film
    and looks at no plot.

    Parameters
    ----------
    height_px : int
        Least height.
    tip : str
        Tooltip.
    """

    def __init__(self, height_px: int, tip: str) -> None:
        super().__init__()
        self.setMinimumHeight(height_px)
        self.setToolTip(tip)
        QVBoxLayout(self).setContentsMargins(0, 0, 0, 0)
        self._canvas: Any = None

    @property
    def axes(self) -> Axes:
        """The only axes of the plot."""
        if self._canvas is None:
            from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg

            from grainscope.figures.style import new_figure

            figure = new_figure((4.2, self.minimumHeight() / 87))
            figure.add_subplot()
            self._canvas = FigureCanvasQTAgg(figure)
            self.layout().addWidget(self._canvas)
        axes: Axes = self._canvas.figure.axes[0]
        return axes

    def show_drawn(self, theme_id: str | None = None) -> None:
        """Bring what was drawn to the screen, in the colours of a theme where one is given."""
        from grainscope.viewer.plot_colours import use_theme

        if theme_id is not None:
            use_theme(self.axes, theme_id)
        self._canvas.draw_idle()
