"""What a user is told of an analysis: plain sentences on what its numbers hang on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.records import UNSURE_CONFIDENCE

if TYPE_CHECKING:
    from grainscope.records import (
        Commensuration,
        Completeness,
        Conductance,
        Couplings,
        GrainTable,
        LoopTable,
        Micrograph,
        Segmentation,
        SizeLaws,
    )
    from grainscope.settings import Settings

#: A larger share of unsure grains is told: it is what grains of the other polarity come to.
_MANY_UNSURE = 0.5
#: A smaller solidity, weighted by area, is told: so ragged is the film between grains
#: (docs/segmentation.md, "Wrong polarity").
_RAGGED_SOLIDITY = 0.8
_NO_COMPLETENESS = (
    "completeness was not measured: it takes ten whole, compact grains to copy and a "
    "segmentation made in the same run"
)
#: With fewer grains larger than so many resolution cuts, completeness is told wrong.
_WELL_ABOVE, _LEAST_WELL_ABOVE = 5, 0.05


def grain_warnings(
    micrograph: Micrograph,
    segmented: Segmentation,
    table: GrainTable,
    loops: LoopTable,
    laws: SizeLaws,
    settings: Settings,
) -> list[str]:
    """Return what is to be said of the image, its labels, and what was measured of the grains.

    Those that came with the micrograph and its segmentation first, each once.
    """
    found = [*micrograph.warnings, *segmented.warnings]
    if micrograph.pixel_size.is_nominal:
        found.append("pixel size is nominal: every length, area and field scales with it")
    if table.n_grains == 0:
        found.append("no grains found: check preprocessing.polarity and segmentation.min_area_px")
        return list(dict.fromkeys(found))
    found += polarity_warnings(table, settings.preprocessing.polarity)
    if loops.n_loops == 0:
        found.append("no loops: the contacts up to network.max_gap_nm form none")
    if table.touches_border.all():
        found.append(
            "every grain touches the frame: no size is corrected, only the naive figures of "
            "size_summary.csv exist; take a larger field of view"
        )
    elif not laws.laws:
        found.append(f"no size law was fitted ({laws.reason})")
    return list(dict.fromkeys(found))


def polarity_warnings(table: GrainTable, polarity: str) -> list[str]:
    """Tell of grains that look like the film between grains does, taken for grains.

    Parameters
    ----------
    table : GrainTable
        At least one grain.
    polarity : {"bright", "dark", "auto"}
        That they were looked for with.

    Returns
    -------
    list of str
        One line that names the setting, or none.
    """
    found = []
    unsure = 0.0 if table.confidence is None else (table.confidence < UNSURE_CONFIDENCE).mean()
    if unsure > _MANY_UNSURE:
        found.append(
            f"{unsure:.0%} of the grains are unsure (confidence below {UNSURE_CONFIDENCE})"
        )
    solidity = float(np.average(table.solidity, weights=table.area_um2))
    if solidity < _RAGGED_SOLIDITY:
        found.append(f"the grains are ragged (solidity {solidity:.2f} by area)")
    where = {
        "bright": "where grains are dark set preprocessing.polarity = dark",
        "dark": "where grains are bright set preprocessing.polarity = bright",
    }.get(polarity, "set preprocessing.polarity to what the grains are, bright or dark")
    return [f"{' and '.join(found)}: look at overview.png; {where}"] if found else []


def current_warnings(conductance: Conductance, couplings: Couplings) -> list[str]:
    """Return what is to be said of a film that has contacts, but lets no current through."""
    network_s = conductance.network_s
    if not couplings.n_contacts or (network_s is not None and network_s.max(initial=0.0) > 0):
        return []
    return [
        "the resistor network has no current: no contacts join grains at opposite edges of the "
        "frame, or one grain touches both"
    ]


def completeness_warnings(
    completeness: Completeness | None, rounds: int, table: GrainTable
) -> list[str]:
    """Return where the correction for grains that were missed is lacking, or not to be trusted."""
    if completeness is None:
        return [_NO_COMPLETENESS] if rounds else []
    if not np.isfinite(completeness.cut_um2[0]):
        return [
            "fewer than half of the painted grains were found at any size (completeness.csv): "
            "the resolution cut is that of the settings, and corrected sizes are not to be trusted"
        ]
    area, weight = table.area_um2[table.resolved], table.size_weight[table.resolved]
    larger = area > _WELL_ABOVE * area.min(initial=np.inf)
    if weight[larger].sum() < _LEAST_WELL_ABOVE * weight.sum():
        return [
            f"nearly all grains are smaller than {_WELL_ABOVE} resolution cuts: what is missed and "
            "what several found as one add up there, and numbers corrected for completeness come "
            "out some 30 % too high; take a smaller pixel, or grains.completeness_rounds = 0"
        ]
    return []


def sweep_warnings(curves: Commensuration) -> list[str]:
    """Return how many fields there are of a sweep that was interrupted."""
    if not curves.interrupted:
        return []
    return [
        "the sweep over fields was interrupted: commensuration.csv has the "
        f"{len(curves.field_g)} fields that were done"
    ]
