"""Teach the two scores: what IoU a candidate will have with a grain."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.scoring import IGNORE_LABEL
from grainscope.segmentation.boosted_trees import evaluate_trees
from grainscope.segmentation.candidate_features import FEATURES, describe_regions
from grainscope.segmentation.candidates import find_candidates
from grainscope.segmentation.context import CONTEXT_FEATURES, Shortlist, shortlist
from grainscope.segmentation.pixel_network import pixel_maps
from grainscope.training.candidate_truth import best_iou
from grainscope.training.tree_training import train_trees

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from grainscope.records import BoostedTrees, PixelNetwork
    from grainscope.training.examples import Example

#: Candidates of one example that a score learns from; more of one film add little.
_PER_EXAMPLE = 3000
#: Good candidates are rare: those above this IoU are drawn three times as often.
_GOOD_IOU, _PREFERENCE = 0.3, 3.0
#: True grains below this are not asked for.
_LEAST_AREA_PX = 10
_FIRST_TREES, _SECOND_TREES = 160, 240


@dataclass(frozen=True)
class Described:
    """The shortlist of an example with the truth beside it.

    Attributes
    ----------
    name : str
        Of the example.
    listed : Shortlist
        N candidates.
    iou : ndarray of float64, shape (N,)
        Best IoU of each with a true grain; −1 where the truth does not say.
    n_true : int
        Number of true grains of at least 10 px.
    """

    name: str
    listed: Shortlist
    iou: NDArray[np.float64]
    n_true: int


def train_first_score(
    examples: Sequence[Example], network: PixelNetwork, seed: int
) -> BoostedTrees:
    """Fit the score of a candidate by itself."""

    def drawn(k: int) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        grain, core = pixel_maps(examples[k].film, network, n_threads=1)
        regions = find_candidates(examples[k].film, grain, core)
        iou = best_iou(regions, examples[k].labels)
        rows = _draw(iou, np.random.default_rng((seed, k)))
        few = regions.subset(rows)
        return describe_regions(few, examples[k].film, grain, core, n_threads=1), iou[rows]

    samples = _in_threads(drawn, len(examples))
    return _fitted(samples, [1.0] * len(samples), FEATURES, _FIRST_TREES)


def describe_example(
    example: Example, network: PixelNetwork, first_score: BoostedTrees
) -> Described:
    """Find, score and shortlist the candidates of one example, and compare them with its truth."""
    grain, core = pixel_maps(example.film, network, n_threads=1)
    regions = find_candidates(example.film, grain, core)
    features = describe_regions(regions, example.film, grain, core, n_threads=1)
    score = evaluate_trees(first_score, features, n_threads=1)
    listed = shortlist(regions, features, score, example.film.shape)
    area_px = np.unique(example.labels, return_counts=True)
    counted = (area_px[0] > 0) & (area_px[0] != IGNORE_LABEL) & (area_px[1] >= _LEAST_AREA_PX)
    iou = best_iou(listed.regions, example.labels)
    return Described(example.name, listed, iou, int(counted.sum()))


def describe_examples(
    examples: Sequence[Example], network: PixelNetwork, first_score: BoostedTrees
) -> list[Described]:
    """Describe many examples, two at a time."""
    return _in_threads(lambda k: describe_example(examples[k], network, first_score), len(examples))


def train_second_score(
    described: Sequence[Described], weights: Sequence[float], seed: int
) -> BoostedTrees:
    """Fit the score of a candidate seen among the others.

    Parameters
    ----------
    described : sequence of Described
    weights : sequence of float
        Weight of each example.
    seed : int
        Of the candidates drawn.

    Returns
    -------
    BoostedTrees
    """
    samples = []
    for k, item in enumerate(described):
        rows = _draw(item.iou, np.random.default_rng((seed, 1, k)))
        samples.append((item.listed.features[rows], item.iou[rows]))
    return _fitted(samples, weights, CONTEXT_FEATURES, _SECOND_TREES)


def _draw(iou: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Choose candidates of one example, good ones preferred."""
    known = np.flatnonzero(iou >= 0)
    if len(known) <= _PER_EXAMPLE:
        return known
    share = np.where(iou[known] > _GOOD_IOU, _PREFERENCE, 1.0)
    return np.sort(rng.choice(known, _PER_EXAMPLE, replace=False, p=share / share.sum()))


def _fitted(
    samples: Sequence[tuple[NDArray[np.float32], NDArray[np.float64]]],
    weights: Sequence[float],
    features: Sequence[str],
    n_trees: int,
) -> BoostedTrees:
    rows = np.concatenate([sample[0] for sample in samples])
    target = np.concatenate([sample[1] for sample in samples])
    each = [w / max(len(s[1]), 1) for w, s in zip(weights, samples, strict=True)]
    weight = np.repeat(each, [len(sample[1]) for sample in samples])
    return train_trees(rows, target, weight / weight.mean(), features, n_trees)


def _in_threads(work: Callable[[int], object], n: int) -> list:  # type: ignore[type-arg]
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(work, range(n)))
