"""``report.html`` of a fit: every analysis with its figure, numbers, window and warnings."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from grainscope.files import figure_stem, read_fit_record
from grainscope.report.fit_words import WORDS, words_of
from grainscope.report.links import relative_href
from grainscope.report.numbers import NOT_KNOWN, format_interval, format_number, half_width
from grainscope.report.page import write_page
from grainscope.report.pictures import Picture, chart_uri, spans_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grainscope.files import FitRecord, FitResultRecord
    from grainscope.files.fit_record import FitParameterRecord

#: More rows than these are left to the CSV.
_MOST_ROWS = 40
#: Longer lists and names are cut.
_MOST_ENTRIES, _MOST_NAMES, _LONGEST_NAME = 8, 4, 60
_HELD = {
    "stage": "{}",
    "temperature_k": "{:g} K",
    "field_t": "{:g} T",
    "current_a": "{:g} A",
    "gate_v": "gate {:g} V",
    "rf_frequency_hz": "RF {:g} Hz",
    "rf_power_dbm": "{:g} dBm",
    "condition": "{}",
    "quantity": "{}",
}


@dataclass(frozen=True)
class Analysis:
    """One analysis of one sample as the report shows it; texts are not yet escaped."""

    anchor: str
    sample: str
    title: str
    paper: str
    picture: Picture | None
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    n_left_out: int
    windows: tuple[str, ...]
    warnings: tuple[str, ...]
    weights: tuple[str, ...]
    files: tuple[tuple[str, str], ...]


def write_fit_report(out: Path) -> Path:
    """Write OUT/report.html from ``fit.json`` and the figures beside it.

    Parameters
    ----------
    out : Path
        The output folder of ``grainscope fit``.

    Returns
    -------
    Path
        The report: one file, no other needed to read it.

    Raises
    ------
    ResultError
        There is no fit in this folder.
    OutputError
        The report cannot be written.
    """
    out = Path(out)
    record = read_fit_record(out)
    analyses = _analyses(out, record)
    return write_page(
        out,
        "fit_report.html.j2",
        record=record,
        analyses=analyses,
        contents=_contents(analyses),
        shortened=_shortened,
        undone=[r for r in record.results if r.status != "done"],
        title_of=lambda name: words_of(name).title,
        held=_held,
        files=_run_files(out),
    )


def _contents(analyses: Sequence[Analysis]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return links to the analyses of each sample; one sample needs no name."""
    samples = list(dict.fromkeys(analysis.sample for analysis in analyses))
    return [
        (
            _shortened(sample) if len(samples) > 1 else "",
            [(one.anchor, one.title) for one in analyses if one.sample == sample],
        )
        for sample in samples
    ]


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}…"


def _run_files(out: Path) -> list[tuple[str, str]]:
    names = ("fit.json", "unusable_rows.csv", "settings.toml", "log.jsonl")
    return [(name, relative_href(name)) for name in names if (out / name).is_file()]


def _analyses(out: Path, record: FitRecord) -> list[Analysis]:
    done = [result for result in record.results if result.status == "done"]
    samples = list(dict.fromkeys(result.sample for result in record.results))
    known = [name for name in WORDS if any(r.analysis == name for r in done)]
    names = list(dict.fromkeys([*known, *(r.analysis for r in done)]))
    done.sort(key=_place)
    return [
        _analysis(out, name, [r for r in done if (r.analysis, r.sample) == (name, sample)], samples)
        for sample in samples
        for name in names
        if any((r.analysis, r.sample) == (name, sample) for r in done)
    ]


def _place(result: FitResultRecord) -> tuple[str, str, float, float]:
    """Sort by stage, condition, temperature and field."""
    held = result.selection
    stage, condition = (str(held.get(name, "")) for name in ("stage", "condition"))
    numbers = [held.get(name, math.inf) for name in ("temperature_k", "field_t")]
    first, second = (float(n) if not isinstance(n, str) else math.inf for n in numbers)
    return stage, condition, first, second


