"""What every stage's settings share: frozen, no unknown keys, nothing coerced silently."""

from pydantic import BaseModel, ConfigDict


class StageSettings(BaseModel):
    """One table of the settings file. A field's unit is its suffix, its reason its description."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=False, allow_inf_nan=False, validate_default=True
    )
