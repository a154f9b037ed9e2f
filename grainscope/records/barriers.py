"""Charging of grains, couplings between them, and the barriers that follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.records.record import freeze, freeze_columns, record

if TYPE_CHECKING:
    from numpy.typing import NDArray


@record
class ChargingEnergies:
    """What an electron costs on each grain, shape (N,).

    Attributes
    ----------
    label : ndarray of int32
        As in `GrainTable`.
    self_capacitance_af, gap_capacitance_af : ndarray of float64
        Of the grain by itself, and of all its gaps together, in aF.
    isolated_k : ndarray of float64
        e²/2C of the grain by itself.
    screened_k : ndarray of float64
        In the film, among neutral neighbours, in K.
    """

    label: NDArray[np.int32]
    self_capacitance_af: NDArray[np.float64]
    gap_capacitance_af: NDArray[np.float64]
    isolated_k: NDArray[np.float64]
    screened_k: NDArray[np.float64]

    def __post_init__(self) -> None:
        names = [name for name in self.__dataclass_fields__ if name != "label"]
        freeze_columns(self, {"label": np.int32, **dict.fromkeys(names, np.float64)})


@record
class Couplings:
    """What joins two grains, one row a contact of ``contacts.csv``, shape (E,).

    Attributes
    ----------
    grain_a, grain_b : ndarray of int32
        Labels.
    gap_nm, facet_nm : ndarray of float64
        As in `GrainNetwork`.
    gap_capacitance_af : ndarray of float64
        In aF; a gap below 1 nm counts as 1 nm.
    barrier_k : ndarray of float64
        Thermal barrier Δ in K.
    ln_conductance : ndarray of float64
        ln of the tunnel conductance without the barrier, over that of a contact of gap 0
        and mean facet.
    josephson_k : ndarray of float64
        E_J at T = 0 in K.
    josephson_ratio : ndarray of float64
        E_J over the mean charging energy of the two grains.
    current_share : ndarray of float64
        Current through the contact over that through the film, from left to right; NaN
        where none flows.
    temperature_k : float
        Of the currents.
    """

    grain_a: NDArray[np.int32]
    grain_b: NDArray[np.int32]
    gap_nm: NDArray[np.float64]
    facet_nm: NDArray[np.float64]
    gap_capacitance_af: NDArray[np.float64]
    barrier_k: NDArray[np.float64]
    ln_conductance: NDArray[np.float64]
    josephson_k: NDArray[np.float64]
    josephson_ratio: NDArray[np.float64]
    current_share: NDArray[np.float64]
    temperature_k: float = float("nan")

    def __post_init__(self) -> None:
        ends = dict.fromkeys(("grain_a", "grain_b"), np.int32)
        names = [name for name in self.columns() if name not in ends]
        freeze_columns(self, {**ends, **dict.fromkeys(names, np.float64)})

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """Return the names of the columns."""
        return tuple(name for name in cls.__dataclass_fields__ if name != "temperature_k")

    @property
    def n_contacts(self) -> int:
        """Number of contacts E."""
        return len(self.grain_a)


@record
class BarrierHistogram:
    """Distribution of energy barriers over logarithmic bins, shape (B,).

    Attributes
    ----------
    kind : tuple of str
        One entry a row: ``"charging"`` (E_C of each grain by itself),
        ``"screened"`` (in the film), ``"offset"`` (screened, with random offset
        charges), ``"contact"`` (thermal barrier of each contact) or
        ``"contact_by_facet"`` (the same, weighed by the length of its facet).
    energy_k_low, energy_k_high : ndarray of float64
        Bin edges in K.
    count : ndarray of int64
        Barriers in the bin.
    density : ndarray of float64
        Probability density p(Δ) in 1/K; Σ density · width = 1 for each kind.
    log_uniform_density : ndarray of float64
        Density in the same bin of the log-uniform law p(Δ) ∝ 1/Δ between the
        smallest and largest barrier of that kind.
    density_low, density_high : ndarray of float64 or None
        68 % interval of the density.
    """

    kind: tuple[str, ...]
    energy_k_low: NDArray[np.float64]
    energy_k_high: NDArray[np.float64]
    count: NDArray[np.int64]
    density: NDArray[np.float64]
    log_uniform_density: NDArray[np.float64]
    density_low: NDArray[np.float64] | None = None
    density_high: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        edges = dict.fromkeys(("energy_k_low", "energy_k_high"), np.float64)
        names = ("density", "log_uniform_density", "density_low", "density_high")
        densities = dict.fromkeys(names, np.float64)
        freeze_columns(self, {**edges, "count": np.int64, **densities})


@record
class BarrierLaws:
    """Laws fitted to the barriers of each kind, one row a parameter of a law, shape (P,).

    Attributes
    ----------
    kind, law, parameter, unit : ndarray of str
        Which barriers, which law, which of its parameters.
    value, low, high : ndarray of float64
        The parameter and its 68 % interval.
    weight : ndarray of float64
        Share of the law among those of its kind, exp(−ΔBIC/2) normalised.
    bic, ks, ks_p : ndarray of float64
        Criterion; Kolmogorov–Smirnov distance, and how often a sample of the law
        itself would be as far away.
    highest_k : ndarray of float64
        Laws are of barriers below this, of grains above the resolution cut.
    n_effective : ndarray of float64
        Independent barriers that they are worth.
    """

    kind: NDArray[np.str_]
    law: NDArray[np.str_]
    parameter: NDArray[np.str_]
    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    unit: NDArray[np.str_]
    weight: NDArray[np.float64]
    bic: NDArray[np.float64]
    ks: NDArray[np.float64]
    ks_p: NDArray[np.float64]
    highest_k: NDArray[np.float64]
    n_effective: NDArray[np.float64]

    def __post_init__(self) -> None:
        texts = ("kind", "law", "parameter", "unit")
        for name in self.__dataclass_fields__:
            kind = np.str_ if name in texts else np.float64
            freeze(self, name, 1, kind, len(self.kind))
