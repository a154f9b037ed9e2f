"""How the default segmentation learns: from images whose grains are known to a model of arrays."""

from grainscope.training.examples import Example, example_of, scene_examples
from grainscope.training.grain_model import train_grain_model

__all__ = ["Example", "example_of", "scene_examples", "train_grain_model"]
