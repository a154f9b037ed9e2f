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
    near, with_large, square : float
        Sums of the weights of loops there, of those that hold one of the larger grains,
        and of the squared weights.
    """

    low_um2: float
    high_um2: float
    near: float = 0.0
    with_large: float = 0.0
    square: float = 0.0

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
        self.square += float((share[near] ** 2).sum())

    @property
    def share(self) -> float:
        """Share of that weight in loops that hold a large grain; NaN where there is none."""
        return self.with_large / self.near if self.near > 0 else float("nan")

    def interval(self) -> tuple[float, float]:
        """Return the 68 % interval of the share of as many loops, by Jeffreys' prior."""
        from scipy.special import betaincinv

        if self.near == 0:
            return float("nan"), float("nan")
        number = self.near**2 / self.square
        held = self.share * number
        ends = betaincinv(held + 0.5, number - held + 0.5, np.array([0.16, 0.84]))
        return min(float(ends[0]), self.share), max(float(ends[1]), self.share)
