"""Every analysis of one sample by its name, in the order of a report."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from grainscope.records import TransportCurve, TransportFit
    from grainscope.settings import FittingSettings

#: Names of analyses as in ``fit.json``; each is a verb of that name in a file of that name.
ANALYSES = (
    "onset",
    "hall",
    "saturation",
    "activation",
    "power_law",
    "upturn",
    "crossings",
    "mr_peak",
    "scaling",
    "log_temperature",
    "log_conductance",
    "duality",
    "law_comparison",
    "critical_current",
    "zero_bias",
    "rf_response",
    "critical_field",
    "fluctuations",
)


class AnalysisVerb(Protocol):
    """All curves of one sample to the results of one analysis."""

    def __call__(
        self,
        curves: Sequence[TransportCurve],
        settings: FittingSettings,
        rng: np.random.Generator,
    ) -> tuple[TransportFit, ...]:
        """Return one result for each selection, or one that was skipped with the reason."""


def analysis(name: str) -> AnalysisVerb:
    """Return the verb of an analysis; it is loaded only now.

    Examples
    --------
    >>> analysis("power_law").__name__
    'power_law'
    """
    return cast("AnalysisVerb", getattr(import_module(f"grainscope.fitting.{name}"), name))
