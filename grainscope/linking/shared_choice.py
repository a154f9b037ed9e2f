"""Stages of one sample: the same loops, each with a coupling length of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Evidence = NDArray[np.float64]


def with_shared_choice(evidences: Sequence[Evidence]) -> list[Evidence]:
    """Return the evidence of every stage by itself, then of every stage given the others.

    Annealing or a gate changes ξ, not the grains. With the smallest grain d and the widest
    gap w shared the probability of all K stages is

        p(data | d, w, ξ1 … ξK) = Π p(data k | d, w, ξk),

    which factorises once d and w are given: of stage k and all others, their ξ marginalised,

        ln p(data | d, w, ξk) = ln p(data k | d, w, ξk) + Σ ln ⟨p(data l | d, w, ξ)⟩, l ≠ k.

    Its mean over the grid is the same for every k: the evidence of all stages.

    Parameters
    ----------
    evidences : sequence of ndarray of float64, each of shape (D, G, X)
        Ln p(data k) of each choice, for K stages.

    Returns
    -------
    list of ndarray of float64
        K of one stage each, and where K > 1 another K of all stages.

    Examples
    --------
    >>> own, same, both, also = with_shared_choice([np.zeros((1, 1, 2)), np.ones((1, 1, 2))])
    >>> both.tolist(), also.tolist()
    ([[[1.0, 1.0]]], [[[1.0, 1.0]]])
    """
    from scipy.special import logsumexp

    if len(evidences) < 2:
        return list(evidences)
    alone = [
        np.asarray(logsumexp(evidence, axis=2) - np.log(evidence.shape[2]))
        for evidence in evidences
    ]
    total = np.sum(alone, axis=0)
    shared = [
        evidence + (total - own)[..., None] for evidence, own in zip(evidences, alone, strict=True)
    ]
    return [*evidences, *shared]
