"""What a link takes of measured fluctuations: the curve, or else its minima."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from grainscope.linking.likelihood import LEAST_FIELDS, CurveLikelihood
from grainscope.linking.minima_likelihood import MinimaLikelihood

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from grainscope.linking.likelihood import Likelihood
    from grainscope.records.transport_fit import TransportFit

    Column = NDArray[np.float64]

#: More fields than these are averaged in groups.
_MOST_FIELDS = 128
#: Error of a minimum of which none is stated, as a share of its field.
_ERROR_SHARE = 0.05
#: Without a curve, minima were looked for up to so many times the last one.
_BEYOND = 1.5


@dataclass(frozen=True)
class FieldCurve:
    """ln(ρ/ρ̄) against field; shape (K,), the field ascending and above 0.

    Attributes
    ----------
    field_g, ln_ratio, error : ndarray of float64, shape (K,)
    """

    field_g: Column
    ln_ratio: Column
    error: Column


@dataclass(frozen=True)
class Minima:
    """Fields of minima and their standard deviations, shape (M,).

    Attributes
    ----------
    field_g, error_g : ndarray of float64, shape (M,)
    """

    field_g: Column
    error_g: Column


def fluctuations_by_stage(fits: Iterable[TransportFit], sample: str) -> list[TransportFit]:
    """Return the undisturbed fluctuations of each stage and gate at the lowest temperature.

    Parameters
    ----------
    fits : iterable of TransportFit
        Results of any analysis and sample.
    sample : str

    Returns
    -------
    list of TransportFit
        By stage and gate.
    """
    found = [
        fit
        for fit in fits
        if (fit.analysis, fit.sample, fit.status) == ("fluctuations", sample, "done")
        and "field_g" in fit.table
        and not {"rf_frequency_hz", "condition"} & set(fit.selection)
    ]
    found.sort(key=lambda fit: (_stage(fit), float(fit.selection.get("temperature_k", np.inf))))
    return [next(same) for _state, same in groupby(found, key=_stage)]


def _stage(fit: TransportFit) -> tuple[str, float]:
    return str(fit.selection.get("stage", "")), float(fit.selection.get("gate_v", 0.0))


@dataclass(frozen=True)
class Measured:
    """What was measured of one stage, and how likely it is of loops.

    Attributes
    ----------
    fluctuations : TransportFit
        Of the analysis of that name.
    curve : FieldCurve or None
    minima : Minima
        Where there is a curve, the deepest first.
    likelihood : Likelihood
    """

    fluctuations: TransportFit
    curve: FieldCurve | None
    minima: Minima
    likelihood: Likelihood

    @property
    def route(self) -> str:
        """What is compared."""
        return "the whole curve" if self.curve is not None else "the fields of the minima"

    @property
    def fields_g(self) -> Column:
        """The fields at which it was measured."""
        return self.minima.field_g if self.curve is None else self.curve.field_g


def measured_in(fluctuations: TransportFit) -> Measured | str:
    """Return what a result of the analysis has to compare, or what it lacks."""
    if fluctuations.status != "done":
        return f"needs the fluctuations of ρ(B): got {fluctuations.reason}"
    curve, minima = field_curve(fluctuations), measured_minima(fluctuations)
    likelihood = likelihood_of(curve, minima)
    if likelihood is None:
        return "needs relative_deviation at 20 fields or minima_field_g: got neither"
    if curve is not None and isinstance(likelihood, CurveLikelihood):
        minima = by_depth(minima, curve.field_g, likelihood.without_smooth(curve.ln_ratio))
    return Measured(fluctuations, curve, minima, likelihood)


def field_curve(fluctuations: TransportFit) -> FieldCurve | None:
    """Return the curve of an analysis of fluctuations; None where it has none.

    Fields of both signs are folded, equal ones averaged, and more than 128 averaged in
    groups of neighbours. ln(1 + d) of the relative deviation d is what is linear in the
    network's response where R = exp(−U/T).
    """
    table = fluctuations.table
    if not {"field_g", "relative_deviation", "error_ohm_sq", "background_ohm_sq"} <= set(table):
        return None
    deviation = np.asarray(table["relative_deviation"], np.float64)
    error = table["error_ohm_sq"] / table["background_ohm_sq"]
    field_g = np.abs(table["field_g"])
    good = (field_g > 0) & (deviation > -0.99) & (error > 0) & np.isfinite(error + deviation)
    if good.sum() < LEAST_FIELDS:
        return None
    order = np.argsort(field_g[good], kind="stable")
    field_g, deviation, error = (c[good][order] for c in (field_g, deviation, error))
    group = np.unique(field_g, return_inverse=True)[1]
    group = group * min(_MOST_FIELDS, group[-1] + 1) // (group[-1] + 1)
    weight = 1 / error**2
    total = np.bincount(group, weight)
    mean = [np.bincount(group, weight * c) / total for c in (field_g, deviation)]
    curve = FieldCurve(mean[0], np.log1p(mean[1]), 1 / np.sqrt(total) / (1 + mean[1]))
    return curve if len(curve.field_g) >= LEAST_FIELDS else None


def measured_minima(fluctuations: TransportFit) -> Minima:
    """Return the minima of an analysis of fluctuations in its order; none is none."""
    found = fluctuations.parameters.get("minima_field_g")
    if found is None:
        return Minima(np.empty(0), np.empty(0))
    value, low, high = (
        np.atleast_1d(np.asarray(end, np.float64)) for end in (found.value, found.low, found.high)
    )
    error = (high - low) / 2
    error = np.where(np.isfinite(error) & (error > 0), error, _ERROR_SHARE * np.abs(value))
    good = np.isfinite(value) & (value > 0)
    return Minima(value[good], error[good])


def by_depth(minima: Minima, field_g: Column, ln_ratio: Column) -> Minima:
    """Order minima by their depth in a curve, the deepest first.

    Examples
    --------
    >>> two = Minima(np.array([1.0, 3.0]), np.array([0.1, 0.2]))
    >>> by_depth(two, np.array([1.0, 2.0, 3.0]), np.array([-0.1, 0.0, -0.3])).field_g.tolist()
    [3.0, 1.0]
    """
    order = np.argsort(np.interp(minima.field_g, field_g, ln_ratio), kind="stable")
    return Minima(minima.field_g[order], minima.error_g[order])


def likelihood_of(curve: FieldCurve | None, minima: Minima) -> Likelihood | None:
    """Return the likelihood of the curve, without one that of the minima, or None."""
    if curve is not None:
        return CurveLikelihood(curve.field_g, curve.ln_ratio, curve.error)
    if len(minima.field_g) == 0:
        return None
    window_g = (0.0, _BEYOND * float(minima.field_g.max()))
    return MinimaLikelihood(minima.field_g, minima.error_g, window_g)
