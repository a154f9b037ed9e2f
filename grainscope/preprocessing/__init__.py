"""From the raw micrograph to one that can be clustered: grains bright, film level, noise less."""

from grainscope.preprocessing.prepare import preprocess

__all__ = ["preprocess"]
