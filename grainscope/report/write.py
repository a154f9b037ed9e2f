"""``report.html``: read the run, put its words and pictures into the page, write it whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from grainscope import __version__
from grainscope.errors import ResultError
from grainscope.files import RUN_FILES, stamp_of_run
from grainscope.report.definitions import DEFINITIONS, definition_of
from grainscope.report.links import relative_href
from grainscope.report.page import write_page
from grainscope.report.pooled import pooled_figures, pooled_loops, pooled_sizes
from grainscope.report.run_contents import read_run
from grainscope.report.sections import build_section

if TYPE_CHECKING:
    from collections.abc import Callable

    from grainscope.report.run_contents import RunContents
    from grainscope.report.sections import Section

#: With more micrographs than this the report embeds thumbnails and links to the rest.
MAX_PICTURED = 60

_STATUSES = ("ok", "empty", "failed")


def write_report(out: Path) -> Path:
    """Write OUT/report.html from what a run left in OUT.

    Parameters
    ----------
    out : Path
        The output folder of ``grainscope run``.

    Returns
    -------
    Path
        The report: one file, no other needed to read it. Links lead to the
        result files beside it.

    Raises
    ------
    ResultError
        There is no run in this folder.
    OutputError
        The report cannot be written.
    """
    out = Path(out)
    run = read_run(out)
    pictured = len(run.results) <= MAX_PICTURED
    sections = [build_section(*result, pictured) for result in run.results]
    damaged: list[str] = []
    return write_page(
        out,
        "report.html.j2",
        stamp=stamp_of_run(out),
        run=run,
        sections=sections,
        pictured=pictured,
        pooled=_read(pooled_figures, out, damaged),
        sizes=_read(pooled_sizes, out, damaged),
        loops=_read(pooled_loops, out, damaged),
        damaged=damaged,
        columns=_columns(sections),
        definitions=DEFINITIONS.values(),
        counts=[(status, run.count(status)) for status in _STATUSES if run.count(status)],
        **_provenance(run),
    )


def _read(read: Callable[[Path], list[Any]], out: Path, damaged: list[str]) -> list[Any]:
    """Read pooled tables; a damaged one costs one line, not the report."""
    try:
        return read(out)
    except ResultError as error:
        damaged.append(str(error))
        return []


def _columns(sections: list[Section]) -> list[tuple[str, str, str]]:
    """Return name, header and unit of every headline figure that any micrograph has."""
    units = {figure.name: figure.unit for section in sections for figure in section.figures}
    names = [name for name in DEFINITIONS if name in units]
    return [
        (name, definition_of(name).short, units[name]) for name in dict.fromkeys([*names, *units])
    ]


def _provenance(run: RunContents) -> dict[str, Any]:
    versions = {record.program.version for _entry, _folder, record in run.results}
    return {
        "analysed_by": sorted(versions - {__version__}),
        "run_files": [(n, relative_href(n)) for n in RUN_FILES if (run.out / n).is_file()],
    }
