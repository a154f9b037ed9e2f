"""Over which temperatures laws are compared: the whole curve, or the widest part one fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.temperature.law_choice import UNDECIDED, LawChoice, choose_law

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.fitting.temperature.temperature_rows import TemperatureRows

    Column = NDArray[np.float64]

#: Fewer rows are not compared.
LEAST_ROWS = 12
#: A part decides only if it is this share of the curve in ln T: any law fits a short one.
LEAST_SHARE = 0.8
#: Parts of the curve in ln T: the whole, then what shows whether the choice depends on it,
_ALWAYS = ((0.0, 1.0), (0.0, 0.7), (0.3, 1.0))
#: then, where no law fits the whole, also these.
_FURTHER = ((0.0, 0.93), (0.0, 0.85), (0.15, 1.0), (0.15, 0.85), (0.0, 0.5))


@dataclass(frozen=True)
class LawWindows:
    """Comparisons in W windows.

    Attributes
    ----------
    start, stop : ndarray of int64, shape (W,)
        First row, and one past the last; the whole curve comes first.
    share : ndarray of float64, shape (W,)
        Of the whole in ln T.
    choices : tuple of LawChoice
    chosen : int
    """

    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    share: Column
    choices: tuple[LawChoice, ...]
    chosen: int

    @property
    def choice(self) -> LawChoice:
        """The comparison in the chosen window."""
        return self.choices[self.chosen]

    @property
    def elsewhere(self) -> set[str]:
        """Laws that other windows, which they fit, decide on."""
        return {choice.best for choice in self.choices if choice.fitting} - {
            self.choice.best,
            UNDECIDED,
        }

    @property
    def best(self) -> str:
        """The law decided on; of a part, only of a large one, and if no other part differs."""
        doubtful = self.chosen and (self.elsewhere or self.share[self.chosen] < LEAST_SHARE)
        return UNDECIDED if doubtful else self.choice.best

    @property
    def rows(self) -> slice:
        """The chosen rows."""
        return slice(int(self.start[self.chosen]), int(self.stop[self.chosen]))


def compare_in_windows(rows: TemperatureRows) -> LawWindows:
    """Compare laws on a whole curve and on parts of it.

    The whole is chosen where a law fits it; else the widest part in ln T, of eight, that a
    law fits; else the whole.

    Parameters
    ----------
    rows : TemperatureRows
        At least 12.

    Returns
    -------
    LawWindows
    """
    tried = _windows(rows, _ALWAYS)
    choices = [_compared(rows, window) for window in tried]
    if not choices[0].fitting:
        further = [window for window in _windows(rows, _FURTHER) if window not in tried]
        tried += further
        choices += [_compared(rows, window) for window in further]
    ln_t = np.log(rows.temperature_k)
    share = np.array([ln_t[stop - 1] - ln_t[start] for start, stop in tried])
    share /= share[0]
    fitting = np.where([choice.fitting for choice in choices], share, 0.0)
    start, stop = np.array(tried, np.int64).T
    return LawWindows(start, stop, share, tuple(choices), int(np.argmax(fitting)))


def _windows(
    rows: TemperatureRows, parts: tuple[tuple[float, float], ...]
) -> list[tuple[int, int]]:
    ln_t = np.log(rows.temperature_k)
    found: list[tuple[int, int]] = []
    for begin, end in parts:
        low, high = ln_t[0] + np.array([begin, end]) * (ln_t[-1] - ln_t[0])
        start = int(np.searchsorted(ln_t, low - 1e-9))
        stop = int(np.searchsorted(ln_t, high + 1e-9))
        if stop - start >= LEAST_ROWS and (start, stop) not in found:
            found.append((start, stop))
    return found


def _compared(rows: TemperatureRows, window: tuple[int, int]) -> LawChoice:
    part = rows.part(slice(*window))
    return choose_law(part.temperature_k, part.resistivity_ohm_sq, part.error_ohm_sq)
