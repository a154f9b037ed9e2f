"""Settings of the transport predictions."""

from typing import Literal

from pydantic import Field, PositiveFloat, model_validator

from grainscope.settings.stage import StageSettings


class TransportSettings(StageSettings):
    """Table ``[transport]``."""

    field_points: int | None = Field(
        None,
        ge=2,
        le=100_000,
        description="Rows of commensuration.csv; unset: what the loops need, 60 to 300",
    )
    field_max_g: float | None = Field(
        None, gt=0, description="Largest field; unset: what the loops need, five quanta at most"
    )
    coupled_network: bool = Field(
        True, description="Compute log_determinant, stiffness and magnetoresistance.csv"
    )
    coupling_length_nm: float = Field(
        20.0, gt=0, description="ξ of the coupling across a gap, J ∝ facet · exp(−gap/ξ)"
    )
    compared_coupling_lengths_nm: tuple[PositiveFloat, ...] = Field(
        (10.0, 40.0), max_length=20, description="Other ξ in magnetoresistance.csv"
    )
    node_weight: Literal["charging_energy", "coupling"] = Field(
        "charging_energy",
        description="M of the stiffness: E_C of each grain, or the sum of its couplings",
    )
    determinant_regulariser: float = Field(
        1e-12, gt=0, le=1, description="Share of the mean diagonal added to the Laplacian's"
    )
    barrier_k: float = Field(
        1.0, gt=0, description="U of R ∝ exp(−U/T) at B = 0, in proportion to the stiffness"
    )
    effective_temperature_k: float = Field(
        0.1, gt=0, description="T of R ∝ exp(−U/T); about where the resistance saturates"
    )
    bar_length_um: float = Field(200.0, gt=0, description="Hall bar that averages over loops")
    bar_width_um: float = Field(100.0, gt=0, description="Its width")
    substrate_permittivity: float = Field(
        10.0, ge=1, le=1e6, description="ε of what the film lies on"
    )
    cover_permittivity: float = Field(1.0, ge=1, le=1e6, description="ε above it; 1 = vacuum")
    charging_model: Literal["neutral", "matrix"] = Field(
        "neutral",
        description="Neighbours only polarise, or a capacitance matrix of pairs (twice too low)",
    )
    film_permittivity: float | None = Field(
        None,
        ge=1,
        le=1e6,
        description="ε in the gaps, for gap capacitances and the matrix; unset: the mean",
    )
    contact_barrier: Literal["pair", "larger"] = Field(
        "pair",
        description="Thermal barrier of a contact: an electron and a hole on its two grains, "
        "or the larger of their charging energies",
    )
    tunnel_decay_per_nm: float = Field(
        0.05, ge=0, le=1e3, description="κ of tunnelling across a gap, g ∝ facet · exp(−2κ gap)"
    )
    critical_temperature_k: float = Field(
        3.4, gt=0, le=1e3, description="Tc of the grains, for the Josephson couplings"
    )
    contact_resistance_ohm: float = Field(
        1e4, gt=0, description="Normal resistance of a contact of gap 0 and mean facet"
    )
    current_temperature_k: float = Field(
        10.0,
        ge=1e-3,
        le=1e5,
        description="Temperature of the map of currents",
    )
    resistance_1k_ohm: float | None = Field(
        None, gt=0, description="Measured R(1 K); unset: that of each model. A = slope/R(1 K)"
    )
    film_carrier_density_per_cm2: float | None = Field(
        None, gt=0, description="Of the film between the grains, for that of the composite"
    )
    barrier_bins_per_decade: int = Field(10, ge=1, le=100, description="Bins of barriers.csv")
    temperature_min_k: float = Field(0.05, ge=1e-3, le=1e7, description="Lowest temperature")
    temperature_max_k: float = Field(300.0, ge=1e-3, le=1e7, description="Highest temperature")
    temperature_points: int = Field(120, ge=2, le=100_000, description="Rows of conductance.csv")
    sheet_conductance_s: float = Field(
        1e-4,
        ge=1e-30,
        le=1e10,
        description="Sheet conductance G0 that the barriers act upon",
    )

    @property
    def relative_permittivity(self) -> float:
        """Mean ε of substrate and cover: exact for conductors in the plane between them."""
        return (self.substrate_permittivity + self.cover_permittivity) / 2

    @model_validator(mode="after")
    def _ordered(self) -> "TransportSettings":
        if self.temperature_min_k >= self.temperature_max_k:
            raise ValueError(
                f"temperature_min_k = {self.temperature_min_k} must be below "
                f"temperature_max_k = {self.temperature_max_k}"
            )
        return self
