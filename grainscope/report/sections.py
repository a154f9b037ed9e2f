"""One micrograph as the report shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grainscope.files import edits_are_measured
from grainscope.report.definitions import DEFINITIONS, definition_of
from grainscope.report.links import anchor_of, relative_href
from grainscope.report.numbers import NOT_KNOWN, format_interval, format_number, half_width
from grainscope.report.pictures import Picture, chart_uri, file_uri, photograph_uri

if TYPE_CHECKING:
    from pathlib import Path

    from grainscope.files import ResultRecord
    from grainscope.report.run_contents import Entry

_OVERVIEW_PX, _NETWORK_PX, _THUMBNAIL_PX = 1000, 1400, 160
#: In a report of many micrographs, where thumbnails are most of its bytes.
_SMALL_THUMBNAIL_PX = 96

#: Pictures of ``figures/`` in reading order: file, title, what it shows.
_CHARTS = (
    (
        "histogram.png",
        "Grain sizes",
        "Histogram of log₁₀ grain area; equivalent diameter on the top axis. Bars: grains found. "
        "Line: corrected for grains that the frame cuts, with 68 % intervals. Curves: laws fitted "
        "above the resolution cut, with their share of the odds by BIC.",
    ),
    (
        "completeness.png",
        "Completeness",
        "Copies of the micrograph's own grains, painted into it and looked for: the share found. "
        "Sizes are corrected by the curve; grains below the line, where half are found, are not "
        "counted.",
    ),
    (
        "cumulative.png",
        "Shares of grains below each area",
        "Whole grains above the resolution cut. KS: largest distance of a law to the corrected "
        "shares; p: how often a sample of the law itself would be as far away.",
    ),
    (
        "descriptors.png",
        "Shapes",
        "Whole grains above the resolution cut, corrected. Line: median; shading: middle 68 %.",
    ),
    (
        "loops.png",
        "Loop sizes and fields",
        "Loops of the contact network: their equivalent diameter, and the field Φ₀/A of one flux "
        "quantum. The 15 G and 1.3 µm of the paper are marked for comparison only.",
    ),
    (
        "percolation.png",
        "Percolation",
        "Largest component against the gap that counts as a contact, and below it the correlation "
        "length ξ with the share of the film covered by grains grown by half the gap. The band is "
        "the 68 % interval of the threshold of an endless film of this kind.",
    ),
    (
        "loop_scan.png",
        "Loops of every choice of grains and gaps",
        "Mean loop, number of whole loops and spread of areas for smallest grains and widest gaps "
        "on a grid. The choice of this run is framed; dots: within 68 % of the paper's 1.3 µm.",
    ),
    (
        "commensuration.png",
        "Loops in a field",
        "S(B) = Σ w cos(2πBA/Φ₀) / Σ w over all loops, with 68 % interval; log determinant and "
        "largest eigenvalue of the coupled network. A mark at Φ₀/⟨A⟩ is no prediction of a feature "
        "there: a broad distribution of areas has none.",
    ),
    (
        "magnetoresistance.png",
        "Resistance in a field, R(B)/R(0)",
        "R ∝ exp(−U/T) with U in proportion to the stiffness, for each coupling length ξ across a "
        "gap.",
    ),
    (
        "barriers.png",
        "Barriers",
        "Charging energies of the grains, alone, among their neighbours and with random offset "
        "charges; thermal barriers of the contacts, each once and by facet. Dashed: p(Δ) ∝ 1/Δ.",
    ),
    (
        "conductance.png",
        "Sheet resistance R(T)",
        "Grains in parallel, and three models of the contacts: effective medium, critical path, "
        "Kirchhoff's network. Below: the local exponent.",
    ),
    (
        "log_windows.png",
        "Straight in ln T",
        "Where R, and where G, is straight in ln T within 2 %, drawn thick.",
    ),
    (
        "currents.png",
        "Where the current goes",
        "Contacts of the resistor network from left to right, by their share of the current.",
    ),
)
_WIDE = frozenset(
    {"loops.png", "descriptors.png", "loop_scan.png", "barriers.png", "log_windows.png"}
)


@dataclass(frozen=True)
class Figure:
    """One headline figure as text; ``physical`` ones scale with the pixel size."""

    name: str
    label: str
    value: str
    unit: str
    interval: str
    formula: str
    file: str
    href: str
    physical: bool


@dataclass(frozen=True)
class Section:
    """Everything that the report says of one micrograph; texts are not yet escaped."""

    anchor: str
    title: str
    input: str
    status: str
    sample: str
    pixel_size: str
    pixel_size_source: str
    nominal: bool
    frame: str
    databar: str
    figures: tuple[Figure, ...]
    thumbnail: str
    pictures: tuple[Picture, ...]
    flux: str
    corrections: str
    warnings: tuple[str, ...]
    seconds: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, str], ...]

    @property
    def figure(self) -> dict[str, Figure]:
        """Headline figures by name."""
        return {figure.name: figure for figure in self.figures}

    @property
    def has_intervals(self) -> bool:
        """Whether any figure has a 68 % interval."""
        return any(figure.interval != NOT_KNOWN for figure in self.figures)


def build_section(entry: Entry, folder: Path, record: ResultRecord, pictured: bool) -> Section:
    """Reduce one result to texts, links and pictures.

    Parameters
    ----------
    entry, folder, record
        One result of the run.
    pictured : bool
        Whether to embed its pictures; without them the thumbnail is smaller.
    """
    size = record.pixel_size_nm
    (top, bottom), (left, right) = record.frame.rows, record.frame.columns
    strip = record.databar_rows
    return Section(
        anchor=anchor_of(entry.stem),
        title=entry.stem,
        input=entry.input,
        status=entry.status,
        sample=entry.sample,
        pixel_size=_pixel_size(size.value, size.uncertainty),
        pixel_size_source=size.source,
        nominal=size.source.split(":", 1)[0] == "nominal",
        frame=f"{bottom - top} × {right - left} px",
        databar=f"rows {strip[0]} to {strip[1] - 1}" if strip else "none",
        figures=_figures(entry.stem, record),
        thumbnail=_thumbnail(folder) if pictured else _small_thumbnail(folder),
        pictures=_pictures(folder, record) if pictured else (),
        flux=record.flux.statement if record.flux else "",
        corrections=_corrections(folder, record),
        warnings=tuple(record.warnings),
        seconds=tuple((stage, f"{value:.2f}") for stage, value in record.seconds.items()),
        files=_links(folder, record, pictured),
    )


def caption_of(stem: str) -> tuple[str, str]:
    """Return title and caption of a picture of a micrograph; an unknown one goes by its name."""
    known = {name.removesuffix(".png"): (title, caption) for name, title, caption in _CHARTS}
    known["overview"] = "Micrograph with grain outlines", "Orange: grains. Blue: at the frame."
    known["confidence"] = "Confidence", "Outlines by the IoU to expect with a hand-drawn grain."
    return known.get(stem, (stem.replace("_", " "), ""))


def _corrections(folder: Path, record: ResultRecord) -> str:
    """Return what a person did to the labels, in a sentence or two; empty for nothing."""
    parts = ["Corrected by hand."] if record.edited else []
    if not edits_are_measured(folder, record):
        parts.append(
            "Corrections since then are not in these figures: "
            f"measure again with grainscope predict {folder}"
        )
    return " ".join(parts)


def _pixel_size(value_nm: float, uncertainty_nm: float) -> str:
    step = uncertainty_nm or None
    text = format_number(value_nm, step)
    return f"{text} ± {format_number(uncertainty_nm, step)} nm" if step else f"{text} nm"


def _figures(stem: str, record: ResultRecord) -> tuple[Figure, ...]:
    """Return the headline figures, the known ones first and in the order of their definitions."""
    known = [name for name in DEFINITIONS if name in record.headline]
    figures = []
    for name in dict.fromkeys([*known, *record.headline]):
        found, words = record.headline[name], definition_of(name)
        figures.append(
            Figure(
                name=name,
                label=words.label,
                value=format_number(found.value, half_width(found.low, found.high)),
                unit=found.unit,
                interval=format_interval(found.low, found.high),
                formula=words.formula,
                file=words.file,
                href=relative_href(stem, words.file),
                physical=bool(found.unit),
            )
        )
    return tuple(figures)


def _thumbnail(folder: Path) -> str:
    ready = file_uri(folder / "figures" / "thumbnail.jpg", "image/jpeg")
    return ready or photograph_uri(folder / "overview.png", _THUMBNAIL_PX)


def _small_thumbnail(folder: Path) -> str:
    places = (folder / "figures" / "thumbnail.jpg", folder / "overview.png")
    found = (photograph_uri(path, _SMALL_THUMBNAIL_PX) for path in places)
    return next(filter(None, found), "")


def _pictures(folder: Path, record: ResultRecord) -> tuple[Picture, ...]:
    overview = _photograph(
        folder,
        "overview.png",
        "Micrograph with grain outlines",
        "Orange: grains. Blue: grains that touch the frame; they count in no average. "
        "The databar, where there is one, is dimmed and not analysed.",
    )
    charts = [
        Picture(
            title,
            caption,
            chart_uri(folder / "figures" / name),
            relative_href(folder.name, "figures", name),
            wide=name in _WIDE,
        )
        for name, title, caption in _CHARTS
    ]
    network = _photograph(
        folder,
        "figures/network.png",
        "Contacts and loops",
        "Left: contacts of the loop network by gap. Right: loops by the field of one flux quantum.",
        wide=True,
    )
    detail = _photograph(
        folder,
        "figures/network_detail.png",
        "Contacts and loops, middle of the film",
        "The same, large enough to tell contacts apart.",
        wide=True,
    )
    confidence = _photograph(
        folder,
        "figures/confidence.png",
        "Confidence",
        f"Outlines by confidence, the IoU to expect with a hand-drawn grain. {_confidence(record)}",
    )
    components = _photograph(
        folder,
        "figures/components.png",
        "Components at the threshold",
        "Orange: the component that spans first. Blue, green: the largest of the others. White: "
        "the way through over the fewest contacts; ring: its widest gap, the bottleneck.",
    )
    pictures = (overview, confidence, *charts, components, network, detail)
    return tuple(picture for picture in pictures if picture.uri)


def _photograph(folder: Path, name: str, title: str, caption: str, wide: bool = False) -> Picture:
    """Return what was painted over the micrograph; a wide one has two panels."""
    uri = photograph_uri(folder / name, _NETWORK_PX if wide else _OVERVIEW_PX)
    return Picture(title, caption, uri, relative_href(folder.name, name), wide)


def _confidence(record: ResultRecord) -> str:
    """Return one sentence on the grains' confidence, empty where it is not known."""
    mean, unsure = (record.headline.get(n) for n in ("mean_confidence", "unsure_fraction"))
    if not (mean and unsure) or mean.value is None or unsure.value is None:
        return ""
    return f"Mean {mean.value:.2f}; {unsure.value:.0%} of the grains are below 0.5."


def _links(folder: Path, record: ResultRecord, pictured: bool) -> tuple[tuple[str, str], ...]:
    """Return names and links of the result's files; embedded pictures have their link already."""
    names = [n for n in ("record.json", *record.files) if (folder / n).is_file()]
    shown = [n for n in names if not n.endswith(".jpg") and not (pictured and n.endswith(".png"))]
    return tuple((name, relative_href(folder.name, name)) for name in shown)
