"""Settings of the fits of measured transport."""

from pydantic import Field, PositiveFloat, model_validator

from grainscope.settings.stage import StageSettings


class FittingSettings(StageSettings):
    """Table ``[fitting]``."""

    columns: dict[str, str] = Field(
        {}, description="Names in the user's files of grainscope's columns: {ours = theirs}"
    )
    probe_spacing_um: float | None = Field(
        None, gt=0, description="Between the voltage probes; with bar_width_um: Ω to Ω/□"
    )
    bar_width_um: float | None = Field(None, gt=0, description="Of the bar that was measured")
    resistance_floor_ohm: float | None = Field(
        None, gt=0, description="Noise floor of resistance; unset: from the data"
    )
    relative_error: float | None = Field(
        None, gt=0, lt=1, description="One standard deviation of R/R; unset: from the data"
    )
    temperature_tolerance: float = Field(
        0.01, gt=0, le=0.2, description="Share within which temperatures count as one set point"
    )
    field_tolerance_t: float = Field(
        2e-5, gt=0, description="Within which fields count as one set point; at least 0.2 %"
    )
    temperatures_k: tuple[PositiveFloat, ...] = Field(
        (), max_length=200, description="Isotherms to cut from a grid of data; unset: as swept"
    )
    fields_t: tuple[float, ...] = Field(
        (), max_length=200, description="Fields at which to cut R(T); unset: as swept"
    )
    field_offset_t: float | None = Field(
        None, description="Trapped flux, subtracted from all fields; unset: from ±H symmetry"
    )
    film_resistivity_ohm_sq: float | None = Field(
        None, gt=0, description="Of the film without grains, at the temperature of the Hall data"
    )
    film_carrier_density_per_cm2: float | None = Field(
        None, gt=0, description="Of that film; both give the density expected of the composite"
    )
    scaling_temperature_min_k: float = Field(
        0.1, gt=0, description="Coldest isotherm of the scaling: below, resistance saturates"
    )
    scaling_temperature_max_k: float | None = Field(
        None, gt=0, description="Warmest isotherm of the scaling; unset: chosen by the fit"
    )
    bootstrap_draws: int = Field(
        200, ge=0, le=100_000, description="Where an interval is drawn and not profiled"
    )
    max_gap_nm_range: tuple[PositiveFloat, PositiveFloat] = Field(
        (5.0, 100.0), description="Prior of the widest gap of a loop's contacts, log-uniform"
    )
    min_grain_diameter_um_range: tuple[PositiveFloat, PositiveFloat] = Field(
        (0.02, 1.0), description="Prior of the smallest grain of a loop, log-uniform"
    )
    coupling_length_nm_range: tuple[PositiveFloat, PositiveFloat] = Field(
        (5.0, 80.0), description="Prior of ξ of J ∝ facet · exp(−gap/ξ), log-uniform"
    )
    literature_boundaries: str = Field(
        "", description="CSV of boundaries for the phase diagram: field_t, vertical, boundary"
    )

    @model_validator(mode="after")
    def _ordered(self) -> "FittingSettings":
        for name in ("max_gap_nm", "min_grain_diameter_um", "coupling_length_nm"):
            low, high = getattr(self, f"{name}_range")
            if low >= high:
                raise ValueError(f"{name}_range = {low, high}: the first must be the smaller")
        return self

    @property
    def squares(self) -> float | None:
        """Probe spacing over width: R/ρ; None where the geometry is not given."""
        if self.probe_spacing_um is None or self.bar_width_um is None:
            return None
        return self.probe_spacing_um / self.bar_width_um
