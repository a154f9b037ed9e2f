"""Curves of known truth with noise and a floor."""

from __future__ import annotations

import numpy as np
import pytest

from grainscope.records import TransportCurve

UNITS = {"current_a": "dvdi_ohm_sq", "temperature_k": "resistivity_ohm_sq"}
UNITS["field_t"] = "resistivity_ohm_sq"
NOISE, ABSOLUTE = 0.01, 0.2
FLOOR = 3 * ABSOLUTE


@pytest.fixture
def measured(rng):
    """Measure a true curve along one axis: 1 % noise, and a floor below which values are limits."""

    def build(
        along: str, x: np.ndarray, truth: np.ndarray, noise: float = NOISE, beside=None, **held
    ):
        error = np.hypot(ABSOLUTE, noise * np.abs(truth))
        value = truth + error * rng.standard_normal(len(x))
        zero = value < FLOOR
        axes = {name: np.full(len(x), held.get(name, np.nan)) for name in UNITS}
        return TransportCurve(
            "film",
            along,
            UNITS[along],
            held,
            **axes | {along: x},
            value=np.where(zero, FLOOR, value),
            error=error,
            censored=zero,
            direction=np.zeros(len(x), int),
            floor=FLOOR,
            beside={name: np.full(len(x), value) for name, value in (beside or {}).items()},
        )

    return build
