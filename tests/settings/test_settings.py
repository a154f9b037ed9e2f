"""Settings: defaults survive a round trip, and what is wrong is named."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grainscope.errors import SettingsError
from grainscope.settings import FileSettings, Settings, commented_toml, parse_settings


def test_the_commented_file_reads_back_as_the_defaults():
    assert parse_settings(commented_toml(Settings()), "settings.toml") == Settings()


@given(
    gap=st.floats(0, 1e6),
    classes=st.integers(2, 8),
    sample=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
def test_any_settings_read_back_as_written(gap, classes, sample):
    tables = {
        "network": {"max_gap_nm": gap},
        "segmentation": {"n_classes": classes},
        "input": {"sample": sample},
        "files": [{"match": "a*", "pixel_size_nm": 3.5, "pixel_size_source": "nominal"}],
    }
    written = Settings.model_validate(tables)
    assert parse_settings(commented_toml(written), "settings.toml") == written


def test_every_entry_states_its_default_and_a_reason():
    lines = [line for line in commented_toml(Settings()).splitlines() if " = " in line]
    entries = [line for line in lines if "   # " in line]
    assert len(entries) > 25
    assert all("Default" in line for line in entries if not line.startswith("# [["))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[segmentation]\nmin_aera_px = 3", "'segmentation.min_area_px'"),
        ("[segmentaton]\nmin_area_px = 3", "'segmentation'"),
        ("max_gap_nm = 3", "'network.max_gap_nm'"),
        ("[network]\nmin_area_px = 3", "'segmentation.min_area_px'"),
        ("[[files]]\nmatch = 'a'\npolarty = 'dark'", "'files.polarity'"),
    ],
)
def test_an_unknown_entry_is_named_with_the_nearest_known_one(text, named):
    with pytest.raises(SettingsError, match="nearest known one is " + named):
        parse_settings(text, "settings.toml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[network]\nmax_gap_nm = 'wide'", "network.max_gap_nm: got 'wide'"),
        ("[network]\nmax_gap_nm = -1.0", "greater than or equal to 0"),
        ("[transport]\ntemperature_min_k = 400.0", "must be below"),
        ("[preprocessing]\npolarity = 'light'", "'bright', 'dark' or 'auto'"),
        ("[input]\npixel_size_nm = nan", "finite"),
        ("[[files]]\npolarity = 'dark'", "files.match"),
        ("schema = 3", "newer than this program"),
        ("schema = 'x'", "expected a whole number"),
        ("network = 3", "network: got 3"),
        ("x =", "not valid TOML"),
    ],
)
def test_a_wrong_value_is_one_line_that_says_where(text, words):
    with pytest.raises(SettingsError, match=words) as caught:
        parse_settings(text, "mine.toml")
    assert str(caught.value).startswith("mine.toml: ")
    assert "\n" not in str(caught.value)


def test_assignments_win_over_the_file_and_take_bare_words():
    settings = parse_settings(
        "[network]\nmax_gap_nm = 10.0",
        "settings.toml",
        ["network.max_gap_nm=40", "preprocessing.polarity=dark", "input.sample='S 2'"],
    )
    assert settings.network.max_gap_nm == 40
    assert settings.preprocessing.polarity == "dark"
    assert settings.input.sample == "S 2"


@pytest.mark.parametrize("assignment", ["max_gap_nm=3", "network.max_gap_nm", "network.=3", "=3"])
def test_a_malformed_assignment_shows_an_example(assignment):
    with pytest.raises(SettingsError, match=r"stage\.key=value"):
        parse_settings("", "settings.toml", [assignment])


def test_a_later_matching_table_wins_for_its_files_only():
    settings = Settings(
        files=(
            FileSettings(match="*.png", polarity="dark", pixel_size_nm=2.0),
            FileSettings(match="a_*.png", polarity="bright", pixel_size_source="nominal"),
            FileSettings(match="sub/*.png", sample="S2"),
        )
    )
    first = settings.for_file(Path("x/a_1.png"))
    assert first.preprocessing.polarity == "bright"
    assert (first.input.pixel_size_nm, first.input.pixel_size_source) == (2.0, "nominal")
    assert first.input.sample == ""
    assert settings.for_file(Path("/data/sub/b.png")).input.sample == "S2"
    untouched = settings.for_file(Path("x/b.tif"))
    assert untouched.model_copy(update={"files": ()}) == Settings()


def test_settings_cannot_be_changed_in_place():
    with pytest.raises(ValueError, match="frozen"):
        Settings().network.max_gap_nm = 3  # type: ignore[misc]


def test_an_assignment_takes_a_value_away_again():
    text = "[transport]\nfield_max_g = 40.0\n"
    assert parse_settings(text, "file").transport.field_max_g == 40
    assert (
        parse_settings(text, "file", ["transport.field_max_g=unset"]).transport.field_max_g is None
    )


def test_one_number_where_a_list_is_wanted_is_told_how_to_write_one():
    with pytest.raises(SettingsError, match=r"expected a list, such as \[5, 80\]"):
        parse_settings("", "", ["transport.compared_coupling_lengths_nm=5"])
    found = parse_settings("", "", ["transport.compared_coupling_lengths_nm=[5, 80]"])
    assert found.transport.compared_coupling_lengths_nm == (5, 80)


@pytest.mark.parametrize(
    "text",
    [
        "[network]\nmax_gap_nm = " + "9" * 5000,
        "a = " + "[" * 20_000,
        "schema = 1\ntransport = 3",
        "[network]\nmax_gap_nm = nan",
        "files = 3",
    ],
)
def test_hostile_settings_are_one_line(text):
    with pytest.raises(SettingsError) as found:
        parse_settings(text, "s.toml")
    assert "\n" not in str(found.value)
    assert len(str(found.value)) < 1000
