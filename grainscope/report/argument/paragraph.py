"""A paragraph whose every number comes from a file; what is not there is not said."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grainscope.files.reproduce_record import ArgumentNumber, ReproducedArgument
from grainscope.report.numbers import format_number, half_width, short_number, with_minus

if TYPE_CHECKING:
    from grainscope.report.facts import Found


@dataclass
class Paragraph:
    """Sentences about one step of the paper's argument.

    Attributes
    ----------
    name, title : str
        Of the step.
    pictures : list of str
        Relative paths.
    """

    name: str
    title: str
    pictures: list[str]
    numbers: dict[str, ArgumentNumber] = field(default_factory=dict)
    text: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def found(self, name: str, found: Found) -> float:
        """Take a number of a run or a fit; return its value, NaN where there is none."""
        if not found.is_known:
            self.missing.append(found.reason)
        self._take(name, found.value, found.low, found.high, found.unit, found.where)
        return math.nan if found.value is None else found.value

    def made(self, name: str, value: float, unit: str, where: str) -> float:
        """Take a number that follows from others, or was read from a table."""
        self._take(name, value, None, None, unit, where)
        return value

    def say(self, sentence: str) -> None:
        """Add a sentence with numbers as ``{name}``; left out where one of them is not known."""
        told = {name: with_minus(written(number)) for name, number in self.numbers.items()}
        said = sentence.format_map(_Told(told))
        if _UNKNOWN not in said:
            self.text.append(said)

    def done(self) -> ReproducedArgument:
        """Return the paragraph as it is stored."""
        return ReproducedArgument(
            name=self.name,
            title=self.title,
            text=self.text or ["The files hold none of the numbers of this step."],
            missing=list(dict.fromkeys(self.missing)),
            numbers=self.numbers,
            pictures=self.pictures,
        )

    def _take(
        self,
        name: str,
        value: float | None,
        low: float | None,
        high: float | None,
        unit: str,
        where: str,
    ) -> None:
        ends = (_finite(part) for part in (value, low, high))
        value, low, high = ends
        if value is not None or high is not None:
            self.numbers[name] = ArgumentNumber(
                value=value, low=low, high=high, unit=unit, where=where
            )


_UNKNOWN = "\0"


class _Told(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return _UNKNOWN


def written(number: ArgumentNumber) -> str:
    """Write a number with its interval and unit, such as ``3.405 (3.396 to 3.416) K``.

    Examples
    --------
    >>> written(ArgumentNumber(value=3.405, low=3.396, high=3.416, unit="K", where=""))
    '3.405 (3.396 to 3.416) K'
    >>> written(ArgumentNumber(value=0.3, unit="", where=""))
    '0.3'
    """
    step = half_width(number.low, number.high)
    unit = f" {number.unit}" if number.unit else ""
    if number.value is None:
        return f"below {format_number(number.high)}{unit}"
    told = format_number(number.value, step) if step else short_number(number.value, 3)
    if step is None:
        return f"{told}{unit}"
    interval = f"{format_number(number.low, step)} to {format_number(number.high, step)}"
    return f"{told} ({interval}){unit}"


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
