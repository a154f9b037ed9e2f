"""All settings together, and what one file gets of them."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from grainscope.settings.cluster import ClusterSettings
from grainscope.settings.fitting import FittingSettings
from grainscope.settings.grains import GrainSettings
from grainscope.settings.input import FileSettings, InputSettings
from grainscope.settings.network import NetworkSettings
from grainscope.settings.preprocessing import PreprocessingSettings
from grainscope.settings.run import RunSettings
from grainscope.settings.segmentation import SegmentationSettings
from grainscope.settings.stage import StageSettings
from grainscope.settings.transport import TransportSettings

#: Which table each per-file value belongs to.
_TABLE_OF = {
    "pixel_size_nm": "input",
    "pixel_size_source": "input",
    "sample": "input",
    "databar": "input",
    "polarity": "preprocessing",
}


class Settings(StageSettings):
    """The whole settings file, one attribute per table.

    Examples
    --------
    >>> Settings().segmentation.min_area_px
    10
    """

    schema_: Literal[2] = Field(2, alias="schema", description="Version of this layout")
    input: InputSettings = InputSettings()
    preprocessing: PreprocessingSettings = PreprocessingSettings()
    segmentation: SegmentationSettings = SegmentationSettings()
    grains: GrainSettings = GrainSettings()
    network: NetworkSettings = NetworkSettings()
    transport: TransportSettings = TransportSettings()
    fitting: FittingSettings = FittingSettings()
    run: RunSettings = RunSettings()
    cluster: ClusterSettings = ClusterSettings()
    files: tuple[FileSettings, ...] = ()

    def for_file(self, path: Path) -> Settings:
        """Return the settings of one file: every matching ``[[files]]`` table applied in order.

        A later table wins over an earlier one; the result has no ``files`` left.

        Examples
        --------
        >>> dark = FileSettings(match="super*", polarity="dark")
        >>> Settings(files=(dark,)).for_file(Path("a/super_1.png")).preprocessing.polarity
        'dark'
        """
        changes: dict[str, dict[str, Any]] = {}
        for entry in self.files:
            if _matches(path, entry.match):
                for name, value in entry.model_dump(exclude={"match"}, exclude_none=True).items():
                    changes.setdefault(_TABLE_OF[name], {})[name] = value
        tables = {
            table: getattr(self, table).model_copy(update=values)
            for table, values in changes.items()
        }
        return self.model_copy(update={**tables, "files": ()})


def _matches(path: Path, pattern: str) -> bool:
    text = path.as_posix()
    return fnmatch(path.name, pattern) or fnmatch(text, pattern) or fnmatch(text, f"*/{pattern}")
