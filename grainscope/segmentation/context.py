"""The second look at a candidate: what stands around it, and what else the image holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.segmentation.candidate_features import FEATURES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.segmentation.region_runs import Regions

#: Candidates whose first score is below this are dropped.
_FLOOR = 0.3
#: First score from which a candidate counts as a likely grain, and the overlap that excludes two.
_LIKELY = 0.45
TOLERANCE = 0.2
#: Compared with the likely grains of the same image.
_COMPARED = (
    "log10_area",
    "circularity",
    "solidity",
    "aspect",
    "step",
    "inner_level",
    "outer_level",
    "half_height",
    "inside_sd",
    "step_to_noise",
)
#: Median over the likely grains: sharpness, outline convention, size, strength.
_TYPICAL = ("log10_area", "step", "half_height", "steepest", "step_to_noise", "inside_sd")
_AROUND = (
    "copies", "versions", "best_version", "mean_version", "best_inside", "best_around",
    "n_around", "best_across", "inside_total", "n_inside", "inside_cover", "gain",
)  # fmt: skip
#: What the columns of :attr:`Shortlist.features` are, in order.
CONTEXT_FEATURES = (
    *FEATURES,
    "first_score",
    *_AROUND,
    *(f"{name}_from_typical" for name in _COMPARED),
    "share_of_like_size",
    "log10_per_megapixel",
    "mean_score",
    "covered_share",
    *(f"typical_{name}" for name in _TYPICAL),
)


@dataclass(frozen=True)
class Shortlist:
    """Candidates that may be grains, with everything the second score looks at.

    Attributes
    ----------
    regions : Regions
        N candidates.
    features : ndarray of float32, shape (N, F)
        Those of the candidate itself, then of its surroundings.
    kept : ndarray of int64, shape (N,)
        Numbers among the candidates that came in.
    start, other, shared : ndarray
        Pixels shared with other candidates, see :func:`overlaps.overlaps`.
    """

    regions: Regions
    features: NDArray[np.float32]
    kept: NDArray[np.int64]
    start: NDArray[np.int64]
    other: NDArray[np.int32]
    shared: NDArray[np.int32]


def shortlist(
    regions: Regions,
    features: NDArray[np.float32],
    score: NDArray[np.float64],
    shape: tuple[int, int],
) -> Shortlist:
    """Keep the candidates with a fair first score and describe them in their context.

    Around a candidate: how many near-copies of it there are and their scores
    (an outline that many levels agree on is an edge), the best disjoint set of
    candidates inside it, the best one around it, the strongest one across it.
    In the image: how it compares with the likely grains, and what those are like.

    Parameters
    ----------
    regions : Regions
        M candidates.
    features : ndarray of float32, shape (M, F)
        From :func:`candidate_features.describe_regions`.
    score : ndarray of float64, shape (M,)
        First score, an expected IoU.
    shape : (int, int)
        Rows and columns of the image.

    Returns
    -------
    Shortlist
    """
    # Compiled code loads only when there are candidates.
    from grainscope.segmentation.overlap_kernels import N_CONTEXT, context, select
    from grainscope.segmentation.overlaps import overlaps

    kept = np.flatnonzero(score > _FLOOR)
    regions, features, score = regions.subset(kept), features[kept], score[kept]
    start, other, shared = overlaps(regions, shape)
    order = np.argsort(-score, kind="stable")
    around = np.zeros((len(kept), N_CONTEXT), np.float64)
    area_px = regions.area_px
    context(area_px, score, order, start, other, shared, _LIKELY, TOLERANCE, around)
    likely = select(score - _LIKELY, area_px, order, start, other, shared, TOLERANCE)
    in_image = _in_image(features, score, likely, shape)
    described = np.hstack([features, score[:, None], around, *in_image]).astype(np.float32)
    return Shortlist(regions, described, kept, start, other, shared)


def _in_image(
    features: NDArray[np.float32],
    score: NDArray[np.float64],
    likely: NDArray[np.bool_],
    shape: tuple[int, int],
) -> list[NDArray[np.float64]]:
    n, n_likely = len(features), int(likely.sum())
    if n_likely < 3:
        return [np.zeros((n, len(_COMPARED) + len(_TYPICAL) + 4))]
    grains = features[likely]
    compared = [FEATURES.index(name) for name in _COMPARED]
    low, middle, high = np.quantile(grains[:, compared], (0.2, 0.5, 0.8), axis=0)
    away = np.clip((features[:, compared] - middle) / (high - low + 1e-3), -20, 20)
    log_area = np.sort(grains[:, 0])
    near = np.searchsorted(log_area, features[:, 0] + 0.3)
    near -= np.searchsorted(log_area, features[:, 0] - 0.3)
    typical = np.median(grains[:, [FEATURES.index(name) for name in _TYPICAL]], axis=0)
    per_megapixel = np.log10(n_likely / (shape[0] * shape[1]) * 1e6)
    area = float((10.0 ** grains[:, 0]).sum())
    image = [per_megapixel, score[likely].mean(), area / (shape[0] * shape[1]), *typical]
    return [away, near[:, None] / n_likely, np.tile(image, (n, 1))]
