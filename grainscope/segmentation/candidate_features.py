"""What each candidate region looks like, as numbers that the score can weigh."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from grainscope.segmentation.pixel_features import blurred

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.segmentation.region_runs import Regions

#: What the columns of :func:`describe_regions` are, in order.
FEATURES = (
    "log10_area", "circularity", "solidity", "ellipse_fit", "aspect", "on_frame",
    "hull_gap", "box_fill", "area_to_outline",
    "sharp_step", "step", "step_sd", "weakest_sector", "second_sector", "weak_share",
    "step_q10", "step_median", "inner_level", "outer_level", "half_height",
    "edge_offset", "edge_offset_sd", "wide_step", "weakest_wide", "second_wide",
    "steepest", "map_step", "weakest_map", "second_map", "touching_share", "weak_map_share",
    "inside_mean", "inside_sd", "inside_grain", "inside_core", "inside_rim", "contrast",
    "step_to_noise", "sd_to_step", "valley", "inside_range", "outer_sd", "outer_grain",
    "n_holes", "noise", "sharp_noise", "grain_share",
)  # fmt: skip
_CHUNK = 2000


def describe_regions(
    regions: Regions,
    film: NDArray[np.float32],
    grain: NDArray[np.float32],
    core: NDArray[np.float32],
    n_threads: int = 2,
) -> NDArray[np.float32]:
    """Features of every region, shape (N, F)."""
    # Compiled code loads only when there are regions: a model is checked by the names alone.
    from grainscope.segmentation import candidate_feature_kernels as kernels
    from grainscope.segmentation.region_run_kernels import hole_counts

    coarse = blurred(film, 1.4)
    noise = np.median(np.abs(film - coarse)) + 1e-3
    sums = np.zeros((4, film.shape[0], film.shape[1] + 1), np.float64)
    for k, image in enumerate((film, film * film, grain, core)):
        np.cumsum(image, axis=1, dtype=np.float64, out=sums[k, :, 1:])
    out = np.zeros((len(regions), len(FEATURES)), np.float32)
    r = regions

    def one(start: int) -> None:
        stop = min(start + _CHUNK, len(r))
        runs = (r.first, r.row, r.left, r.right)
        kernels.describe(*runs, start, stop, film, coarse, grain, sums, noise, out)

    with ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(one, range(0, len(r), _CHUNK)))
    out[:, -4] = hole_counts(r.first, r.row, r.left, r.right)
    out[:, -3] = noise
    steps = np.abs(np.concatenate([np.diff(film, axis=k).ravel() for k in (0, 1)]))
    out[:, -2] = np.median(steps) / noise if steps.size else 0.0
    out[:, -1] = (grain > 0.5).mean()
    return out
