"""Label images of many micrographs, found by stem, in any of the formats that people draw in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.errors import ResultError
from grainscope.files.edit_log_lines import EDIT_LOG
from grainscope.files.label_images import read_label_image
from grainscope.files.result_folder import read_result

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

LABEL_SUFFIXES = (".png", ".tif", ".tiff", ".npy")


def labels_by_stem(folder: Path) -> dict[str, Path]:
    """Find the label images of a folder; a run's OUT folder gives its ``STEM/labels.tif``.

    Hidden ones are passed over: what a killed run left, or what some systems put beside a file.

    Raises
    ------
    ResultError
        There is no such folder, or two label images in it are of one micrograph.
    """
    if not folder.is_dir():
        raise ResultError(f"{folder}: no such folder")
    seen = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    found = {path.name: path / "labels.tif" for path in seen if (path / "labels.tif").is_file()}
    for path in seen:
        if path.suffix.lower() in LABEL_SUFFIXES:
            other = found.setdefault(path.stem, path)
            if other != path:
                raise ResultError(
                    f"{folder}: {other.relative_to(folder)} and {path.name} are both labels of "
                    f"{path.stem}; remove one"
                )
    return found


def read_drawn_labels(path: Path) -> NDArray[np.integer]:
    """Read a label image that may also be a PNG or an array of NumPy.

    ``labels.tif`` of a result with corrections by hand gives them all, those too
    that it does not hold yet.

    Returns
    -------
    ndarray of int, shape (H, W)
        The first channel, where there are several.

    Raises
    ------
    ResultError
        Absent, damaged, not two-dimensional, or not whole numbers.
    """
    if path.name == "labels.tif" and (path.parent / EDIT_LOG).exists():
        return read_result(path.parent).segmentation.labels
    if path.suffix.lower() in (".tif", ".tiff"):
        return read_label_image(path)
    from skimage.io import imread

    try:
        npy = path.suffix.lower() == ".npy"
        labels = np.asarray(np.load(path, allow_pickle=False) if npy else imread(path))
    except Exception as error:  # every decoder has its own kinds, some of several lines
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise ResultError(f"{path}: cannot be read as a label image ({reason})") from error
    if labels.ndim == 3:
        labels = labels[..., 0]
    if labels.ndim != 2 or labels.dtype.kind not in "iub":
        raise ResultError(f"{path}: got {labels.shape} {labels.dtype}, expected 2-D whole numbers")
    return labels
