"""JSON files of results: how they are written, and read back or refused in a line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ConfigDict

from grainscope.errors import ResultError

if TYPE_CHECKING:
    from pathlib import Path

Record = TypeVar("Record", bound="JsonPart")


class JsonPart(BaseModel):
    """A part of such a file: read-only, without NaN; what a later version added is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


def json_text(content: object) -> str:
    r"""Return JSON as files hold it: without NaN or Infinity, one key a line.

    Raises
    ------
    ValueError
        NaN or Infinity is in it.

    Examples
    --------
    >>> json_text({"field_g": 15.0})
    '{\n "field_g": 15.0\n}\n'
    """
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def read_versioned(
    path: Path, kind: type[Record], schema: int, command: str, remedy: str
) -> Record:
    """Read a JSON record that says which version of its layout it has.

    Parameters
    ----------
    path : Path
        The file.
    kind : type
        The record; its ``schema`` counts the versions of its layout.
    schema : int
        The newest version that this program reads.
    command, remedy : str
        What makes the file; what to do about a damaged one.

    Raises
    ------
    ResultError
        Absent, damaged, or newer than the program.
    """
    try:
        tables = json.loads(path.read_text(encoding="utf-8"))
        found = int(tables["schema"])
        if found > schema:
            raise ResultError(
                f"{path}: written by a newer grainscope (schema {found}, this one reads "
                f"{schema}); update grainscope"
            )
        return kind.model_validate(tables)
    except OSError as error:
        raise ResultError(f"{path}: {error.strerror}; start with: {command}") from error
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ResultError(f"{path}: damaged ({first}); {remedy}") from error
