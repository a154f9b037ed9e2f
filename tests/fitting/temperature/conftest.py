"""Curves ρ(T) of known truth."""

import numpy as np
import pytest

from grainscope.records import TransportCurve


@pytest.fixture
def temperature_k():
    return np.geomspace(0.06, 4, 80)


@pytest.fixture
def curve_of():
    """Return a function that makes a curve of resistivities with noise of 1 %."""

    def make(t, r, seed=0, *, noise=0.01, stated=0.01, floor=0.0, **selection):
        n = len(t)
        y = r * (1 + noise * np.random.default_rng(seed).standard_normal(n))
        held = {"stage": "S2", "field_t": 4.0, **selection}
        return TransportCurve(
            sample="film",
            along="temperature_k",
            quantity="resistivity_ohm_sq",
            selection=held,
            temperature_k=t,
            field_t=np.full(n, held["field_t"]),
            current_a=np.full(n, np.nan),
            value=np.maximum(y, floor),
            error=np.maximum(stated * np.abs(r), 0.2 * floor),
            censored=y < floor,
            direction=np.zeros(n, np.int64),
            floor=floor,
        )

    return make
