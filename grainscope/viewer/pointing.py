"""What lies under the pointer: a grain, or else a loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from napari.components import ViewerModel
    from numpy.typing import NDArray

    from grainscope.records import LoopTable


def grain_at(labels: NDArray[np.int32], place_px: tuple[float, float]) -> int:
    """Return the label at a place in pixels; 0 on film and outside the image.

    Examples
    --------
    >>> labels = np.array([[0, 4], [4, 4]], np.int32)
    >>> grain_at(labels, (0.4, 0.6)), grain_at(labels, (0.2, -3.0))
    (4, 0)
    """
    row, column = (round(place) for place in place_px)
    height, width = labels.shape
    inside = 0 <= row < height and 0 <= column < width
    return int(labels[row, column]) if inside else 0


def loop_at(loops: LoopTable, y_um: float, x_um: float) -> int | None:
    """Return the row of the smallest loop whose polygon holds a place, None where none does."""
    y, x, start = loops.vertex_y_um, loops.vertex_x_um, loops.vertex_start
    if loops.n_loops == 0:
        return None
    first = start[:-1]
    boxed = (
        (np.minimum.reduceat(y, first) <= y_um)
        & (np.maximum.reduceat(y, first) >= y_um)
        & (np.minimum.reduceat(x, first) <= x_um)
        & (np.maximum.reduceat(x, first) >= x_um)
    )
    holding = [
        row
        for row in np.flatnonzero(boxed)
        if _holds(y[start[row] : start[row + 1]], x[start[row] : start[row + 1]], y_um, x_um)
    ]
    return int(min(holding, key=lambda row: loops.area_um2[row])) if holding else None


def _holds(y: NDArray[np.float64], x: NDArray[np.float64], at_y: float, at_x: float) -> bool:
    """Whether a ray to the right crosses the outline an odd number of times."""
    next_y, next_x = np.roll(y, -1), np.roll(x, -1)
    crosses = (y > at_y) != (next_y > at_y)
    crossing_x = x[crosses] + (at_y - y[crosses]) / (next_y - y)[crosses] * (next_x - x)[crosses]
    return bool((crossing_x > at_x).sum() % 2)


def pointer_is_free(viewer: ViewerModel) -> bool:
    """Whether a click means a place of the film, and not a stroke of napari's own tools."""
    active = viewer.layers.selection.active
    return viewer.dims.ndisplay == 2 and (active is None or str(active.mode) == "pan_zoom")


def on_click(
    call: Callable[[tuple[float, float], bool], None],
) -> Callable[..., Iterator[None]]:
    """Return a napari mouse callback for clicks; a drag, which pans, is none.

    Parameters
    ----------
    call : callable
        Is given y, x in µm, and whether Shift was held.
    """

    def pressed(_owner: Any, event: Any) -> Iterator[None]:
        position, with_shift = event.position, "Shift" in event.modifiers
        left = event.button == 1
        yield
        while event.type == "mouse_move":
            if np.hypot(*np.subtract(event.position[-2:], position[-2:])) > 0:
                left = False
            yield
        if left:
            call((float(position[-2]), float(position[-1])), with_shift)

    return pressed
