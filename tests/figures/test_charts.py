"""Charts show the numbers of their record, say their units, and survive emptiness."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.figures import (
    draw_barriers,
    draw_commensuration,
    draw_conductance,
    draw_histogram,
    draw_loop_scan,
    draw_loops,
    draw_magnetoresistance,
    draw_network,
    draw_percolation,
    draw_showcase,
    save_figure,
)
from grainscope.figures.network import contacts_in_loop_network
from grainscope.figures.style import PALE
from grainscope.records import (
    BarrierHistogram,
    Commensuration,
    Conductance,
    FluxFeatures,
    LoopScan,
    Magnetoresistance,
    Percolation,
)


@pytest.fixture(scope="module")
def film(disc_film):
    return disc_film()


@pytest.fixture(scope="module")
def bare(disc_film):
    return disc_film(0, 0)


def texts(figure) -> str:
    return " | ".join(t.get_text() for t in figure.findobj(match=lambda a: hasattr(a, "get_text")))


def bars(axes):
    return [p for p in axes.patches if p.get_facecolor() == to_rgba(PALE)]


def test_histogram_has_one_bar_a_bin_at_its_edges_and_count(film):
    histogram = film.analysis.histogram
    axes = draw_histogram(histogram).axes[0]
    drawn = bars(axes)
    assert [bar.get_x() for bar in drawn] == pytest.approx(histogram.log10_area_low)
    assert [bar.get_height() for bar in drawn] == histogram.count.tolist()
    assert sum(bar.get_height() for bar in drawn) == 80


def test_histogram_line_is_the_corrected_count(film):
    histogram = film.analysis.histogram
    axes = draw_histogram(histogram).axes[0]
    steps = next(p for p in axes.patches if hasattr(p, "get_data"))
    assert steps.get_data().values == pytest.approx(histogram.corrected_count)
    intervals = axes.collections[0].get_segments()
    filled = histogram.corrected_count > 0
    assert [s[0][1] for s in intervals] == pytest.approx(histogram.corrected_low[filled])


def test_top_axis_puts_a_diameter_over_the_area_of_its_disc(film):
    figure = draw_histogram(film.analysis.histogram)
    figure.draw_without_rendering()
    top = figure.axes[0].child_axes[0]
    for tick, label in zip(top.get_xticks(), top.get_xticklabels(), strict=True):
        diameter_um = float(label.get_text())
        assert tick == pytest.approx(np.log10(np.pi / 4 * diameter_um**2), abs=5e-3)
    assert len(top.get_xticks()) >= 2


def test_shaded_region_ends_at_the_resolution_cut(film):
    histogram = film.analysis.histogram
    axes = draw_histogram(histogram).axes[0]
    shade = next(p for p in axes.patches if p.get_label() == "below the resolution cut")
    assert shade.get_x() + shade.get_width() == pytest.approx(
        np.log10(histogram.resolution_cut_um2)
    )


def test_loop_bars_count_every_loop_once_in_both_panels(film):
    for axes in draw_loops(film.analysis.loops).axes:
        assert sum(bar.get_height() for bar in bars(axes)) == film.analysis.loops.n_loops


def test_the_papers_pair_is_marked_at_15_gauss_and_1_3_um(film):
    mean = 1.327
    figure = draw_loops(film.analysis.loops, mean, np.nan)
    positions = [{line.get_xdata()[0] for line in axes.lines} for axes in figure.axes]
    assert 1.3 in positions[0]
    assert 15.0 in positions[1]
    assert any(x == pytest.approx(FLUX_QUANTUM_G_UM2 / mean) for x in positions[1])
    assert len(positions[1]) == 2  # a median that is not a number is not marked


def test_percolation_curve_and_threshold(film):
    percolation = film.analysis.percolation
    axes = draw_percolation(percolation).axes[0]
    curve = axes.lines[0]
    assert curve.get_ydata() == pytest.approx(percolation.largest_component_fraction)
    assert axes.lines[1].get_xdata()[0] == percolation.threshold_gap_nm


def test_percolation_shows_its_interval_and_the_correlation_length(film):
    percolation = film.analysis.percolation
    share, length, others, covered = draw_percolation(percolation).axes
    assert length.lines[0].get_ydata() == pytest.approx(percolation.correlation_length_um)
    assert covered.lines[0].get_ydata() == pytest.approx(percolation.area_fraction)
    assert others.lines[0].get_ydata() == pytest.approx(percolation.mean_component_size)
    for axes in (share, length):
        band = next(p for p in axes.patches if p.get_label().startswith("68 %"))
        assert band.get_x() == percolation.threshold_low_nm
        assert band.get_x() + band.get_width() == pytest.approx(percolation.threshold_high_nm)


def test_percolation_without_correlation_length_is_one_panel(film):
    from dataclasses import replace

    bare = replace(film.analysis.percolation, correlation_length_um=None, threshold_low_nm=np.nan)
    figure = draw_percolation(bare)
    assert len(figure.axes) == 2  # the second is the vertical axis on the right
    assert "68 %" not in texts(figure)


def test_commensuration_draws_a_panel_for_each_computed_column():
    field = np.linspace(0, 50, 11)
    both = Commensuration(field / 10, field, np.cos(field), stiffness=2 + np.sin(field))
    panels = draw_commensuration(both, None, 14.0, 30.0).axes
    assert [axes.get_ylabel() for axes in panels] == ["loop sum S(B)", "stiffness\nλ(B)/λ(0)"]
    curve = next(line for line in panels[0].lines if len(line.get_xdata()) == 11)
    assert curve.get_ydata() == pytest.approx(np.cos(field))
    assert {14.0, 30.0, 15.0} <= {line.get_xdata()[0] for line in panels[0].lines}


def test_the_stiffness_is_drawn_relative_to_that_without_a_field(film):
    field = np.linspace(0, 50, 11)
    curves = Commensuration(field / 10, field, np.cos(field), stiffness=5 * (2 + np.cos(field)))
    axes = draw_commensuration(curves).axes[1]
    curve = next(line for line in axes.lines if len(line.get_xdata()) == 11)
    assert curve.get_ydata() == pytest.approx((2 + np.cos(field)) / 3)
    flat = replace(curves, stiffness=np.full(11, 4.0))
    low, high = draw_commensuration(flat).axes[1].get_ylim()
    assert low < 0.996
    assert high > 1.004  # what is flat looks flat


def test_features_are_filled_where_the_film_predicts_them(film):
    field = np.linspace(0, 50, 11)
    curves = Commensuration(field / 10, field, np.cos(field))
    features = FluxFeatures(
        ("loop_sum", "loop_sum", "stiffness"),
        *(np.array([1.0, 2, 3]), np.array([10.0, 20, 30]), np.ones(3), np.array([0.5, 0.6, 0.7])),
        *(np.ones(3), np.ones(3), np.array([True, False, True])),
        *(100.0, 0.07, "words"),
    )
    dots = {
        line.get_label(): line.get_xdata().tolist()
        for line in draw_commensuration(curves, features).axes[0].lines
        if line.get_marker() == "o"
    }
    assert dots == {"predicted": [10.0], "not predicted": [20.0]}


def test_the_scan_shows_every_choice_and_marks_those_of_the_papers_loop(film):
    scan = film.analysis.loop_scan
    figure = draw_loop_scan(scan, *scan.choice)
    words = [text.get_text() for text in figure.axes[0].texts]
    assert words == ["0.5", "0.8", "1.1", "1.3"]
    assert [text.get_text() for text in figure.axes[1].texts] == ["100", "50", "3", "40"]
    dots = figure.axes[0].lines[0]
    assert (dots.get_xdata().tolist(), dots.get_ydata().round().tolist()) == ([1], [1])
    frame = figure.axes[0].patches[0]
    assert frame.get_xy() == (0.5, -0.5)  # the choice of the run: no smallest grain, 80 nm
    assert "1 of 4" in " ".join(text.get_text() for text in figure.axes[3].get_legend().texts)


def test_resistance_has_a_curve_for_each_coupling_length(film):
    found = film.analysis.magnetoresistance
    axes = draw_magnetoresistance(found).axes[0]
    curves = [line for line in axes.lines if len(line.get_xdata()) == 300]
    assert [line.get_label() for line in curves] == ["ξ = 5 nm", "ξ = 20 nm"]
    assert curves[1].get_ydata() == pytest.approx(found.resistance_ratio[300:])


def test_barriers_draw_each_kind_in_its_own_panel():
    edges = np.array([1.0, 10.0, 100.0])
    kinds = ("charging", "charging", "contact", "contact")
    low, high = np.tile(edges[:-1], 2), np.tile(edges[1:], 2)
    density = np.array([0.05, 0.006, 0.1, 0.001])
    barriers = BarrierHistogram(kinds, low, high, np.array([9, 11, 20, 2]), density, density)
    panels = draw_barriers(barriers).axes
    assert len(panels) == 2
    assert panels[1].patches[0].get_data().values == pytest.approx(density[2:])
    assert "22 barriers" in texts(panels[1].figure)


def test_resistance_is_one_over_conductance_for_every_model():
    temperature = np.array([0.1, 1.0, 10.0])
    conductance = Conductance(
        temperature, np.array([0.0, 1e-5, 1e-4]), network_s=np.array([1e-6, 2e-5, 5e-5])
    )
    lines = {line.get_label(): line for line in draw_conductance(conductance).axes[0].lines}
    assert set(lines) == {"parallel sum", "resistor network"}
    assert lines["parallel sum"].get_xdata() == pytest.approx([1, 10])  # no conductance, no point
    assert lines["parallel sum"].get_ydata() == pytest.approx([1e5, 1e4])
    assert lines["resistor network"].get_ydata() == pytest.approx([1e6, 5e4, 2e4])


def test_network_draws_the_contacts_of_the_loop_network_and_every_loop(film):
    analysis = film.analysis
    figure = draw_network(film.micrograph, analysis.grains, analysis.network, analysis.loops)
    contacts, loops = figure.axes[0].collections[0], figure.axes[1].collections[0]
    used = analysis.network.gap_nm <= 100.0
    assert 0 < used.sum() < len(used)
    assert len(contacts.get_segments()) == used.sum()
    assert len(loops.get_paths()) == analysis.loops.n_loops
    assert sorted(contacts.get_array()) == pytest.approx(sorted(analysis.network.gap_nm[used]))


def test_contacts_of_small_grains_outside_the_loop_network_are_not_drawn(film):
    grains, network = film.analysis.grains, film.analysis.network
    member = np.arange(grains.n_grains) % 3 > 0
    used = member[network.grain_a - 1] & member[network.grain_b - 1] & (network.gap_nm <= 60)
    ends = np.concatenate([network.grain_a[used], network.grain_b[used]])
    table = replace(
        grains,
        degree=np.bincount(ends, minlength=grains.n_grains + 1)[1:],
        component=np.where(member, 1, 0),
    )
    assert sorted(contacts_in_loop_network(table, network)) == np.flatnonzero(used).tolist()


def test_every_axis_names_its_quantity_and_unit(film):
    analysis = film.analysis
    for figure, units in (
        (draw_histogram(analysis.histogram), ("µm²", "(µm)", "decade")),
        (draw_loops(analysis.loops), ("(µm)", "(G)", "decade")),
        (draw_percolation(analysis.percolation), ("(nm)", "(grains)")),
        (draw_commensuration(analysis.commensuration), ("(G)", "(mT)", "S(B)")),
        (draw_loop_scan(analysis.loop_scan), ("(nm)", "(µm)")),
        (draw_magnetoresistance(analysis.magnetoresistance), ("(G)", "R(B)/R(0)")),
        (draw_barriers(analysis.barriers), ("(K)", "(1/K)")),
        (draw_conductance(analysis.conductance), ("(K)", "(Ω/□)")),
    ):
        labels = [a.get_xlabel() + a.get_ylabel() for a in figure.axes]
        labels += [c.get_xlabel() for a in figure.axes for c in a.child_axes]
        assert all(any(unit in label for label in labels) for unit in units), labels


def test_nothing_to_see_is_said_not_drawn(bare):
    analysis = bare.analysis
    none, unknown = np.zeros(0), np.full(3, np.nan)
    empty_curve = Percolation(none, none, none, none, none, none, np.nan)
    zeros = np.zeros(3)
    unknown_curve = Percolation(np.arange(3), unknown, zeros, unknown, zeros, zeros, np.nan)
    for figure, message in (
        (draw_histogram(analysis.histogram), "no grains"),
        (draw_loops(analysis.loops), "no loops"),
        (draw_percolation(empty_curve), "no contacts"),
        (draw_percolation(unknown_curve), "no contacts"),
        (draw_conductance(Conductance(np.arange(1, 4), unknown)), "no conductance"),
        (draw_commensuration(analysis.commensuration), "no loops"),
        (draw_loop_scan(LoopScan(*[none] * 13)), "no contacts to choose from"),
        (draw_magnetoresistance(Magnetoresistance(*[none] * 5)), "no coupled loops"),
        (draw_barriers(analysis.barriers), "no barriers"),
        (draw_conductance(analysis.conductance), "no conductance"),
        (
            draw_network(bare.micrograph, analysis.grains, analysis.network, analysis.loops),
            "no contacts",
        ),
        (draw_showcase(bare.micrograph, bare.segmentation, analysis), "no grains"),
    ):
        figure.draw_without_rendering()
        assert message in texts(figure)


def test_the_same_figure_gives_the_same_file(film, tmp_path):
    for name in ("a.png", "b.png", "a.pdf", "b.pdf"):
        save_figure(draw_histogram(film.analysis.histogram), tmp_path / name)
    for suffix in ("png", "pdf"):
        first, second = (tmp_path / f"{letter}.{suffix}" for letter in "ab")
        assert first.read_bytes() == second.read_bytes()


def test_a_users_own_style_does_not_leak_in(film, tmp_path):
    import matplotlib as mpl

    save_figure(draw_percolation(film.analysis.percolation), tmp_path / "plain.png")
    with mpl.rc_context({"font.size": 30, "axes.linewidth": 9, "xtick.labelsize": 40}):
        save_figure(draw_percolation(film.analysis.percolation), tmp_path / "users.png")
    assert (tmp_path / "plain.png").read_bytes() == (tmp_path / "users.png").read_bytes()


@pytest.mark.parametrize(("columns", "rows"), [(10, 8), (12, 3), (6, 6), (4, 9), (3, 15)])
def test_no_word_of_the_network_picture_is_cut_off_or_overlaps(disc_film, columns, rows):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    film = disc_film(columns, rows)
    analysis = film.analysis
    figure = draw_network(film.micrograph, analysis.grains, analysis.network, analysis.loops)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    words = [t for a in figure.axes for t in (a.title, a.xaxis.label, a.yaxis.label)]
    boxes = [t.get_window_extent() for t in words if t.get_text()]
    assert len(boxes) == 7
    for box in boxes:
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= figure.bbox.width
        assert box.y1 <= figure.bbox.height
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
