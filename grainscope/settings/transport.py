"""Settings of the transport predictions."""

from pydantic import Field, model_validator

from grainscope.settings.stage import StageSettings


class TransportSettings(StageSettings):
    """Table ``[transport]``."""

    field_points: int = Field(600, ge=2, le=100_000, description="Rows of commensuration.csv")
    field_max_g: float | None = Field(
        None, gt=0, description="Largest field; unset: five quanta through the median loop"
    )
    relative_permittivity: float = Field(
        5.5, ge=1, description="Effective ε of substrate and vacuum around a grain: (10 + 1)/2"
    )
    barrier_bins_per_decade: int = Field(10, ge=1, le=100, description="Bins of barriers.csv")
    temperature_min_k: float = Field(0.05, gt=0, description="Lowest temperature")
    temperature_max_k: float = Field(300.0, gt=0, description="Highest temperature")
    temperature_points: int = Field(120, ge=2, le=100_000, description="Rows of conductance.csv")
    sheet_conductance_s: float = Field(
        1e-4, gt=0, description="High-temperature sheet conductance G0 that the barriers act upon"
    )

    @model_validator(mode="after")
    def _ordered(self) -> "TransportSettings":
        if self.temperature_min_k >= self.temperature_max_k:
            raise ValueError(
                f"temperature_min_k = {self.temperature_min_k} must be below "
                f"temperature_max_k = {self.temperature_max_k}"
            )
        return self
