"""The default method's choice made again and again, with scores as uncertain as they are.

A score is an expected IoU. How far the IoUs of an image lie from it, the
training has measured on films that the scores had not seen. In each draw
candidate k, of area A_k and of the family f of near-copies, gets

    score_k + σ(score_k) (s_i y + z_f) + σ_o z ln(A_k/A_f)

with y, z normal numbers of the image and z_f one of the family, whose best
member has area A_f. σ is the spread among grains of such a score; s_i moves
the scores of an image alike, as a cut would; σ_o prefers wide or narrow
outlines; near-copies are right or wrong together. Then the best disjoint set
is chosen again from the same candidates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.segmentation.learnt import (
    ScoredGrains,
    ScoredTile,
    chosen_in_tile,
    gathered,
    number_grains,
    scored_tiles,
)
from grainscope.segmentation.overlap_kernels import founders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from grainscope.records import GrainModel
    from grainscope.segmentation.context import Shortlist

#: Candidates that agree better than this with the best one of a family belong to it.
_FAMILY_IOU = 0.5


def label_grains_in_draws(
    film: NDArray[np.float32],
    model: GrainModel,
    min_area_px: int,
    masked: NDArray[np.bool_] | None,
    seed: int,
    n_draws: int,
) -> tuple[NDArray[np.int32], NDArray[np.float64], Iterator[NDArray[np.int32]]]:
    """Choose the grains of a film, and choose again with other scores.

    Parameters
    ----------
    film : ndarray of float32, shape (H, W)
        Preprocessed grey levels, grains bright.
    model : GrainModel
        Without ``found_sd`` it says nothing of its uncertainty: there are no draws.
    min_area_px : int
        Smaller grains are left out.
    masked : ndarray of bool, shape (H, W), or None
        Pixels that belong to no grain.
    seed : int
        Of the draws.
    n_draws : int
        How many.

    Returns
    -------
    labels, confidence
        As :func:`learnt.label_grains` returns.
    draws : iterator of ndarray of int32, shape (H, W)
        Labels of each draw, painted when asked for: one at a time is in memory.
    """
    n_draws = n_draws if model.found_sd is not None else 0
    grains, *others = _chosen(film, model, seed, n_draws)
    labels, score = number_grains(grains, film, min_area_px, masked)
    confidence = np.interp(score, model.found_score, model.found_iou)
    draws = (number_grains(other, film, min_area_px, masked)[0] for other in others)
    return labels, confidence, draws


def _chosen(
    film: NDArray[np.float32], model: GrainModel, seed: int, n_draws: int
) -> list[ScoredGrains]:
    """Return the best choice, then that of each draw; candidates go when their tile is done."""
    tiles = []
    for number, scored in enumerate(scored_tiles(film, model)):
        best = chosen_in_tile(scored, scored.score, model)
        tiles.append([best, *_chosen_again(scored, model, (seed, number), n_draws)])
    return [gathered(of_all_tiles) for of_all_tiles in zip(*tiles, strict=True)]


def _chosen_again(
    scored: ScoredTile, model: GrainModel, seed_and_tile: tuple[int, int], n_draws: int
) -> list[ScoredGrains]:
    if not n_draws:
        return []
    founder = founder_of(scored.listed, scored.score)
    seed, tile = seed_and_tile
    found = []
    for draw in range(n_draws):
        # The numbers of the image are the same in all its tiles.
        of_image = np.random.default_rng((seed, draw)).standard_normal(2)
        of_family = np.random.default_rng((seed, draw, tile)).standard_normal(len(founder))
        score = shifted_score(scored, founder, model, of_image, of_family)
        found.append(chosen_in_tile(scored, score, model))
    return found


def founder_of(listed: Shortlist, score: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return for each candidate the best one of its family of near-copies, shape (N,)."""
    order = np.argsort(-score, kind="stable")
    areas = listed.regions.area_px
    found: NDArray[np.int64]
    found = founders(areas, order, listed.start, listed.other, listed.shared, _FAMILY_IOU)
    return found


def shifted_score(
    scored: ScoredTile,
    founder: NDArray[np.int64],
    model: GrainModel,
    of_image: NDArray[np.float64],
    of_family: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Shift scores by their own uncertainty.

    Parameters
    ----------
    scored : ScoredTile
        N candidates.
    founder : ndarray of int64, shape (N,)
        From :func:`founder_of`.
    model : GrainModel
        Its ``found_score``, ``found_sd``, ``image_sd`` and ``outline_sd`` are used.
    of_image : ndarray of float64, shape (2,)
        Standard normal numbers y and z.
    of_family : ndarray of float64, shape (N,)
        The same; a family takes that of its founder.

    Returns
    -------
    ndarray of float64, shape (N,)
    """
    area_px = scored.listed.regions.area_px
    shift = model.outline_sd * of_image[1] * np.log(area_px / area_px[founder])
    if model.found_sd is not None:
        sd = np.interp(scored.score, model.found_score, model.found_sd)
        shift += sd * (model.image_sd * of_image[0] + of_family[founder])
    return scored.score + np.asarray(shift, np.float64)
