"""Older settings files brought up to date, one pure function a step."""

from collections.abc import Callable, Mapping
from typing import Any

from grainscope.errors import SettingsError

SCHEMA = 1

#: ``MIGRATIONS[n]`` takes the tables of schema n and returns those of schema n + 1.
MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}


def migrate(tables: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Bring parsed settings to the current schema.

    Parameters
    ----------
    tables : mapping
        Parsed settings; without ``schema`` they are taken as current.
    where : str
        File name for the message.

    Returns
    -------
    dict
        Tables of schema ``SCHEMA``; the input is not changed.

    Raises
    ------
    SettingsError
        The file is newer than the program, or its schema is no whole number.

    Examples
    --------
    >>> migrate({"run": {"seed": 3}}, "s.toml")
    {'run': {'seed': 3}, 'schema': 1}
    """
    current = dict(tables)
    version = current.get("schema", SCHEMA)
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise SettingsError(f"{where}: schema is {version!r}, expected a whole number from 1")
    if version > SCHEMA:
        raise SettingsError(
            f"{where}: settings schema {version} is newer than this program's {SCHEMA}; "
            "update grainscope"
        )
    for step in range(version, SCHEMA):
        current = MIGRATIONS[step](current)
    current["schema"] = SCHEMA
    return current
