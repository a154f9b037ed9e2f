"""One frozen class per stage; unknown keys are refused; default, unit and reason on each line."""

from grainscope.settings.cluster import ClusterSettings
from grainscope.settings.fitting import FittingSettings
from grainscope.settings.grains import GrainSettings
from grainscope.settings.input import FileSettings, InputSettings
from grainscope.settings.migrations import SCHEMA
from grainscope.settings.network import NetworkSettings
from grainscope.settings.preprocessing import PreprocessingSettings
from grainscope.settings.run import RunSettings
from grainscope.settings.segmentation import SegmentationSettings
from grainscope.settings.settings import Settings
from grainscope.settings.synthetic import FilmSettings, SemSettings
from grainscope.settings.toml import commented_toml, parse_settings
from grainscope.settings.transport import TransportSettings

__all__ = [
    "SCHEMA",
    "ClusterSettings",
    "FileSettings",
    "FilmSettings",
    "FittingSettings",
    "GrainSettings",
    "InputSettings",
    "NetworkSettings",
    "PreprocessingSettings",
    "RunSettings",
    "SegmentationSettings",
    "SemSettings",
    "Settings",
    "TransportSettings",
    "commented_toml",
    "parse_settings",
]
