"""The JSON half of a saved model: limits, and one clear message for each kind of damage."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

#: A clustering takes a few hundred bytes, a grain model a few thousand beside its arrays.
_MAX_BYTES = 1_000_000


def read_model_json(path: Path) -> dict[str, Any]:
    """Read the JSON object of a model file.

    Raises
    ------
    ModelError
        Absent, too large, or no JSON object.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise ModelError(f"{path}: the model cannot be read: {error.strerror}") from error
    if len(raw) > _MAX_BYTES:
        raise ModelError(f"{path}: larger than {_MAX_BYTES} bytes, so no model")
    try:
        content = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path}: not a JSON model file") from error
    if not isinstance(content, dict):
        raise ModelError(f"{path}: holds a {type(content).__name__}, expected a JSON object")
    return content


def check_head(path: Path, content: Mapping[str, Any], newest: int, keys: Iterable[str]) -> None:
    """Check the schema of a model, and that it holds all entries.

    Raises
    ------
    ModelError
        Newer than the program, or damaged.
    """
    schema = content.get("schema")
    if type(schema) is not int or schema < 1:
        raise ModelError(f"{path}: schema is {schema!r}, expected a whole number from 1")
    if schema > newest:
        raise ModelError(
            f"{path}: schema {schema} is newer than this program reads ({newest}): update it"
        )
    missing = [key for key in keys if key not in content]
    if missing:
        raise ModelError(f"{path}: damaged model: {missing[0]!r} is missing")


def table(content: Mapping[str, Any], key: str, keys: Iterable[str]) -> Mapping[str, Any]:
    """Return an object within the model, or raise TypeError, or ValueError for a missing entry."""
    inner = content[key]
    if not isinstance(inner, dict):
        raise TypeError(f"{key} must be an object")
    for name in keys:
        if name not in inner:
            raise ValueError(f"{key}.{name} is missing")
    return inner


def numbers(content: Mapping[str, Any], key: str) -> NDArray[np.float64]:
    """Return finite numbers in any rectangular shape, or raise ValueError."""
    try:
        values = np.array(content[key], dtype=np.float64)
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(f"{key} must be a rectangular list of numbers") from error
    if values.size == 0 or not np.isfinite(values).all():
        raise ValueError(f"{key} must hold finite numbers")
    return values


def words(content: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Return a list of names, or raise ValueError."""
    given = content[key]
    if not (isinstance(given, list) and all(isinstance(word, str) for word in given)):
        raise ValueError(f"{key} must be a list of names")
    return tuple(given)


def count(content: Mapping[str, Any], key: str, least: int = 1) -> int:
    """Return a whole number, or raise ValueError."""
    value = content[key]
    if type(value) is not int or not least <= value < 2**63:
        raise ValueError(f"{key} is {value!r:.40}, expected a whole number from {least}")
    return value
