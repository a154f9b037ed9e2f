"""Saved clusterings: JSON only, so that opening a model can run nothing."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.errors import ModelError, OutputError
from grainscope.records import ClusterModel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SCHEMA = 1
_KIND = "grainscope clustering"
#: A clustering takes a few hundred bytes; whatever is larger is something else.
_MAX_BYTES = 1_000_000
_CLUSTERINGS = ("gaussian_mixture", "kmeans")
_KEYS = (
    "clustering",
    "features",
    "means",
    "covariances",
    "weights",
    "grain_classes",
    "trained_on",
)


def save_model(model: ClusterModel, path: Path) -> None:
    """Write a clustering as JSON; the file appears whole or not at all.

    Parameters
    ----------
    model : ClusterModel
        For example ``Segmentation.model`` of a micrograph that came out well.
    path : Path
        File to write; an existing one is replaced.

    Raises
    ------
    OutputError
        The file cannot be written.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> two = ClusterModel("kmeans", ("intensity",), np.array([[0.1], [0.8]]),
    ...                    np.full((2, 1, 1), 0.01), np.array([0.7, 0.3]), (1,))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_model(two, pathlib.Path(folder) / "two.json")
    ...     load_model(pathlib.Path(folder) / "two.json").means[:, 0]
    array([0.1, 0.8])
    """
    content = {
        "schema": _SCHEMA,
        "kind": _KIND,
        "clustering": model.clustering,
        "features": list(model.features),
        "means": model.means.tolist(),
        "covariances": model.covariances.tolist(),
        "weights": model.weights.tolist(),
        "grain_classes": list(model.grain_classes),
        "trained_on": list(model.trained_on),
    }
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        beside.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise OutputError(f"{path}: the model cannot be written: {error.strerror}") from error


def load_model(path: Path) -> ClusterModel:
    """Read and check a clustering.

    Parameters
    ----------
    path : Path
        A JSON file written by :func:`save_model`.

    Returns
    -------
    ClusterModel
        Ready for ``segmentation.segment``.

    Raises
    ------
    ModelError
        The file is absent, too large, not JSON, of another kind, newer than the
        program, or its numbers are no clustering.
    """
    content = _read(path)
    if content.get("kind") != _KIND:
        raise ModelError(f"{path}: kind is {content.get('kind')!r}, expected {_KIND!r}")
    schema = content.get("schema")
    if type(schema) is not int or schema < 1:
        raise ModelError(f"{path}: schema is {schema!r}, expected a whole number from 1")
    if schema > _SCHEMA:
        raise ModelError(
            f"{path}: schema {schema} is newer than this program reads ({_SCHEMA}): update it"
        )
    missing = [key for key in _KEYS if key not in content]
    if missing:
        raise ModelError(f"{path}: damaged model: {missing[0]!r} is missing")
    try:
        return _checked(content)
    except (ValueError, TypeError, OverflowError) as error:
        raise ModelError(f"{path}: damaged model: {error}") from error


def _read(path: Path) -> Mapping[str, Any]:
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise ModelError(f"{path}: the model cannot be read: {error.strerror}") from error
    if len(raw) > _MAX_BYTES:
        raise ModelError(f"{path}: larger than {_MAX_BYTES} bytes, so no clustering model")
    try:
        content = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path}: not a JSON model file") from error
    if not isinstance(content, dict):
        raise ModelError(f"{path}: holds a {type(content).__name__}, expected a JSON object")
    return content


def _checked(content: Mapping[str, Any]) -> ClusterModel:
    if content["clustering"] not in _CLUSTERINGS:
        raise ValueError(f"clustering is {content['clustering']!r}, expected one of {_CLUSTERINGS}")
    model = ClusterModel(
        clustering=content["clustering"],
        features=_words(content, "features"),
        means=_numbers(content, "means"),
        covariances=_numbers(content, "covariances"),
        weights=_numbers(content, "weights"),
        grain_classes=_class_numbers(content["grain_classes"], len(content["weights"])),
        trained_on=_words(content, "trained_on"),
    )
    if np.any(model.weights < 0) or not np.isclose(model.weights.sum(), 1, atol=1e-6):
        raise ValueError("weights must be shares that sum to 1")
    if not np.allclose(model.covariances, np.swapaxes(model.covariances, 1, 2)):
        raise ValueError("covariances must be symmetric")
    try:
        np.linalg.cholesky(model.covariances)
    except np.linalg.LinAlgError as error:
        raise ValueError("covariances must be positive definite") from error
    return model


def _numbers(content: Mapping[str, Any], key: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    try:
        values = np.array(content[key], dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{key} must be a rectangular list of numbers") from error
    if values.size == 0 or not np.isfinite(values).all():
        raise ValueError(f"{key} must hold finite numbers")
    return values


def _words(content: Mapping[str, Any], key: str) -> tuple[str, ...]:
    words = content[key]
    if not (isinstance(words, list) and all(isinstance(word, str) for word in words)):
        raise ValueError(f"{key} must be a list of names")
    return tuple(words)


def _class_numbers(classes: object, n_classes: int) -> tuple[int, ...]:
    if not (
        isinstance(classes, list)
        and all(type(k) is int and 0 <= k < n_classes for k in classes)
        and len(set(classes)) == len(classes)
    ):
        raise ValueError(f"grain_classes must be different whole numbers below {n_classes}")
    return tuple(classes)
