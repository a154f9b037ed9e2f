"""Transport predictions. Field name = CSV header; a column not computed is ``None``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.records.record import freeze_columns, record

if TYPE_CHECKING:
    from numpy.typing import NDArray


@record
class Commensuration:
    """Response of the loops to a perpendicular field, shape (B,).

    Attributes
    ----------
    field_mt, field_g : ndarray of float64
        Field in mT and G, ascending from 0.
    loop_sum : ndarray of float64
        S(B) = Σ w cos(2πBA/Φ0) / Σ w; 1 at B = 0, maxima at commensuration.
    log_determinant : ndarray of float64 or None
        Of the magnetic Laplacian.
    stiffness : ndarray of float64 or None
        Largest eigenvalue of M^-1/2 J M^-1/2.
    """

    field_mt: NDArray[np.float64]
    field_g: NDArray[np.float64]
    loop_sum: NDArray[np.float64]
    log_determinant: NDArray[np.float64] | None = None
    stiffness: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        names = ("field_mt", "field_g", "loop_sum", "log_determinant", "stiffness")
        freeze_columns(self, dict.fromkeys(names, np.float64))


@record
class BarrierHistogram:
    """Distribution of energy barriers over logarithmic bins, shape (B,).

    Attributes
    ----------
    kind : tuple of str
        ``"charging"`` (E_C of each grain) or ``"contact"``, one entry a row.
    energy_k_low, energy_k_high : ndarray of float64
        Bin edges in K.
    count : ndarray of int64
        Barriers in the bin.
    density : ndarray of float64
        Probability density p(Δ) in 1/K; Σ density · width = 1 for each kind.
    log_uniform_density : ndarray of float64
        Density in the same bin of the log-uniform law p(Δ) ∝ 1/Δ between the
        smallest and largest barrier of that kind.
    """

    kind: tuple[str, ...]
    energy_k_low: NDArray[np.float64]
    energy_k_high: NDArray[np.float64]
    count: NDArray[np.int64]
    density: NDArray[np.float64]
    log_uniform_density: NDArray[np.float64]

    def __post_init__(self) -> None:
        edges = dict.fromkeys(("energy_k_low", "energy_k_high"), np.float64)
        densities = dict.fromkeys(("density", "log_uniform_density"), np.float64)
        freeze_columns(self, {**edges, "count": np.int64, **densities})


@record
class Conductance:
    """Sheet conductance against temperature, one column a model, shape (T,).

    Attributes
    ----------
    temperature_k : ndarray of float64
        Ascending.
    parallel_s : ndarray of float64
        Parallel sum over the barriers, in S.
    effective_medium_s, critical_path_s, network_s : ndarray of float64 or None
        Other models, in S.
    """

    temperature_k: NDArray[np.float64]
    parallel_s: NDArray[np.float64]
    effective_medium_s: NDArray[np.float64] | None = None
    critical_path_s: NDArray[np.float64] | None = None
    network_s: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        models = ("parallel_s", "effective_medium_s", "critical_path_s", "network_s")
        freeze_columns(self, dict.fromkeys(("temperature_k", *models), np.float64))
