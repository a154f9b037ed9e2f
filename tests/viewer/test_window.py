"""A real napari window: open, edit, undo, save, reopen; sliders; stop."""

from __future__ import annotations

import json

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QMessageBox

from grainscope import files
from grainscope.batch import predict_result
from grainscope.plain_number import plain_number
from grainscope.viewer import layers as made
from grainscope.viewer.opening import open_session

pytestmark = pytest.mark.window

#: The close pair of the film.
LEFT, RIGHT = (80.0, 226.0), (80.0, 248.0)


def label_at(session, place):
    return int(session.film.labels[round(place[0]), round(place[1])])


def test_click_merge_undo_save_and_reopen(hand, window, session, result):
    before = session.film.labels.copy()
    left, right = label_at(session, LEFT), label_at(session, RIGHT)
    assert left != right
    hand.click(LEFT)
    assert session.selected_ids.tolist() == [left]
    hand.click(RIGHT, Qt.KeyboardModifier.ShiftModifier)
    assert set(session.selected_ids.tolist()) == {left, right}
    hand.press(Qt.Key.Key_M)
    assert label_at(session, LEFT) == label_at(session, RIGHT) == min(left, right)
    np.testing.assert_array_equal(window.layers[made.GRAINS].data, session.film.labels)
    hand.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    np.testing.assert_array_equal(session.film.labels, before)
    redo = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    hand.press(Qt.Key.Key_Z, redo)
    assert label_at(session, LEFT) == label_at(session, RIGHT)

    actions = [json.loads(line).get("action") for line in (result / "edits.jsonl").open()]
    assert actions == [None, "edit", "undo", "redo"]
    automatic = files.read_label_image(result / "labels_automatic.tif")
    np.testing.assert_array_equal(automatic, before)
    # labels.tif follows after a while, with nobody asking.
    merged = session.film.segmentation.labels
    hand.wait_for(lambda: np.array_equal(files.read_label_image(result / "labels.tif"), merged))

    again = open_session(result)
    np.testing.assert_array_equal(again.film.labels, session.film.labels)
    assert again.tables_are_old
    assert again.n_edits == 1
    again.undo()
    np.testing.assert_array_equal(again.film.labels, before)


def test_scale_and_units_survive_save_and_reopen(hand, window, session, result):
    hand.click(LEFT)
    hand.press(Qt.Key.Key_D)
    session.save_labels()
    predict_result(result)
    again = open_session(result)
    assert not again.tables_are_old
    assert again.micrograph.pixel_size.value_nm == session.micrograph.pixel_size.value_nm
    stored = again.stored.table("grains")
    np.testing.assert_allclose(stored["area_um2"], again.film.table.area_um2, rtol=1e-6)
    _, shown, _ = made.grains_layer(again.film.labels, again.features, again.micrograph.pixel_size)
    assert shown["scale"] == pytest.approx(tuple(window.layers[made.GRAINS].scale))


def test_a_line_drawn_across_a_grain_splits_it(hand, window, session):
    place = (60.0, 110.0)
    grain, n_before = label_at(session, place), session.film.table.n_grains
    hand.press(Qt.Key.Key_S)
    assert session.tool == "split"
    hand.drag([(60.0, 92.0), (60.0, 100.0), (60.0, 112.0), (60.0, 128.0)])
    assert session.film.table.n_grains == n_before + 1
    parts = {label_at(session, (54.0, 110.0)), label_at(session, (66.0, 110.0))}
    assert len(parts) == 2
    assert grain in parts
    assert "stroke" not in window.layers
    hand.press(Qt.Key.Key_Escape)
    assert session.tool == "select"
    assert window.scene.camera.mouse_pan


def test_a_grain_is_drawn_on_film_and_counted(hand, window, session):
    n_before = session.film.table.n_grains
    hand.press(Qt.Key.Key_G)
    hand.drag([(37, 41), (37, 47), (43, 47), (43, 41), (38, 41)])
    assert session.film.table.n_grains == n_before + 1
    assert hand.widget("CorrectWidget").told.text().startswith(f"{n_before + 1} grains")
    assert len(window.layers[made.GRAINS].features) == n_before + 1


