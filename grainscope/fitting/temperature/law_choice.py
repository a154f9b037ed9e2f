"""Which of several laws of conduction a curve follows, and when that cannot be said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.least_squares import corrected_akaike, fit_law
from grainscope.laws.conduction import RESISTANCE_LAWS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.fitting.least_squares import LawFit

    Column = NDArray[np.float64]

UNDECIDED = "undecided"
#: Laws of one form, σ linear in ln T: they differ in what slope they allow, the strictest first.
SAME_FORM = ("granular_log", "weak_localisation", "log_conductance")
#: Laws that contain others, exactly or in a limit: they can always fit as well.
CONTAINED = {
    "saturating": ("arrhenius",),
    "saturating_conductance": ("arrhenius",),
    "kondo": ("power",),
}
#: A stricter or contained law stands unless −2 ln L rises by more than this (p = 0.01).
_STANDS = 6.63
#: A law is best only with this weight against all rivals,
_DECIDED = 0.95
#: and only if residuals so alike from row to row have at least this chance.
LEAST_P = 0.01


@dataclass(frozen=True)
class LawChoice:
    """What a comparison of laws found.

    Attributes
    ----------
    fits : dict of str to LawFit
        By name, without intervals.
    aicc : dict of str to float
    weights : dict of str to float
        Akaike's; laws of one form share the weight of one law.
    closest : str
        The law that stands when those that contain it, and laxer ones of its form, are
        set aside.
    certainty : float
        Weight of ``closest`` against its rivals: all but those set aside.
    p : float
        Chance of residuals of ``closest`` as alike from row to row as these.
    """

    fits: dict[str, LawFit]
    aicc: dict[str, float]
    weights: dict[str, float]
    closest: str
    certainty: float
    p: float

    @property
    def fitting(self) -> bool:
        """Whether the closest law fits."""
        return self.p >= LEAST_P

    @property
    def best(self) -> str:
        """The closest law, or ``"undecided"``."""
        return self.closest if self.fitting and self.certainty >= _DECIDED else UNDECIDED


def choose_law(temperature_k: Column, resistivity_ohm_sq: Column, error: Column) -> LawChoice:
    """Fit every law to a curve and choose.

    The size of the errors is one more unknown, only their ratios count: with n rows and
    K parameters, that size among them, AICc = n ln(χ²/n) + 2K + 2K(K + 1)/(n − K − 1).
    Akaike's criterion alone prefers the larger of two nested laws in one case of six
    where the smaller is true. So, from the law of lowest AICc, first a law that it
    contains is taken instead, and of laws of the same form the strictest, if that costs
    less than 6.63 in n ln χ². The law so found is decided on if it has 95 % of the weight
    against its rivals. A law that contains it is no rival, since no data can speak against
    that; nor are laws of its form, since they are told apart by their slope alone.

    Parameters
    ----------
    temperature_k, resistivity_ohm_sq, error : ndarray of float64, shape (K,)
        The temperature ascending, K at least 8.

    Returns
    -------
    LawChoice

    References
    ----------
    K. P. Burnham, D. R. Anderson, Model Selection and Multimodel Inference (Springer,
    2002), chapter 2.

    Examples
    --------
    >>> t = np.geomspace(0.06, 4, 60)
    >>> r = 5000 * (1 + 0.4 * np.log(1 / t))
    >>> noisy = r * (1 + 0.01 * np.random.default_rng(0).normal(size=60))
    >>> choose_law(t, noisy, 0.01 * r).best
    'log_resistance'
    """
    data = temperature_k, resistivity_ohm_sq, error
    # Every law's start is the best of a line, or of lines at many scales: to start again where
    # the data do not tell its scale, which takes most of the time, finds nothing lower.
    fits = {
        name: fit_law(law, *data, intervals=False, searched=True)
        for name, law in RESISTANCE_LAWS.items()
    }
    misfit = {name: _misfit(fit) for name, fit in fits.items()}
    aicc = {name: misfit[name] + _penalty(fit) for name, fit in fits.items()}
    closest = _standing(min(aicc, key=lambda name: aicc[name]), misfit)
    aside = {closest, *(n for n, inner in CONTAINED.items() if closest in inner)}
    if closest in SAME_FORM:
        aside |= set(SAME_FORM)
    rivals = _relative({n: a for n, a in aicc.items() if n not in aside or n == closest})
    return LawChoice(
        fits=fits,
        aicc=aicc,
        weights=_relative(aicc),
        closest=closest,
        certainty=rivals[closest],
        p=alike(fits[closest].residual),
    )


def _misfit(fit: LawFit) -> float:
    """Return −2 ln L, profiled over the size of the errors, up to a constant."""
    return fit.n * float(np.log(max(fit.chi2 / fit.n, 1e-12)))


def _penalty(fit: LawFit) -> float:
    return corrected_akaike(0.0, len(fit.theta) + 1, fit.n)


def _standing(law: str, misfit: dict[str, float]) -> str:
    """Return the strictest law that stands beside this one."""
    for inner in CONTAINED.get(law, ()):
        if misfit[inner] - misfit[law] < _STANDS:
            return inner
    if law in SAME_FORM:
        lowest = min(misfit[name] for name in SAME_FORM)
        return next(name for name in SAME_FORM if misfit[name] - lowest < _STANDS)
    return law


def _relative(aicc: dict[str, float]) -> dict[str, float]:
    """Return Akaike weights, the laws of one form sharing that of the best of them."""
    lowest = min(aicc.values())
    raw = {name: float(np.exp(-(value - lowest) / 2)) for name, value in aicc.items()}
    form = [name for name in SAME_FORM if name in raw]
    if form and (together := sum(raw[name] for name in form)) > 0:
        share = max(raw[name] for name in form) / together
        raw |= {name: raw[name] * share for name in form}
    total = sum(raw.values())
    return {name: value / total for name, value in raw.items()}


def alike(residual: Column) -> float:
    """Return the chance that residuals follow their neighbours as closely as these do.

    Of independent ones, mean square successive difference over mean square is 2, with a
    variance of 4 (n − 2)/(n² − 1); a law of the wrong form makes it smaller, whatever the
    size of the errors.

    Parameters
    ----------
    residual : ndarray of float64, shape (K,)
        In the order of the axis.

    References
    ----------
    J. von Neumann, Ann. Math. Stat. 12, 367 (1941).

    Examples
    --------
    >>> alike(np.array([1.0, -1.0] * 10)) > 0.99, alike(np.repeat([1.0, -1.0], 10)) < 1e-3
    (True, True)
    """
    from scipy.special import ndtr

    n, square = len(residual), float(residual @ residual)
    if n < 4 or square == 0:
        return 1.0
    ratio = float(np.sum(np.diff(residual) ** 2)) / square * n / (n - 1)
    return float(ndtr((ratio - 2) / np.sqrt(4 * (n - 2) / (n**2 - 1))))
