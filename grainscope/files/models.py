"""Saved segmenters, clusterings or grain models: JSON and npz, so that opening one runs nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grainscope.errors import ModelError, OutputError, ResultError
from grainscope.files.cluster_models import (
    CLUSTERING_KIND,
    clustering_content,
    clustering_from,
)
from grainscope.files.grain_models import GRAIN_MODEL_KIND, grain_model_files, grain_model_from
from grainscope.files.model_json import read_model_json
from grainscope.files.shipped import shipped_folder
from grainscope.files.whole_files import replacing
from grainscope.records import ClusterModel, GrainModel

if TYPE_CHECKING:
    from collections.abc import Mapping


def save_model(
    model: ClusterModel | GrainModel, path: str | Path, notes: Mapping[str, Any] | None = None
) -> None:
    """Write a segmenter: whole or not at all.

    A clustering is one JSON file. The arrays of a grain model go beside it
    into ``NAME.npz``; equal models give equal bytes.

    Parameters
    ----------
    model : ClusterModel or GrainModel
        For example ``Segmentation.model`` of a micrograph that came out well.
    path : str or Path
        ``NAME.json``; what is there is replaced.
    notes : mapping, optional
        Anything JSON can hold, such as scores: kept in the file of a grain model
        for a person to read.

    Raises
    ------
    OutputError
        The file cannot be written.
    ModelError
        A grain model that this program would not read back.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> two = ClusterModel("kmeans", ("intensity",), np.array([[0.1], [0.8]]),
    ...                    np.full((2, 1, 1), 0.01), np.array([0.7, 0.3]), (1,))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_model(two, Path(folder) / "two.json")
    ...     load_model(Path(folder) / "two.json").means[:, 0]
    array([0.1, 0.8])
    """
    path = Path(path)
    if isinstance(model, ClusterModel):
        with replacing(path) as partial:
            content = json.dumps(clustering_content(model), indent=1, ensure_ascii=False)
            partial.write_text(content, encoding="utf-8")
        return
    if path.suffix != ".json":
        raise OutputError(f"{path}: a model's name must end in .json; its arrays go to NAME.npz")
    content_bytes, arrays = grain_model_files(model, path, notes or {})
    # Both are written before either is moved; the one that names the other comes last.
    with replacing(path) as partial, replacing(path.with_suffix(".npz")) as partial_arrays:
        partial.write_bytes(content_bytes)
        partial_arrays.write_bytes(arrays)


def load_model(path: str | Path | None = None) -> ClusterModel | GrainModel:
    """Read and check a segmenter.

    Parameters
    ----------
    path : str or Path, optional
        A JSON file written by :func:`save_model` or ``grainscope train``;
        by default the grain model that grainscope ships.

    Returns
    -------
    ClusterModel or GrainModel
        Ready for ``segment_micrograph``.

    Raises
    ------
    ModelError
        The file is absent, too large, not JSON, of another kind, newer than the
        program, made for other features, or damaged.
    """
    path = shipped_model_path() if path is None else Path(path)
    content = read_model_json(path)
    if content.get("kind") == GRAIN_MODEL_KIND:
        return grain_model_from(content, path)
    if content.get("kind") == CLUSTERING_KIND:
        return clustering_from(content, path)
    raise ModelError(
        f"{path}: kind is {content.get('kind')!r:.80}, "
        f"expected {GRAIN_MODEL_KIND!r} or {CLUSTERING_KIND!r}"
    )


def load_shipped_model() -> GrainModel:
    """Read the grain model that grainscope ships.

    Raises
    ------
    ModelError
        It is absent or damaged.
    """
    model = load_model()
    if not isinstance(model, GrainModel):
        raise ModelError(f"{shipped_model_path()}: is a clustering, expected a grain model")
    return model


def shipped_model_path() -> Path:
    """Return where the shipped grain model is.

    Raises
    ------
    ModelError
        There is none.
    """
    try:
        path = shipped_folder("models") / "default.json"
    except ResultError as error:
        raise ModelError(str(error)) from error
    if not path.is_file():
        raise ModelError(
            f"{path}: the shipped model is not there: reinstall grainscope, name another with "
            "--model, or choose segmentation.method = 'fast'"
        )
    return path
