"""Saved segmenters of the default method: names and tables as JSON, arrays as npz beside it."""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope import __version__
from grainscope.errors import ModelError
from grainscope.files.model_arrays import MAX_BYTES, pack_arrays, unpack_arrays
from grainscope.files.model_json import check_head, count, numbers, table, words
from grainscope.files.versioned_json import json_text
from grainscope.records import BoostedTrees, GrainModel, PixelNetwork

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import DTypeLike, NDArray

GRAIN_MODEL_KIND = "grainscope grain model"
_SCHEMA = 1
_KEYS = (
    *("arrays", "network", "first_score", "second_score", "cut", "calibration"),
    *("trained_on", "seed"),
)
_SCORES = ("first_score", "second_score")
_MAX_LAYERS = 10
_MOST_SPREAD = 10
_NODE_COLUMNS = {
    "feature": "<i4",
    "threshold": "<f8",
    "left": "<i4",
    "right": "<i4",
    "value": "<f8",
}


def grain_model_files(
    model: GrainModel, path: Path, notes: Mapping[str, Any]
) -> tuple[bytes, bytes]:
    """Return the bytes of NAME.json and of NAME.npz.

    Raises
    ------
    ModelError
        The model would not be read back, or ``notes`` are no JSON.
    """
    arrays = pack_arrays(_arrays(model))
    content = {
        "schema": _SCHEMA,
        "kind": GRAIN_MODEL_KIND,
        "program": __version__,
        "arrays": {
            "file": path.with_suffix(".npz").name,
            "sha256": hashlib.sha256(arrays).hexdigest(),
        },
        "network": {
            "features": list(model.network.features),
            "layers": [len(model.network.features), *map(len, model.network.offsets)],
        },
        **{name: _tree_table(getattr(model, name)) for name in _SCORES},
        "cut": {
            "log10_area_px": model.cut_log10_area_px.tolist(),
            "score": model.cut_score.tolist(),
        },
        "calibration": _calibration(model),
        "trained_on": list(model.trained_on),
        "seed": model.seed,
        "notes": dict(notes),
    }
    try:
        text = json_text(content)
        _checked(json.loads(text), arrays)
    except (ValueError, TypeError) as error:
        raise ModelError(f"{path}: this model cannot be saved: {error}") from error
    return text.encode("utf-8"), arrays


def grain_model_from(content: Mapping[str, Any], path: Path) -> GrainModel:
    """Read the arrays beside the JSON file, check everything and build the model.

    Raises
    ------
    ModelError
        Newer than the program, made for other features, damaged, or its arrays
        are absent or others.
    """
    check_head(path, content, _SCHEMA, _KEYS)
    try:
        arrays = _read_arrays(table(content, "arrays", ("file", "sha256")), path.parent)
        return _checked(content, arrays)
    except (ValueError, TypeError, OverflowError) as error:
        raise ModelError(f"{path}: damaged model: {error}") from error


def _calibration(model: GrainModel) -> dict[str, Any]:
    known = {"score": model.found_score.tolist(), "iou": model.found_iou.tolist()}
    if model.found_sd is None:
        return known
    spread = {"image_sd": model.image_sd, "outline_sd": model.outline_sd}
    return {**known, "sd": model.found_sd.tolist(), **spread}


def _known(calibration: Mapping[str, Any], key: str) -> float:
    """Return a number that models of an older program have not, 0 there."""
    return float(numbers(calibration, key)) if key in calibration else 0.0


def _read_arrays(named: Mapping[str, Any], folder: Path) -> bytes:
    """Return the bytes of the array file once they are those that the JSON file tells of."""
    name = named["file"]
    if not (isinstance(name, str) and name.isprintable() and name.endswith(".npz")) or (
        set(name) & set("/\\:") or name.startswith(".")
    ):
        raise ValueError(f"arrays.file is {name!r:.80}, expected the name of an npz file beside it")
    try:
        with (folder / name).open("rb") as file:
            packed = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ValueError(
            f"its arrays cannot be read: {error.strerror}: {folder / name}; "
            "NAME.json and NAME.npz belong together"
        ) from error
    if len(packed) > MAX_BYTES:
        raise ValueError(f"{name} is larger than {MAX_BYTES} bytes")
    if hashlib.sha256(packed).hexdigest() != named["sha256"]:
        raise ValueError(f"{name} is not the array file that it was saved with (SHA-256 differs)")
    return packed


def _checked(content: Mapping[str, Any], packed: bytes) -> GrainModel:
    layers = _layers(table(content, "network", ("features", "layers")))
    trees = {name: _tree_counts(table(content, name, _TREE_KEYS), name) for name in _SCORES}
    arrays = unpack_arrays(packed, _expected(layers, trees))
    cut = table(content, "cut", ("log10_area_px", "score"))
    calibration = table(content, "calibration", ("score", "iou"))
    model = GrainModel(
        network=_network(content["network"], arrays, len(layers) - 1),
        first_score=_trees(content, "first_score", arrays),
        second_score=_trees(content, "second_score", arrays),
        cut_log10_area_px=_rising(cut, "log10_area_px"),
        cut_score=numbers(cut, "score"),
        found_score=_rising(calibration, "score"),
        found_iou=numbers(calibration, "iou"),
        found_sd=numbers(calibration, "sd") if "sd" in calibration else None,
        image_sd=_known(calibration, "image_sd"),
        outline_sd=_known(calibration, "outline_sd"),
        trained_on=words(content, "trained_on"),
        seed=count(content, "seed", least=0),
    )
    if ((model.found_iou < 0) | (model.found_iou > 1)).any():
        raise ValueError("calibration.iou must lie within 0…1")
    spread = [model.image_sd, model.outline_sd, *(() if model.found_sd is None else model.found_sd)]
    if min(spread) < 0 or max(spread) > _MOST_SPREAD:
        raise ValueError(
            f"calibration.sd, image_sd and outline_sd must lie within 0…{_MOST_SPREAD}"
        )
    _check_features(model)
    return model


