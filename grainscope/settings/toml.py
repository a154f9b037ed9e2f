"""Settings ↔ TOML: commented when written, exact about what is wrong when read."""

from __future__ import annotations

import difflib
import json
import tomllib
import types
import typing
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from grainscope.errors import SettingsError
from grainscope.settings.input import FileSettings
from grainscope.settings.migrations import migrate
from grainscope.settings.settings import Settings
from grainscope.settings.stage import StageSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic.fields import FieldInfo

_TABLES = [name for name in Settings.model_fields if name not in ("schema_", "files")]

#: What is shown for an entry without a value; ``--set stage.key=unset`` gives it none.
_UNSET = "unset"


def parse_settings(text: str, where: str, assignments: Iterable[str] = ()) -> Settings:
    """Read settings from TOML text, then apply ``stage.key=value`` assignments.

    Parameters
    ----------
    text : str
        Content of a settings file; may be empty.
    where : str
        File name for messages.
    assignments : iterable of str
        ``--set`` options; the value is TOML, a bare word is a string, *unset* is none.

    Returns
    -------
    Settings
        Complete and checked.

    Raises
    ------
    SettingsError
        Not TOML, an unknown entry (the nearest known one is named), a wrong
        value, or a file that is newer than the program.

    Examples
    --------
    >>> parse_settings("", "s.toml", ["network.max_gap_nm=40"]).network.max_gap_nm
    40.0
    """
    try:
        tables = migrate(tomllib.loads(text), where)
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits, deep nesting
        raise SettingsError(f"{where}: not valid TOML: {error}") from error
    settings = _validated(tables, where)
    for assignment in assignments:
        tables = _with_assignment(tables, assignment)
        settings = _validated(tables, f"--set {assignment}")
    return settings


def commented_toml(settings: Settings) -> str:
    """Write settings as TOML with default, unit and reason on each line.

    Examples
    --------
    >>> "min_area_px = 10" in commented_toml(Settings())
    True
    """
    lines = [
        "# grainscope settings. Every entry is optional; a missing one has the default shown.",
        f"schema = {settings.schema_}",
    ]
    for table in _TABLES:
        stage: StageSettings = getattr(settings, table)
        lines += ["", f"[{table}]", *_entries(stage)]
    if settings.files:
        for entry in settings.files:
            lines += ["", "[[files]]"]
            given = entry.model_dump(exclude_none=True)
            lines += [f"{name} = {_toml_value(value)}" for name, value in given.items()]
    else:
        lines += ["", *_files_example()]
    return "\n".join(lines) + "\n"


def _entries(stage: StageSettings) -> Iterator[str]:
    for name, info in type(stage).model_fields.items():
        value = getattr(stage, name)
        comment = f"{info.description}. Default {_shown(info.default)}{_choices(info)}"
        if value is None:
            yield f"# {name} =   # {comment}"
        else:
            yield f"{name} = {_toml_value(value)}   # {comment}"


def _files_example() -> list[str]:
    known = ", ".join(name for name in FileSettings.model_fields if name != "match")
    return [
        "# Values for the files that match a glob; repeat the table for more:",
        f"# [[files]]   # {known}",
        '# match = "*_5nm.tif"',
        "# pixel_size_nm = 5.0",
        '# polarity = "dark"',
    ]


def _toml_value(value: object) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return f"{value:.1f}"
    # A JSON scalar is valid TOML but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _shown(value: object) -> str:
    return _UNSET if value is None else _toml_value(value)


def _choices(info: FieldInfo) -> str:
    kinds = [info.annotation]
    if isinstance(info.annotation, types.UnionType):
        kinds = list(typing.get_args(info.annotation))
    words = [w for k in kinds if typing.get_origin(k) is typing.Literal for w in typing.get_args(k)]
    return f"; one of {', '.join(map(str, words))}" if words else ""


def _with_assignment(tables: Mapping[str, Any], assignment: str) -> dict[str, Any]:
    key, equals, text = assignment.partition("=")
    stage, dot, name = key.strip().partition(".")
    if not (equals and dot and name):
        raise SettingsError(
            f"--set {assignment}: expected stage.key=value, such as network.max_gap_nm=50"
        )
    try:
        value = tomllib.loads(f"value = {text.strip()}")["value"]
    except (ValueError, RecursionError):
        value = text.strip()
    changed = dict(tables)
    table = changed.get(stage, {})
    others = {k: v for k, v in table.items() if k != name} if isinstance(table, dict) else {}
    changed[stage] = others if value == _UNSET else {**others, name: value}
    return changed


def _validated(tables: Mapping[str, Any], where: str) -> Settings:
    try:
        return Settings.model_validate(tables)
    except ValidationError as error:
        raise SettingsError(f"{where}: {_explained(error)}") from error


def _explained(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    place = [part for part in first["loc"] if isinstance(part, str)]
    name = ".".join(place)
    if first["type"] == "extra_forbidden":
        return f"unknown entry {name!r}{_nearest(place)}"
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "tuple_type":
        message = "Expected a list, such as [5, 80]"
    return f"{name}: got {first['input']!r}, {message[0].lower()}{message[1:]}{more}"


def _nearest(place: list[str]) -> str:
    known = [*_TABLES, "files", "schema"]
    if len(place) > 1 and place[0] == "files":
        known = [f"files.{name}" for name in FileSettings.model_fields]
    elif len(place) > 1:
        known = [f"{table}.{name}" for table, name in _all_entries()]
    close = difflib.get_close_matches(".".join(place), known, n=1, cutoff=0.5)
    anywhere = [*known, *(f"{table}.{name}" for table, name in _all_entries())]
    same = [key for key in anywhere if key.split(".")[-1] == place[-1]]
    guess = (same or close)[:1]
    return f"; the nearest known one is {guess[0]!r}" if guess else "; known: " + ", ".join(known)


def _all_entries() -> Iterator[tuple[str, str]]:
    for table in _TABLES:
        stage = type(getattr(Settings(), table))
        for name in stage.model_fields:
            yield table, name
