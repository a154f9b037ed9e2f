"""Isotherms of known truth: a power law with a knee and a maximum, and a crossing."""

from __future__ import annotations

import numpy as np
import pytest

from grainscope.records.transport_data import TransportCurve

EXPONENT, PREFACTOR, KNEE_T, CROSSING_T = 0.66, 5e3, 0.04, 0.052
FIELDS_T = np.geomspace(5e-4, 0.3, 240)


def climbing(field_t, steepness=8.0):
    """ρ = 5000 H^0.66, a knee at 0.04 T, a maximum near 0.11 T."""
    size = np.abs(field_t)
    top = (size / 0.08) ** (steepness + EXPONENT + 0.4)
    return PREFACTOR * size**EXPONENT * (1 + (size / KNEE_T) ** steepness) / (1 + top)


def scaled(field_t, temperature_k, crossing_t=CROSSING_T, z_nu=1.5):
    """ρ = 8000 F((H − Hc) T^(−1/zν)), F bent at both ends."""
    x = 5.4 * (np.abs(field_t) - crossing_t) * temperature_k ** (-1 / z_nu)
    return 8e3 * np.exp(4 * np.tanh(x / 4))


def made(
    rho, seed=0, *, field_t=FIELDS_T, relative=0.01, floor=0.5, temperature_k=0.06,
    stage="S2", offset_t=0.0, offset_error_t=0.0, sample="film", **held,
):  # fmt: skip
    """Measure ρ(H): noise, a floor, and what is left of a field offset."""
    rng = np.random.default_rng(seed)
    field_t = np.sort(np.asarray(field_t, float))
    truth = rho(field_t + offset_t)
    error = np.hypot(relative * truth, floor / 3)
    value = truth + error * rng.standard_normal(len(field_t))
    censored = value < floor
    return TransportCurve(
        sample=sample,
        along="field_t",
        quantity="resistivity_ohm_sq",
        selection={"stage": stage, "temperature_k": temperature_k, **held},
        temperature_k=np.full(len(field_t), temperature_k),
        field_t=field_t,
        current_a=np.full(len(field_t), np.nan),
        value=np.where(censored, floor, value),
        error=error,
        censored=censored,
        direction=np.zeros(len(field_t), int),
        field_offset_error_t=offset_error_t,
        floor=floor,
    )


@pytest.fixture(scope="session")
def isotherm():
    return made


@pytest.fixture(scope="session")
def climb():
    return climbing


@pytest.fixture(scope="session")
def scaling_form():
    return scaled


@pytest.fixture(scope="session")
def crossing_isotherms():
    """Isotherms at five temperatures; what is given goes to all."""

    def build(seed=0, temperatures=(0.06, 0.1, 0.2, 0.3, 0.5), form=scaled, **more):
        more = {"field_t": np.geomspace(5e-3, 0.2, 200), **more}
        return [
            made(lambda h, t=t: form(h, t), seed + 97 * k, temperature_k=t, **more)
            for k, t in enumerate(temperatures)
        ]

    return build
