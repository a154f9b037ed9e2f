"""How likely the fields of measured minima are for the loops of a film, without the curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.loops.detrend import background_columns
from grainscope.linking.response import any_loops, loop_set_response

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.linking.loop_sets import LoopSet

    Column = NDArray[np.float64]

#: Gain over amplitude of the random part: log-uniform.
_RATIOS = np.geomspace(0.3, 30.0, 7)
#: Fields at which the density of minima is computed.
_POINTS = 240
#: A minimum is a blunder, anywhere in the window, with this chance.
_BLUNDER = 0.02


class MinimaLikelihood:
    """Ln of the probability of the fields of minima, given how many there are.

    The curve is m(B) + u(B), m the mean response of the film's loops, u a normal
    process of loops of all areas as in `CurveLikelihood`. Its minima have the density
    (Kac and Rice)

        λ(B) = p(y' = 0) ⟨max(y'', 0)⟩ = φ(m'/s1)/s1 · [s2 φ(m''/s2) + m'' Φ(m''/s2)],

    s1² and s2² the variances of u' and u''. Blurred by the error of each minimum and
    normalised over the window, λ is the probability of each; minima count as
    independent, which neighbours are not quite.

    Parameters
    ----------
    minima_g, error_g : ndarray of float64, shape (M,)
        Fields of the minima and their standard deviations.
    window_g : (float, float)
        Fields among which minima were looked for.

    Raises
    ------
    ValueError
        No minimum, or no window around them.

    References
    ----------
    S. O. Rice, Bell Syst. Tech. J. 24, 46 (1945), section 3.6.
    """

    def __init__(self, minima_g: Column, error_g: Column, window_g: tuple[float, float]) -> None:
        low, high = window_g
        if len(minima_g) == 0 or not low < high:
            raise ValueError(f"got {len(minima_g)} minima in {window_g} G, expected one or more")
        self.field_g = np.linspace(low, high, _POINTS + 1)[1:]
        self._smooth = np.linalg.qr(background_columns(self.field_g))[0]
        random = self._without_smooth(any_loops(self.field_g).T)
        self._step = float(self.field_g[1] - self.field_g[0])
        slope = np.gradient(random, self._step, axis=1)
        bend = np.gradient(slope, self._step, axis=1)
        # Within the window u is stationary; near its ends the smooth part takes some away.
        self._spread = (
            float(np.sqrt((slope**2).sum(0).mean())),
            float(np.sqrt((bend**2).sum(0).mean())),
        )
        blur = np.maximum(error_g, self._step)[:, None]
        near = np.exp(-0.5 * ((self.field_g - minima_g[:, None]) / blur) ** 2)
        self._near = near / near.sum(axis=1, keepdims=True)

    @property
    def without_loops(self) -> float:
        """Ln probability where minima may be anywhere."""
        flat = np.zeros((1, len(self.field_g)))
        return float(self._ln_probability(flat, flat)[0])

    def response(self, loops: LoopSet) -> Column:
        """Return the mean response at fields across the window, shape (H, R, X, K)."""
        return loop_set_response(self.field_g, loops)

    def of(self, response: Column) -> Column:
        """Return ln probability for each ξ of a mean response, shape (X,)."""
        from scipy.special import logsumexp

        curves = self._without_smooth(-response.reshape(-1, len(self.field_g)))
        slope = np.gradient(curves, self._step, axis=1)
        bend = np.gradient(slope, self._step, axis=1)
        each = np.array([self._ln_probability(ratio * slope, ratio * bend) for ratio in _RATIOS])
        each = each.reshape(-1, response.shape[2])
        return np.asarray(logsumexp(each, axis=0) - np.log(len(each)))

    def _without_smooth(self, curves: Column) -> Column:
        return np.asarray(curves - (curves @ self._smooth) @ self._smooth.T)

    def _ln_probability(self, slope: Column, bend: Column) -> Column:
        """Return the sum over the minima of ln λ, normalised, for C curves' m' and m'', (C, K)."""
        from scipy.special import ndtr

        s1, s2 = self._spread
        density = np.exp(-0.5 * (slope / s1) ** 2)
        steep = s2 * np.exp(-0.5 * (bend / s2) ** 2) / np.sqrt(2 * np.pi) + bend * ndtr(bend / s2)
        density = density * np.maximum(steep, 0.0) + 1e-300
        density = density / density.mean(axis=1, keepdims=True)
        seen = (1 - _BLUNDER) * (density @ self._near.T) + _BLUNDER
        return np.asarray(np.log(seen).sum(axis=1))
