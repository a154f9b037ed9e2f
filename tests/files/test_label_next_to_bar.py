"""Only the label next to the bar counts, and only if a microscope can have drawn it."""

from __future__ import annotations

from grainscope.files.scale_bar_label import Label, Reading, _nearest_label

BAR = (100, 20, 200, 24)
BAR_PX = 100.0


def piece(text: str, x: float, y: float = 5.0, confidence: float = 0.95) -> Reading:
    return Reading(text, x, y, x + 7.0 * len(text), y + 12.0, confidence)


def label_of(*pieces: Reading) -> Label | None:
    return _nearest_label(pieces, BAR, BAR_PX)


def test_the_nearest_label_counts():
    others = piece("WD", 0), piece("20 µm", 30), piece("1 µm", 260)
    assert label_of(*others, piece("100nm", 130)) == Label("100 nm", 100.0)


def test_a_label_far_from_the_bar_is_another_number():
    assert label_of(piece("1 µm", 290)) == Label("1 µm", 1000.0)
    assert label_of(piece("1 µm", 310)) is None  # beyond eight text heights


def test_sizes_that_no_microscope_gives_are_refused():
    assert label_of(piece("5 mm", 130)) is None
    assert label_of(piece("1 nm", 130)) is None


def test_low_confidence_is_refused():
    assert label_of(piece("1 µm", 130, confidence=0.4)) is None


def test_number_and_unit_that_were_cut_are_joined_on_one_line_only():
    assert label_of(piece("1", 130), piece("µm", 140)) == Label("1 µm", 1000.0)
    assert label_of(piece("1", 130), piece("µm", 140, y=60)) is None
    assert label_of(piece("1", 130), piece("µm", 190)) is None
