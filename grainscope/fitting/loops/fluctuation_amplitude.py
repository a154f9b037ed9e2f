"""How large fluctuations are: their largest and their rms, with what noise adds taken off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.loops.minima import coloured_noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]


@dataclass(frozen=True)
class FluctuationAmplitude:
    """Of |ρ − ρ̄|/ρ̄ over the rows of a sweep.

    Attributes
    ----------
    largest, rms : float
        Without what noise adds on average; at least 0.
    largest_draws, rms_draws : ndarray of float64, shape (M,)
        About them, as noise and an uncertain background scatter them.
    noise_share : float
        By what part of itself noise had raised the largest.
    """

    largest: float
    rms: float
    largest_draws: Column
    rms_draws: Column
    noise_share: float


def fluctuation_amplitude(
    field_g: Column,
    log_deviation: Column,
    fitted: Column,
    error: Column,
    background: NDArray[np.float64],
    correlation: float,
    rng: np.random.Generator,
) -> FluctuationAmplitude:
    """Return the relative amplitude of fluctuations.

    Noise raises the largest of many rows, and the rms. By how much is found by
    adding noise to the fitted curve: what this raises on average is taken off.

    Parameters
    ----------
    field_g : ndarray of float64, shape (N,)
        Ascending; the rms weighs rows by the field that they stand for.
    log_deviation, fitted, error : ndarray of float64, shape (N,)
        ln ρ − ln ρ̄; a curve through it without noise; standard deviation.
    background : ndarray of float64, shape (M, N)
        Draws of ln ρ̄.
    correlation : float
        Of the noise of neighbouring rows.
    rng : numpy Generator

    Returns
    -------
    FluctuationAmplitude

    Examples
    --------
    >>> field_g, rng = np.arange(40.0), np.random.default_rng(1)
    >>> wave = np.log1p(0.3 * np.sin(field_g))
    >>> flat = np.zeros((200, 40))
    >>> found = fluctuation_amplitude(field_g, wave, wave, np.full(40, 1e-4), flat, 0.0, rng)
    >>> round(found.largest, 2), round(found.rms, 2)
    (0.3, 0.21)
    """
    width = np.gradient(field_g)
    shares = width / width.sum()
    moved = background - background.mean(axis=0)
    noise = coloured_noise(rng, error, correlation, len(background)).T
    drawn = np.abs(np.expm1(fitted + noise - moved))
    clean, seen = np.abs(np.expm1(fitted)), np.abs(np.expm1(log_deviation))
    squares = drawn**2 @ shares
    square = float(seen**2 @ shares) - float(squares.mean()) + float(clean**2 @ shares)
    tops = drawn.max(axis=1)
    raised = float(tops.mean()) - float(clean.max())
    largest = max(float(seen.max()) - raised, 0.0)
    return FluctuationAmplitude(
        largest=largest,
        rms=float(np.sqrt(max(square, 0.0))),
        largest_draws=np.maximum(largest + tops - tops.mean(), 0.0),
        rms_draws=np.sqrt(np.maximum(square + squares - squares.mean(), 0.0)),
        noise_share=raised / max(float(seen.max()), 1e-300),
    )