def _check_features(model: GrainModel) -> None:
    """Columns are found by their place, so the names must be those of this program, in order."""
    from grainscope.segmentation.candidate_features import FEATURES
    from grainscope.segmentation.context import CONTEXT_FEATURES
    from grainscope.segmentation.pixel_features import pixel_feature_names

    for part, found, expected in (
        ("network", model.network.features, pixel_feature_names()),
        ("first_score", model.first_score.features, FEATURES),
        ("second_score", model.second_score.features, CONTEXT_FEATURES),
    ):
        if found != tuple(expected):
            unknown = [name for name in found if name not in expected] or ["their order"]
            raise ValueError(
                f"{part}.features are not those of this program ({unknown[0]!r:.60}); "
                "train it again with this version"
            )


_TREE_KEYS = ("features", "offset", "trees", "nodes")


def _arrays(model: GrainModel) -> dict[str, NDArray[Any]]:
    network = model.network
    found: dict[str, NDArray[Any]] = {"network_mean": network.mean, "network_scale": network.scale}
    for k, (weight, offset) in enumerate(zip(network.weights, network.offsets, strict=True)):
        found[f"network_weight_{k}"], found[f"network_offset_{k}"] = weight, offset
    for name in _SCORES:
        for column in ("root", *_NODE_COLUMNS):
            found[f"{name}_{column}"] = getattr(getattr(model, name), column)
    return {
        name: np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        for name, array in found.items()
    }


def _expected(
    layers: Sequence[int], trees: Mapping[str, tuple[int, int]]
) -> dict[str, tuple[DTypeLike, tuple[int, ...]]]:
    expected: dict[str, tuple[DTypeLike, tuple[int, ...]]] = {
        "network_mean": ("<f4", (layers[0],)),
        "network_scale": ("<f4", (layers[0],)),
    }
    for k, (above, below) in enumerate(pairwise(layers)):
        expected[f"network_weight_{k}"] = ("<f4", (above, below))
        expected[f"network_offset_{k}"] = ("<f4", (below,))
    for name, (n_trees, n_nodes) in trees.items():
        expected[f"{name}_root"] = ("<i4", (n_trees,))
        for column, dtype in _NODE_COLUMNS.items():
            expected[f"{name}_{column}"] = (dtype, (n_nodes,))
    return expected


def _layers(network: Mapping[str, Any]) -> list[int]:
    layers = network["layers"]
    if not isinstance(layers, list) or not 2 <= len(layers) <= _MAX_LAYERS:
        raise ValueError(f"network.layers must be 2 to {_MAX_LAYERS} whole numbers")
    if not all(type(width) is int and 1 <= width <= MAX_BYTES for width in layers):
        raise ValueError("network.layers must be whole numbers from 1")
    if layers[0] != len(words(network, "features")):
        raise ValueError(f"network.layers begins with {layers[0]}, expected one per feature")
    return layers


def _network(
    network: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], n_layers: int
) -> PixelNetwork:
    if not (arrays["network_scale"] > 0).all():
        raise ValueError("network_scale must be positive")
    return PixelNetwork(
        features=words(network, "features"),
        mean=arrays["network_mean"],
        scale=arrays["network_scale"],
        weights=tuple(arrays[f"network_weight_{k}"] for k in range(n_layers)),
        offsets=tuple(arrays[f"network_offset_{k}"] for k in range(n_layers)),
    )


def _tree_table(trees: BoostedTrees) -> dict[str, Any]:
    return {
        "features": list(trees.features),
        "offset": float(trees.offset),
        "trees": len(trees.root),
        "nodes": len(trees.feature),
    }


def _tree_counts(scores: Mapping[str, Any], name: str) -> tuple[int, int]:
    try:
        return count(scores, "trees"), count(scores, "nodes")
    except ValueError as error:
        raise ValueError(f"{name}.{error}") from error


def _trees(
    content: Mapping[str, Any], name: str, arrays: Mapping[str, NDArray[Any]]
) -> BoostedTrees:
    offset = numbers(content[name], "offset")
    if offset.ndim:
        raise ValueError(f"{name}.offset must be a number")
    trees = BoostedTrees(
        features=words(content[name], "features"),
        root=arrays[f"{name}_root"],
        **{column: arrays[f"{name}_{column}"] for column in _NODE_COLUMNS},
        offset=float(offset),
    )
    # A node below two others would make the descent of a small file as long as one likes.
    inner = trees.feature >= 0
    reached = np.concatenate([trees.root, trees.left[inner], trees.right[inner]])
    if np.bincount(reached).max() > 1:
        raise ValueError(f"{name}: two trees or branches share a node")
    return trees


def _rising(content: Mapping[str, Any], key: str) -> NDArray[np.float64]:
    values = numbers(content, key)
    if values.ndim != 1 or (np.diff(values) <= 0).any():
        raise ValueError(f"{key} must rise from number to number")
    return values
