"""Layers without a window: `ViewerModel` needs no display."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel

from grainscope.errors import PixelSizeMissingError, UnreadableImageError
from grainscope.viewer import layers as made
from grainscope.viewer.opening import open_session
from grainscope.viewer.reader import get_reader
from grainscope.viewer.session import METADATA
from grainscope.viewer.showing import follow, session_layers, session_of, show

EVERY_FILM_LAYER = (
    made.MICROGRAPH,
    made.GRAINS,
    made.LOOPS,
    made.CONTACTS,
    made.NODES,
    made.SELECTED_LOOPS,
    made.SELECTED_GRAINS,
)


@pytest.fixture
def viewer(session):
    model = ViewerModel()
    show(model, session)
    return model


def seen(viewer):
    """Return how many contacts have a line."""
    return int((np.abs(viewer.layers[made.CONTACTS].data[:, 1]).sum(axis=1) > 0).sum())


def test_every_layer_is_there_with_scale_and_units(viewer):
    assert tuple(layer.name for layer in viewer.layers) == EVERY_FILM_LAYER
    for layer in viewer.layers:
        assert layer.scale == pytest.approx((0.005, 0.005)), layer.name
        assert [str(unit) for unit in layer.units] == ["micrometer"] * 2, layer.name


def test_features_are_the_columns_of_the_table_on_disk(viewer, session):
    stored = session.stored.table("grains")
    features = viewer.layers[made.GRAINS].features
    assert features["index"].tolist() == stored["label"].tolist()
    for name, values in stored.items():
        if np.issubdtype(values.dtype, np.number) and name in features:
            np.testing.assert_allclose(features[name], values, rtol=1e-5, err_msg=name)
    assert set(stored) - set(features) <= {"confidence", "completeness"}


def test_contacts_run_from_grain_to_grain(viewer, session):
    film, kept = session.film, session.choice.kept
    lines = viewer.layers[made.CONTACTS].data[kept]
    assert seen(viewer) == kept.sum()
    place = np.column_stack((film.table.y_um, film.table.x_um)) / 0.005
    np.testing.assert_allclose(lines[:, 0], place[film.network.grain_a[kept] - 1], atol=1e-3)
    ends = lines.sum(axis=1)
    np.testing.assert_allclose(ends, place[film.network.grain_b[kept] - 1], atol=1e-3)


def test_the_loop_mesh_has_the_area_of_the_loops(viewer, session):
    vertices, faces, _ = viewer.layers[made.LOOPS].data
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    across = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    loops = session.choice.loops
    drawn_um2 = np.abs(across).sum() / 2 * 0.005**2
    assert drawn_um2 == pytest.approx(loops.area_um2.sum(), rel=1e-6)


def test_the_reader_takes_results_and_images_and_nothing_else(result, film_path, tmp_path):
    assert get_reader(str(result)) is not None
    assert get_reader([str(film_path)]) is not None
    assert get_reader(str(tmp_path)) is None
    assert get_reader(str(result / "grains.csv")) is None
    names = {shown["name"] for _, shown, _ in get_reader(str(result))(str(result))}
    assert names == set(EVERY_FILM_LAYER)


def test_what_cannot_be_opened_says_what_to_do(film_path, result, tmp_path):
    alone = tmp_path / "alone.tif"
    alone.write_bytes(film_path.read_bytes())
    with pytest.raises(PixelSizeMissingError, match=r"write 'pixel_size_nm = …' into a file"):
        get_reader(str(alone))(str(alone))
    alone.with_suffix(".toml").write_text("pixel_size_nm = 5.0\n")
    (_, shown, _), *_ = get_reader(str(alone))(str(alone))
    assert shown["scale"] == pytest.approx((0.005, 0.005))
    record = (result / "record.json").read_text().replace(str(film_path), str(tmp_path / "gone"))
    (result / "record.json").write_text(record)
    with pytest.raises(UnreadableImageError, match=r"grainscope view .* --image IMAGE"):
        get_reader(str(result))(str(result))


def test_layers_lead_back_to_their_session_and_follow_it_once(session):
    model = ViewerModel()
    for data, shown, kind in session_layers(session):
        getattr(model, f"add_{kind}")(data, **shown)
    assert session_of(model) is session
    clicks = len(model.mouse_drag_callbacks)
    follow(model, session)
    assert len(model.mouse_drag_callbacks) == clicks


def test_the_active_layer_decides_between_two_films(session, film_path):
    model = ViewerModel()
    show(model, session)
    other = open_session(film_path, session.settings)
    show(model, other)
    for layer in model.layers:
        model.layers.selection.active = layer
        assert session_of(model) is layer.metadata[METADATA]


def test_fewer_contacts_are_shown_when_the_gap_narrows(viewer, session):
    viewer.layers[made.LOOPS].visible = True
    before = seen(viewer)
    session.choose(session.settings.network.model_copy(update={"max_gap_nm": 45.0}))
    assert 0 < seen(viewer) == session.choice.kept.sum() < before
    session.choose(session.settings.network.model_copy(update={"max_gap_nm": 0.0}))
    assert session.choice.loops.n_loops == 0
    assert len(viewer.layers[made.LOOPS].data[1]) == 1  # one triangle without area
    session.choose(session.settings.network.model_copy(update={"max_gap_nm": 100.0}))
    assert seen(viewer) == before


def test_a_hidden_layer_catches_up_when_it_is_shown(viewer, session):
    nodes = viewer.layers[made.NODES]
    assert not nodes.visible
    session.choose(session.settings.network.model_copy(update={"min_grain_diameter_um": 0.12}))
    session.choose(session.settings.network.model_copy(update={"min_grain_diameter_um": 10.0}))
    nodes.visible = True
    assert (nodes.features["component"] == 0).all()


def test_selected_grains_get_rings(viewer, session):
    session.select([3, 7, 99999])
    assert session.selected_ids.tolist() == [3, 7]
    assert len(viewer.layers[made.SELECTED_GRAINS].data) == 2
    session.select(())
    assert len(viewer.layers[made.SELECTED_GRAINS].data) == 0


def test_in_a_field_of_whole_quanta_a_loop_looks_as_in_none(session):
    loops = session.choice.loops
    values, _ = made.loop_colours(loops, 3 * loops.field_g[0])
    assert min(values[0], 1 - values[0]) == pytest.approx(0, abs=1e-9)
    halves, _ = made.loop_colours(loops, 0.5 * loops.field_g[0])
    assert halves[0] == pytest.approx(0.5)


def test_two_results_in_one_window_do_not_get_into_each_other_s_way(session, result):
    model, other = ViewerModel(), open_session(result)
    show(model, session)
    show(model, other)
    other.select([4])
    rings = [layer for layer in model.layers if layer.name.startswith(made.SELECTED_GRAINS)]
    assert sorted(len(layer.data) for layer in rings) == [0, 1]
