"""The files of one micrograph, and the overview pixel by pixel."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageColor

from grainscope.figures import paint_overview, write_figures
from grainscope.figures.overview import CUT_OUTLINE_COLOUR, OUTLINE_COLOUR
from grainscope.figures.style import new_figure
from grainscope.records import Databar, Frame, Micrograph, PixelSize, Segmentation

FILES = {
    "overview.png",
    *(f"figures/{n}.png" for n in ["histogram", "loops", "network", "percolation"]),
    *(f"figures/{n}.png" for n in ["commensuration", "barriers", "conductance"]),
    *(f"figures/{n}.pdf" for n in ["histogram", "cumulative", "descriptors", "loop_scan"]),
    *(f"figures/{n}.pdf" for n in ["loops", "network", "percolation", "magnetoresistance"]),
    *(f"figures/{n}.pdf" for n in ["commensuration", "barriers", "conductance"]),
    *(f"figures/{n}.pdf" for n in ["log_windows", "currents"]),
    *(f"figures/{n}.png" for n in ["cumulative", "descriptors", "loop_scan", "magnetoresistance"]),
    *(f"figures/{n}.png" for n in ["log_windows", "currents"]),
    "figures/confidence.png",
    "figures/components.png",
    "figures/thumbnail.jpg",
}
ORANGE, BLUE = (ImageColor.getrgb(c) for c in (OUTLINE_COLOUR, CUT_OUTLINE_COLOUR))


def names_in(folder):
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def painted(labels, frame=None, nm_per_px=5.0, grey=None):
    labels = np.asarray(labels, np.int32)
    frame = frame or Frame.whole(labels.shape)
    size = PixelSize(nm_per_px, 0.0, "option")
    grey = np.where(labels > 0, 200, 50).astype(np.uint8) if grey is None else grey
    micrograph = Micrograph("m", grey, size, frame)
    return np.asarray(paint_overview(micrograph, Segmentation(labels, size, frame)).convert("RGB"))


def of_colour(rgb, colour):
    return (rgb == colour).all(axis=2)


@pytest.mark.parametrize("size", [(10, 8), (0, 0)])
def test_every_file_is_there_and_opens(disc_film, tmp_path, size):
    film = disc_film(*size)
    write_figures(tmp_path, film.micrograph, film.segmentation, film.analysis)
    assert names_in(tmp_path) == FILES
    for path in tmp_path.rglob("*.png"):
        with Image.open(path) as picture:
            picture.load()
    assert (tmp_path / "figures/histogram.pdf").read_bytes().startswith(b"%PDF")
    assert max(Image.open(tmp_path / "figures/thumbnail.jpg").size) <= 160


def test_every_figure_of_a_run_is_readable_in_print(disc_film, tmp_path, monkeypatch, print_faults):
    faults = {}
    monkeypatch.setattr(
        "grainscope.figures.write.save_figure",
        lambda figure, path, dpi: faults.update({path.stem: print_faults(figure)}),
    )
    film = disc_film(10, 8)
    (tmp_path / "figures").mkdir()
    write_figures(tmp_path, film.micrograph, film.segmentation, film.analysis)
    assert len(faults) == 13
    assert {name: found for name, found in faults.items() if found} == {}


def test_a_word_too_small_or_beyond_the_edge_is_a_fault_of_print(print_faults):
    figure = new_figure()
    axes = figure.add_subplot()
    assert print_faults(figure) == []
    axes.text(0.5, 0.5, "small", fontsize=7)
    axes.text(0.9, 0.2, "much too long to end within the page").set_in_layout(False)
    (small,) = print_faults(figure)
    assert small.startswith("'small' in 5.2 pt")


def test_threads_write_what_one_thread_writes(disc_film, tmp_path):
    film = disc_film(6, 5)
    folders = [tmp_path / str(i) for i in range(3)]
    for folder in folders:
        folder.mkdir()

    def write(folder):
        write_figures(folder, film.micrograph, film.segmentation, film.analysis, for_print=False)

    write(folders[0])
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, folders[1:]))
    for name in names_in(folders[0]):
        assert len({(folder / name).read_bytes() for folder in folders}) == 1, name


def test_overview_has_the_aspect_of_the_input_databar_included(disc_film):
    film = disc_film()
    height, width = film.micrograph.intensity.shape
    picture = paint_overview(film.micrograph, film.segmentation)
    assert picture.width / picture.height == width / height
    assert picture.width % width == 0


def test_outlines_lie_where_labels_change_and_nowhere_else():
    labels = np.zeros((40, 50), int)
    labels[10:20, 10:25] = 1
    labels[20:30, 10:25] = 2  # touches grain 1
    rgb = painted(labels)[::2, ::2]  # 4 × enlarged, lines half a pixel wide
    zoom = rgb.shape[0] // 40
    assert zoom == 2
    big = labels.repeat(zoom, 0).repeat(zoom, 1)
    padded = np.pad(big, 1, mode="edge")
    centre = padded[1:-1, 1:-1]
    beside = [padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]]
    lower = np.any([centre > other for other in beside], axis=0)
    free = np.ones_like(lower)
    free[-12 * zoom :] = False  # the scale bar
    assert (of_colour(rgb, ORANGE) == lower)[free].all()
    assert not of_colour(rgb, BLUE).any()


def test_lines_around_large_grains_are_wider_and_stay_inside_them():
    labels = np.zeros((600, 600), int)
    labels[100:400, 100:400] = 1
    orange = of_colour(painted(labels), ORANGE)
    zoom = len(orange) // 600
    inside = labels.repeat(zoom, 0).repeat(zoom, 1) > 0
    assert 2 <= orange[250 * zoom].sum() / 2 <= 16
    assert not (orange & ~inside).any()


def test_grains_that_the_frame_cuts_have_their_own_colour():
    labels = np.zeros((40, 50), int)
    labels[0:6, 4:9] = 1
    labels[12:18, 14:19] = 2
    rgb = painted(labels)
    zoom = rgb.shape[0] // 40
    assert of_colour(rgb, BLUE)[: 7 * zoom].any()
    assert not of_colour(rgb, BLUE)[10 * zoom :].any()
    assert of_colour(rgb, ORANGE)[10 * zoom :].any()


def test_the_databar_is_dimmed_not_cut_off():
    grey = np.full((60, 80), 200, np.uint8)
    grey[:30] = 40
    frame = Frame(0, 50, 0, 80)
    rgb = painted(np.zeros((60, 80)), frame, grey=grey)
    zoom = rgb.shape[0] // 60
    film, databar = rgb[40 * zoom, 2], rgb[55 * zoom, 2]
    assert databar.max() < 0.6 * film.max()


@pytest.mark.parametrize(("nm_per_px", "length_px"), [(5.0, 100), (2.0, 100), (1.3, 76.923)])
def test_the_scale_bar_is_as_long_as_its_label_says(nm_per_px, length_px):
    """600 px of film: the longest of 1, 2, 5 · 10ⁿ nm below a fifth of the width."""
    rgb = painted(np.zeros((400, 600)), nm_per_px=nm_per_px, grey=np.zeros((400, 600), np.uint8))
    zoom = rgb.shape[1] // 600
    white = of_colour(rgb, (255, 255, 255))
    bar_row = white[-zoom * 40 :].sum(axis=1).max()
    assert bar_row == pytest.approx(length_px * zoom, abs=1)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (9000, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_any_shape_and_depth_can_be_painted(shape, dtype):
    rgb = painted(np.ones(shape, int), grey=np.full(shape, 7, dtype))
    assert max(rgb.shape) <= 6000


def test_a_large_micrograph_is_painted_at_its_own_resolution_or_shrunk():
    micrograph = Micrograph(
        "m", np.zeros((20, 4096), np.uint8), PixelSize(1, 0, "option"), Frame(0, 20, 0, 4096),
        Databar(0, 1),
    )  # fmt: skip
    labels = Segmentation(np.zeros((20, 4096), np.int32), micrograph.pixel_size, micrograph.frame)
    assert paint_overview(micrograph, labels).size == (4096, 20)


def test_a_run_for_the_screen_leaves_the_print_out(disc_film, tmp_path):
    film = disc_film(1, 1)
    write_figures(tmp_path, film.micrograph, film.segmentation, film.analysis, for_print=False)
    assert names_in(tmp_path) == {name for name in FILES if not name.endswith(".pdf")}
