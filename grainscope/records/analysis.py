"""Everything that one micrograph and its segmentation give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grainscope.records.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grainscope.records.barriers import (
        BarrierHistogram,
        BarrierLaws,
        ChargingEnergies,
        Couplings,
    )
    from grainscope.records.completeness import CompletenessTable
    from grainscope.records.grains import GrainHistogram, GrainTable
    from grainscope.records.loops import LoopScan, LoopStatistics
    from grainscope.records.network import GrainNetwork, LoopTable, Percolation
    from grainscope.records.size_laws import CumulativeSizes, SizeLaws
    from grainscope.records.sizes import SizeStatistics
    from grainscope.records.transport import (
        Commensuration,
        Conductance,
        FluxFeatures,
        LogSlopes,
        LogWindows,
        Magnetoresistance,
        NormalState,
    )


@dataclass(frozen=True)
class Headline:
    """One figure that goes into ``record.json`` and the summary.

    Attributes
    ----------
    value : float
        Best value; NaN where the micrograph gives none.
    unit : str
        Unit, empty for pure numbers.
    low, high : float or None
        68 % interval; None where none is known.
    """

    value: float
    unit: str
    low: float | None = None
    high: float | None = None


@record
class Analysis:
    """The tables and headline figures of one micrograph.

    Attributes
    ----------
    grains, histogram, statistics, size_laws, cumulative
    network, loops, loop_statistics, loop_scan, percolation
    commensuration, flux_features, magnetoresistance
    charging, couplings, barriers, barrier_laws
    conductance, log_windows, log_slopes, normal_state
        One record per stage.
    headline : mapping of str to Headline
        Names are fixed: users' scripts read them.
    warnings : tuple of str
        One plain sentence each.
    completeness : CompletenessTable, or None
        None where it was not measured.
    """

    grains: GrainTable
    histogram: GrainHistogram
    statistics: SizeStatistics
    size_laws: SizeLaws
    cumulative: CumulativeSizes
    network: GrainNetwork
    loops: LoopTable
    loop_statistics: LoopStatistics
    loop_scan: LoopScan
    percolation: Percolation
    commensuration: Commensuration
    flux_features: FluxFeatures
    magnetoresistance: Magnetoresistance
    charging: ChargingEnergies
    couplings: Couplings
    barriers: BarrierHistogram
    barrier_laws: BarrierLaws
    conductance: Conductance
    log_windows: LogWindows
    log_slopes: LogSlopes
    normal_state: NormalState
    headline: Mapping[str, Headline]
    warnings: tuple[str, ...] = ()
    completeness: CompletenessTable | None = None
