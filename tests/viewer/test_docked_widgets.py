"""Widgets that are closed, opened again, or there twice; films that are closed under them."""

from __future__ import annotations

import gc
import subprocess
from time import sleep

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QMainWindow, QMessageBox

from grainscope.errors import OutputError, ResultError
from grainscope.viewer import layers as made
from grainscope.viewer.opening import open_session
from grainscope.viewer.showing import close_session, session_of, show
from grainscope.viewer.widgets.correct import CorrectWidget
from grainscope.viewer.widgets.parts import shortened
from grainscope.viewer.window import read_and_open

pytestmark = pytest.mark.window

GRAIN, ACROSS = (60.0, 110.0), [(60.0, 92.0), (60.0, 100.0), (60.0, 112.0), (60.0, 128.0)]


def n_listeners(session):
    signals = (session.film_changed, session.choice_changed, session.selection_changed)
    return [len(signal) for signal in signals]


def test_a_closed_correct_widget_takes_no_strokes_and_no_keys(hand, window, session):
    correct = hand.widget("CorrectWidget")
    callbacks = len(window.mouse_drag_callbacks)
    hand.press(Qt.Key.Key_S)
    window.window.remove_dock_widget(correct)
    hand.settle(0.1)
    assert session.tool == "select"
    assert len(window.mouse_drag_callbacks) == callbacks - 1
    hand.click(GRAIN)
    hand.press(Qt.Key.Key_D)
    assert session.n_edits == 0

    window.window.add_plugin_dock_widget("grainscope", "Correct")
    hand.settle(0.2)
    hand.press(Qt.Key.Key_S)
    hand.drag(ACROSS)
    assert session.n_edits == 1
    layer = window.layers[made.GRAINS]
    layer.mode, layer.brush_size = "erase", 9
    hand.drag([(20, 22), (20, 30)])
    assert session.n_edits == 2


def test_of_two_correct_widgets_one_makes_the_edit(hand, window, session):
    window.window.add_dock_widget(CorrectWidget(window), name="another")
    hand.settle(0.2)
    hand.press(Qt.Key.Key_S)
    hand.drag(ACROSS)
    assert session.n_edits == 1
    layer = window.layers[made.GRAINS]
    hand.press(Qt.Key.Key_Escape)
    layer.mode, layer.brush_size = "erase", 9
    hand.drag([(20, 22), (20, 30)])
    assert session.n_edits == 2


def test_nobody_listens_to_a_film_that_was_closed(hand, window, session):
    callbacks = len(window.mouse_drag_callbacks)
    close_session(window, session)
    hand.settle()
    assert n_listeners(session) == [0, 0, 0]
    assert len(window.mouse_drag_callbacks) == callbacks - 1
    show(window, session)
    assert 0 not in n_listeners(session)


def test_a_tool_stays_with_its_film(hand, window, session, film_path):
    hand.press(Qt.Key.Key_G)
    other = open_session(film_path, session.settings)
    show(window, other)
    window.layers.selection.active = next(
        layer for layer in window.layers if layer.metadata["grainscope"] is other
    )
    hand.settle()
    assert not hand.widget("CorrectWidget").isEnabled()
    window.layers.selection.active = window.layers[made.GRAINS]
    hand.settle()
    assert hand.widget("CorrectWidget").tools["draw"].isChecked()
    centre = window.scene.camera.center
    hand.drag([(37, 41), (37, 47), (43, 47), (43, 41), (38, 41)])
    assert session.n_edits == 1
    assert window.scene.camera.center == centre
    assert window.scene.camera.mouse_pan


def test_layers_that_were_removed_by_hand_are_not_missed(hand, window, session):
    for name in (made.CONTACTS, made.SELECTED_GRAINS, made.SELECTED_LOOPS, made.NODES):
        window.layers.remove(name)
    hand.click(GRAIN)
    hand.press(Qt.Key.Key_D)
    assert session.n_edits == 1
    window.layers.remove(made.GRAINS)
    hand.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.n_edits == 0


def test_in_3d_a_click_means_no_place(hand, window, session):
    window.dims.ndisplay = 3
    hand.settle(0.2)
    hand.click(GRAIN)
    assert len(session.selected_ids) == 0
    window.dims.ndisplay = 2


