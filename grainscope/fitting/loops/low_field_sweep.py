"""The low-field part of a magnetoresistance, ready to be searched for loops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.constants import GAUSS_PER_TESLA
from grainscope.fitting.loops.folding import fold_field
from grainscope.fitting.loops.loop_grid import loop_grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.fitting.loops.folding import FoldedCurve
    from grainscope.fitting.loops.loop_grid import LoopGrid
    from grainscope.records import TransportCurve

    Column = NDArray[np.float64]

#: Loops of 0.5 µm show 1.5 quanta up to here; smaller ones are single gaps between grains.
FIELD_MAX_G = 150.0
#: Fewer folded rows do not tell a background from loops.
FEWEST_ROWS = 24
#: Beyond, the noise of ln ρ is no longer normal.
_MOST_NOISE = 0.3
#: Where ρ grows faster than this power of the field resistance only appears.
_ONSET_POWER = 3.0
#: A gap in the field this part of the sweep below it is half a quantum of the smallest loop
#: that the sweep shows (1.5 quanta): rows beyond hang on nothing.
_GAP_SHARE = 1 / 3


@dataclass(frozen=True)
class LowFieldSweep:
    """A folded sweep and what it can tell; N rows.

    Attributes
    ----------
    curve : TransportCurve
        Where it comes from.
    folded : FoldedCurve
        In Ω/□.
    grid : LoopGrid
        Of the loops that it shows.
    left_out : int
        Rows of the window at the noise floor or where resistance only appears, not positive,
        too noisy for a logarithm, or past a gap.
    """

    curve: TransportCurve
    folded: FoldedCurve
    grid: LoopGrid
    left_out: int

    @property
    def field_g(self) -> Column:
        """Ascending."""
        return self.folded.field_g

    @property
    def log_value(self) -> Column:
        """Of ρ in Ω/□."""
        return np.asarray(np.log(self.folded.value))

    @property
    def log_error(self) -> Column:
        """Standard deviation of ln ρ."""
        return np.asarray(self.folded.error / self.folded.value)


def low_field_sweep(curve: TransportCurve, field_max_g: float = FIELD_MAX_G) -> LowFieldSweep:
    """Fold the rows of a curve that lie below a field and above the noise floor.

    A sweep ends at the first gap that is wider than a third of it, where 24 fields lie
    below: one row far out would stretch the background and the sizes that are searched.

    Parameters
    ----------
    curve : TransportCurve
        Along the field, its offset taken off.
    field_max_g : float
        Largest field.

    Returns
    -------
    LowFieldSweep

    Raises
    ------
    ValueError
        Fewer than 24 fields are left, or too coarse for any loop: the message says so.
    """
    field_g = curve.field_t * GAUSS_PER_TESLA
    near = np.abs(field_g) <= field_max_g * (1 + 1e-9)
    good = near & ~curve.censored & (curve.value > 0)
    good &= curve.error < _MOST_NOISE * curve.value
    if good.sum() < FEWEST_ROWS:
        raise ValueError(
            f"needs {FEWEST_ROWS} fields up to {field_max_g / GAUSS_PER_TESLA:g} T above the noise "
            f"floor: got {int(good.sum())} rows"
        )
    folded = _folded(curve, field_g, good)
    last = _before_gap(folded.field_g)
    if last < len(folded.field_g):
        good &= np.abs(field_g) <= folded.field_g[last - 1] * (1 + 1e-9)
        folded = _folded(curve, field_g, good)
    onset = _past_onset(folded)
    if len(folded.field_g) - onset >= FEWEST_ROWS:
        good &= np.abs(field_g) >= folded.field_g[onset] * (1 - 1e-9)
        folded = _folded(curve, field_g, good)
    count = len(folded.field_g)
    if count < FEWEST_ROWS:
        raise ValueError(
            f"needs {FEWEST_ROWS} fields up to {field_max_g / GAUSS_PER_TESLA:g} T: got {count}"
        )
    if not (folded.value > 0).all():
        raise ValueError("needs a resistivity above 0 at every field: its mean is not")
    return LowFieldSweep(curve, folded, loop_grid(folded.field_g), int((near & ~good).sum()))


def _folded(curve: TransportCurve, field_g: Column, good: NDArray[np.bool_]) -> FoldedCurve:
    return fold_field(field_g[good], curve.value[good], curve.error[good], curve.direction[good])


def _before_gap(field_g: Column) -> int:
    """Return how many fields lie before the first gap that no loop can be followed over."""
    wide = np.diff(field_g) > _GAP_SHARE * (field_g[:-1] - field_g[0])
    enough = np.arange(1, len(field_g)) >= FEWEST_ROWS
    after = np.flatnonzero(wide & enough)
    return int(after[0]) + 1 if len(after) else len(field_g)


def _past_onset(folded: FoldedCurve) -> int:
    """Return the first row past the onset of resistance, which is no sum over loops.

    There ρ grows faster than the third power of the field; no loops make it do so.
    """
    ln_field = np.log(np.maximum(folded.field_g, 1e-9))
    ln_value = np.log(np.maximum(folded.value, 1e-300))
    low = slice(0, len(ln_field) // 2)
    steep = np.gradient(ln_value, ln_field)[low] > _ONSET_POWER
    return int(np.flatnonzero(steep)[-1]) + 1 if steep.any() else 0
