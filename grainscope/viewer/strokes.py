"""Strokes and clicks of a tool on the film, and what is seen of them while they are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.viewer.layers import placed
from grainscope.viewer.pointing import pointer_is_free

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from napari import Viewer

    from grainscope.viewer.session import Session

    Place = tuple[float, float]

STROKE = "stroke"
_COLOUR = "#00e5ff"


class StrokePen:
    """Follows the pointer while a tool is in hand; of several, only the last one writes.

    Parameters
    ----------
    viewer : Viewer
        Where it draws.
    session : callable
        The film that is shown now, or None.
    use : callable
        Is given the places of a whole stroke in pixels, and whether Shift was held.
    """

    def __init__(
        self,
        viewer: Viewer,
        session: Callable[[], Session | None],
        use: Callable[[list[Place], bool], None],
    ) -> None:
        self._viewer, self._session, self._use = viewer, session, use

    def take(self) -> None:
        """Write from now on."""
        self._viewer.mouse_drag_callbacks.append(self._pressed)

    def lay_down(self) -> None:
        """Write no more."""
        self._viewer.mouse_drag_callbacks.remove(self._pressed)
        self.show([])

    def _writes(self) -> bool:
        owners = [getattr(call, "__self__", None) for call in self._viewer.mouse_drag_callbacks]
        return [each for each in owners if isinstance(each, StrokePen)][-1] is self

    def _pressed(self, _viewer: Any, event: Any) -> Iterator[None]:
        session = self._session()
        if session is None or session.film is None or session.tool == "select":
            return
        if not (self._writes() and pointer_is_free(self._viewer)):
            return
        with_shift = "Shift" in event.modifiers
        pixel_um = session.micrograph.pixel_size.um
        places = [_place_px(event, pixel_um)]
        # The film must not move under the stroke; napari lets it for every layer chosen anew.
        camera = self._viewer.scene.camera
        may_pan, camera.mouse_pan = camera.mouse_pan, False
        yield
        while event.type == "mouse_move":
            places.append(_place_px(event, pixel_um))
            if session.tool in ("split", "draw"):
                self.show(places)
            yield
        camera.mouse_pan = may_pan
        self._use(places, with_shift)

    def show(self, places_px: Sequence[Place], as_points: bool = False) -> None:
        """Show a stroke, or seeds; nothing is left of it when there are no places."""
        session = self._session()
        present = next((layer for layer in self._viewer.layers if layer.name == STROKE), None)
        if len(places_px) < (1 if as_points else 2) or session is None:
            if present is not None and not places_px:
                self._viewer.layers.remove(present)
            return
        if present is not None:
            present.data = np.array(places_px) if as_points else [np.array(places_px)]
            return
        active = self._viewer.layers.selection.active
        where = placed(session.micrograph.pixel_size) | {"name": STROKE}
        if as_points:
            self._viewer.add_points(np.array(places_px), size=9, face_color=_COLOUR, **where)
        else:
            line = {"shape_type": "path", "edge_color": _COLOUR, "edge_width": 2}
            self._viewer.add_shapes([np.array(places_px)], **line, **where)
        self._viewer.layers.selection.active = active


def _place_px(event: Any, pixel_um: float) -> Place:
    return float(event.position[-2] / pixel_um), float(event.position[-1] / pixel_um)