def test_every_corrected_film_is_named_before_the_window_closes(
    hand, window, session, result, film_path, monkeypatch
):
    asked = []

    def question(*words):
        asked.append(words[2])
        return QMessageBox.StandardButton.Cancel

    monkeypatch.setattr(QMessageBox, "question", question)
    hand.click(GRAIN)
    hand.press(Qt.Key.Key_D)
    show(window, open_session(film_path, session.settings))  # now this one is active

    def refuse():
        raise OutputError("labels.tif cannot be written: No space left on device")

    monkeypatch.setattr(session, "save_labels", refuse)
    main = next(w for w in QApplication.topLevelWidgets() if isinstance(w, QMainWindow))
    assert not main.close()
    assert "1 correction kept" in asked[0]
    assert str(result) in asked[0]
    assert "No space left" in asked[0]


def test_labels_of_a_film_are_saved_when_another_is_active(
    hand, window, session, result, film_path
):
    before = (result / "labels.tif").read_bytes()
    hand.click(GRAIN)
    hand.press(Qt.Key.Key_D)
    show(window, open_session(film_path, session.settings))
    hand.wait_for(lambda: (result / "labels.tif").read_bytes() != before, 30)


def test_edits_made_while_tables_are_recomputed_leave_them_old(hand, window, session):
    correct = hand.widget("CorrectWidget")
    hand.click(GRAIN)
    hand.press(Qt.Key.Key_D)
    correct.recompute_tables()
    hand.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    hand.wait_for(lambda: not correct.recompute.is_running)
    assert session.tables_are_old


def test_a_window_that_closes_stops_its_process(hand, window, session, monkeypatch):
    begun = []

    class Popen(subprocess.Popen):
        def __init__(self, _words, **more):
            super().__init__(["sleep", "60"], **more)
            begun.append(self)

    monkeypatch.setattr("grainscope.viewer.segmenting.subprocess.Popen", Popen)
    correct = hand.widget("CorrectWidget")
    correct.recompute_tables()
    hand.wait_for(correct.recompute.stop.isEnabled)
    window.window.remove_dock_widget(correct)
    hand.wait_for(lambda: begun[0].poll() is not None, 20)


def test_what_is_shown_beside_a_film_belongs_to_it(hand, window, session, result):
    other = open_session(result)
    show(window, other)  # on top, of the same shape
    window.layers.selection.active = window.layers[made.GRAINS]
    window.window.add_plugin_dock_widget("grainscope", "Compare")
    window.window.add_plugin_dock_widget("grainscope", "Segment")
    compare, segment = hand.widget("CompareWidget"), hand.widget("SegmentWidget")
    compare.compare_with(result / "labels.tif")
    assert "0 missed" in compare.told.text()
    segment.side_px.setValue(96)
    segment.preview_now()
    hand.wait_for(lambda: "preview" in window.layers)
    assert window.layers.selection.active is window.layers[made.GRAINS]
    for name in ("preview", "missed"):
        window.layers.selection.active = window.layers[name]
        assert session_of(window) is session
    layer = window.layers["preview"]
    layer.mode, layer.brush_size = "paint", 9
    hand.drag([(20, 22), (20, 30)])
    layer.mode = "pan_zoom"
    assert session.n_edits == 0
    window.layers.selection.active = next(
        layer for layer in window.layers if layer.metadata.get("grainscope") is other
    )
    assert compare.told.text() == ""
    assert "missed" not in window.layers
    close_session(window, session)
    assert "preview" not in window.layers


def test_a_long_name_does_not_widen_the_column(hand, window):
    correct = hand.widget("CorrectWidget")
    state = correct.recompute.state
    width = correct.recompute.minimumSizeHint().width()
    state.setText("1 correction kept in " + "NbTiN_film_17_annealed_450C" * 9)
    assert correct.recompute.minimumSizeHint().width() == width
    assert shortened("a" * 50 + "b" * 50) == "a" * 20 + "…" + "b" * 20
    assert shortened("film") == "film"


def test_a_plot_is_drawn_when_its_tab_comes_to_the_front(hand, window):
    grains = hand.widget("GrainsWidget")
    hand.settle(0.3)
    assert grains.counted.text() == ""  # it lies behind the corrections
    hand.look_at("GrainsWidget")
    assert grains.counted.text().endswith("0 selected")


def test_no_window_stays_for_a_film_that_cannot_be_read(qt_settings):
    def read():
        sleep(1.0)
        raise ResultError("labels.tif: cut off")

    with pytest.raises(ResultError, match="cut off"):
        read_and_open(read, has_grains=True)
    assert not any(w.isVisible() for w in QApplication.topLevelWidgets())
    assert gc.isenabled()
