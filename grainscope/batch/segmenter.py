"""Which saved segmenter the images of a run get, read once in each worker."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from grainscope import files
from grainscope.errors import ModelError
from grainscope.records import GrainModel

if TYPE_CHECKING:
    from pathlib import Path

    from grainscope.files import HashedFile
    from grainscope.records import ClusterModel
    from grainscope.settings import Settings


def segmenter_path(settings: Settings, given: Path | None) -> Path | None:
    """Return the model that was asked for, else the shipped one where the method needs one.

    Raises
    ------
    ModelError
        The method needs the shipped model, and it is not there.
    """
    if given is not None or settings.segmentation.method != "default":
        # A worker of a cluster stands in a folder of its own.
        return given and given.absolute()
    return files.shipped_model_path()


def check_segmenter(settings: Settings, given: Path | None) -> None:
    """Find out before any work whether the model is sound and goes with the method.

    Raises
    ------
    ModelError
        It does not.
    """
    path = segmenter_path(settings, given)
    if path is None:
        return
    model = files.load_model(path)
    method = settings.segmentation.method
    if isinstance(model, GrainModel) and method != "default":
        raise ModelError(
            f"{path}: a grain model goes with segmentation.method = 'default', got {method!r}; "
            "leave out --model, or give one that 'grainscope train' made without --labels"
        )


def read_segmenter(
    hashed: HashedFile | None, path: Path | None
) -> ClusterModel | GrainModel | None:
    """Return a run's model: from disk for the first image, as it is kept for the next ones."""
    return None if path is None or hashed is None else _kept(path, hashed.sha256)


@lru_cache(maxsize=2)
def _kept(path: Path, _sha256: str) -> ClusterModel | GrainModel:
    return files.load_model(path)
