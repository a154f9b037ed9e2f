"""``fit.json``: what every analysis of a user's transport data found."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from grainscope import __version__
from grainscope.files.versioned_json import JsonPart, json_text, read_versioned

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from grainscope.records import FitParameter, TransportFit

FIT_SCHEMA = 1

Number = float | list[float | None] | None


class FitParameterRecord(JsonPart):
    """One number with its 68 % interval, or lists of them."""

    value: Number = Field(description="null where the data do not tell")
    low: Number = Field(None, description="Lower end; null where there is none")
    high: Number = Field(None, description="Upper end; null where there is none")
    unit: str


class FitResultRecord(JsonPart):
    """One result of one analysis."""

    analysis: str = Field(pattern=r"^\w+$", description="Its files are named after it")
    sample: str
    selection: dict[str, float | str] = Field(description='Such as {"temperature_k": 0.06}')
    status: Literal["done", "skipped", "failed"]
    reason: str = Field(description="Why it was not done; empty where it was")
    parameters: dict[str, FitParameterRecord]
    labels: dict[str, str] = Field({}, description='Findings that are words, such as {"best": …}')
    window: dict[str, list[float] | str] = Field(
        description="Rows that were fitted, and how they were chosen"
    )
    weights: dict[str, float] = Field(description="Of the laws compared; they sum to 1")
    warnings: list[str]


class FitInput(JsonPart):
    """A file of data."""

    path: str
    sha256: str


class FitRecord(JsonPart):
    """The content of ``fit.json``."""

    schema_: int = Field(FIT_SCHEMA, alias="schema", ge=1, description="Version of this layout")
    program: str = f"grainscope {__version__}"
    inputs: list[FitInput] = Field([], description="Files that were read")
    failures: dict[str, str] = Field({}, description="Files that could not be, and why")
    morphology: str | None = Field(None, description="RUN/STEM that the data were linked to")
    unusable_rows: int = Field(0, description="Rows of unusable_rows.csv")
    warnings: list[str] = Field([])
    results: list[FitResultRecord]

    def to_json(self) -> str:
        """Return JSON without NaN or Infinity, one key a line."""
        return json_text(self.model_dump(mode="json", by_alias=True))


def fit_result_record(fit: TransportFit) -> FitResultRecord:
    """Return a result as it is written; what is not finite becomes null."""
    return FitResultRecord(
        analysis=fit.analysis,
        sample=fit.sample,
        selection={
            name: value if isinstance(value, str) else float(value)
            for name, value in fit.selection.items()
        },
        status=fit.status,
        reason=fit.reason,
        parameters={name: _parameter(found) for name, found in fit.parameters.items()},
        labels=dict(fit.labels),
        window={
            name: ends
            if isinstance(ends, str)
            else [float(end) for end in ends if math.isfinite(end)]
            for name, ends in fit.window.items()
        },
        weights={name: float(w) for name, w in fit.weights.items() if math.isfinite(w)},
        warnings=list(fit.warnings),
    )


def _parameter(found: FitParameter) -> FitParameterRecord:
    value, low, high = (_number(part) for part in (found.value, found.low, found.high))
    return FitParameterRecord(value=value, low=low, high=high, unit=found.unit)


def _number(value: float | tuple[float, ...]) -> Number:
    return [_known(part) for part in value] if isinstance(value, tuple) else _known(value)


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def figure_stem(analysis: str, sample: str, samples: Sequence[str]) -> str:
    """Return the name of a figure; the sample is in it where there are several.

    Examples
    --------
    >>> figure_stem("hall", "In 2/b", ["In 2/b"]), figure_stem("hall", "In 2/b", ["a", "In 2/b"])
    ('hall', 'hall_In_2_b')
    """
    if len(samples) < 2 or not sample:
        return analysis
    plain = _plain(sample)
    # Some file systems take names that differ in case only for one.
    same = [one for one in samples if _plain(one).casefold() == plain.casefold()]
    return f"{analysis}_{plain}" + (f"_{same.index(sample)}" if len(same) > 1 else "")


def _plain(sample: str) -> str:
    """Return a sample's name as a file can have it."""
    return re.sub(r"[^\w.-]+", "_", sample)[:60]


def read_fit_record(out: Path) -> FitRecord:
    """Read OUT/fit.json.

    Raises
    ------
    ResultError
        Absent, damaged, or newer than the program.
    """
    command = f"grainscope fit DATA -o {out}"
    return read_versioned(out / "fit.json", FitRecord, FIT_SCHEMA, command, "fit the data again")
