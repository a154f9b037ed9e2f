"""The Segment widget in a real window: preview, the whole image, stop."""

from __future__ import annotations

import shlex

import numpy as np
import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtWidgets import QApplication

from grainscope import edits, files
from grainscope.batch import BatchOptions, run_batch
from grainscope.errors import ResultError
from grainscope.settings import parse_settings
from grainscope.viewer import layers as made
from grainscope.viewer import segmenting
from grainscope.viewer.opening import open_session
from grainscope.viewer.showing import session_of

pytestmark = pytest.mark.window


@pytest.fixture
def session(film_path, fast_settings):
    return open_session(film_path, fast_settings)


@pytest.fixture
def segment(hand, tmp_path):
    found = hand.widget("SegmentWidget")
    found.live.setChecked(False)
    found.out.setText(str(tmp_path / "viewed"))
    return found


def test_the_preview_shows_grains_of_the_crop_in_their_place(hand, window, segment):
    segment.side_px.setValue(96)
    segment.preview_now()
    hand.wait_for(lambda: "preview" in window.layers)
    preview, film = window.layers["preview"], window.layers[made.MICROGRAPH]
    assert preview.data.shape == (96, 96)
    row, column = np.argwhere(preview.data > 0)[0]
    y, x = preview.data_to_world((row, column))
    place = tuple(round(float(each)) for each in film.world_to_data((y, x)))
    assert film.data[place] > 100
    assert "grains in 96 × 96 px" in segment.found.text()


def test_a_change_of_a_setting_is_previewed_by_itself(hand, window, segment):
    segment.live.setChecked(True)
    segment.side_px.setValue(96)
    segment.forms["segmentation"].findChild(object, "min_area_px").setValue(5000)
    hand.wait_for(lambda: segment.found.text().startswith("0 grains"))


def test_window_and_command_line_give_the_same_labels(hand, window, segment, film_path, tmp_path):
    segment.forms["segmentation"].findChild(object, "split_persistence").setValue(0.3)
    segment.copy_command()
    words = shlex.split(QApplication.clipboard().text())
    assert words[:3] == ["grainscope", "run", str(film_path)]
    assert "segmentation.split_persistence=0.3" in words
    segment.run_whole()
    hand.wait_for(lambda: made.GRAINS in window.layers)
    shown = session_of(window)
    assert shown.folder == tmp_path / "viewed" / "film"

    assignments = [words[i + 1] for i, word in enumerate(words) if word == "--set"]
    settings = parse_settings("", "copied", assignments)
    outcomes = run_batch([film_path], tmp_path / "shell", settings, BatchOptions())
    assert outcomes[0].status == "ok"
    by_shell = files.read_label_image(tmp_path / "shell" / "film" / "labels.tif")
    np.testing.assert_array_equal(shown.film.labels, by_shell)


def test_a_result_with_corrections_is_not_taken_for_the_new_one(
    hand, window, segment, result, session
):
    corrected = open_session(result)
    corrected.apply(edits.delete(corrected.film.labels, [3]))
    notification_manager.records.clear()
    segment.out.setText(str(result.parent))
    segment.forms["segmentation"].findChild(object, "min_area_px").setValue(77)
    segment.run_whole()
    hand.wait_for(lambda: not segment.whole.is_running)
    told = [record.message for record in notification_manager.records]
    assert any("holds manual corrections and was kept" in message for message in told)
    assert session_of(window) is session


def test_the_result_of_an_image_is_found_under_another_name(result, film_path, tmp_path):
    assert segmenting.result_of(film_path, result.parent) == result
    other = result.rename(result.parent / "film_2")
    assert segmenting.result_of(film_path, result.parent) == other
    with pytest.raises(ResultError, match="holds no result of"):
        segmenting.result_of(tmp_path / "film.tif", result.parent)


def test_what_cannot_be_saved_is_said(hand, segment, tmp_path):
    notification_manager.records.clear()
    segment.save_settings(tmp_path / "no such folder" / "mine.toml")
    assert "No such file" in notification_manager.records[-1].message
    segment.save_settings(tmp_path / "mine.toml")
    segment.load_settings(tmp_path / "mine.toml")
    assert len(notification_manager.records) == 1


def test_a_preview_that_comes_after_the_end_is_dropped(hand, window, segment):
    assert segment.out.text()
    segment.side_px.setValue(96)
    segment.preview_now()
    window.window.remove_dock_widget(segment)
    hand.wait_for(lambda: segment._worker is None)
    assert "preview" not in window.layers


def test_a_stopped_run_leaves_nothing(hand, window, segment, tmp_path):
    segment.run_whole()
    hand.wait_for(segment.whole.stop.isEnabled)
    segment.whole.stop.click()
    hand.wait_for(lambda: not segment.whole.is_running)
    assert segment.whole.state.text() == "stopped"
    assert not (tmp_path / "viewed" / "film").exists()
    assert made.GRAINS not in window.layers


def test_settings_are_saved_and_loaded(segment, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("schema = 2\n[segmentation]\nmin_area_px = 77\n")
    segment.load_settings(path)
    assert segment.settings().segmentation.min_area_px == 77
    path.write_text("[segmentation]\nmin_aera_px = 3\n")
    segment.load_settings(path)  # refused, in napari's notifications
    assert segment.settings().segmentation.min_area_px == 77


def test_an_input_that_shows_fewer_digits_does_not_round_its_setting(segment, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("[segmentation]\nsplit_persistence = 0.43215\nmin_area_px = 77\n")
    segment.load_settings(path)
    assert segment.settings().segmentation.split_persistence == 0.43215
    spin = segment.forms["segmentation"].findChild(object, "split_persistence")
    spin.setValue(0.25)
    assert segment.settings().segmentation.split_persistence == 0.25


def test_loaded_settings_stay_when_their_preview_appears(hand, window, segment, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        '[segmentation]\nmethod = "fast"\nmin_area_px = 77\n[grains]\nbins_per_decade = 7\n'
    )
    segment.load_settings(path)
    segment.side_px.setValue(96)
    segment.preview_now()
    hand.wait_for(lambda: "preview" in window.layers)
    assert segment.settings().segmentation.min_area_px == 77
    assert segment.settings().grains.bins_per_decade == 7


def test_inputs_stay_as_they_are_when_other_contacts_are_chosen(hand, window, segment, session):
    segment.forms["segmentation"].findChild(object, "min_area_px").setValue(77)
    session.choose(session.settings.network.model_copy(update={"max_gap_nm": 12.0}))
    segment.side_px.setValue(96)
    segment.preview_now()
    hand.wait_for(lambda: "preview" in window.layers)
    assert segment.settings().segmentation.min_area_px == 77
    assert segment.settings().network.max_gap_nm == 12.0
