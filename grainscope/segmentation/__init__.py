"""Which pixel belongs to which grain: features, clustering, clean-up, splitting."""

from grainscope.segmentation.find_grains import segment

__all__ = ["segment"]
