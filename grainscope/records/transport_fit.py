"""What an analysis of measured transport found."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Literal

import numpy as np

from grainscope.records.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Column = NDArray[np.float64]


@record
class FitParameter:
    """One number that a fit found, or a list of them, with its 68 % interval.

    Attributes
    ----------
    value, low, high : float or tuple of float
        NaN (an end: infinite or NaN) where the data do not tell.
    unit : str
        Empty for a pure number.
    """

    value: float | tuple[float, ...]
    low: float | tuple[float, ...]
    high: float | tuple[float, ...]
    unit: str

    @classmethod
    def of_draws(cls, value: float, draws: Sequence[float] | Column, unit: str) -> FitParameter:
        """Return a value with the middle 68 % of draws of it, the value itself always inside.

        Examples
        --------
        >>> FitParameter.of_draws(0.1, [0.2, 0.2, 0.3], "T")
        FitParameter(value=0.1, low=0.1, high=0.268, unit='T')
        """
        low, high = (float(end) for end in np.quantile(draws, (0.16, 0.84)))
        return cls(value, min(low, value), max(high, value), unit)


@record
class TransportFit:
    """One result of one analysis: a row of ``fit.json``.

    Attributes
    ----------
    analysis : str
        Its name, such as ``"power_law"``.
    sample : str
    selection : mapping
        Which part of the data, such as ``{"stage": "S2", "temperature_k": 0.06}``.
    status : {"done", "skipped", "failed"}
        Skipped: the data do not have what it takes; failed: the analysis broke down.
    reason : str
        Why not done; where it was, empty.
    parameters : mapping of str to FitParameter
        By names that end in their unit.
    window : mapping
        Which rows were fitted: ``{"field_t": (0.001, 0.03), "chosen": "the widest …"}``.
    weights : mapping of str to float
        Of the laws compared, by name; they sum to 1.
    labels : mapping of str to str
        What is a word and no number, such as ``{"best": "log_resistance"}``.
    warnings : tuple of str
        What the reader must know before using the numbers.
    table : mapping of str to ndarray, each of shape (K,)
        Rows of ``ANALYSIS.csv``: data, error, fitted value, residual in standard
        deviations; columns end in their unit.
    windows : mapping of str to ndarray, each of shape (W,)
        Rows of ``ANALYSIS_windows.csv``: what other windows would have given.
    extra : mapping of str to ndarray
        Arrays of other lengths that the figure draws, such as a dense model curve.
    """

    analysis: str
    sample: str
    selection: Mapping[str, float | str]
    status: Literal["done", "skipped", "failed"]
    reason: str = ""
    parameters: Mapping[str, FitParameter] = field(default_factory=dict)
    window: Mapping[str, tuple[float, float] | str] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    table: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    windows: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    extra: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)


def skipped(analysis: str, sample: str, reason: str, **selection: float | str) -> TransportFit:
    """Return the result of an analysis that the data do not allow.

    Examples
    --------
    >>> skipped("hall", "film", "needs hall_resistance_ohm against field_t").status
    'skipped'
    """
    return TransportFit(analysis, sample, selection, "skipped", reason)
