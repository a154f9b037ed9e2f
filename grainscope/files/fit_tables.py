"""Results of fits → one CSV an analysis, with what was held in front of each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grainscope.files.tables import write_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

    from grainscope.records import TransportFit, UnusableRow


def write_fit_tables(folder: Path, fits: Sequence[TransportFit]) -> list[str]:
    """Write ``ANALYSIS.csv`` and ``ANALYSIS_windows.csv`` of each analysis that has rows.

    Each row begins with ``result``, the place of its result among those of the analysis
    in ``fit.json``, then sample and selection.

    Parameters
    ----------
    folder : Path
    fits : sequence of TransportFit
        In the order of ``fit.json``.

    Returns
    -------
    list of str
        Names of the files.
    """
    written = []
    for analysis in dict.fromkeys(fit.analysis for fit in fits):
        own = [fit for fit in fits if fit.analysis == analysis]
        for suffix, tables in (
            ("", [fit.table for fit in own]),
            ("_windows", [fit.windows for fit in own]),
        ):
            if any(tables):
                name = f"{analysis}{suffix}.csv"
                _write(folder / name, own, tables)
                written.append(name)
    return written


def _write(
    path: Path, fits: Sequence[TransportFit], tables: Sequence[Mapping[str, NDArray[Any]]]
) -> None:
    held = list(dict.fromkeys(name for fit in fits for name in fit.selection))
    columns = list(dict.fromkeys(name for table in tables for name in table))
    # A column of the rows themselves says more than what is held.
    held = [name for name in ("sample", *held) if name not in columns]
    rows: list[list[str]] = []
    for number, (fit, table) in enumerate(zip(fits, tables, strict=True)):
        known: dict[str, float | str] = {**fit.selection, "sample": fit.sample}
        front = [str(number), *(_text(known.get(name, "")) for name in held)]
        length = max((len(column) for column in table.values()), default=0)
        for row in range(length):
            cells = [_text(table[name][row]) if name in table else "" for name in columns]
            rows.append([*front, *cells])
    write_rows(path, ["result", *held, *columns], rows)


def _text(value: float | str) -> str:
    return value if isinstance(value, str) else format(float(value), ".9g")


def write_unusable_rows(path: Path, rows: Sequence[UnusableRow]) -> None:
    """Write which rows of which files were left out, and why."""
    write_rows(path, ["file", "line", "reason"], [[r.file, str(r.line), r.reason] for r in rows])
