"""``grainscope compare``: the grain sizes of two runs side by side."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grainscope.cli.progress import say

if TYPE_CHECKING:
    from grainscope.batch import Comparison
    from grainscope.records import SizeFigure


def compare(
    run_a: Annotated[Path, typer.Argument(help="First run: OUT, or one OUT/STEM.")],
    run_b: Annotated[Path, typer.Argument(help="Second run.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Also write table, JSON and figure here.")
    ] = None,
    sample_a: Annotated[str, typer.Option(help="Only this sample of the first run.")] = "",
    sample_b: Annotated[str, typer.Option(help="Only this sample of the second run.")] = "",
) -> None:
    """Compare the grain sizes of two samples or stages.

    Each figure of A and B and their difference, with 68 % intervals.

    Example: grainscope compare outputs/as_grown outputs/annealed -o outputs/compared
    """
    from grainscope.batch import compare_runs, write_comparison

    comparison = compare_runs(run_a, run_b, sample_a, sample_b)
    _print(comparison)
    if out:
        write_comparison(out, comparison)
        say(f"figure: {out / 'comparison.png'}")


def _print(comparison: Comparison) -> None:
    a, b = comparison.a, comparison.b
    for key, side in (("A", a), ("B", b)):
        law = f"best law {side.laws.best}" if side.laws.best else f"no law ({side.laws.reason})"
        images = "1 micrograph" if side.n_micrographs == 1 else f"{side.n_micrographs} micrographs"
        n_grains = side.statistics.n_whole
        say(
            f"{key}: {side.sample}, {images}, {n_grains} whole grain{'s' * (n_grains != 1)} "
            f"above {a.statistics.cut_um2:.3g} µm², {law}"
        )
    rows: list[tuple[str, ...]] = [("", "A", "B", "B − A")]
    for name, difference in comparison.differences.items():
        sides = (side.statistics.of(name) for side in (a, b))
        rows.append((name, *map(_cell, (*sides, difference))))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        say("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    found = comparison.distances
    say(
        f"Kolmogorov–Smirnov {found.ks:.3f}{_p(found.ks_p)}, "
        f"Anderson–Darling {found.ad:.2f}{_p(found.ad_p)}"
    )
    for warning in comparison.warnings:
        typer.echo(f"warning: {warning}")


def _cell(figure: SizeFigure) -> str:
    if not math.isfinite(figure.value):
        return "–"
    if not math.isfinite(figure.low):
        return f"{figure.value:.4g}"
    return f"{figure.value:.4g} ({figure.low:.3g}…{figure.high:.3g})"


def _p(p: float) -> str:
    return f" (p = {p:.2g})" if math.isfinite(p) else " (no p: too few pieces of film)"
