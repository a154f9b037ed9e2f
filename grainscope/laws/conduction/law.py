"""What a law of conduction is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from grainscope.laws.parameter import Parameter

    Column = NDArray[np.float64]
    Theta = tuple[float, ...]


class ConductionLaw(Protocol):
    """A resistance, or another response, as a function of one variable.

    One law a file: its equation, its reference, its parameters with unit and
    bounds, and values that a test holds it to.
    """

    @property
    def name(self) -> str:
        """Name in tables and in ``fit.json``, such as ``efros_shklovskii``."""

    @property
    def title(self) -> str:
        """Name for people."""

    @property
    def equation(self) -> str:
        """One line of Unicode, such as ``R = R0 exp((T0/T)^½)``."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters, in the order of theta."""

    @property
    def known_values(self) -> tuple[tuple[float, Theta, float], ...]:
        """Variable, theta and value, computed by hand or from the reference."""

    def value(self, x: Column, theta: Theta | Column) -> Column:
        """Return the law at x, shape (K,)."""

    def start(self, x: Column, y: Column) -> Theta:
        """Return a guess from data, inside the bounds."""
