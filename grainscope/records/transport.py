"""Transport predictions. Field name = CSV header; a column not computed is ``None``."""

from __future__ import annotations

from dataclasses import replace
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
        Of the magnetic Laplacian, per loop; minima at commensuration.
    stiffness : ndarray of float64 or None
        Largest eigenvalue of M^-1/2 J M^-1/2; maxima at commensuration.
    loop_sum_low, loop_sum_high : ndarray of float64 or None
        68 % interval of the loop sum.
    interrupted : bool
        Whether the sweep over fields was, so that some fields are missing.
    """

    field_mt: NDArray[np.float64]
    field_g: NDArray[np.float64]
    loop_sum: NDArray[np.float64]
    log_determinant: NDArray[np.float64] | None = None
    stiffness: NDArray[np.float64] | None = None
    loop_sum_low: NDArray[np.float64] | None = None
    loop_sum_high: NDArray[np.float64] | None = None
    interrupted: bool = False

    def __post_init__(self) -> None:
        freeze_columns(self, dict.fromkeys(self.columns(), np.float64))

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """Return the names of the columns."""
        return tuple(name for name in cls.__dataclass_fields__ if name != "interrupted")

    def at(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Commensuration:
        """Return some of the rows of every column that was computed."""
        columns = {name: getattr(self, name) for name in self.columns()}
        return replace(self, **{n: c[rows] for n, c in columns.items() if c is not None})


@record
class FluxFeatures:
    """Maxima and minima of the curves of `Commensuration`, one row an extremum, shape (K,).

    Attributes
    ----------
    quantity : tuple of str
        ``"loop_sum"``, ``"log_determinant"`` or ``"stiffness"``.
    field_mt, field_g : ndarray of float64
        Where the quantity has its maximum, the determinant its minimum.
    equivalent_diameter_um : ndarray of float64
        Of a loop that holds one flux quantum there.
    value, prominence : ndarray of float64
        The quantity there, and by how much it stands out from its surroundings.
    significance : ndarray of float64
        Prominence over its standard deviation; NaN but for the loop sum.
    predicted : ndarray of bool
        Whether the film makes it likely, not the accident of these loops.
    loops_in_bar : float
        Loops of a bar of this film.
    bar_rms : float
        1/√(2N): what so many unrelated loops leave of a response of one.
    statement : str
        Whether a feature is predicted at all, and why, in a sentence or two.
    """

    quantity: tuple[str, ...]
    field_mt: NDArray[np.float64]
    field_g: NDArray[np.float64]
    equivalent_diameter_um: NDArray[np.float64]
    value: NDArray[np.float64]
    prominence: NDArray[np.float64]
    significance: NDArray[np.float64]
    predicted: NDArray[np.bool_]
    loops_in_bar: float
    bar_rms: float
    statement: str

    def __post_init__(self) -> None:
        lengths = ("field_mt", "field_g", "equivalent_diameter_um")
        floats = dict.fromkeys((*lengths, "value", "prominence", "significance"), np.float64)
        freeze_columns(self, {**floats, "predicted": np.bool_})


@record
class Magnetoresistance:
    """Resistance against field from the stiffness, for each coupling length, shape (M,).

    Attributes
    ----------
    coupling_length_nm : ndarray of float64
        ξ of J ∝ exp(−gap/ξ), ascending.
    field_mt, field_g : ndarray of float64
        Fields, ascending for each ξ.
    stiffness_ratio : ndarray of float64
        Stiffness over that at B = 0.
    resistance_ratio : ndarray of float64
        R(B)/R(0).
    own_length_nm : float
        ξ of the run itself.
    """

    coupling_length_nm: NDArray[np.float64]
    field_mt: NDArray[np.float64]
    field_g: NDArray[np.float64]
    stiffness_ratio: NDArray[np.float64]
    resistance_ratio: NDArray[np.float64]
    own_length_nm: float = float("nan")

    def __post_init__(self) -> None:
        freeze_columns(self, dict.fromkeys(self.columns(), np.float64))

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """Return the names of the columns."""
        return tuple(name for name in cls.__dataclass_fields__ if name != "own_length_nm")


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
