"""Odds of one film against many others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

_DRAWS = 400


@dataclass(frozen=True)
class Odds:
    """How much likelier what was measured is for a film than for others.

    Attributes
    ----------
    log10_odds, low, high : float
        With the 68 % interval from drawing the other films again.
    rank : float
        Share of the films, itself among them, that are at least as likely as it is.
    """

    log10_odds: float
    low: float
    high: float
    rank: float


def odds_against(film: float, others: Column, pooled: float, rng: np.random.Generator) -> Odds:
    """Weigh a film against M others, which may be the very film measured or stand for it.

        odds = p(data | film) / [½ ⟨p(data | other film)⟩ + ½ p(data | all others together)]

    The first half is of a bar no larger than a film, the second of a much larger one, to
    which each film is a sample; without it films that hold many loops, and so the mean of
    all, would be preferred whatever they are.

    Parameters
    ----------
    film : float
        Ln p(data | film).
    others : ndarray of float64, shape (M,)
        Ln p(data | other) of each.
    pooled : float
        Ln p(data | all others together).
    rng : numpy Generator
        Source of chance.

    Examples
    --------
    >>> found = odds_against(np.log(100.0), np.zeros(3), 0.0, np.random.default_rng(0))
    >>> round(found.log10_odds, 6), round(found.low, 6), found.rank
    (2.0, 2.0, 0.25)
    """
    others = np.asarray(others, np.float64)
    top = max(float(others.max()), pooled)
    share, together = np.exp(others - top), float(np.exp(pooled - top))
    again = rng.multinomial(len(others), np.full(len(others), 1 / len(others)), _DRAWS)
    drawn = np.maximum((again @ share) / len(others) + together, 1e-300) / 2
    value = (film - top - np.log((share.mean() + together) / 2)) / np.log(10)
    low, high = np.quantile((film - top - np.log(drawn)) / np.log(10), (0.16, 0.84))
    rank = (1 + int((others >= film).sum())) / (1 + len(others))
    return Odds(float(value), min(float(low), float(value)), max(float(high), float(value)), rank)


def log_mean(evidence: Column) -> float:
    """Return ln of the mean over a grid of exp(evidence)."""
    from scipy.special import logsumexp

    return float(logsumexp(evidence) - np.log(evidence.size))
