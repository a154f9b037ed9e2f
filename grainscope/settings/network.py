"""Settings of the grain network."""

from typing import Literal

from pydantic import Field

from grainscope.settings.stage import StageSettings


class NetworkSettings(StageSettings):
    """Table ``[network]``."""

    max_gap_nm: float = Field(
        100.0, ge=0, description="Widest gap that counts as a contact of the loop network"
    )
    min_grain_diameter_um: float = Field(
        0.0, ge=0, description="Smaller grains take no part in the loop network"
    )
    small_grains: Literal["block", "ignore"] = Field(
        "block",
        description="Smaller grains keep those apart that they lie between, or are film to them",
    )
    percolation_points: int = Field(
        200, ge=2, le=100_000, description="Rows of percolation.csv, spread over the gaps found"
    )
    scan_diameters: int = Field(
        8, ge=0, le=100, description="Smallest grains tried in loop_scan.csv; 0 = no scan"
    )
    scan_gaps: int = Field(
        8, ge=0, le=100, description="Widest gaps tried in loop_scan.csv; 0 = no scan"
    )
    periodic: bool = Field(
        False, description="The film continues at the opposite edge, as synthetic films do"
    )
