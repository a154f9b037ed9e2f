"""The noun of training: a prepared film with its true grains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope import preprocessing
from grainscope.records import Frame, Micrograph, PixelSize
from grainscope.scoring import IGNORE_LABEL
from grainscope.segmentation.features import scale_to_unit
from grainscope.synthetic import draw_scene

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.settings import PreprocessingSettings

#: Rows and columns of a training scene: room for the largest grains, small enough for many scenes.
SCENE_PX = (400, 400)


@dataclass(frozen=True)
class Example:
    """A film whose grains are known.

    Attributes
    ----------
    name : str
        Of the image; the part before the first ``/`` names its set.
    film : ndarray of float32, shape (H, W)
        Preprocessed and scaled, grains bright.
    labels : ndarray of int32, shape (H, W)
        True grains 1…n; 0 is film, 65535 is not scored.
    """

    name: str
    film: NDArray[np.float32]
    labels: NDArray[np.int32]


def example_of(
    micrograph: Micrograph, labels: NDArray[np.integer], settings: PreprocessingSettings
) -> Example:
    """Prepare a micrograph as ``run`` does and keep what lies inside its frame.

    Parameters
    ----------
    micrograph : Micrograph
        The raw image, shape (H, W).
    labels : ndarray of int, shape (H, W)
        True grains; what the micrograph masks is not scored.
    settings : PreprocessingSettings

    Returns
    -------
    Example
    """
    prepared = preprocessing.preprocess(micrograph, settings)
    film = np.ascontiguousarray(prepared.film_intensity, np.float32)
    true = np.ascontiguousarray(labels[micrograph.frame.slices], np.int32)
    if prepared.masked is not None:
        true = np.where(prepared.masked[micrograph.frame.slices], np.int32(IGNORE_LABEL), true)
    return Example(micrograph.name, scale_to_unit(film), true)


def scene_examples(n: int, seed: int, settings: PreprocessingSettings) -> list[Example]:
    """Draw training scenes; scene k depends on the seed and k alone."""
    return [_scene_example(seed, k, settings) for k in range(n)]


def _scene_example(seed: int, k: int, settings: PreprocessingSettings) -> Example:
    scene = draw_scene(SCENE_PX, np.random.default_rng((seed, k)))
    micrograph = Micrograph(
        f"scenes/{seed}-{k}", scene.intensity, PixelSize(1.0, 0.0, "nominal"), Frame.whole(SCENE_PX)
    )
    return example_of(micrograph, scene.labels, settings)
