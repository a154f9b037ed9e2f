"""Isotherms near their crossing as polynomials of several degrees over several widths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.field.common_point import CommonPoint, common_point
from grainscope.fitting.smoothing.kept_rows import weights_of
from grainscope.fitting.smoothing.local_polynomial import LocalPolynomial, fit_polynomial

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.fitting.field.field_rows import FieldRows

    Column = NDArray[np.float64]

#: Half-widths in ln H, and degrees, of the polynomials of ln ρ.
_HALVES = (0.06, 0.1, 0.15, 0.22, 0.32, 0.45)
_DEGREES = (1, 2, 3, 4)
#: Models of less than this weight change nothing.
_LEAST_WEIGHT = 1e-3


@dataclass(frozen=True)
class CrossingModel:
    """A polynomial of ln ρ in ln H for each of N isotherms, of one degree and width.

    Attributes
    ----------
    centre, half : float
        In ln H.
    degree : int
    isotherms : tuple of LocalPolynomial
    """

    centre: float
    half: float
    degree: int
    isotherms: tuple[LocalPolynomial, ...]

    @property
    def chi2(self) -> float:
        """Of all isotherms."""
        return sum(one.chi2 for one in self.isotherms)

    @property
    def n(self) -> int:
        """Rows of all isotherms."""
        return sum(one.n for one in self.isotherms)

    @property
    def terms(self) -> int:
        """Coefficients of all isotherms."""
        return len(self.isotherms) * (self.degree + 1)

    @property
    def scale(self) -> float:
        """√(χ²/dof) where that is above 1."""
        return float(np.sqrt(max(self.chi2 / (self.n - self.terms), 1.0)))

    def meet(self, which: Sequence[int]) -> CommonPoint | None:
        """Return where some of the isotherms meet."""
        chosen = [self.isotherms[k] for k in which]
        low, high = self.centre - self.half, self.centre + self.half
        return common_point(chosen, low, high, self.scale)


def crossing_models(isotherms: Sequence[FieldRows], field_t: float) -> list[CrossingModel]:
    """Fit polynomials about a field; widths that leave an isotherm too few rows are left out."""
    centre, models = float(np.log(field_t)), []
    for half in _HALVES:
        parts = [rows.take(np.abs(np.log(rows.size_t) - centre) <= half) for rows in isotherms]
        for degree in _DEGREES:
            if min(len(part) for part in parts) < degree + 4:
                continue
            fits = tuple(_fit(part, degree, (centre, half)) for part in parts)
            models.append(CrossingModel(centre, half, degree, fits))
    return models


def _fit(rows: FieldRows, degree: int, around: tuple[float, float]) -> LocalPolynomial:
    level = np.log(rows.resistivity_ohm_sq)
    return fit_polynomial(
        np.log(rows.size_t), level, rows.error_ohm_sq / rows.resistivity_ohm_sq, degree, around
    )


def model_weights(models: Sequence[CrossingModel]) -> Column:
    """Return what each model is worth by `kept_rows.weights_of`."""
    return weights_of(
        [model.chi2 for model in models],
        [model.n for model in models],
        [model.terms for model in models],
    )


@dataclass(frozen=True)
class MeanPoint:
    """A common point averaged over models, in ln H and ln ρ, with the spread among them."""

    x: float
    low: float
    high: float
    y: float
    y_error: float


def mean_point(
    models: Sequence[CrossingModel], weight: Column, which: Sequence[int]
) -> MeanPoint | None:
    """Average the point where some isotherms meet over models; None where they meet in none.

    Parameters
    ----------
    models : sequence of CrossingModel
    weight : ndarray of float64, shape (M,)
    which : sequence of int
        The isotherms.
    """
    kept = [
        (point, its)
        for model, its in zip(models, weight, strict=True)
        if its > _LEAST_WEIGHT and (point := model.meet(which)) is not None
    ]
    if not kept:
        return None
    share = np.array([its for _, its in kept])
    share = share / share.sum()
    x, low, high, y, y_error = np.array(
        [(one.x, one.low, one.high, one.y, one.y_error) for one, _ in kept]
    ).T
    middle, height = float(share @ x), float(share @ y)
    below = float(np.sqrt(share @ ((x - low) ** 2 + (x - middle) ** 2)))
    above = float(np.sqrt(share @ ((high - x) ** 2 + (x - middle) ** 2)))
    error = float(np.sqrt(share @ (y_error**2 + (y - height) ** 2)))
    return MeanPoint(middle, middle - below, middle + above, height, error)
