"""Settings of reading: what is known of the files beforehand."""

from typing import Literal

from pydantic import Field

from grainscope.settings.stage import StageSettings

Polarity = Literal["bright", "dark", "auto"]


class InputSettings(StageSettings):
    """Table ``[input]``."""

    pixel_size_nm: float | None = Field(
        None, gt=0, description="Pixel size of every file; unset: sidecar, tags, scale bar"
    )
    pixel_size_source: Literal["option", "nominal"] = Field(
        "option", description="'nominal' marks a declared guess, and the physical headlines with it"
    )
    sample: str = Field("", description="Name under which micrographs of one film are pooled")
    databar: Literal["auto", "none"] = Field(
        "auto", description="Look for the information strip, or trust that there is none"
    )
    max_megapixels: float = Field(
        1200.0, gt=0, description="Larger declared images are refused before memory is taken"
    )


class FileSettings(StageSettings):
    """One ``[[files]]`` table: values for the files that match a glob."""

    match: str = Field(min_length=1, description="Glob against the path or the file name")
    pixel_size_nm: float | None = Field(None, gt=0, description="Pixel size of these files")
    pixel_size_source: Literal["option", "nominal"] | None = Field(
        None, description="'nominal' declares a guess"
    )
    polarity: Polarity | None = Field(None, description="Grains bright or dark")
    sample: str | None = Field(None, description="Sample these files belong to")
    databar: Literal["auto", "none"] | None = Field(None, description="As in [input]")
