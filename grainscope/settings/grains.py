"""Settings of grain statistics."""

from pydantic import Field

from grainscope.settings.stage import StageSettings


class GrainSettings(StageSettings):
    """Table ``[grains]``."""

    bins_per_decade: int = Field(
        10, ge=1, le=100, description="Histogram bins per decade of area, on round edges"
    )
    resolution_cut_px: float = Field(
        20.0,
        ge=1,
        description="Area in pixels below which shape and size are not trusted; raised to where "
        "half of the painted grains are found",
    )
    completeness_rounds: int = Field(
        0,
        ge=0,
        le=1000,
        description="Times that grains are painted in and looked for, each the cost of one "
        "segmentation; 0 = completeness is not measured",
    )
    completeness_grains: int = Field(
        120, ge=1, le=100_000, description="Grains painted in one round, if there is room"
    )
    bootstrap_draws: int = Field(
        200,
        ge=0,
        le=100_000,
        description="Times the tiles of a film (or the micrographs of a sample) are drawn again "
        "for the 68 % intervals; 0 = none",
    )
    goodness_draws: int = Field(
        100,
        ge=0,
        le=100_000,
        description="Samples of each law that its distance to the grains is compared with; "
        "0 = no p values",
    )
