"""``record.json``: where a result came from, what it says, and the hash of every file beside it."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, ValidationError, field_validator

from grainscope import __version__
from grainscope.errors import ResultError, SettingsError
from grainscope.files.versioned_json import JsonPart, json_text
from grainscope.settings import Settings
from grainscope.settings.migrations import migrate

if TYPE_CHECKING:
    from collections.abc import Mapping

RECORD_SCHEMA = 1
#: Of measured data, not of micrographs; of where the work is done.
_TABLES_WITHOUT_EFFECT = {"fitting", "cluster"}
#: Settings that decide how fast or whether a result is made, never what it is.
_WITHOUT_EFFECT = {
    "run": {"workers", "time_limit_s", "memory_limit_gb"},
    "input": {"max_megapixels"},
}


class HashedFile(JsonPart):
    """A file outside the result folder."""

    path: str = Field(description="Absolute path at the time of the run")
    sha256: str = Field(description="SHA-256 of its content, hex")


class InputRecord(HashedFile):
    """The micrograph, and the files beside it that may tell its pixel size."""

    sidecars: dict[str, str] = Field(default={}, description="File name to SHA-256")


class ProgramRecord(JsonPart):
    """The program that wrote the folder."""

    name: Literal["grainscope"] = "grainscope"
    version: str = __version__


class PixelSizeRecord(JsonPart):
    """Edge of a pixel in nm."""

    value: float = Field(gt=0, description="nm")
    uncertainty: float = Field(ge=0, description="One standard deviation, nm; 0 = not stated")
    source: str = Field(description="option, sidecar, vendor, ome, …; 'nominal' is a guess")


class FrameRecord(JsonPart):
    """The rectangle that shows film: [start, stop) in pixels."""

    rows: tuple[int, int]
    columns: tuple[int, int]


class HeadlineRecord(JsonPart):
    """One figure; low and high (68 % interval) are absent where none is known."""

    value: int | float | None = Field(description="null where the micrograph gives none")
    low: float | None = None
    high: float | None = None
    unit: str


class FittedLawRecord(JsonPart):
    """One law of size, fitted above the resolution cut."""

    parameters: dict[str, HeadlineRecord] = Field(description="In the order that the law has them")
    log_likelihood: float
    bic: float = Field(description="k ln n_effective - 2 log_likelihood")
    weight: float = Field(description="Share among the laws fitted, exp(-ΔBIC/2) normalised")
    ks: float = Field(description="Kolmogorov-Smirnov distance to the grains")
    ks_p: float | None = Field(description="Share of samples of the law itself that are as far")
    ad: float = Field(description="Anderson-Darling distance")
    ad_p: float | None = Field(description="As ks_p")


class SizeLawRecord(JsonPart):
    """The laws of grain area A; the variable of mu and sigma is ln(A/µm²)."""

    cut_um2: float = Field(
        description="Laws begin here, half a pixel below the smallest area that counts"
    )
    n_grains: int = Field(description="Whole grains above the cut")
    n_effective: float = Field(description="Independent grains that they are worth")
    density_per_um2: float = Field(description="Of grains above the cut, corrected")
    best: str | None = Field(description="Law of lowest BIC; null where none was fitted")
    reason: str = Field(description="Why none was fitted; empty otherwise")
    laws: dict[str, FittedLawRecord] = Field(description="In order of BIC")


class FluxRecord(JsonPart):
    """What the loops predict for a perpendicular field."""

    predicted: bool = Field(description="Whether the film makes a feature likely")
    field_g: float | None = Field(description="Of the most prominent one; null for none")
    prominence: float | None = Field(description="Of its maximum in the loop sum")
    significance: float | None = Field(description="Prominence over its standard deviation")
    loops_in_bar: float = Field(description="Loops in a bar of the settings' size")
    bar_rms: float | None = Field(description="1/sqrt(2N): what so many unrelated loops leave")
    statement: str = Field(description="The same in a sentence or two")


class NormalStateRecord(JsonPart):
    """The composite whose grains are perfect conductors in the film between them."""

    conductivity_ratio: float | None = Field(description="Sheet conductivity over the film's")
    carrier_density_ratio: float | None = Field(description="Hall density over the film's")
    carrier_density_per_cm2: float | None = Field(
        description="transport.film_carrier_density_per_cm2 times that; null without it"
    )


class ResultRecord(JsonPart):
    """The content of ``record.json``."""

    schema_: int = Field(RECORD_SCHEMA, alias="schema", ge=1, description="Version of this layout")
    input: InputRecord
    model: HashedFile | None = Field(None, description="Saved segmenter, where one was given")
    program: ProgramRecord = ProgramRecord()
    libraries: dict[str, str] = Field(description="Library to version")
    stages: dict[str, int] = Field(description="Stage to version of its algorithm")
    settings: dict[str, Any] = Field(description="Every setting as used for this file")
    seed: int
    sample: str = Field(description="Micrographs of one sample are pooled; 'unnamed' if not given")
    pixel_size_nm: PixelSizeRecord
    frame: FrameRecord
    databar_rows: tuple[int, int] | None = Field(description="[start, stop) of the strip, or null")
    edited: bool = Field(False, description="Whether labels.tif was corrected by hand")
    headline: dict[str, HeadlineRecord]
    size_law: SizeLawRecord | None = Field(None, description="null in folders of older versions")
    normal_state: NormalStateRecord | None = Field(
        None, description="null in folders of older versions"
    )
    flux: FluxRecord | None = Field(None, description="null in folders of older versions")
    warnings: tuple[str, ...]
    label_warnings: tuple[str, ...] = Field((), description="Those that came with the labels")
    seconds: dict[str, float] = Field(description="Stage to seconds")
    files: dict[str, str] = Field(default={}, description="Every other file here to SHA-256")

    @field_validator("files")
    @classmethod
    def _are_inside(cls, files: dict[str, str]) -> dict[str, str]:
        """Refuse names that lead out of the folder: files named here are read and replaced."""
        for name in files:
            path = PurePosixPath(name)
            if ".." in path.parts or path.is_absolute() or PureWindowsPath(name).drive:
                raise ValueError(f"{name!r:.80} is no file of this folder")
        return files

    def to_json(self) -> str:
        """Return JSON without NaN or Infinity, one key a line."""
        tables = self.model_dump(mode="json", by_alias=True)
        parameters = figures_of_laws(tables["size_law"]) if tables["size_law"] else []
        leave_out_unknown_bounds(*tables["headline"].values(), *parameters)
        return json_text(tables)

    def read_settings(self) -> Settings:
        """Return the stored settings, brought to the current schema.

        Raises
        ------
        SettingsError
            They are newer than the program, or damaged.
        """
        try:
            return Settings.model_validate(migrate(self.settings, "record.json"))
        except ValidationError as error:
            raise SettingsError(f"record.json: stored settings are damaged: {error}") from error


def result_settings(settings: Settings) -> dict[str, Any]:
    """Return the settings that a result depends on, as stored in ``record.json``."""
    return relevant_tables(settings.model_dump(mode="json", by_alias=True))


def relevant_tables(tables: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out of stored settings what has no effect on a result."""
    return {
        name: {key: value for key, value in table.items() if key not in _WITHOUT_EFFECT[name]}
        if name in _WITHOUT_EFFECT and isinstance(table, dict)
        else table
        for name, table in tables.items()
        if name not in _TABLES_WITHOUT_EFFECT
    }


