"""Which pixel belongs to which grain: features, clustering, clean-up, splitting."""

from grainscope.segmentation.find_grains import segment, segment_in_draws

__all__ = ["segment", "segment_in_draws"]
