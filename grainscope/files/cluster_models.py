"""Saved clusterings: a few numbers in JSON, checked when they come back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.errors import ModelError
from grainscope.files.model_json import check_head, numbers, words
from grainscope.records import ClusterModel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CLUSTERING_KIND = "grainscope clustering"
_SCHEMA = 1
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


def clustering_content(model: ClusterModel) -> dict[str, Any]:
    """Return what is written of a clustering."""
    return {
        "schema": _SCHEMA,
        "kind": CLUSTERING_KIND,
        "clustering": model.clustering,
        "features": list(model.features),
        "means": model.means.tolist(),
        "covariances": model.covariances.tolist(),
        "weights": model.weights.tolist(),
        "grain_classes": list(model.grain_classes),
        "trained_on": list(model.trained_on),
    }


def clustering_from(content: Mapping[str, Any], path: Path) -> ClusterModel:
    """Check what was read and build the clustering.

    Raises
    ------
    ModelError
        Newer than the program, or its numbers are no clustering.
    """
    check_head(path, content, _SCHEMA, _KEYS)
    try:
        return _checked(content)
    except (ValueError, TypeError, OverflowError) as error:
        raise ModelError(f"{path}: damaged model: {error}") from error


def _checked(content: Mapping[str, Any]) -> ClusterModel:
    if content["clustering"] not in _CLUSTERINGS:
        raise ValueError(f"clustering is {content['clustering']!r}, expected one of {_CLUSTERINGS}")
    model = ClusterModel(
        clustering=content["clustering"],
        features=words(content, "features"),
        means=numbers(content, "means"),
        covariances=numbers(content, "covariances"),
        weights=numbers(content, "weights"),
        grain_classes=_class_numbers(content["grain_classes"], len(content["weights"])),
        trained_on=words(content, "trained_on"),
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


def _class_numbers(classes: object, n_classes: int) -> tuple[int, ...]:
    if not (
        isinstance(classes, list)
        and all(type(k) is int and 0 <= k < n_classes for k in classes)
        and len(set(classes)) == len(classes)
    ):
        raise ValueError(f"grain_classes must be different whole numbers below {n_classes}")
    return tuple(classes)
