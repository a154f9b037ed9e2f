"""Tables and figures that only a reproduction has, for the paper's argument."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.batch.reproduce_phases import film_phases
from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.figures import (
    draw_averaging,
    draw_homogenisation,
    draw_phase_picture,
    draw_straight_decades,
    save_figure,
)
from grainscope.files import write_table
from grainscope.laws.parallel_activation import log_uniform_ln_conductance
from grainscope.laws.straight_window import straight_window
from grainscope.report.argument.sources import bar_um2, measured_decades, paper_number
from grainscope.report.facts import STRAIGHT_WITHIN, coherence_boundary
from grainscope.report.paper_claims import InFit

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from grainscope.report.facts import Facts

    Column = NDArray[np.float64]

#: log10 of the ratio of bounds, and temperatures per barrier decade.
_SPANS = np.arange(0.5, 8.1, 0.5)
_TEMPERATURES = 80


def write_tables_and_figures(out: Path, facts: Facts) -> None:
    """Write tables of the argument and of the film's phases, and ``figures/``, into OUT.

    Parameters
    ----------
    out : Path
        Output folder of the reproduction.
    facts : Facts
        What run and fit found; ``run.print_figures`` of its settings says whether every figure
        is written as PDF too.
    """
    folder = out / "figures"
    folder.mkdir(exist_ok=True)
    law = log_uniform_decades(_SPANS)
    write_table(out / "log_uniform.csv", law)
    network = rms_of_coupling(facts.table("magnetoresistance.csv"))
    write_table(out / "homogenisation.csv", network)
    phases = film_phases(facts.run)
    write_table(out / "phases.csv", phases)
    drawn = {
        "straight_decades": draw_straight_decades(
            law["barrier_decades"],
            law["resistance_decades"],
            law["conductance_decades"],
            measured_decades(facts),
            _film_decades(facts.table("barriers.csv")),
        ),
        "homogenisation": draw_homogenisation(
            network["coupling_length_nm"], network["rms_ln_resistance"], _measured_rms(facts)
        ),
        "averaging": draw_averaging(_amplitudes(facts), _bars(facts)),
        "phase_picture": draw_phase_picture(phases, coherence_boundary(facts)),
    }
    endings = ("png", "pdf") if facts.film.read_settings().run.print_figures else ("png",)
    for name, figure in drawn.items():
        for ending in endings:
            save_figure(figure, folder / f"{name}.{ending}")


def log_uniform_decades(barrier_decades: Column) -> dict[str, Column]:
    """Return over how many decades of T log-uniform barriers in parallel look logarithmic.

    Parameters
    ----------
    barrier_decades : ndarray of float64, shape (K,)
        log10 Δ2/Δ1.

    Returns
    -------
    dict of str to ndarray, each of shape (K,)
        ``barrier_decades``, and of R and G the longest window straight in ln T within 2 %.
    """
    rows = []
    for span in barrier_decades:
        t = np.geomspace(0.1, 10.0 ** (span + 1), _TEMPERATURES)
        conductance = np.exp(log_uniform_ln_conductance(t, 1.0, 10.0**span))
        with np.errstate(divide="ignore"):
            curves = 1 / conductance, conductance
        rows.append([straight_window(t, y, STRAIGHT_WITHIN).decades for y in curves])
    resistance, conductance_decades = np.array(rows).reshape(-1, 2).T
    return {
        "barrier_decades": np.asarray(barrier_decades, np.float64),
        "resistance_decades": resistance,
        "conductance_decades": conductance_decades,
    }


def rms_of_coupling(table: dict[str, NDArray[Any]]) -> dict[str, Column]:
    """Return the standard deviation of ln R over the upper half of the fields, for each ξ.

    Parameters
    ----------
    table : dict
        ``magnetoresistance.csv`` of a run; empty where there is none.
    """
    lengths = np.unique(table["coupling_length_nm"]) if table else np.zeros(0)
    rms = []
    for length in lengths:
        own = table["coupling_length_nm"] == length
        field, ratio = table["field_g"][own], table["resistance_ratio"][own]
        rms.append(float(np.std(np.log(ratio[field >= field.max() / 2]))))
    return {
        "coupling_length_nm": np.asarray(lengths, np.float64),
        "rms_ln_resistance": np.array(rms, np.float64),
    }


def _film_decades(table: dict[str, NDArray[Any]]) -> float:
    """Return the decades that the charging energies of the micrograph span."""
    rows = (table["kind"] == "charging") & (table["count"] > 0) if table else np.zeros(0, bool)
    if not rows.any():
        return math.nan
    low, high = table["energy_k_low"][rows].min(), table["energy_k_high"][rows].max()
    return float(np.log10(high / low))


def _measured_rms(facts: Facts) -> dict[str, float]:
    rms = _value(facts, "rms_amplitude")
    ratio = facts.of(InFit("fluctuations", "rms_ratio", {"compared": "rf"}, "last")).value
    return {"no RF": rms, "RF": rms * ratio if ratio is not None else math.nan}


def _amplitudes(facts: Facts) -> dict[str, float]:
    paper, _ = paper_number("relative amplitude")
    return {"the paper, largest": paper, "these data, rms": _value(facts, "rms_amplitude")}


def _bars(facts: Facts) -> dict[str, float]:
    field_g, _ = paper_number("deepest minimum")
    own = facts.film.flux.loops_in_bar if facts.film.flux else math.nan
    return {
        "bar of 15 G loops": bar_um2(facts) * field_g / FLUX_QUANTUM_G_UM2,
        "bar of this film's loops": own,
    }


def _value(facts: Facts, name: str) -> float:
    value = facts.of(InFit("fluctuations", name)).value
    return math.nan if value is None else value
