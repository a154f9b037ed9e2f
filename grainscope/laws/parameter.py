"""One parameter of a law."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Parameter:
    """One parameter of a law.

    Parameters
    ----------
    name : str
        With its unit as suffix where it has one, as in tables and reports.
    unit : str
        Empty for a pure number.
    low, high : float
        Bounds of the values it can take.
    meaning : str
        One phrase, for people.

    Examples
    --------
    >>> Parameter("share", "", 0.0, 1.0, "share of the smaller kind").high
    1.0
    """

    name: str
    unit: str
    low: float
    high: float
    meaning: str
