"""The story of training: pixels, candidates by themselves, candidates in context, calibration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.records import GrainModel
from grainscope.segmentation.boosted_trees import evaluate_trees
from grainscope.segmentation.learnt import choose
from grainscope.training.calibration import residual_spread, rising_mean
from grainscope.training.outline_spread import outline_slope, spread_of_slopes
from grainscope.training.pixel_training import train_pixel_network
from grainscope.training.score_training import (
    Described,
    describe_examples,
    train_first_score,
    train_second_score,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from grainscope.records import BoostedTrees, PixelNetwork
    from grainscope.training.examples import Example

#: Real examples weigh more than scenes, up to these factors: of one example, and of all together.
_MOST_EACH, _MOST_TOGETHER = 20.0, 1.5
#: Cuts that are tried.
_CUTS = np.arange(0.35, 0.66, 0.05)
_HIT_IOU = 0.5


def train_grain_model(
    examples: Sequence[Example],
    scenes: Sequence[Example],
    seed: int,
    progress: Callable[[str], None],
) -> GrainModel:
    """Learn a model of the default method from labelled films and synthetic scenes.

    The pixel network and the first score learn from the scenes alone, the
    second score from both. Whatever is learnt from a score uses one that had
    not seen the film: scenes are scored by the model of the other half.

    Parameters
    ----------
    examples : sequence of Example
        Real films; a name ``set/stem`` says which belong together.
    scenes : sequence of Example
        At least two.
    seed : int
        Of everything random.
    progress : callable
        Called with one line a step.

    Returns
    -------
    GrainModel
    """
    progress(f"pixel network from {len(scenes)} scenes")
    network = train_pixel_network(scenes, seed)
    progress("first score: a candidate by itself")
    first, drawn = learn_by_halves(scenes, network, seed)
    progress(f"candidates of {len(examples)} images")
    seen = describe_examples(examples, network, first)
    return finish_training(network, first, seen, drawn, seed, progress)


def learn_by_halves(
    scenes: Sequence[Example], network: PixelNetwork, seed: int
) -> tuple[BoostedTrees, list[Described]]:
    """Fit the first score; describe every scene by the score of the other half."""
    halves = scenes[0::2], scenes[1::2]
    scores = [train_first_score(half, network, seed) for half in halves]
    described: list[Described] = [None] * len(scenes)  # type: ignore[list-item]
    described[0::2] = describe_examples(halves[0], network, scores[1])
    described[1::2] = describe_examples(halves[1], network, scores[0])
    return train_first_score(scenes, network, seed), described


def finish_training(
    network: PixelNetwork,
    first: BoostedTrees,
    seen: Sequence[Described],
    drawn: Sequence[Described],
    seed: int,
    progress: Callable[[str], None],
) -> GrainModel:
    """Fit the second score to described films and scenes, and calibrate it out of fold."""
    progress("calibration: second scores by halves")
    weights = _weights(len(seen), len(drawn))
    half = [k < len(seen) / 2 for k in range(len(seen))] + [k % 2 == 0 for k in range(len(drawn))]
    everything = [*seen, *drawn]
    scores: list[NDArray[np.float64]] = [np.empty(0)] * len(everything)
    for side in (True, False):
        learnt = [k for k, h in enumerate(half) if h == side]
        trees = train_second_score(
            [everything[k] for k in learnt], [weights[k] for k in learnt], seed
        )
        for k in (k for k, h in enumerate(half) if h != side):
            scores[k] = evaluate_trees(trees, everything[k].listed.features)
    cut = best_cut(everything, scores)
    score, iou, weight, image = _chosen(everything, scores, cut)
    found_score, found_iou = rising_mean(score, iou, weight)
    residual = iou - np.interp(score, found_score, found_iou) if len(found_score) else iou
    found_sd, image_sd = residual_spread(found_score, score, residual, image, weight)
    progress(f"cut {cut:.2f}; second score of everything")
    second = train_second_score(everything, weights, seed)
    return GrainModel(
        network=network,
        first_score=first,
        second_score=second,
        cut_log10_area_px=np.array([0.0, 8.0]),
        cut_score=np.array([cut, cut]),
        found_score=found_score,
        found_iou=found_iou,
        trained_on=tuple(sorted({item.name.split("/")[0] for item in everything})),
        seed=seed,
        found_sd=found_sd,
        image_sd=image_sd,
        outline_sd=_outline_sd(everything, scores, cut),
    )


def _weights(n_seen: int, n_drawn: int) -> list[float]:
    each = min(_MOST_EACH, _MOST_TOGETHER * n_drawn / max(n_seen, 1))
    return [each] * n_seen + [1.0] * n_drawn


def best_cut(described: Sequence[Described], scores: Sequence[NDArray[np.float64]]) -> float:
    """Find the cut with the largest mean of TP/(TP + FP + FN), every set weighing alike.

    A cut that depends on the size did not pay: decision 0002.
    """
    sets = _sets(described)
    weight = 1 / np.bincount(sets)[sets]
    detection = [
        [_detection(item, score, cut) for item, score in zip(described, scores, strict=True)]
        for cut in _CUTS
    ]
    return float(_CUTS[int(np.argmax(np.array(detection) @ weight))])


def _detection(item: Described, score: NDArray[np.float64], cut: float) -> float:
    chosen = choose(item.listed, score, np.full(len(score), cut))
    iou = item.iou[chosen]
    hits = int((iou > _HIT_IOU).sum())
    return hits / max(int((iou >= 0).sum()) + item.n_true - hits, 1)


def _outline_sd(
    described: Sequence[Described], scores: Sequence[NDArray[np.float64]], cut: float
) -> float:
    slopes = [
        outline_slope(item, score, choose(item.listed, score, np.full(len(score), cut)))
        for item, score in zip(described, scores, strict=True)
    ]
    sets = _sets(described)
    return spread_of_slopes(slopes, (1 / np.bincount(sets)[sets]).tolist())


def _sets(described: Sequence[Described]) -> NDArray[np.int64]:
    names = [item.name.split("/")[0] for item in described]
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def _chosen(
    described: Sequence[Described], scores: Sequence[NDArray[np.float64]], cut: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Score, IoU, weight and film of chosen regions.

    Every set weighs alike, and within it every film: one with hundreds of false grains
    would else say what a score means in all others.
    """
    rows, films = [], []
    for k, (item, score) in enumerate(zip(described, scores, strict=True)):
        chosen = choose(item.listed, score, np.full(len(score), cut))
        chosen = chosen[item.iou[chosen] >= 0]
        rows.append(np.stack([score[chosen], item.iou[chosen]]))
        films += [k] * len(chosen)
    score, iou = np.concatenate(rows, axis=1)
    film, sets = np.array(films, np.int64), _sets(described)
    of_film = 1 / (np.bincount(sets)[sets] * np.maximum(np.bincount(film, minlength=len(sets)), 1))
    return score, iou, of_film[film], film
