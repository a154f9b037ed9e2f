"""What the chosen contacts predict, in the few words and numbers of the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.network import loop_statistics, loops_in_tiles
from grainscope.plain_number import plain_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.records import LoopStatistics
    from grainscope.viewer.session import Choice, Session

#: So many grains of a loop are named.
_NAMED = 12


@dataclass(frozen=True)
class Prediction:
    """The loop network in words; each line stands on its own.

    Attributes
    ----------
    loops, percolation, fields : str
        How many loops of what area; what spans; the fields of one flux quantum.
    """

    loops: str
    percolation: str
    fields: str


def predict_choice(session: Session) -> Prediction:
    """Tell what the contacts that are chosen now make of the film."""
    choice, micrograph = session.choice, session.micrograph
    tiled = loops_in_tiles(choice.loops, micrograph.frame, micrograph.pixel_size)
    figures = loop_statistics(tiled, 0, np.random.default_rng(0))
    return Prediction(
        loops=_loop_words(choice, figures),
        percolation=_percolation_words(session, choice),
        fields=_field_words(figures),
    )


def _loop_words(choice: Choice, figures: LoopStatistics) -> str:
    n_contacts, n_loops = int(choice.kept.sum()), choice.loops.n_loops
    told = f"{n_contacts:,} contacts, {n_loops:,} loops"
    mean = figures.of("mean_loop_area_um2").value
    if not np.isfinite(mean):
        return f"{told}; none is whole"
    median, cv = figures.of("median_loop_area_um2").value, figures.of("area_cv").value
    mean_um2, median_um2 = plain_number(mean), plain_number(median)
    return f"{told}: mean area {mean_um2} µm², median {median_um2} µm², CV {cv:.2g}"


def _percolation_words(session: Session, choice: Choice) -> str:
    takes_part = choice.component > 0
    if not takes_part.any():
        return "no grain is so large"
    share = (choice.component == 1).sum() / takes_part.sum()
    gaps_nm = choice.spanning_gaps_nm
    chosen_nm = session.settings.network.max_gap_nm
    ways = [way for way, gap in zip("xy", gaps_nm, strict=True) if gap <= chosen_nm]
    state = f"spans in {' and '.join(ways)}" if ways else "does not span"
    first = np.fmin(*gaps_nm)
    since = f"spanning begins at {first:.3g} nm" if np.isfinite(first) else "no gap makes it span"
    return f"largest component: {share:.0%} of the grains, {state}; {since}"


def _field_words(figures: LoopStatistics) -> str:
    mean, median = (figures.of(f"{name}_loop_field_g").value for name in ("mean", "median"))
    if not np.isfinite(mean):
        return "no field to predict"
    return f"Φ₀/⟨A⟩ = {plain_number(mean)} G, Φ₀/median = {plain_number(median)} G"


def loop_words(session: Session) -> str:
    """Tell area, field and grains of the selected loop."""
    loops, row = session.choice.loops, session.selected_loop
    if row is None:
        return "Click into a loop for its area, field and grains."
    ids = grains_of_loop(session, row)
    named = ", ".join(map(str, ids[:_NAMED])) + (", …" if len(ids) > _NAMED else "")
    return (
        f"loop {loops.loop[row]}: {plain_number(loops.area_um2[row])} µm² "
        f"(⌀ {plain_number(loops.equivalent_diameter_um[row])} µm), one quantum at "
        f"{plain_number(loops.field_g[row])} G; widest gap {loops.max_gap_nm[row]:.3g} nm, "
        f"smallest grain {loops.min_grain_diameter_um[row]:.3g} µm; {len(ids)} grains: {named}"
    )


def grains_of_loop(session: Session, row: int) -> NDArray[np.int32]:
    """Return the labels of the grains around a loop: every other vertex is a grain's centroid."""
    film, loops = session.film, session.choice.loops
    assert film is not None
    its = slice(loops.vertex_start[row], loops.vertex_start[row + 1])
    vertices = loops.vertex_y_um[its] + 1j * loops.vertex_x_um[its]
    return film.ids[np.isin(film.table.y_um + 1j * film.table.x_um, vertices)]
