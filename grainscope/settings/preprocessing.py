"""Settings of preprocessing: from the raw image to one that can be clustered."""

from pydantic import Field

from grainscope.settings.input import Polarity
from grainscope.settings.stage import StageSettings


class PreprocessingSettings(StageSettings):
    """Table ``[preprocessing]``."""

    polarity: Polarity = Field(
        "bright", description="Grains brighter or darker than the film; auto decides per image"
    )
    annotations: bool = Field(
        True, description="Leave out letters, scale bars and boxes drawn on the film"
    )
    illumination_scale_px: float = Field(
        100.0,
        ge=0,
        le=10_000,
        description="Standard deviation of the local mean that is levelled; 0 = off",
    )
    line_noise: bool = Field(True, description="Level rows that the scan shifted as a whole")
    denoise_sigma_px: float = Field(
        0.8, ge=0, le=10, description="Gaussian blur against shot noise; 0 = off"
    )
