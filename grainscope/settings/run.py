"""Settings of a batch run."""

from typing import Literal

from pydantic import Field

from grainscope.settings.stage import StageSettings


class RunSettings(StageSettings):
    """Table ``[run]``."""

    seed: int = Field(0, ge=0, description="Seed of everything random")
    uncertainty_draws: int = Field(
        16,
        ge=0,
        le=1000,
        description="Times the grains are chosen again for the 68 % intervals; 0 = none",
    )
    workers: int = Field(0, ge=0, le=1024, description="Images at a time; 0 = one per core")
    time_limit_s: float = Field(
        600.0,
        gt=0,
        description="Per image; past it the image is given up and reported "
        "(with --memory a hundred times as long)",
    )
    memory_limit_gb: float = Field(
        8.0,
        gt=0,
        description="Per image, files apart; past it the image is given up and reported "
        "(at least 1.25 × --memory where that is given)",
    )
    print_figures: bool = Field(
        True, description="Every chart as vector PDF too; false saves some 2 s an image"
    )
    tables: Literal["csv", "parquet"] = Field(
        "csv", description="parquet: big tables as Parquet as well (extra 'parquet')"
    )
