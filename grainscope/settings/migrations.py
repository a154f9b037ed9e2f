"""Older settings files brought up to date, one pure function a step."""

from collections.abc import Callable, Mapping
from typing import Any

from grainscope.errors import SettingsError

SCHEMA = 2


def _two_permittivities(tables: dict[str, Any]) -> dict[str, Any]:
    """1 → 2: one mean permittivity becomes that of the substrate, below vacuum.

    600 fields were the default; now the default is what the loops need.
    """
    transport = tables.get("transport")
    if not isinstance(transport, dict):  # absent, or an error that the check of the tables tells
        return tables
    transport = dict(transport)
    mean = transport.pop("relative_permittivity", None)
    if isinstance(mean, (int, float)):
        substrate = min(max(2 * mean - 1, 1.0), 1e6)
        cover = min(max(2 * mean - substrate, 1.0), 1e6)
        transport |= {"substrate_permittivity": substrate, "cover_permittivity": cover}
    if transport.get("field_points") == 600:
        del transport["field_points"]
    return {**tables, "transport": transport}


#: ``MIGRATIONS[n]`` takes the tables of schema n and returns those of schema n + 1.
MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {1: _two_permittivities}


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
    {'run': {'seed': 3}, 'schema': 2}
    >>> migrate({"schema": 1, "transport": {"relative_permittivity": 5.5}}, "s.toml")["transport"]
    {'substrate_permittivity': 10.0, 'cover_permittivity': 1.0}
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
