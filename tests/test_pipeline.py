"""The whole story on films whose truth is known, and what must hold for any film."""

import dataclasses
import math

import numpy as np
import pytest

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.pipeline import StageClock, analyse, segment_micrograph
from grainscope.records import Frame, PixelSize
from grainscope.settings import (
    NetworkSettings,
    PreprocessingSettings,
    SegmentationSettings,
    Settings,
)

PITCH_PX, ROWS, COLUMNS = 40, 5, 6
FAST = Settings(segmentation=SegmentationSettings(method="fast"))
# Neighbours, not diagonals.
WIDE = FAST.model_copy(update={"network": NetworkSettings(max_gap_nm=105.0)})
# Line noise has a direction: the scan's.
ANY_WAY_UP = WIDE.model_copy(update={"preprocessing": PreprocessingSettings(line_noise=False)})


def lattice(radius_px: float = 12.0) -> np.ndarray:
    """Grey image of a square lattice of bright discs, half a pitch from the edge."""
    y, x = np.indices((ROWS * PITCH_PX, COLUMNS * PITCH_PX))
    distance = np.hypot(y % PITCH_PX - PITCH_PX / 2, x % PITCH_PX - PITCH_PX / 2)
    return np.where(distance <= radius_px, 200, 40).astype(np.uint8)


def story(micrograph, settings=WIDE):
    return analyse(micrograph, segment_micrograph(micrograph, settings), settings)


