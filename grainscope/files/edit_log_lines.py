"""What a line of ``edits.jsonl`` holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from grainscope.files.result_record import ProgramRecord
from grainscope.files.versioned_json import JsonPart

if TYPE_CHECKING:
    from grainscope.records import LogEntry

EDITS_SCHEMA = 1
EDIT_LOG = "edits.jsonl"
AUTOMATIC_LABELS = "labels_automatic.tif"

_Whole = Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)]


class LogHeader(JsonPart):
    """The first line of ``edits.jsonl``."""

    schema_: int = Field(EDITS_SCHEMA, alias="schema", ge=1, description="Version of this layout")
    program: ProgramRecord = ProgramRecord()
    labels_sha256: str = Field(description="SHA-256 of labels_automatic.tif, hex")


class LoggedEdit(JsonPart):
    """What a person did, and the pixels that it changed."""

    kind: Literal["merge", "split", "delete", "draw", "fill_holes", "reclassify"]
    grains: list[_Whole] = Field(description="Stable labels it worked on, as they were before")
    runs: list[tuple[_Whole, _Whole, _Whole, _Whole]] = Field(
        description="Row, first column, column after the last, stable label that they get"
    )
    asked: dict[str, Any] = Field({}, description="How it was asked for; replay does not need it")


class LogLine(JsonPart):
    """Every other line of ``edits.jsonl``."""

    action: Literal["edit", "undo", "redo"]
    time: str = Field(description="UTC, ISO 8601")
    edit: LoggedEdit | None = Field(None, description="Absent for undo and redo")


def edits_json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a line."""
    return TypeAdapter(LogHeader | LogLine).json_schema(by_alias=True)


def log_line(entry: LogEntry) -> str:
    r"""Return an entry as a line of the log.

    Examples
    --------
    >>> from grainscope.records import LogEntry
    >>> log_line(LogEntry("undo", "2026-01-01T00:00:00Z"))
    '{"action":"undo","time":"2026-01-01T00:00:00Z"}\n'
    """
    tables: dict[str, Any] = {"action": entry.action, "time": entry.time}
    if entry.edit is not None:
        edit = entry.edit
        tables["edit"] = {
            "kind": edit.kind,
            "grains": list(edit.grains),
            "runs": edit.runs.tolist(),
            "asked": dict(edit.asked),
        }
    return json.dumps(tables, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"
