"""Put a session's layers into a viewer, and keep them in step with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.viewer import layers as made
from grainscope.viewer.loop_mesh import loop_mesh
from grainscope.viewer.pointing import grain_at, loop_at, on_click, pointer_is_free
from grainscope.viewer.session import METADATA, ROLE, Session

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Layer
    from numpy.typing import NDArray

    from grainscope.corrections import Change
    from grainscope.viewer.layers import LayerData

#: Where a viewer's layers keep who follows their session.
_FOLLOWER = "grainscope follower"


def session_layers(session: Session) -> list[LayerData]:
    """Return every layer of a session, from the bottom to the top, each carrying the session."""
    found = [made.micrograph_layer(session.micrograph)]
    if session.film is not None:
        found += _film_layers(session)
    return [
        (data, {**shown, "metadata": {METADATA: session, ROLE: shown["name"]}}, kind)
        for data, shown, kind in found
    ]


def _film_layers(session: Session) -> list[LayerData]:
    film, choice, pixel = session.film, session.choice, session.micrograph.pixel_size
    assert film is not None
    found = [
        made.share_layer(name, film.labels, film.ids, share, pixel)
        for name, share in session.shares.items()
    ]
    return [
        *found,
        # A picture of its own, as napari paints into it.
        made.grains_layer(film.labels.copy(), session.features, pixel),
        made.loops_layer(choice.loops, pixel),
        made.contacts_layer(choice.contacts, film.table, choice.kept, pixel),
        made.nodes_layer(film.table, film.ids, choice.component, pixel),
        made.selected_loops_layer(choice.loops, np.zeros(0, np.int64), pixel),
        made.selected_grains_layer(film.table, np.zeros(len(film.ids), bool), pixel),
    ]


def session_of(viewer: ViewerModel) -> Session | None:
    """Return the session of the active layer, else that of the topmost layer that has one.

    From then on the layers follow it.
    """
    active = viewer.layers.selection.active
    ordered = [*([active] if active is not None else []), *reversed(viewer.layers)]
    for layer in ordered:
        session = layer.metadata.get(METADATA)
        if isinstance(session, Session):
            follow(viewer, session)
            return session
    return None


def sessions_of(viewer: ViewerModel) -> list[Session]:
    """Return the session of every film that is open, in the order of their layers."""
    found = [layer.metadata.get(METADATA) for layer in viewer.layers]
    return list(dict.fromkeys(each for each in found if isinstance(each, Session)))


def show(viewer: ViewerModel, session: Session) -> None:
    """Add all layers of a session that the viewer has not, and let them follow it."""
    present = {layer.metadata[ROLE] for layer in layers_of(viewer, session)}
    for data, shown, kind in session_layers(session):
        if shown["name"] not in present:
            getattr(viewer, f"add_{kind}")(data, **shown)
    grains = layer_of(viewer, session, made.GRAINS)
    if grains is not None:
        viewer.layers.selection.active = grains
    viewer.canvas.overlays.scale_bar.visible = True
    follow(viewer, session)


def add_beside(viewer: ViewerModel, session: Session, role: str, layer: LayerData) -> Layer:
    """Add a layer that belongs to a session without following it; the active one stays so."""
    data, shown, kind = layer
    active = viewer.layers.selection.active
    metadata = {METADATA: session, ROLE: role}
    added: Layer = getattr(viewer, f"add_{kind}")(data, **shown, name=role, metadata=metadata)
    if active is not None:
        viewer.layers.selection.active = active
    return added


def remove_beside(viewer: ViewerModel, session: Session, *roles: str) -> None:
    """Remove layers that were added beside those of a session."""
    for layer in layers_of(viewer, session):
        if layer.metadata[ROLE] in roles:
            viewer.layers.remove(layer)


def follow(viewer: ViewerModel, session: Session) -> None:
    """Let the layers of a session follow it; asked for twice, nothing more happens."""
    carriers = layers_of(viewer, session)
    if any(_FOLLOWER in layer.metadata for layer in carriers):
        return
    Follower(viewer, session)


def close_session(viewer: ViewerModel, session: Session) -> None:
    """Remove every layer of a session."""
    for layer in layers_of(viewer, session):
        viewer.layers.remove(layer)


def layer_of(viewer: ViewerModel, session: Session, role: str) -> Any:
    """Return one layer of a session, None where it was removed."""
    found = [layer for layer in layers_of(viewer, session) if layer.metadata[ROLE] == role]
    return found[0] if found else None


def layers_of(viewer: ViewerModel, session: Session) -> list[Layer]:
    """Return the layers of a session that are there."""
    return [layer for layer in viewer.layers if layer.metadata.get(METADATA) is session]


class Follower:
    """Changes the layers of one session in one viewer when the session changes.

    Hidden layers are brought up to date when they are shown: what nobody sees costs nothing.
    """

    def __init__(self, viewer: ViewerModel, session: Session) -> None:
        self._viewer, self._session = viewer, session
        self._stale: set[str] = set()
        for signal, call in self._calls():
            signal.connect(call)
        self._take_up_layers()
        viewer.layers.events.inserted.connect(self._take_up_layers)
        self._on_click = on_click(self._clicked)
        viewer.mouse_drag_callbacks.append(self._on_click)
        viewer.layers.events.removed.connect(self._end_if_closed)

    def _take_up_layers(self, _event: Any = None) -> None:
        """Follow with every layer that is there: napari adds one after the other."""
        for layer in layers_of(self._viewer, self._session):
            if layer.metadata.get(_FOLLOWER) is not self:
                layer.metadata[_FOLLOWER] = self
                layer.events.visible.connect(self._catch_up)

    def _layer(self, name: str) -> Any:
        return layer_of(self._viewer, self._session, name)

    def _clicked(self, place_um: tuple[float, float], with_shift: bool) -> None:
        """Select the grain under the pointer, or else the loop; Shift adds or takes away."""
        session = self._session
        if session.tool != "select" or session.film is None or not pointer_is_free(self._viewer):
            return
        pixel_um = session.micrograph.pixel_size.um
        grain = grain_at(session.film.labels, (place_um[0] / pixel_um, place_um[1] / pixel_um))
        if with_shift:
            if grain:
                session.select(np.setxor1d(session.selected_ids, [grain]))
            return
        session.select([grain] if grain else ())
        session.select_loop(None if grain else loop_at(session.choice.loops, *place_um))

    def _calls(self) -> tuple[tuple[Any, Any], ...]:
        session = self._session
        return (
            (session.film_changed, self._film_changed),
            (session.choice_changed, self._choice_changed),
            (session.selection_changed, self._show_selected),
            (session.loop_changed, self._show_loop),
            (session.field_changed, self._colour_loops),
        )

    def _end_if_closed(self) -> None:
        """Let go of viewer and session when the last layer is gone."""
        if layers_of(self._viewer, self._session):
            return
        for signal, call in self._calls():
            signal.disconnect(call)
        self._viewer.layers.events.inserted.disconnect(self._take_up_layers)
        self._viewer.layers.events.removed.disconnect(self._end_if_closed)
        self._viewer.mouse_drag_callbacks.remove(self._on_click)

    def _film_changed(self, change: Change) -> None:
        labels, film = self._layer(made.GRAINS), self._session.film
        if labels is not None and film is not None:
            labels.features = self._session.features
            show_labels(labels, film.labels, change.box_px)
        self._update(made.CONTACTS, made.NODES, made.LOOPS, *_SHARES)
        self._show_selected()
        self._show_loop()

    def _choice_changed(self) -> None:
        self._update(made.CONTACTS, made.NODES, made.LOOPS)
        self._show_loop()

    def _update(self, *names: str) -> None:
        for name in names:
            layer = self._layer(name)
            if layer is None:
                continue
            if layer.visible:
                _UPDATES[name](layer, self._session)
                self._stale.discard(name)
            else:
                self._stale.add(name)

    def _catch_up(self) -> None:
        for name in sorted(self._stale):
            self._update(name)

    def _show_selected(self) -> None:
        layer, film = self._layer(made.SELECTED_GRAINS), self._session.film
        if layer is None or film is None:
            return
        selected = np.isin(film.ids, self._session.selected_ids)
        pixel = self._session.micrograph.pixel_size
        layer.data, shown, _ = made.selected_grains_layer(film.table, selected, pixel)
        layer.size = shown["size"]

    def _show_loop(self) -> None:
        layer, row = self._layer(made.SELECTED_LOOPS), self._session.selected_loop
        if layer is None:
            return
        rows = np.zeros(0, np.int64) if row is None else np.array([row])
        loops, pixel = self._session.choice.loops, self._session.micrograph.pixel_size
        data, shown, _ = made.selected_loops_layer(loops, rows, pixel)
        layer.data = []
        if data:
            layer.add_polygons(
                data, face_color=shown["face_color"], edge_color=shown["edge_color"],
                edge_width=shown["edge_width"],
            )  # fmt: skip

    def _colour_loops(self) -> None:
        self._update(made.LOOPS)


def show_labels(layer: Any, labels: NDArray[np.int32], box_px: tuple[slice, slice]) -> None:
    """Bring the picture of the labels up to date inside a box; no more of it is drawn again."""
    rows, columns = np.nonzero(layer.data[box_px] != labels[box_px])
    if len(rows):
        places = rows + box_px[0].start, columns + box_px[1].start
        with layer.events.paint.blocker():  # it is no stroke of a person
            layer.data_setitem(places, labels[places])


def _update_contacts(layer: Any, session: Session) -> None:
    film, choice = session.film, session.choice
    assert film is not None
    same = len(layer.data) == choice.contacts.n_contacts and np.array_equal(
        layer.features["gap_nm"], choice.contacts.gap_nm
    )
    pixel = session.micrograph.pixel_size
    layer.data = made.contact_lines(choice.contacts, film.table, choice.kept, pixel)
    if not same:
        style = made.contact_style(choice.contacts)
        layer.features, layer.edge_color = style["features"], style["edge_color"]


def _update_nodes(layer: Any, session: Session) -> None:
    film, component = session.film, session.choice.component
    assert film is not None
    data, shown, _ = made.nodes_layer(
        film.table, film.ids, component, session.micrograph.pixel_size
    )
    layer.data = data
    for name in ("features", "size", "face_color"):
        setattr(layer, name, shown[name])


def _update_loops(layer: Any, session: Session) -> None:
    loops, pixel = session.choice.loops, session.micrograph.pixel_size
    mesh = loop_mesh(loops, pixel.um)
    values, style = made.loop_colours(loops, session.field_g)
    layer.data = mesh.vertices_px, mesh.triangles, made.vertex_values(mesh.loop, values)
    layer.colormap = style["colormap"]
    layer.contrast_limits = style["contrast_limits"]


def _update_share(layer: Any, session: Session) -> None:
    film = session.film
    assert film is not None
    layer.data = made.painted_share(film.labels, film.ids, session.shares[layer.metadata[ROLE]])


_SHARES = (made.CONFIDENCE, made.COMPLETENESS)
_UPDATES = {
    made.CONTACTS: _update_contacts,
    made.NODES: _update_nodes,
    made.LOOPS: _update_loops,
    made.CONFIDENCE: _update_share,
    made.COMPLETENESS: _update_share,
}
