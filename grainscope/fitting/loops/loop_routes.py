"""Which of two descriptions of the loops tells mean area and amplitude, or both of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.fitting.loops.fluctuation_amplitude import (
    FluctuationAmplitude,
    fluctuation_amplitude,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.fitting.loops.loop_inversion import LoopWeights
    from grainscope.fitting.loops.loop_populations import LoopPopulations

    Column = NDArray[np.float64]

#: So many populations at most are believed by themselves …
_FEW = 2
#: … where they leave no more than this times the misfit of free weights.
_AS_GOOD = 1.2


@dataclass(frozen=True)
class LoopRoutes:
    """Free weights of all sizes, and a few populations of loops.

    One or two populations that fit as well as free weights are believed: they are told
    from the background by their shape. Else no shape is known, each route is wrong in its
    own way, and the draws of both are pooled, so that intervals hold what they disagree on.

    Attributes
    ----------
    weights : LoopWeights
    populations : LoopPopulations or None
        None where the sweep shows no loop.
    """

    weights: LoopWeights
    populations: LoopPopulations | None

    @property
    def few(self) -> bool:
        """Whether one or two populations describe the sweep."""
        found = self.populations
        if found is None or found.count > _FEW:
            return False
        scales = (found.weights.noise_scale, self.weights.noise_scale)
        return bool(np.median(scales[0]) <= _AS_GOOD * np.median(scales[1]))

    @property
    def believed(self) -> tuple[LoopWeights, ...]:
        """What backgrounds and amplitudes are taken from, each as likely as the other."""
        if self.populations is None:
            return (self.weights,)
        if self.few:
            return (self.populations.weights,)
        return (self.populations.weights, self.weights)

    @property
    def log_background(self) -> Column:
        """Mean of the draws of ln ρ̄, shape (N,)."""
        means = [one.background.mean(axis=0) for one in self.believed]
        return np.asarray(np.mean(means, axis=0))

    @property
    def log_fluctuation(self) -> Column:
        """Mean of the draws of what loops add to it, shape (N,)."""
        means = [one.fluctuation.mean(axis=0) for one in self.believed]
        return np.asarray(np.mean(means, axis=0))

    def mean_area_um2(self) -> Column:
        """Return the mean area by weight of the loops that the sweep sees, for each draw."""
        if self.populations is None:
            return self.weights.mean_area_um2()
        areas = self.populations.mean_area_um2()
        return areas if self.few else np.concatenate((areas, self.weights.mean_area_um2()))

    def amplitude(
        self,
        field_g: Column,
        log_value: Column,
        error: Column,
        rows: NDArray[np.bool_],
        correlation: float,
        rng: np.random.Generator,
    ) -> FluctuationAmplitude:
        """Return the amplitude of the fluctuations over some rows of the sweep.

        Parameters
        ----------
        field_g, log_value, error : ndarray of float64, shape (N,)
            As `invert_loops`.
        rows : ndarray of bool, shape (N,)
        correlation, rng
            As `fluctuation_amplitude`.
        """
        found = []
        for one in self.believed:
            background = one.background[:, rows]
            found.append(
                fluctuation_amplitude(
                    field_g[rows],
                    log_value[rows] - background.mean(axis=0),
                    one.fluctuation.mean(axis=0)[rows],
                    error[rows] * float(np.median(one.noise_scale)),
                    background,
                    correlation,
                    rng,
                )
            )
        return FluctuationAmplitude(
            largest=float(np.mean([one.largest for one in found])),
            rms=float(np.mean([one.rms for one in found])),
            largest_draws=np.concatenate([one.largest_draws[:: len(found)] for one in found]),
            rms_draws=np.concatenate([one.rms_draws[:: len(found)] for one in found]),
            noise_share=float(np.mean([one.noise_share for one in found])),
        )
