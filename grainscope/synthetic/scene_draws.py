"""Draw a number or a choice from a generator."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np

Choice = TypeVar("Choice")


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw a positive number whose logarithm is uniform.

    Examples
    --------
    >>> import numpy as np
    >>> 2.0 <= log_uniform(np.random.default_rng(0), 2.0, 50.0) <= 50.0
    True
    """
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def happens(rng: np.random.Generator, chance: float) -> bool:
    """Draw whether something of this probability happens."""
    return bool(rng.random() < chance)


def choose(rng: np.random.Generator, weights: Mapping[Choice, float]) -> Choice:
    """Draw a key with a probability proportional to its weight.

    Examples
    --------
    >>> import numpy as np
    >>> choose(np.random.default_rng(0), {"discs": 1.0, "rods": 0.0})
    'discs'
    """
    mark = rng.random() * sum(weights.values())
    for choice, weight in weights.items():
        mark -= weight
        if mark < 0:
            return choice
    return choice