def figures_of_laws(size_law: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the figures in the block of the size law."""
    return [f for law in size_law["laws"].values() for f in law["parameters"].values()]


def leave_out_unknown_bounds(*figures: dict[str, Any]) -> None:
    """Drop the ends of intervals that are null."""
    for figure in figures:
        for bound in ("low", "high"):
            if figure[bound] is None:
                del figure[bound]


#: How many results an error names.
_NAMED = 3


def _results_near(folder: Path) -> str:
    """Tell of the results in a folder, or beside it, where a user named the wrong one."""
    for place, words in ((folder, "it holds results"), (folder.parent, "there are")):
        near = result_folders(place)[:_NAMED]
        if near:
            return f"; {words}: " + ", ".join(map(str, near))
    return ""


def result_folders(out: Path) -> list[Path]:
    """Return the folders in OUT that hold a result, by name.

    Hidden ones are being written, or were left by a run that was killed.
    """
    found = (path.parent for path in out.glob("*/record.json"))
    return sorted(folder for folder in found if not folder.name.startswith("."))


def read_record(folder: Path) -> ResultRecord:
    """Read ``record.json`` of a result folder.

    Raises
    ------
    ResultError
        Absent, damaged, or newer than the program.
    """
    path = folder / "record.json"
    try:
        tables = json.loads(path.read_text(encoding="utf-8"))
        schema = tables["schema"]
    except OSError as error:
        raise ResultError(
            f"{folder}: no result here ({error.strerror}: record.json){_results_near(folder)}"
        ) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        kind = f"{type(error).__name__}: {error}"[:120]
        raise ResultError(f"{path}: damaged ({kind}); run the image again") from error
    if isinstance(schema, int) and schema > RECORD_SCHEMA:
        raise ResultError(
            f"{path}: schema {schema} is newer than this program's {RECORD_SCHEMA}; "
            "update grainscope"
        )
    try:
        return ResultRecord.model_validate(tables)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ResultError(f"{path}: damaged at {where}; run the image again") from error
