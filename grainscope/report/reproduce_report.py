"""``report.html`` of a reproduction: each figure of the paper, its numbers, and the argument."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from grainscope.files import figure_stem, read_fit_record, read_reproduce_record
from grainscope.report.argument.paragraph import written
from grainscope.report.fit_words import WORDS, words_of
from grainscope.report.links import relative_href
from grainscope.report.marks import AGREES_WITHIN
from grainscope.report.numbers import (
    format_interval,
    format_number,
    half_width,
    short_number,
    with_minus,
)
from grainscope.report.page import write_page
from grainscope.report.paper_claims import FIGURES
from grainscope.report.pictures import Picture, chart_uri, photograph_uri, spans_page
from grainscope.report.sections import caption_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grainscope.files import ReproducedNumber, ReproduceRecord
    from grainscope.files.reproduce_record import ReproducedArgument
    from grainscope.report.paper_claims import PaperFigure

#: Longer side of a micrograph with something drawn on it.
_PHOTOGRAPH_PX = 1100
_PHOTOGRAPHS = ("overview", "confidence", "network", "components")
#: Wider than so many heights a picture takes the whole page.
_WIDE = 1.75
_COUNTED = {
    "agrees": "{n} agree",
    "off": "{n} off",
    "not available": "{n} not available",
    "no reference": "{n} without a number to hold them against",
}
_RELATIONS = {"=": "", ">=": "≥ ", "<=": "≤ "}


@dataclass(frozen=True)
class Row:
    """One number as the report shows it; texts are not yet escaped."""

    quantity: str
    unit: str
    paper: str
    truth: str
    found: str
    interval: str
    mark: str
    distance: str
    where: str


@dataclass(frozen=True)
class FigureSection:
    """One figure of the paper with our pictures of the same."""

    anchor: str
    label: str
    title: str
    shows: str
    note: str
    pictures: tuple[Picture, ...]
    undone: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Step:
    """One step of the argument."""

    anchor: str
    letter: str
    title: str
    text: str
    missing: str
    numbers: tuple[tuple[str, str, str], ...]
    pictures: tuple[Picture, ...]


def write_reproduce_report(out: Path) -> Path:
    """Write OUT/report.html from ``reproduce.json`` and the pictures of run and fit.

    Parameters
    ----------
    out : Path
        The output folder of ``grainscope reproduce``.

    Returns
    -------
    Path
        The report: one file, no other needed to read it.

    Raises
    ------
    ResultError
        There is no reproduction in this folder.
    OutputError
        The report cannot be written.
    """
    out = Path(out)
    record = read_reproduce_record(out)
    pictures = _Pictures.of(out, record)
    return write_page(
        out,
        "reproduce_report.html.j2",
        record=record,
        sections=[_section(pictures, figure, k) for k, figure in enumerate(FIGURES)],
        steps=[_step(pictures, k, found) for k, found in enumerate(record.arguments)],
        marks=[
            (mark, words.format(n=n))
            for mark, words in _COUNTED.items()
            if (n := sum(number.mark == mark for number in record.numbers))
        ],
        truths=[_row(number) for number in record.truths],
        told=_told_of_truths(record.truths),
        agrees_within=f"{AGREES_WITHIN:g}",
        inputs=_inputs(record, pictures.all_samples),
        files=_links(out),
    )


@dataclass(frozen=True)
class _Pictures:
    """Where the pictures of a reproduction lie."""

    out: Path
    record: ReproduceRecord
    samples: dict[str, list[str]]

    @classmethod
    def of(cls, out: Path, record: ReproduceRecord) -> _Pictures:
        """Take the samples of each analysis from the fits, once."""
        samples: dict[str, list[str]] = {}
        for fit in read_fit_record(out / record.fit).results:
            samples.setdefault(fit.analysis, []).append(fit.sample)
        return cls(out, record, samples)

    @property
    def all_samples(self) -> list[str]:
        """Samples in the order of ``fit.json``."""
        return list(dict.fromkeys(one for own in self.samples.values() for one in own))

    def named(self, name: str) -> Picture:
        """Return a picture by its place in the table of figures, such as ``fit/onset``."""
        part, stem = name.split("/")
        if part == "figures":
            return self.at(Path(f"{name}.png"), *_OWN[stem])
        if part == "run":
            folder = Path(self.record.run)
            folder = folder if stem == "overview" else folder / "figures"
            return self.at(folder / f"{stem}.png", *caption_of(stem))
        words, own = words_of(stem), self.samples.get(stem, [])
        sample = self.record.sample if self.record.sample in own or not own else own[0]
        file = f"{figure_stem(stem, sample, self.all_samples)}.png"
        return self.at(Path(self.record.fit, "figures", file), words.title, words.caption)

    def at(self, path: Path, title: str, caption: str) -> Picture:
        """Return a picture by its path relative to OUT; without ``uri`` where there is none."""
        full = self.out / path
        photograph = path.stem in _PHOTOGRAPHS
        uri = photograph_uri(full, _PHOTOGRAPH_PX) if photograph else chart_uri(full)
        wide = bool(uri) and (_aspect(full) > _WIDE or (not photograph and spans_page(full)))
        return Picture(title, caption, uri, relative_href(*path.parts), wide)


def _section(pictures: _Pictures, figure: PaperFigure, k: int) -> FigureSection:
    own = [number for number in pictures.record.numbers if number.figure == figure.number]
    shown = [pictures.named(name) for name in figure.pictures]
    return FigureSection(
        anchor=f"figure-{k}",
        label=figure.label,
        title=figure.title,
        shows=figure.shows,
        note=figure.note,
        pictures=tuple(picture for picture in shown if picture.uri),
        undone=", ".join(picture.title for picture in shown if not picture.uri),
        rows=tuple(_row(number) for number in own),
    )


def _aspect(path: Path) -> float:
    with Image.open(path) as picture:
        return float(picture.width / picture.height)


def _row(number: ReproducedNumber) -> Row:
    step = half_width(number.low, number.high)
    found = number.word or with_minus(_value(number, step))
    interval = format_interval(number.low, number.high) if step and not number.word else ""
    truth = "" if number.truth is None else short_number(number.truth)
    return Row(
        quantity=number.quantity,
        unit=number.unit,
        paper=number.said,
        truth=_RELATIONS[number.relation] + with_minus(truth) if truth else "",
        found=found,
        interval=with_minus(interval),
        mark=number.mark,
        distance=_distance(number),
        where=number.where,
    )


def _value(number: ReproducedNumber, step: float | None) -> str:
    if number.value is None and number.high is not None:
        return f"below {format_number(number.high)}"
    return format_number(number.value, step) if step else short_number(number.value)


def _distance(number: ReproducedNumber) -> str:
    """Say how far a number is from what it is held against."""
    if number.mark in ("not available", "no reference"):
        return number.reason
    beside = {"truth": "the truth", "paper": "the paper"}.get(number.against, "")
    if number.half_widths is None or not math.isfinite(number.half_widths):
        told = f"with {beside}" if number.mark == "agrees" else f"not {beside}"
        return f"{told}, {number.reason}" if number.reason else told
    if number.mark == "agrees" and number.half_widths == 0:
        return f"with {beside}"
    return f"{number.half_widths:.1f} half-widths from {beside}"


def _told_of_truths(truths: Sequence[ReproducedNumber]) -> str:
    """Count how many of the numbers put in lie how far away; empty for measured data."""
    apart = [
        t.half_widths for t in truths if t.mark in ("agrees", "off") and t.half_widths is not None
    ]
    if not apart:
        return ""
    one, two = (sum(n <= most for n in apart) for most in (1.0, AGREES_WITHIN))
    return (
        f"{len(apart)} numbers put into the data can be compared with an interval: {one} "
        f"({one / len(apart):.0%}) lie within one half-width, {two} ({two / len(apart):.0%}) "
        f"within two; 68 % and 95 % are to be expected of intervals that are right."
    )


def _step(pictures: _Pictures, k: int, found: ReproducedArgument) -> Step:
    shown = [pictures.at(Path(path), *_words_of_path(path)) for path in found.pictures]
    return Step(
        anchor=f"step-{found.name}",
        letter=chr(ord("a") + k),
        title=found.title,
        text=" ".join(found.text),
        missing="; ".join(found.missing),
        numbers=tuple(
            (name.replace("_", " "), written(number), number.where)
            for name, number in found.numbers.items()
        ),
        pictures=tuple(picture for picture in shown if picture.uri),
    )


#: Figures that only a reproduction has: title and what they show.
_OWN = {
    "averaging": (
        "Loops that average",
        "What unrelated loops leave of the fluctuation of one, against their number.",
    ),
    "homogenisation": (
        "Fluctuations against coupling",
        "Standard deviation of ln R over the upper half of the fields, for coupling lengths ξ "
        "between this micrograph's grains, and what was measured.",
    ),
    "phase_picture": (
        "Phases of the film at hand",
        "Left: share of the grains whose phases lock as all couplings grow by one factor (E_J = "
        "E_C of two neighbours). Right: the least coupling of any coherence in a field, by the "
        "stiffness of the network (mean field), and that of a path through the film.",
    ),
    "straight_decades": (
        "Decades that look logarithmic",
        "Longest stretch of temperature in which log-uniform barriers in parallel make R, or G, "
        "straight in ln T within 2 %.",
    ),
}


def _words_of_path(path: str) -> tuple[str, str]:
    stem = Path(path).stem
    if path.startswith("figures/"):
        return _OWN.get(stem, (stem.replace("_", " "), ""))
    if path.startswith("run/"):
        return caption_of(stem)
    words = next((words_of(name) for name in _names(stem)), words_of(stem))
    return words.title, words.caption


def _names(stem: str) -> list[str]:
    """Return the analyses that a figure's name may begin with, the longest first."""
    return sorted((name for name in WORDS if stem.startswith(name)), key=len, reverse=True)


def _inputs(record: ReproduceRecord, samples: Sequence[str]) -> list[str]:
    made = f"made with seed {record.seed}, its truth known"
    film = made if record.synthetic_micrograph else "given"
    data = made.replace("its", "their") if record.synthetic_data else "given"
    several = len([sample for sample in samples if sample]) > 1
    return [
        f"Micrograph: {Path(record.micrograph.path).name}, {film}.",
        f"Transport data: {len(record.data)} file{'' if len(record.data) == 1 else 's'}, {data}.",
        *([f"Shown is sample {record.sample}; all are in fit/report.html."] if several else []),
    ]


def _links(out: Path) -> list[tuple[str, str]]:
    names = ("reproduce.json", "run/report.html", "fit/report.html", "log_uniform.csv",
             "homogenisation.csv", "phases.csv")  # fmt: skip
    return [(name, relative_href(*name.split("/"))) for name in names if (out / name).is_file()]