def test_a_lattice_of_true_labels_gives_exactly_its_loops_area_and_field(imaged, labelled):
    row, column = (np.indices(lattice().shape) // PITCH_PX).astype(np.int32)
    labels = np.where(lattice() > 100, row * COLUMNS + column + 1, 0)
    found = analyse(imaged(lattice()), labelled(labels), WIDE)
    area_um2 = (PITCH_PX * 0.005) ** 2
    assert found.loops.n_loops == (ROWS - 1) * (COLUMNS - 1)
    assert found.loops.area_um2 == pytest.approx(area_um2, rel=1e-12)
    assert found.loops.field_g == pytest.approx(FLUX_QUANTUM_G_UM2 / area_um2, rel=1e-12)
    mean_field_g = found.headline["mean_loop_field_g"].value
    assert mean_field_g == pytest.approx(FLUX_QUANTUM_G_UM2 / area_um2, rel=1e-12)


def test_a_segmented_lattice_gives_its_grains_loops_area_and_field(imaged):
    found = story(imaged(lattice(), nm_per_px=5.0))
    assert found.grains.n_grains == ROWS * COLUMNS
    assert found.loops.n_loops == (ROWS - 1) * (COLUMNS - 1)
    area_um2 = (PITCH_PX * 0.005) ** 2
    # A pixel more or less on an outline moves a centroid, and with it a loop, by less than this.
    assert found.loops.area_um2 == pytest.approx(area_um2, rel=1e-3)
    headline = {name: figure.value for name, figure in found.headline.items()}
    assert headline["mean_loop_area_um2"] == pytest.approx(area_um2, rel=1e-3)
    assert headline["mean_loop_field_g"] == pytest.approx(FLUX_QUANTUM_G_UM2 / area_um2, rel=1e-3)
    assert headline["median_equivalent_diameter_um"] == pytest.approx(2 * 12 * 0.005, rel=0.02)
    assert headline["area_fraction"] == pytest.approx(math.pi * 12**2 / PITCH_PX**2, rel=0.03)


def test_a_lattice_that_reaches_the_frame_percolates_at_the_gap_of_its_neighbours(imaged):
    margin = PITCH_PX // 2 - 12
    found = story(imaged(lattice()[margin:-margin, margin:-margin].copy(), nm_per_px=5.0))
    expected_nm = pytest.approx((PITCH_PX - 24) * 5.0, abs=6)
    gap_nm = found.headline["percolation_gap_nm"]
    assert gap_nm.value == expected_nm
    # In a lattice all sub-frames are spanned at once: nothing is left to chance.
    assert (gap_nm.low, gap_nm.high) == (expected_nm, expected_nm)


def test_twice_the_pixel_size_gives_four_times_the_area_and_a_quarter_of_the_field(imaged):
    once = story(imaged(lattice(), nm_per_px=5.0))
    double_gap = FAST.model_copy(update={"network": NetworkSettings(max_gap_nm=210.0)})
    twice = story(imaged(lattice(), nm_per_px=10.0), double_gap)
    assert twice.grains.area_um2 == pytest.approx(4 * once.grains.area_um2)
    assert twice.loops.field_g == pytest.approx(once.loops.field_g / 4)
    assert twice.percolation.gap_nm == pytest.approx(2 * once.percolation.gap_nm)
    half = [f.headline["density_per_um2"].value for f in (once, twice)]
    assert half[1] == pytest.approx(half[0] / 4)


@pytest.mark.parametrize("quarter_turns", [1, 2, 3])
def test_a_quarter_turn_changes_nothing_but_the_order(imaged, rng, quarter_turns):
    grey = lattice().astype(float)
    grey[: PITCH_PX // 2 + 8, :PITCH_PX] = 40  # break the symmetry
    grey = np.clip(grey + rng.normal(0, 6, grey.shape), 0, 255).astype(np.uint8)
    turned_grey = np.rot90(grey, quarter_turns).copy()
    upright, turned = story(imaged(grey), ANY_WAY_UP), story(imaged(turned_grey), ANY_WAY_UP)
    assert np.sort(turned.grains.area_px).tolist() == np.sort(upright.grains.area_px).tolist()
    assert np.sort(turned.loops.area_um2) == pytest.approx(np.sort(upright.loops.area_um2))
    for name, figure in upright.headline.items():
        assert turned.headline[name].value == pytest.approx(figure.value, nan_ok=True), name


def test_a_databar_outside_the_frame_changes_no_figure_but_shifts_coordinates(imaged):
    film = imaged(lattice())
    bar = np.tile(np.array([[0, 255]], np.uint8), (30, COLUMNS * PITCH_PX // 2))
    with_bar = dataclasses.replace(
        film,
        intensity=np.vstack([bar, film.intensity]),
        frame=Frame(30, 30 + ROWS * PITCH_PX, 0, COLUMNS * PITCH_PX),
    )
    plain, shifted = story(film), story(with_bar)
    for name, figure in plain.headline.items():
        assert shifted.headline[name].value == pytest.approx(figure.value, nan_ok=True), name
    assert shifted.grains.y_um == pytest.approx(plain.grains.y_um + 30 * 0.005)
    assert shifted.loops.vertex_y_um == pytest.approx(plain.loops.vertex_y_um + 30 * 0.005)


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (64, 64)])
def test_an_image_without_grains_gives_empty_tables_and_says_so(imaged, shape):
    found = story(imaged(np.full(shape, 90, np.uint8)))
    assert found.grains.n_grains == found.loops.n_loops == found.network.n_contacts == 0
    assert found.headline["n_grains"].value == 0
    assert math.isnan(found.headline["mean_loop_field_g"].value)
    assert any("no grains" in warning for warning in found.warnings)


def test_a_nominal_pixel_size_is_warned_of(imaged):
    micrograph = dataclasses.replace(imaged(lattice()), pixel_size=PixelSize(5, 0, "nominal"))
    assert any("nominal" in warning for warning in story(micrograph).warnings)


def test_equal_input_gives_equal_output_bit_for_bit(imaged, rng):
    noisy = np.clip(lattice() + rng.normal(0, 20, lattice().shape), 0, 255).astype(np.uint8)
    first, second = (segment_micrograph(imaged(noisy), FAST).labels for _ in range(2))
    assert np.array_equal(first, second)


def test_counts_sum_to_the_number_of_grains(imaged):
    found = story(imaged(lattice()))
    assert found.histogram.count.sum() == found.grains.n_grains
    kind = np.array(found.barriers.kind)
    for name in ("charging", "screened", "offset"):
        assert found.barriers.count[kind == name].sum() == found.grains.n_grains
    assert found.barriers.count[kind == "contact"].sum() == found.network.n_contacts


def test_the_clock_times_every_stage_and_knows_where_it_stopped(imaged):
    clock = StageClock()
    micrograph = imaged(lattice())
    analyse(micrograph, segment_micrograph(micrograph, WIDE, clock=clock), WIDE, clock)
    assert list(clock.seconds) == [
        "preprocess",
        "segment",
        "measure",
        "network",
        "flux",
        "transport",
    ]
    with pytest.raises(ZeroDivisionError), clock.at("measure"):
        raise ZeroDivisionError
    assert clock.stage == "measure"


@pytest.mark.parametrize(("n_unsure", "told"), [(15, False), (16, True)])
def test_more_unsure_grains_than_sure_ones_are_told(imaged, labelled, n_unsure, told):
    row, column = (np.indices(lattice().shape) // PITCH_PX).astype(np.int32)
    labels = np.where(lattice() > 100, row * COLUMNS + column + 1, 0)
    confidence = np.where(np.arange(ROWS * COLUMNS) < n_unsure, 0.4, 0.9)
    segmented = dataclasses.replace(labelled(labels), confidence=confidence)
    warnings = analyse(imaged(lattice()), segmented, WIDE).warnings
    assert any("of the grains are unsure" in warning for warning in warnings) == told


@pytest.mark.parametrize("grains_are_bright", [True, False])
@pytest.mark.parametrize("polarity", ["bright", "dark"])
def test_film_between_grains_taken_for_grains_is_told(imaged, grains_are_bright, polarity):
    discs = lattice(18.0)
    grey = discs if grains_are_bright else discs.max() - discs
    settings = Settings.model_validate(
        {"preprocessing": {"polarity": polarity}, "segmentation": {"method": "fast"}}
    )
    micrograph = imaged(grey)
    warnings = analyse(micrograph, segment_micrograph(micrograph, settings), settings).warnings
    wrong = grains_are_bright != (polarity == "bright")
    other = "dark" if polarity == "bright" else "bright"
    told = [w for w in warnings if f"set preprocessing.polarity = {other}" in w]
    assert bool(told) == wrong
    assert all("ragged (solidity" in warning for warning in told)
