"""What a law of grain size is, and what a fit of one gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from grainscope.laws.parameter import Parameter
    from grainscope.laws.size.sample import SizeSample

    Column = NDArray[np.float64]
    Theta = tuple[float, ...]


@dataclass(frozen=True)
class Estimate:
    """What a law's `fit` returns.

    Parameters
    ----------
    theta : tuple of float
        Values to report, in the order of the law's parameters.
    log_likelihood : float
        The largest, Σ w ln f(x | x ≥ cut); for a law whose estimates are
        corrected for bias it is not that of ``theta``.
    complexity : float
        What multiplies ln n in the BIC: one for each regular parameter, two
        for each end of a range.

    Examples
    --------
    >>> Estimate((-2.5, 1.2), -1500.0, 2.0).theta
    (-2.5, 1.2)
    """

    theta: Theta
    log_likelihood: float
    complexity: float


class SizeLaw(Protocol):
    """A distribution of x = ln(A / µm²), given that x is at or above a cut.

    All functions are conditional on x ≥ cut: a power law has no other form, and
    nothing below the cut was measured.
    """

    @property
    def name(self) -> str:
        """Name in tables and settings, such as ``log_uniform``."""

    @property
    def title(self) -> str:
        """Name for people."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters, in the order of theta."""

    def log_density(self, x: Column, theta: Theta, cut: float) -> Column:
        """Return ln f(x | x ≥ cut) per unit of ln A, for x ≥ cut."""

    def survival(self, x: Column, theta: Theta, cut: float) -> Column:
        """Return the probability of more than x, given x ≥ cut; 1 at the cut."""

    def fit(self, sample: SizeSample, start: Theta | None = None) -> Estimate:
        """Return the most likely values; ``start`` is a guess, such as an earlier fit."""

    def interval(self, sample: SizeSample, theta: Theta) -> tuple[Theta, Theta]:
        """Return lower and upper ends of the 68 % interval of each parameter."""

    def draw(self, rng: np.random.Generator, n: int, theta: Theta, cut: float) -> Column:
        """Draw n values x ≥ cut."""
