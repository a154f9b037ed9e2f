"""All pictures of one micrograph, into its folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.figures.barriers import draw_barriers
from grainscope.figures.commensuration import draw_commensuration
from grainscope.figures.completeness import draw_completeness
from grainscope.figures.components import paint_components
from grainscope.figures.conductance import draw_conductance, draw_log_windows
from grainscope.figures.confidence import paint_confidence
from grainscope.figures.cumulative import draw_cumulative
from grainscope.figures.currents import draw_currents
from grainscope.figures.descriptors import draw_descriptors
from grainscope.figures.histogram import draw_histogram
from grainscope.figures.loop_scan import draw_loop_scan
from grainscope.figures.loops import draw_loops
from grainscope.figures.magnetoresistance import draw_magnetoresistance
from grainscope.figures.network import NETWORK_DPI, draw_network, middle_part
from grainscope.figures.overview import paint_overview
from grainscope.figures.percolation import draw_percolation
from grainscope.figures.style import CHART_DPI, save_figure

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.Image import Image

    from grainscope.records import Analysis, Micrograph, Segmentation

#: Longer side of ``figures/thumbnail.jpg``, which a report of thousands embeds.
_THUMBNAIL_PX = 160
#: Of the film below a vector drawing: 215 dots an inch where two columns are printed.
_FILM_DPI = 160
#: Of a network that is too crowded for lines, and is printed as dots.
_CROWDED_DPI = 100


def write_figures(
    folder: Path,
    micrograph: Micrograph,
    segmentation: Segmentation,
    analysis: Analysis,
    for_print: bool = True,
) -> None:
    """Write ``overview.png`` and ``figures/`` of one micrograph.

    Parameters
    ----------
    folder : Path
        OUT/STEM, which exists; ``figures`` is made in it.
    micrograph, segmentation, analysis
        One finished image, with or without grains.
    for_print : bool
        Every chart as ``.pdf`` too, which takes as long as all the rest.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    target = folder / "figures"
    target.mkdir(exist_ok=True)
    overview = paint_overview(micrograph, segmentation)
    # Level 2 is four times as fast as the default 6 for a tenth more bytes.
    overview.save(folder / "overview.png", compress_level=2)
    _write_thumbnail(overview, target / "thumbnail.jpg")
    if analysis.grains.confidence is not None:
        confidence = paint_confidence(micrograph, segmentation, analysis.grains.confidence)
        confidence.save(target / "confidence.png", compress_level=2)
    if analysis.percolation.components is not None:
        components = paint_components(
            micrograph, segmentation, analysis.grains, analysis.percolation
        )
        components.save(target / "components.png", compress_level=2)
    sizes = {
        "histogram": draw_histogram(analysis.histogram, analysis.size_laws),
        "cumulative": draw_cumulative(analysis.cumulative, analysis.size_laws),
        "descriptors": draw_descriptors(analysis.grains),
    }
    if analysis.completeness is not None:
        sizes["completeness"] = draw_completeness(analysis.completeness)
    mean_area, median_area = (
        analysis.headline[name].value for name in ("mean_loop_area_um2", "median_loop_area_um2")
    )
    fields_g = FLUX_QUANTUM_G_UM2 / mean_area, FLUX_QUANTUM_G_UM2 / median_area
    network = draw_network(micrograph, analysis.grains, analysis.network, analysis.loops)
    charts = {
        **sizes,
        "loops": draw_loops(analysis.loops, mean_area, median_area),
        "network": network,
        "percolation": draw_percolation(analysis.percolation),
        "loop_scan": draw_loop_scan(analysis.loop_scan, *analysis.loop_scan.choice),
        "commensuration": draw_commensuration(
            analysis.commensuration, analysis.flux_features, *fields_g
        ),
        "magnetoresistance": draw_magnetoresistance(analysis.magnetoresistance),
        "barriers": draw_barriers(analysis.barriers),
        "log_windows": draw_log_windows(analysis.conductance, analysis.log_windows),
        "currents": draw_currents(
            micrograph, analysis.grains, analysis.network, analysis.couplings
        ),
        "conductance": draw_conductance(analysis.conductance),
    }
    part = middle_part(micrograph.frame, int(analysis.grains.degree.sum()) // 2)
    if part is not None:
        charts["network_detail"] = draw_network(
            micrograph, analysis.grains, analysis.network, analysis.loops, part
        )
    for name, figure in charts.items():
        over_film = name.startswith("network") or name == "currents"
        dpi = NETWORK_DPI if over_film else CHART_DPI
        save_figure(figure, target / f"{name}.png", dpi)
        if not for_print:
            continue
        figure.set_layout_engine("none")  # the print has the places of the picture, at once
        if over_film:
            dpi = _CROWDED_DPI if name == "network" and part is not None else _FILM_DPI
        save_figure(figure, target / f"{name}.pdf", dpi)


def _write_thumbnail(overview: Image, path: Path) -> None:
    # Whole-number reduction first: five times as fast, and the eye sees no difference.
    thumbnail = overview.convert("RGB")
    thumbnail.thumbnail((_THUMBNAIL_PX, _THUMBNAIL_PX), reducing_gap=2.0)
    thumbnail.save(path, quality=72)