def test_napari_s_own_brush_becomes_an_edit_that_can_be_undone(hand, window, session):
    before = session.film.labels.copy()
    layer = window.layers[made.GRAINS]
    window.layers.selection.active = layer
    layer.mode = "erase"
    layer.brush_size = 9
    hand.drag([(20, 22), (20, 26), (20, 30)])
    layer.mode = "pan_zoom"
    assert session.n_edits == 1
    assert (session.film.labels != before).any()
    np.testing.assert_array_equal(layer.data, session.film.labels)
    hand.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    np.testing.assert_array_equal(session.film.labels, before)
    np.testing.assert_array_equal(layer.data, before)


def test_what_cannot_be_done_is_said_and_changes_nothing(hand, window, session):
    from napari.utils.notifications import notification_manager

    notification_manager.records.clear()
    hand.press(Qt.Key.Key_M)
    assert session.n_edits == 0
    assert "select two grains" in notification_manager.records[-1].message


def test_sliders_move_loops_percolation_and_fields(hand, window, session):
    loops = hand.look_at("LoopsWidget")
    loops.gap_nm.setValue(30.0)
    hand.settle(0.3)
    assert session.settings.network.max_gap_nm == 30.0
    assert f"{session.choice.loops.n_loops:,} loops" in loops.loops.text()
    assert "component" in loops.percolation.text()
    assert window.layers[made.LOOPS].visible
    window.layers[made.LOOPS].visible = False
    loops.field_g.setValue(0.5 * loops.field_g.maximum())
    assert window.layers[made.LOOPS].visible
    hand.settle()
    assert session.field_g == pytest.approx(loops.field_g.value())
    values = window.layers[made.LOOPS].data[2]
    assert 0 <= values.min() <= values.max() <= 1
    loops.copy_command()
    assert "--set network.max_gap_nm=30.0" in QApplication.clipboard().text()