def _analysis(
    out: Path, name: str, results: Sequence[FitResultRecord], samples: Sequence[str]
) -> Analysis:
    words, sample = words_of(name), results[0].sample
    stem = figure_stem(name, sample, samples)
    columns = _columns(results)
    tables = [f"{name}.csv", f"{name}_windows.csv"]
    pdf = f"figures/{stem}.pdf"
    chosen = [str(r.window["chosen"]) for r in results if r.window.get("chosen")]
    return Analysis(
        anchor=f"{name}-{samples.index(sample)}",
        sample=sample,
        title=words.title,
        paper=words.paper,
        picture=_picture(out, stem, words.title, words.caption),
        columns=columns,
        rows=tuple((_held(r.selection), _cells(r, columns)) for r in results[:_MOST_ROWS]),
        n_left_out=max(len(results) - _MOST_ROWS, 0),
        windows=tuple(dict.fromkeys(chosen)),
        warnings=_warnings(results),
        weights=tuple(_weights(r) for r in results if r.weights),
        files=tuple(
            (n, relative_href(*n.split("/"))) for n in (*tables, pdf) if (out / n).is_file()
        ),
    )


def _warnings(results: Sequence[FitResultRecord]) -> tuple[str, ...]:
    """Return each warning once, with the data that it is of where that is not all."""
    of: dict[str, list[str]] = {}
    for result in results:
        for text in dict.fromkeys(result.warnings):
            of.setdefault(text, []).append(_held(result.selection))
    told = []
    for text, held in of.items():
        names = [name for name in held if name]
        if len(results) > 1 and len(held) == len(results):
            told.append(f"all: {text}")
        elif names:
            more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
            told.append(f"{'; '.join(names[:_MOST_NAMES])}{more}: {text}")
        else:
            told.append(text)
    return tuple(told)


def _prefix(result: FitResultRecord) -> str:
    held = _held(result.selection)
    return f"{held}: " if held else ""


def _picture(out: Path, stem: str, title: str, caption: str) -> Picture | None:
    path = out / "figures" / f"{stem}.png"
    uri = chart_uri(path)
    href = relative_href("figures", f"{stem}.png")
    return Picture(title, caption, uri, href, spans_page(path)) if uri else None


def _held(selection: dict[str, float | str]) -> str:
    """Return what a result is of, such as ``S2, 0.06 K``."""
    return ", ".join(_held_at(name, value) for name, value in selection.items())


def _held_at(name: str, value: float | str) -> str:
    text = _HELD.get(name)
    if text is None:
        return f"{name.replace('_', ' ')} {value}"
    return (text.replace(":g", "") if isinstance(value, str) else text).format(value)


def _columns(results: Sequence[FitResultRecord]) -> tuple[tuple[str, str], ...]:
    """Return name and unit of every parameter; words such as ``best`` come first."""
    labels = {name: "" for r in results for name in r.labels}
    units = {name: found.unit for r in results for name, found in r.parameters.items()}
    return tuple({**labels, **units}.items())


def _cells(
    result: FitResultRecord, columns: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    """Return value and interval of each parameter."""
    cells = []
    for name, _unit in columns:
        if name in result.labels:
            cells.append((result.labels[name].replace("_", " "), ""))
        elif name in result.parameters:
            cells.append(_cell(result.parameters[name]))
        else:
            cells.append(("", ""))
    return tuple(cells)


def _cell(found: FitParameterRecord) -> tuple[str, str]:
    if isinstance(found.value, list):
        shown = [format_number(value) for value in found.value[:_MOST_ENTRIES]]
        return ", ".join(shown) + (" …" if len(found.value) > _MOST_ENTRIES else ""), ""
    low = found.low if not isinstance(found.low, list) else None
    high = found.high if not isinstance(found.high, list) else None
    interval = format_interval(low, high)
    value = format_number(found.value, half_width(low, high))
    return value, "" if interval == NOT_KNOWN else interval


def _weights(result: FitResultRecord) -> str:
    best = sorted(result.weights.items(), key=lambda item: -item[1])[:4]
    told = ", ".join(f"{name.replace('_', ' ')} {weight:.2f}" for name, weight in best)
    return f"{_prefix(result)}{told}"
