"""``grainscope fit``: every analysis of the paper on measured transport data."""

from __future__ import annotations

from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Annotated

import typer

from grainscope.cli.options import Assignments, Out, Quiet, SettingsFile
from grainscope.cli.progress import say
from grainscope.cli.stopping import STOPPED, stop_as_by_ctrl_c

if TYPE_CHECKING:
    from grainscope.batch import FitOutcome


def fit(
    data: Annotated[
        list[Path],
        typer.Argument(metavar="DATA...", help="Tables (CSV, TSV, PPMS .dat), or folders of them."),
    ],
    *,
    out: Out,
    morphology: Annotated[
        Path | None,
        typer.Option(metavar="RUN/STEM", help="Result of 'grainscope run' to link the data to."),
    ] = None,
    settings: SettingsFile = None,
    assignments: Assignments = None,
    quiet: Quiet = False,
) -> int:
    """Fit measured R(T, H, I, RF): all that the columns allow.

    Columns are known by header and unit: temperature_k, field_t (field_oe, field_mt),
    resistivity_ohm_sq or resistance_ohm, hall_resistance_ohm, dvdi_ohm, current_a,
    rf_frequency_hz, rf_power_dbm, gate_v, sample, stage, condition, sweep_direction. Others
    are mapped: --set 'fitting.columns={temperature_k="T (K)", field_oe="H"}'

    Example: grainscope fit data/ -o outputs/fit --settings mine.toml

    To try it on data that come with the program: grainscope demo --transport
    """
    from grainscope.batch import fit_transport
    from grainscope.cli.progress import status_line
    from grainscope.cli.run import chosen_settings

    chosen = chosen_settings(settings, assignments or [], None)
    stop_as_by_ctrl_c()
    start = time()
    try:
        with status_line(quiet) as tell:
            outcome = fit_transport(data, out, chosen, morphology, tell)
    except KeyboardInterrupt:
        say(f"stopped: {_left(out, start)}", err=True)
        return STOPPED
    _tell(outcome, out, quiet)
    return int(bool(outcome.failures) or any(f.status == "failed" for f in outcome.fits))


def _left(out: Path, start: float) -> str:
    """Say what an interrupted fit leaves; a record from before is none of it."""
    record = out / "fit.json"
    if record.is_file() and record.stat().st_mtime >= int(start):
        return f"the analyses that were done are in {out}"
    return "no analysis was done yet, nothing was written"


def _tell(outcome: FitOutcome, out: Path, quiet: bool) -> None:
    for reason in outcome.failures.values():
        say(f"not read: {reason}", err=True)
    for result in outcome.fits:
        if result.status == "failed":
            say(f"{result.analysis} failed: {result.reason}", err=True)
    if quiet:
        return
    for warning in outcome.warnings:
        say(f"warning: {warning}", err=True)
    for name in dict.fromkeys(result.analysis for result in outcome.fits):
        own = [result for result in outcome.fits if result.analysis == name]
        n_done = sum(result.status == "done" for result in own)
        first = next((result.reason for result in own if result.reason), "")
        told = f"{n_done} result{'' if n_done == 1 else 's'}" if n_done else f"not done: {first}"
        say(f"{name:17} {told}")
    if outcome.n_unusable:
        say(f"{outcome.n_unusable} unusable rows: {out / 'unusable_rows.csv'}")
    say(f"report: {out / 'report.html'}")
