"""Settings of segmentation: clustering and splitting."""

from typing import Literal

from pydantic import Field

from grainscope.settings.stage import StageSettings


class SegmentationSettings(StageSettings):
    """Table ``[segmentation]``."""

    method: Literal["default", "fast"] = Field(
        "default", description="default: learnt score of many candidates; fast: clustering alone"
    )
    clustering: Literal["kmeans", "gaussian_mixture"] = Field(
        "kmeans", description="Which clustering of the pixel features"
    )
    n_classes: int = Field(
        2, ge=2, le=8, description="Pixel classes; more than two take up rims and halos"
    )
    grain_probability: float = Field(
        0.5, gt=0, lt=1, description="Posterior above which a pixel is grain"
    )
    min_edge_strength: float = Field(
        0.2,
        ge=0,
        le=1,
        description="Regions and holes with a fainter outline are noise; share of a sharp edge",
    )
    min_area_px: int = Field(
        10, ge=1, description="Smaller regions are noise; also the resolution cut"
    )
    fill_holes_area_px: int = Field(
        30, ge=0, description="Holes up to this size are noise, larger ones are kept"
    )
    split: bool = Field(True, description="Split touching grains")
    split_persistence: float = Field(
        0.45,
        ge=0,
        le=1,
        description="Neck depth, as share of the smaller grain's radius, above which to cut",
    )
