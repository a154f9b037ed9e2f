"""Two curves of one film, one of them disturbed: by what share they differ, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from grainscope.records import TransportCurve

    Column = NDArray[np.float64]

#: The common shape of both is a polynomial of at most this degree in ln x.
_MOST_DEGREE = 3
_LEAST_ROWS = 4


@dataclass(frozen=True)
class ShareOfChange:
    """By what share one curve lies above another in a window.

    Attributes
    ----------
    change, error : float
        Relative change and its standard deviation.
    p : float
        Chance of a misfit as large of curves that are the same but for a factor.
    low, high : float
        The window, in the unit of the axis.
    rows : int
        Rows of both.
    """

    change: float
    error: float
    p: float
    low: float
    high: float
    rows: int


def pairs(
    curves: Sequence[TransportCurve],
) -> Iterator[tuple[TransportCurve, TransportCurve]]:
    """Return each disturbed curve with the undisturbed one of the same stage and set point.

    Of several undisturbed ones that of the nearest set point is taken, within 5 %.
    """
    plain = [c for c in curves if c.undisturbed]
    for curve in curves:
        if curve.undisturbed:
            continue
        same = [
            one
            for one in plain
            if (one.along, one.quantity, one.stage, one.selection.get("gate_v"))
            == (curve.along, curve.quantity, curve.stage, curve.selection.get("gate_v"))
            and _distance(one, curve) <= 0.05
        ]
        if same:
            yield curve, min(same, key=lambda one: _distance(one, curve))


def _distance(one: TransportCurve, other: TransportCurve) -> float:
    """Return the largest relative difference of what both hold."""
    held = [name for name in ("temperature_k", "field_t") if name != one.along]
    apart = []
    for name in held:
        a, b = one.at(name), other.at(name)
        both_unknown = np.isnan(a) and np.isnan(b)
        apart.append(0.0 if both_unknown or a == b else abs(a - b) / max(abs(a), abs(b)))
    return float(np.max(np.nan_to_num(apart, nan=np.inf)))


def share_of_change(
    disturbed: TransportCurve, plain: TransportCurve, low: float, high: float
) -> ShareOfChange | None:
    """Return by what factor two curves of the same shape differ within a window.

    ln ρ = P(ln x) + δ [disturbed], with a polynomial P of the least degree that BIC
    wants; the change is e^δ − 1. Its error is widened by √(χ²/dof) where that is above 1.

    Parameters
    ----------
    disturbed, plain : TransportCurve
        Rows at the noise floor are left out.
    low, high : float
        Of |x|.

    Returns
    -------
    ShareOfChange or None
        None where either has fewer than four rows there.
    """
    x, y, error, with_rf = (np.concatenate(c) for c in zip(
        _rows(disturbed, low, high, 1.0), _rows(plain, low, high, 0.0), strict=True
    ))  # fmt: skip
    n_rf = int(with_rf.sum())
    if min(n_rf, len(x) - n_rf) < _LEAST_ROWS:
        return None
    from scipy.stats import chi2 as chi2_law

    centred = x - x.mean()
    best: tuple[float, float, float, float] | None = None
    for degree in range(min(_MOST_DEGREE, len(x) // 4) + 1):
        design = (
            np.column_stack((with_rf, *(centred**k for k in range(degree + 1)))) / error[:, None]
        )
        theta, *_ = np.linalg.lstsq(design, y / error)
        left = y / error - design @ theta
        chi2, dof = float(left @ left), max(len(y) - degree - 2, 1)
        bic = chi2 + (degree + 2) * np.log(len(y))
        if best is None or bic < best[0]:
            variance = float(np.linalg.pinv(design.T @ design)[0, 0])
            widened = float(np.sqrt(variance * max(chi2 / dof, 1.0)))
            best = (bic, float(theta[0]), widened, float(chi2_law.sf(chi2, dof)))
    assert best is not None
    change = float(np.expm1(best[1]))
    return ShareOfChange(change, (1 + change) * best[2], best[3], low, high, len(x))


def _rows(
    curve: TransportCurve, low: float, high: float, mark: float
) -> tuple[Column, Column, Column, Column]:
    """Return ln |x|, ln value, relative error, and the mark, of rows in the window."""
    x = np.abs(curve.x)
    here = (x >= low) & (x <= high) & (x > 0) & (curve.value > 0) & ~curve.censored
    value = curve.value[here]
    return np.log(x[here]), np.log(value), curve.error[here] / value, np.full(len(value), mark)
