"""Settings of synthetic films: growth, and how the microscope sees them."""

from pydantic import Field

from grainscope.settings.stage import StageSettings


class FilmSettings(StageSettings):
    """How the film grew."""

    height_px: int = Field(768, ge=16, description="Rows of film, databar not counted")
    width_px: int = Field(1024, ge=16, description="Columns")
    pixel_size_nm: float = Field(5.0, gt=0, description="Edge of a pixel")
    coverage: float = Field(
        0.65, gt=0.05, lt=0.95, description="Area fraction at which growth stops"
    )
    coalescence_radius_nm: float = Field(
        200.0, gt=0, description="R_c: larger pairs stop halfway: p = 1/(1 + (r_min/R_c)⁴)"
    )
    nucleation_density_per_um2: float = Field(400.0, gt=0, le=1e5, description="First nuclei")
    renucleation_per_um2_nm: float = Field(
        150.0, ge=0, le=1e5, description="Nuclei per bare area while radii grow by 1 nm"
    )
    contact_angle_degrees: float = Field(
        110.0, gt=10, le=170, description="Wetting: cap volume k(θ)r³ and relief"
    )
    irregularity: float = Field(
        0.5, ge=0, le=1, description="0: discs and power cells; 1: lobed outlines"
    )


class SemSettings(StageSettings):
    """How the microscope sees it."""

    grain_contrast: float = Field(0.45, gt=0, le=1, description="Mean grain level above the film")
    contrast_spread: float = Field(
        0.25, ge=0, le=1, description="Channelling: relative spread of grain brightness"
    )
    blur_nm: float = Field(6.0, ge=0, description="Standard deviation of the point spread")
    shading: float = Field(0.1, ge=0, le=1, description="Relative brightness drift over the image")
    line_jitter: float = Field(0.01, ge=0, le=1, description="Row offsets, share of full scale")
    electrons_per_pixel: float = Field(
        150.0, gt=0, description="Dose at full scale: the shot noise"
    )
    databar: bool = Field(True, description="Draw an information strip with a scale bar")
