"""``reproduce.json``: the paper's numbers beside those that a reproduction found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from grainscope import __version__
from grainscope.files.versioned_json import JsonPart, json_text, read_versioned

if TYPE_CHECKING:
    from pathlib import Path

REPRODUCE_SCHEMA = 1

Against = Literal["truth", "paper", ""]
Mark = Literal["agrees", "off", "no reference", "not available"]


class ReproducedNumber(JsonPart):
    """One number: what the paper says, what was put in, what was found."""

    figure: str = Field(description="Of the paper, such as 2b")
    quantity: str
    unit: str
    said: str = Field("", description="As the paper puts it; empty where it gives no number")
    paper: float | None = None
    relation: Literal["=", ">=", "<="] = "="
    truth: float | None = Field(None, description="What was put in; null for measured inputs")
    value: float | None = None
    low: float | None = Field(None, description="Lower end of the 68 % interval")
    high: float | None = None
    word: str = Field("", description="What was found, where it is a word")
    mark: Mark
    against: Against = Field("", description="What the mark compares with")
    half_widths: float | None = Field(
        None, description="Distance from it in half-widths of the interval, on that side"
    )
    reason: str = Field("", description="Why it is not available, or not compared")
    where: str = Field("", description="File and name that it comes from")


class ArgumentNumber(JsonPart):
    """A number that a paragraph rests on."""

    value: float | None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    where: str


class ReproducedArgument(JsonPart):
    """One step of the paper's argument, and how firm it is."""

    name: str
    title: str
    text: list[str] = Field(description="Sentences; those whose numbers are missing are left out")
    missing: list[str] = Field(description="What could not be said, and why")
    numbers: dict[str, ArgumentNumber]
    pictures: list[str] = Field(description="Relative paths")


class ReproduceInput(JsonPart):
    """One input file."""

    path: str
    sha256: str


class ReproduceRecord(JsonPart):
    """The content of ``reproduce.json``."""

    schema_: int = Field(REPRODUCE_SCHEMA, alias="schema", ge=1)
    program: str = f"grainscope {__version__}"
    seed: int | None = Field(description="Of what was made; null where all was given")
    synthetic_micrograph: bool
    synthetic_data: bool
    micrograph: ReproduceInput
    data: list[ReproduceInput]
    run: str = Field(description="Result of the micrograph, relative to OUT")
    fit: str = Field(description="Fits of the data, relative to OUT")
    sample: str = Field(description="Whose fits are shown; the one with most results")
    numbers: list[ReproducedNumber]
    truths: list[ReproducedNumber] = Field(
        description="Every number that was put into the data, against what the fits found"
    )
    arguments: list[ReproducedArgument]
    warnings: list[str] = Field([])

    def to_json(self) -> str:
        """Return JSON without NaN or Infinity, one key a line."""
        return json_text(self.model_dump(mode="json", by_alias=True))


def read_reproduce_record(out: Path) -> ReproduceRecord:
    """Read OUT/reproduce.json.

    Raises
    ------
    ResultError
        Absent, damaged, or newer than the program.
    """
    command = f"grainscope reproduce -o {out}"
    return read_versioned(
        out / "reproduce.json", ReproduceRecord, REPRODUCE_SCHEMA, command, "reproduce again"
    )
