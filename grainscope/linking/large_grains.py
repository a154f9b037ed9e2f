"""Whether the loops of a measured field hold the larger grains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import FLUX_QUANTUM_G_UM2

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.linking.loop_sets import LoopSet

    Column = NDArray[np.float64]

#: Loops count as being of a field where their areas lie within so much of Φ0/B, or its error.
_LEAST_SHARE = 0.1


@dataclass
class LargeGrains:
    """Weight of the loops near one area, over the choices of contacts.

    Attributes
    ----------
    low_um2, high_um2 : float
        The areas that count.
    near, with_large, spread : float
        Sums over the choices of the weights of loops there, of the weights of those that
        hold one of the larger grains, and of the root of the squared weights.
    """

    low_um2: float
    high_um2: float
    near: float = 0.0
    with_large: float = 0.0
    spread: float = 0.0

    @classmethod
    def around(cls, field_g: float, error_g: float) -> LargeGrains:
        """Look for loops of Φ0/B, within a tenth of it or the error of B."""
        area = FLUX_QUANTUM_G_UM2 / field_g
        spread = area * max(error_g / field_g, _LEAST_SHARE)
        return cls(max(area - spread, 0.0), area + spread)

    def add(self, loops: LoopSet, probability: Column) -> None:
        """Add the loops of one choice, of which each ξ has a probability, shape (X,)."""
        share = loops.weight / loops.weight.sum(axis=2, keepdims=True)
        share = np.einsum("rxl,x->l", share, probability) / len(loops.weight)
        near = (loops.area_um2 >= self.low_um2) & (loops.area_um2 <= self.high_um2)
        self.near += float(share[near].sum())
        self.with_large += float(share[near & loops.holds_large].sum())
        # Loops of another choice are largely the same loops: no more of them by that.
        self.spread += float(np.sqrt((share[near] ** 2).sum()))

    @property
    def share(self) -> float:
        """Share of that weight in loops that hold a large grain; NaN where there is none."""
        return self.with_large / self.near if self.near > 0 else float("nan")

    def interval(self) -> tuple[float, float]:
        """Return the 68 % interval of the share of as many loops, by Jeffreys' prior.

        (Σw)²/Σw² of them within a choice of contacts; from choice to choice they count as
        the same, so that a finer grid tells no more.

        Examples
        --------
        >>> from grainscope.linking.loop_sets import LoopSet
        >>> alike, none = np.ones((1, 2, 12)), np.zeros(12, int)
        >>> loops = LoopSet(np.full(12, 1.0), alike, np.arange(12) < 4, none)
        >>> found = LargeGrains(0.9, 1.1)
        >>> for _ in "ab":
        ...     found.add(loops, np.array([0.25, 0.25]))
        >>> round(found.share, 3), [round(end, 2) for end in found.interval()]
        (0.333, [0.22, 0.48])
        """
        from scipy.special import betaincinv

        if self.near == 0:
            return float("nan"), float("nan")
        number = (self.near / self.spread) ** 2
        held = self.share * number
        ends = betaincinv(held + 0.5, number - held + 0.5, np.array([0.16, 0.84]))
        return min(float(ends[0]), self.share), max(float(ends[1]), self.share)