def test_a_click_into_a_loop_tells_its_field(hand, window, session):
    table = session.choice.loops
    hole = np.flatnonzero(session.film.labels[:, 44 + 22 - 22] == 0)
    inside = [(row, 44.0) for row in hole if 0 < row < 150]
    hand.click(inside[len(inside) // 2])
    row = session.selected_loop
    assert row is not None
    loops = hand.look_at("LoopsWidget")
    assert f"one quantum at {plain_number(table.field_g[row])} G" in loops.loop.text()
    assert len(window.layers[made.SELECTED_LOOPS].data) == 1
    assert len(session.selected_ids) == 0
    loops.its_grains.click()
    assert len(session.selected_ids) == table.n_grains[row] >= 3
    middle = session.film.table.y_um[session.film.rows_of(session.selected_ids)].mean()
    assert middle == pytest.approx(table.y_um[row], abs=0.1)
    hand.click(LEFT)
    assert not loops.its_grains.isEnabled()
    assert "Click into a loop" in loops.loop.text()


def test_plots_have_the_colours_of_the_window(hand, window):
    widgets = [hand.widget(name) for name in ("GrainsWidget", "LoopsWidget")]
    for theme, is_dark in (("dark", True), ("light", False)):
        window.theme = theme
        for widget in widgets:
            widget.draw()
            axes = widget.plot.axes
            ground, word = (
                np.mean(to_rgb(colour))
                for colour in (axes.get_facecolor(), axes.xaxis.label.get_color())
            )
            assert (ground < 0.3, word > 0.7) == (is_dark, is_dark)
    window.theme = "dark"


def test_a_range_of_the_histogram_selects_its_grains(hand, window, session):
    grains = hand.look_at("GrainsWidget")
    values = session.film.table.log10_area_um2
    low, high = np.quantile(values, (0.2, 0.6))
    grains.select_range(low, high)
    assert len(session.selected_ids) == ((values >= low) & (values <= high)).sum()
    hand.settle(0.2)
    assert f"{len(session.selected_ids)} selected" in grains.counted.text()
    hand.click(LEFT)
    hand.settle(0.2)
    shown = {grains.table.item(i, 0).text(): grains.table.item(i, 1).text()
             for i in range(grains.table.rowCount())}  # fmt: skip
    assert shown["index"] == str(label_at(session, LEFT))
    for at in range(grains.descriptor.count()):
        grains.descriptor.setCurrentIndex(at)
        grains.select_filtered()
        known = session.features[grains.descriptor.currentText()].notna().sum()
        assert len(session.selected_ids) == known, grains.descriptor.currentText()
    grains.descriptor.setCurrentText("area_um2")
    areas = session.film.table.area_um2
    limit = float(np.sort(areas)[4]) + 1e-6
    grains.high.setValue(limit)
    grains.select_filtered()
    assert 0 < len(session.selected_ids) == (areas <= limit).sum() < len(areas)
    grains.descriptor.setCurrentText("solidity")
    grains.low.setValue(2.0)
    grains.select_filtered()
    assert len(session.selected_ids) == 0


def test_the_truth_beside_the_film(hand, window, session, tmp_path):
    from tifffile import imwrite

    truth = session.film.labels.copy()
    truth[truth == label_at(session, LEFT)] = 0
    truth[5:12, 40:47] = truth.max() + 1
    imwrite(tmp_path / "truth.tif", truth.astype(np.uint16))
    window.window.add_plugin_dock_widget("grainscope", "Compare")
    compare = hand.widget("CompareWidget")
    compare.compare_with(tmp_path / "truth.tif")
    assert "1 missed" in compare.told.text()
    assert np.count_nonzero(np.unique(window.layers["missed"].data)) == 1
    spurious = np.unique(window.layers["spurious"].data)
    assert label_at(session, LEFT) in spurious
    assert window.layers["reference"].translate[-1] > 0
    compare.beside.setChecked(False)
    assert window.layers["missed"].translate[-1] == 0


def test_recompute_brings_the_tables_up_to_date(hand, window, session, result):
    n_before = session.film.table.n_grains
    hand.click(LEFT)
    hand.press(Qt.Key.Key_D)
    correct = hand.widget("CorrectWidget")
    assert "older" in correct.recompute.state.text()
    correct.recompute_tables()
    hand.wait_for(lambda: not session.tables_are_old, 120)
    assert len(files.read_table(result / "grains.csv")["label"]) == n_before - 1
    assert "up to date" in correct.recompute.state.text()


def test_a_stopped_recomputation_leaves_the_folder_as_it_was(hand, window, session, result):
    table = (result / "grains.csv").read_bytes()
    hand.click(LEFT)
    hand.press(Qt.Key.Key_D)
    correct = hand.widget("CorrectWidget")
    correct.recompute_tables()
    hand.wait_for(correct.recompute.stop.isEnabled)
    correct.recompute.stop.click()
    hand.wait_for(lambda: not correct.recompute.is_running)
    assert session.tables_are_old
    assert (result / "grains.csv").read_bytes() == table
    assert files.read_result(result).edits is not None


@pytest.mark.parametrize("answer", ["Close", "Cancel"])
def test_closing_over_old_tables_asks(hand, window, session, monkeypatch, answer):
    asked = []

    def question(*words):
        asked.append(words[2])
        return getattr(QMessageBox.StandardButton, answer)

    monkeypatch.setattr(QMessageBox, "question", question)
    correct = hand.widget("CorrectWidget")
    assert correct.may_close()
    assert not asked
    hand.click(LEFT)
    hand.press(Qt.Key.Key_D)
    assert correct.may_close() == (answer == "Close")
    assert "1 correction kept in" in asked[0]


def test_the_hint_is_shown_until_it_was_read(hand, window, session):
    correct = hand.widget("CorrectWidget")
    assert not correct.hint.isHidden()
    correct.got_it.click()
    assert correct.hint.isHidden()
