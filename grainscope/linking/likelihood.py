"""How likely measured fluctuations are for the loops of a film."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from grainscope.fitting.loops.detrend import background_columns, detrended
from grainscope.linking.response import any_loops, loop_set_response, mean_response

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.linking.loop_sets import LoopSet

    Column = NDArray[np.float64]

#: Amplitudes a of the random part, and ratios of the gain to them: log-uniform.
AMPLITUDES = np.geomspace(1e-3, 3.0, 12)
GAIN_RATIOS = np.geomspace(1.0, 100.0, 5)
#: Fewer fields than these leave nothing beside the background.
LEAST_FIELDS = 20


class Likelihood(Protocol):
    """The probability of what was measured, of a film's loops."""

    field_g: Column

    @property
    def without_loops(self) -> float:
        """Ln of it for a film without loops, or with loops that do not matter."""

    def response(self, loops: LoopSet) -> Column:
        """Return the mean response of loops to the fields compared, shape (H, R, X, K)."""

    def of(self, response: Column) -> Column:
        """Return ln of it for each ξ, averaged over harmonics and rules, shape (X,)."""


def responses(likelihoods: Sequence[Likelihood], loops: LoopSet) -> list[Column]:
    """Return the mean response of loops for each likelihood; of equal fields it is one."""
    known: dict[bytes, Column] = {}
    found = []
    for one in likelihoods:
        fields = one.field_g.tobytes()
        if fields not in known:
            known[fields] = one.response(loops)
        found.append(known[fields])
    return found


class CurveLikelihood:
    """Ln of the probability of a whole curve, gain and random part marginalised.

    The fluctuations of the measured curve are taken as

        ln(ρ/ρ̄) = −g S(B) + a u(B) + smooth + noise

    with S the mean response of the loops (`mean_response`). u is what the film's mean
    does not say: a bar holds a finite number of loops, and a network is not a sum of
    loops. It is a normal process to which loops of all areas contribute equally
    (`any_loops`), the same for every film that is compared. The smooth part is what
    `fitting.detrend` takes for background, with any coefficients, projected out of data
    and model: what of it was left, or taken too much, does not matter. g ≥ 0 is half-normal
    of scale r·a and integrated in closed form; a, r and the harmonics are log-uniform on
    grids, as are the rules of a loop's weight.

    Parameters
    ----------
    field_g : ndarray of float64, shape (K,)
        Ascending, above 0.
    ln_ratio, error : ndarray of float64, shape (K,)
        ln(ρ/ρ̄) and its standard deviation.

    Raises
    ------
    ValueError
        Too few rows for the smooth part.

    References
    ----------
    C. E. Rasmussen, C. K. I. Williams, Gaussian Processes for Machine Learning (2006),
    section 2.7, on explicit smooth functions.
    """

    def __init__(self, field_g: Column, ln_ratio: Column, error: Column) -> None:
        if len(field_g) < LEAST_FIELDS:
            raise ValueError(f"got {len(field_g)} fields, expected {LEAST_FIELDS} or more")
        smooth = background_columns(field_g)
        whole = np.linalg.qr(smooth / error[:, None], mode="complete")[0]
        per_error = (whole[:, smooth.shape[1] :] / error[:, None]).T
        random = per_error @ any_loops(field_g)
        value, turn = np.linalg.eigh(random @ random.T)
        self.field_g, self.error = field_g, error
        self.turned = turn.T @ per_error
        self.seen = self.turned @ ln_ratio
        self._precision = 1 / (1 + AMPLITUDES[:, None] ** 2 * np.maximum(value, 0.0))
        ln_det = -np.log(self._precision).sum(axis=1)
        self._flat = -0.5 * (self._precision @ self.seen**2 + ln_det)

    @property
    def without_loops(self) -> float:
        """Ln probability without any mean response."""
        from scipy.special import logsumexp

        return float(logsumexp(self._flat) - np.log(len(self._flat)))

    def response(self, loops: LoopSet) -> Column:
        """Return the mean response at the fields, shape (H, R, X, K)."""
        return loop_set_response(self.field_g, loops)

    def of(self, response: Column) -> Column:
        """Return ln probability for each ξ of a mean response, shape (X,)."""
        from scipy.special import log_ndtr, logsumexp

        b, h = self._products(response)  # (A, HRX)
        # Of g: half-normal prior of scale s, times the likelihood, integrated over g ≥ 0.
        s2 = (AMPLITUDES[:, None] * GAIN_RATIOS)[..., None] ** 2
        known = h[:, None] + 1 / s2
        gain = b[:, None] ** 2 / (2 * known) - 0.5 * np.log(s2 * known) + np.log(2)
        gain = gain + log_ndtr(b[:, None] / np.sqrt(known))
        each = (gain + self._flat[:, None, None]).reshape(-1, response.shape[2])
        return np.asarray(logsumexp(each, axis=0) - np.log(len(each)))

    def _products(self, response: Column) -> tuple[Column, Column]:
        """Return zᵀPm and mᵀPm of every mean m, P the precision of the data for every a."""
        mean = -(response.reshape(-1, len(self.field_g)) @ self.turned.T)
        weighted = self._precision * self.seen
        return np.asarray(weighted @ mean.T), np.asarray(self._precision @ (mean**2).T)

    def fitted(self, loops: LoopSet, length: int) -> tuple[Column, Column]:
        """Return the curve of best gain of one ξ, and gain times response of each setting.

        Returns
        -------
        model : ndarray of float64, shape (K,)
            Of ln(ρ/ρ̄), without its smooth part.
        choice : ndarray of float64, shape (3,)
            Place of the harmonics, place of the rule, gain: for `response_of`.
        """
        response = self.response(loops)[:, :, length]
        b, h = self._products(response)  # (A, HR)
        gain = np.maximum(b, 0.0) / np.maximum(h, 1e-300)
        rise = self._flat[:, None] + gain * b - gain**2 * h / 2
        amplitude, place = np.unravel_index(int(rise.argmax()), rise.shape)
        harmonics, rule = divmod(int(place), response.shape[1])
        choice = np.array([harmonics, rule, gain[amplitude, place]], np.float64)
        return self.response_of(loops, length, choice), choice

    def response_of(self, loops: LoopSet, length: int, choice: Column) -> Column:
        """Return −g S(B) of a set of loops, shape (K,), without its smooth part."""
        harmonics, rule = int(choice[0]), int(choice[1])
        weight = loops.weight[rule : rule + 1, length]
        mean = mean_response(self.field_g, loops.area_um2, weight)[harmonics, 0]
        return self.without_smooth(-choice[2] * mean)

    def without_smooth(self, values: Column) -> Column:
        """Return what is left of a curve beside a smooth background."""
        return detrended(values, self.error, background_columns(self.field_g))
