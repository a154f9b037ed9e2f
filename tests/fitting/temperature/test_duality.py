"""Isotherms that mirror each other in their crossing, and those that do not."""

from dataclasses import replace

import numpy as np
import pytest

from grainscope.figures.fits.duality import draw_duality
from grainscope.fitting.duality import duality
from grainscope.records import TransportCurve
from grainscope.settings.fitting import FittingSettings

HC, RHO_C, TEMPERATURES = 0.052, 6000.0, (0.1, 0.2, 0.4)


def isotherm(temperature, seed, asymmetry=0.0, field=None, noise=0.01):
    field = np.linspace(0.035, 0.07, 71) if field is None else field
    x = (field - HC) / HC * temperature ** (-1 / 1.5)
    r = RHO_C * np.exp(x + asymmetry * x**2)
    n = len(field)
    y = r * (1 + noise * np.random.default_rng(seed).standard_normal(n))
    return TransportCurve(
        sample="film", along="field_t", quantity="resistivity_ohm_sq",
        selection={"stage": "S2", "temperature_k": temperature},
        temperature_k=np.full(n, temperature), field_t=field, current_a=np.full(n, np.nan),
        value=y, error=0.01 * r, censored=np.zeros(n, bool), direction=np.zeros(n, np.int64),
    )  # fmt: skip


def compared(curves):
    (fit,) = duality(curves, FittingSettings(bootstrap_draws=60), np.random.default_rng(0))
    return fit


def test_without_noise_a_mirror_is_exact():
    fit = compared([isotherm(t, 0, noise=0.0) for t in TEMPERATURES])
    assert fit.parameters["critical_field_t"].value == pytest.approx(HC, abs=1e-6)
    assert fit.parameters["critical_resistivity_ohm_sq"].value == pytest.approx(RHO_C, rel=1e-4)
    assert np.abs(fit.table["log_mismatch"]).max() < 1e-4
    assert fit.parameters["rms_log_mismatch"].value == 0.0


def test_a_mirror_is_self_dual_within_its_noise():
    fit = compared([isotherm(t, k) for k, t in enumerate(TEMPERATURES)])
    rms, reach = fit.parameters["rms_log_mismatch"], fit.parameters["self_dual_range_t"]
    assert rms.value < 0.02
    assert rms.low < 0.005
    assert reach.value > 0.005
    low, high = fit.window["distance_t"]
    assert 0 < low < high == pytest.approx(0.2 * HC, rel=0.02)


def test_a_lopsided_crossing_is_told_by_its_size():
    fit = compared([isotherm(t, k, asymmetry=0.4) for k, t in enumerate(TEMPERATURES)])
    delta = fit.table["distance_t"] / HC * fit.table["temperature_k"] ** (-1 / 1.5)
    truth = np.sqrt(np.mean((2 * 0.4 * delta**2) ** 2))
    rms = fit.parameters["rms_log_mismatch"]
    assert rms.low < rms.value < rms.high
    assert rms.value == pytest.approx(truth, rel=0.2)
    assert fit.parameters["self_dual_range_t"].value < 0.008
    assert np.all(np.diff(fit.windows["rms_log_mismatch"]) > 0)


def test_isotherms_that_do_not_cross_fail():
    curves = [
        isotherm(t, k, field=np.linspace(0.055, 0.07, 40)) for k, t in enumerate(TEMPERATURES)
    ]
    fit = compared(curves)
    assert fit.status == "skipped"
    assert "do not cross" in fit.reason


def test_one_isotherm_is_too_few():
    assert "two isotherms" in compared([isotherm(0.1, 0)]).reason
    assert duality((), FittingSettings(), np.random.default_rng(0))[0].status == "skipped"


def test_the_sign_of_the_field_does_not_matter():
    """An even law: rows at −H say the same as rows at H."""
    plus = [isotherm(t, k) for k, t in enumerate(TEMPERATURES)]
    both = [replace(curve, field_t=-curve.field_t) for curve in plus]
    assert compared(both).parameters["critical_field_t"].value == pytest.approx(
        compared(plus).parameters["critical_field_t"].value
    )


def test_drawn_ratios_are_those_of_the_table():
    fit = compared([isotherm(t, k, asymmetry=0.4) for k, t in enumerate(TEMPERATURES)])
    upper = draw_duality([fit]).axes[0]
    coldest = fit.table["temperature_k"] == TEMPERATURES[0]
    np.testing.assert_allclose(upper.lines[0].get_ydata(), fit.table["resistivity_ratio"][coldest])
    assert upper.get_title(loc="left").startswith("S2, µ0Hc = 5")


def test_the_crossing_is_no_surer_than_the_zero_of_the_field():
    curves = [isotherm(t, k) for k, t in enumerate(TEMPERATURES)]
    sure, unsure = (
        compared([replace(one, field_offset_error_t=error_t) for one in curves])
        for error_t in (0.0, 1e-3)
    )
    plain, wide = (fit.parameters["critical_field_t"] for fit in (sure, unsure))
    assert wide.value == plain.value
    assert wide.value - wide.low == pytest.approx(np.hypot(plain.value - plain.low, 1e-3))
    assert wide.high - wide.value == pytest.approx(np.hypot(plain.high - plain.value, 1e-3))
