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
class Conductance:
    """Sheet conductance against temperature, one column a model, shape (T,).

    Attributes
    ----------
    temperature_k : ndarray of float64
        Ascending.
    parallel_s : ndarray of float64
        Parallel sum over the grains, in S.
    effective_medium_s, critical_path_s, network_s : ndarray of float64 or None
        Other models, on the contacts, in S; 0 where less than the smallest number.
    parallel_exponent, effective_medium_exponent, critical_path_exponent, network_exponent : \
ndarray of float64 or None
        Local exponent −d ln R/d ln T of each.
    """

    temperature_k: NDArray[np.float64]
    parallel_s: NDArray[np.float64]
    effective_medium_s: NDArray[np.float64] | None = None
    critical_path_s: NDArray[np.float64] | None = None
    network_s: NDArray[np.float64] | None = None
    parallel_exponent: NDArray[np.float64] | None = None
    effective_medium_exponent: NDArray[np.float64] | None = None
    critical_path_exponent: NDArray[np.float64] | None = None
    network_exponent: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        freeze_columns(self, dict.fromkeys(self.__dataclass_fields__, np.float64))

    def models(self) -> tuple[str, ...]:
        """Return the names of the models that were computed, without their unit."""
        return tuple(name for name in MODELS if getattr(self, f"{name}_s") is not None)


#: Conduction models, in the order of tables and figures.
MODELS = ("parallel", "effective_medium", "critical_path", "network")


@record
class LogWindows:
    """Where R or G is straight in ln T, one row a model, quantity and tolerance, shape (W,).

    Attributes
    ----------
    model : tuple of str
        One of `MODELS`.
    quantity : tuple of str
        ``"resistance"`` or ``"conductance"``.
    tolerance : ndarray of float64
        Largest deviation from the line, as share of the quantity.
    temperature_low_k, temperature_high_k : ndarray of float64
        The longest window; NaN where there is none.
    decades : ndarray of float64
        Its length.
    slope : ndarray of float64
        d R/d ln T in Ω, d G/d ln T in S.
    """

    model: tuple[str, ...]
    quantity: tuple[str, ...]
    tolerance: NDArray[np.float64]
    temperature_low_k: NDArray[np.float64]
    temperature_high_k: NDArray[np.float64]
    decades: NDArray[np.float64]
    slope: NDArray[np.float64]

    def __post_init__(self) -> None:
        names = [n for n in self.__dataclass_fields__ if n not in ("model", "quantity")]
        freeze_columns(self, dict.fromkeys(names, np.float64))


@record
class LogSlopes:
    """The slope at one temperature, beside the paper's, one row a model, shape (K,).

    Attributes
    ----------
    model : tuple of str
        One of `MODELS`.
    temperature_k : ndarray of float64
        Where.
    slope : ndarray of float64
        d ln R/d ln(1/T): what the morphology predicts.
    resistance_ohm : ndarray of float64
        R there: the user's, else the model's own.
    a_per_ohm : ndarray of float64
        A = slope/R of ΔR/R = A R ln(1/T).
    paper_a_per_ohm : ndarray of float64
        8.44e-5 Ω⁻¹, for comparison.
    """

    model: tuple[str, ...]
    temperature_k: NDArray[np.float64]
    slope: NDArray[np.float64]
    resistance_ohm: NDArray[np.float64]
    a_per_ohm: NDArray[np.float64]
    paper_a_per_ohm: NDArray[np.float64]

    def __post_init__(self) -> None:
        names = [name for name in self.__dataclass_fields__ if name != "model"]
        freeze_columns(self, dict.fromkeys(names, np.float64))


@record
class NormalState:
    """The composite with its grains as perfect conductors: no barrier, no tunnelling.

    Attributes
    ----------
    conductivity_ratio : float
        Sheet conductivity over that of the film between the grains; NaN where
        not known.
    carrier_density_ratio : float
        Hall carrier density over that of the film, its square.
    """

    conductivity_ratio: float
    carrier_density_ratio: float
