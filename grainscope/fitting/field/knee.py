"""Where ln ρ turns upward against ln H: a power law with a knee, and how far it is followed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.field.field_fit import fit_in_field
from grainscope.fitting.field.field_rows import FieldRows
from grainscope.fitting.model_choice.windows import LEAST_P
from grainscope.laws.conduction.field_knee import FieldKnee
from grainscope.laws.conduction.field_power import FieldPower

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.fitting.least_squares import LawFit

    Column = NDArray[np.float64]

#: A fit of a law along the field needs so many rows.
LEAST_ROWS = 8
#: And so wide a range of ln H.
LEAST_SPAN = 0.3
#: The knee is believed where three parameters more lower χ² by so much.
_KNEE_GAIN = 16.0
#: A knee is followed until the slope has reached these shares of its largest value: beyond,
#: what bends the curve down to its maximum pulls the knee down, unseen by χ².
_SHARES = (0.6, 0.7, 0.8, 0.9, 1.0)
_SHARE = 0.9
#: Rows within so much in ln H make a local slope, and so many at least.
_SLOPE_REACH, _SLOPE_ROWS = 0.12, 7
#: Scans of so many isotherms are kept for the next analysis.
_KNOWN = 256


@dataclass(frozen=True)
class KneeScan:
    """The law with a knee fitted to the rows below several fields; E of them.

    Attributes
    ----------
    share : ndarray of float64, shape (E,)
        Of the largest slope that ln ρ against ln H reaches at the last row.
    end : tuple of int
        Rows fitted, from the first on.
    fits : tuple of LawFit
    p : ndarray of float64, shape (E,)
        Chance of a χ² as large.
    gain : ndarray of float64, shape (E,)
        By what χ² is below that of a power law without a knee.
    chosen : int
    """

    share: Column
    end: tuple[int, ...]
    fits: tuple[LawFit, ...]
    p: Column
    gain: Column
    chosen: int

    @property
    def sure(self) -> NDArray[np.bool_]:
        """Where a straight line does not do as well."""
        return np.asarray(self.gain > _KNEE_GAIN)


def scan_knees(rows: FieldRows) -> KneeScan | None:
    """Fit a knee to the rows up to each of some slopes; None where rows are too few.

    The fit up to 0.9 of the largest slope is chosen, or up to the largest smaller share
    at which χ² does not object.

    Parameters
    ----------
    rows : FieldRows
        Below the maximum of ρ.

    Returns
    -------
    KneeScan or None

    Examples
    --------
    >>> from grainscope.fitting.field.field_rows import FieldRows
    >>> h = np.geomspace(1e-3, 0.06, 200)
    >>> rho = FieldKnee().value(h, (5e3, 0.66, 0.04, 7.0, 0.12))
    >>> scan = scan_knees(FieldRows(h, rho, 0.01 * rho, np.zeros(200, bool)))
    >>> scan.fits[scan.chosen].theta[2].round(4).item()
    0.04
    """
    columns = (rows.field_t, rows.resistivity_ohm_sq, rows.error_ohm_sq)
    return _scanned(*(c.tobytes() for c in columns), rows.censored.tobytes(), rows.offset_error_t)


@lru_cache(_KNOWN)
def _scanned(
    field_t: bytes, resistivity: bytes, error: bytes, censored: bytes, offset_error_t: float
) -> KneeScan | None:
    """Scan rows of which only numbers matter: power_law and upturn ask for the same ones."""
    field, rho, its_error = (np.frombuffer(c, np.float64) for c in (field_t, resistivity, error))
    rows = FieldRows(field, rho, its_error, np.frombuffer(censored, np.bool_), offset_error_t)
    ends = _ends(rows)
    if not ends:
        return None
    parts = [rows.take(slice(0, end)) for end in ends.values()]
    fits = tuple(fit_in_field(FieldKnee(), part, profiled=()) for part in parts)
    straight = [fit_in_field(FieldPower(), part, profiled=()).chi2 for part in parts]
    scale = np.array([fit.scale for fit in fits])
    gain = (np.array(straight) - np.array([fit.chi2 for fit in fits])) / scale**2
    p, share = np.array([goodness(fit) for fit in fits]), np.array(list(ends))
    good = np.flatnonzero((p >= LEAST_P) & (share <= _SHARE) & (gain > _KNEE_GAIN))
    usual = np.flatnonzero(share <= _SHARE)
    chosen = good[-1] if len(good) else (usual[-1] if len(usual) else 0)
    return KneeScan(share, tuple(ends.values()), fits, p, gain, int(chosen))


def _ends(rows: FieldRows) -> dict[float, int]:
    """Return, by share of the largest slope, how many rows come before it is reached."""
    clear = rows.is_clear()
    count = np.cumsum(clear)
    places = np.flatnonzero(clear)
    if len(places) < LEAST_ROWS + 3 or np.ptp(np.log(rows.size_t[clear])) < LEAST_SPAN:
        return {}
    slope = local_slope(rows.size_t[clear], rows.resistivity_ohm_sq[clear])
    ends: dict[float, int] = {}
    for share in _SHARES:
        end = int(places[np.argmax(slope >= share * slope.max())]) + 1
        if count[end - 1] >= LEAST_ROWS + 3 and end not in ends.values():
            ends[share] = end
    return ends or {1.0: len(rows)}


def local_slope(field_t: Column, resistivity_ohm_sq: Column) -> Column:
    """Return d ln ρ / d ln H at each row, by a line through its neighbours.

    Examples
    --------
    >>> field = np.geomspace(0.001, 0.1, 50)
    >>> local_slope(field, 3 * field**0.5).round(6)[[0, 20, 49]].tolist()
    [0.5, 0.5, 0.5]
    """
    at, level = np.log(field_t), np.log(resistivity_ohm_sq)
    half = _SLOPE_ROWS // 2
    place = np.arange(len(at))
    first = np.minimum(np.searchsorted(at, at - _SLOPE_REACH), np.maximum(place - half, 0))
    last = np.maximum(
        np.searchsorted(at, at + _SLOPE_REACH, "right"), np.minimum(place + half + 1, len(at))
    )
    sums = [np.append(0.0, np.cumsum(column)) for column in (at, level, at * at, at * level)]
    x, y, xx, xy = (column[last] - column[first] for column in sums)
    n = last - first
    spread = np.maximum(xx - x * x / n, 1e-12)
    return np.asarray((xy - x * y / n) / spread)


def knee_of(scan: KneeScan | None) -> LawFit | None:
    """Return the knee chosen; None where a straight line does as well."""
    return scan.fits[scan.chosen] if scan is not None and scan.sure[scan.chosen] else None


def goodness(fit: LawFit) -> float:
    """Return the chance of a χ² as large."""
    from scipy.stats import chi2

    return float(chi2.sf(fit.chi2, fit.dof))
