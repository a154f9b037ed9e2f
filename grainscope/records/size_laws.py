"""The laws fitted to the sizes of a film, and the distribution that they are fitted to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.records.record import freeze_columns, record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from grainscope.records.sizes import SizeFigure


@dataclass(frozen=True)
class FittedLaw:
    """One law of size, fitted above the resolution cut.

    Attributes
    ----------
    name : str
        Such as ``log_uniform``.
    parameters : mapping of str to SizeFigure
        Values with 68 % intervals, in the order that the law takes them.
    log_likelihood, bic : float
        Of as many independent grains as the weights are worth.
    weight : float
        Share of this law among those fitted, exp(−ΔBIC/2) normalised.
    ks, ks_p, ad, ad_p : float
        Kolmogorov–Smirnov and Anderson–Darling distance, and how often a sample of
        the law itself would be as far away or farther.
    """

    name: str
    parameters: Mapping[str, SizeFigure]
    log_likelihood: float
    bic: float
    weight: float
    ks: float
    ks_p: float
    ad: float
    ad_p: float


@dataclass(frozen=True)
class SizeLaws:
    """What ``size_law`` in ``record.json`` holds.

    Attributes
    ----------
    cut_um2 : float
        Every law is a distribution of areas above it.
    n_grains, n_effective : float
        Whole grains above the cut, and how many of equal weight they are worth.
    density_per_um2 : float
        Of grains above the cut, corrected: what a law is to be multiplied with.
    best : str
        The law of lowest BIC; empty where none was fitted.
    reason : str
        Why none was fitted; empty otherwise.
    laws : tuple of FittedLaw
        In order of BIC.
    """

    cut_um2: float
    n_grains: int
    n_effective: float
    density_per_um2: float
    best: str
    reason: str
    laws: tuple[FittedLaw, ...] = ()


@record
class CumulativeSizes:
    """Share of grains above the cut that are smaller than an area; arrays of shape (K,).

    Attributes
    ----------
    log10_area_um2, diameter_um : ndarray of float64
        From the cut to the largest grain.
    fraction, fraction_low, fraction_high : ndarray of float64
        Corrected share and its 68 % interval; NaN where not known.
    excluded : ndarray of float64
        The same of whole grains, each counted once.
    lognormal, log_uniform, power_law, weibull, two_lognormals : ndarray of float64, or None
        The laws' own shares; None where not fitted.
    """

    log10_area_um2: NDArray[np.float64]
    diameter_um: NDArray[np.float64]
    fraction: NDArray[np.float64]
    fraction_low: NDArray[np.float64]
    fraction_high: NDArray[np.float64]
    excluded: NDArray[np.float64]
    lognormal: NDArray[np.float64] | None = None
    log_uniform: NDArray[np.float64] | None = None
    power_law: NDArray[np.float64] | None = None
    weibull: NDArray[np.float64] | None = None
    two_lognormals: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        freeze_columns(self, dict.fromkeys(self.__dataclass_fields__, np.float64))
