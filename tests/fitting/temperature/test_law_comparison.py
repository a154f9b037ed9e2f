"""The right law where the data tell, no law where they do not."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from grainscope.fitting.law_comparison import law_comparison
from grainscope.fitting.least_squares import fit_law
from grainscope.fitting.temperature.law_choice import SAME_FORM, alike, choose_law
from grainscope.fitting.temperature.law_verdicts import Coefficient, verdicts
from grainscope.laws.conduction import LOCALISATION_S, RESISTANCE_LAWS
from grainscope.settings.fitting import FittingSettings

#: Each law where R changes by a fifth or more per factor e near 1 K, or at its own scale.
STRONG = {
    "arrhenius": (1e3, 0.2),
    "efros_shklovskii": (1e3, 0.16),
    "mott_2d": (1e3, 0.216),
    "power": (5e3, 0.2),
    "log_resistance": (5e3, 0.2),
    "log_conductance": (1e-3, 2e-4),
    "weak_localisation": (5 * LOCALISATION_S, 1.0),
    "granular_log": (5 * math.pi * LOCALISATION_S, 0.0),
    "kondo": (2e3, 6e3, 0.5),
    "saturating": (100.0, 1e3, 0.5),
    "saturating_conductance": (1e-4, 1e-3, 0.5),
}


def compared(curve):
    (fit,) = law_comparison((curve,), FittingSettings(), np.random.default_rng(0))
    return fit


@pytest.mark.parametrize("name", list(STRONG))
def test_a_strong_dependence_is_decided(temperature_k, name):
    r = RESISTANCE_LAWS[name].value(temperature_k, STRONG[name])
    y = r * (1 + 0.01 * np.random.default_rng(7).standard_normal(len(r)))
    choice = choose_law(temperature_k, y, 0.01 * r)
    assert choice.best == name
    assert sum(choice.weights.values()) == pytest.approx(1)


@pytest.mark.parametrize("name", ["kondo", "log_resistance"])
def test_the_best_law_comes_with_its_parameters(temperature_k, curve_of, name):
    r = RESISTANCE_LAWS[name].value(temperature_k, STRONG[name])
    fit = compared(curve_of(temperature_k, r, seed=3))
    assert (fit.status, fit.labels["best"]) == ("done", name)
    assert sum(fit.weights.values()) == pytest.approx(1)
    assert set(fit.weights) == set(RESISTANCE_LAWS)
    for parameter, truth in zip(RESISTANCE_LAWS[name].parameters, STRONG[name], strict=True):
        found = fit.parameters[parameter.name]
        assert found.low <= found.value <= found.high
        half = (found.high - found.low) / 2
        assert abs(found.value - truth) < 5 * half + 1e-12


def test_a_weak_dependence_is_undecided(temperature_k, curve_of):
    r = 5000 * (1 + 0.003 * np.log(1 / temperature_k))
    fit = compared(curve_of(temperature_k, r))
    assert fit.labels["best"] == "undecided"
    assert any("undecided" in said for said in fit.warnings)
    assert max(fit.weights.values()) < 0.95
    assert "relative_slope" not in fit.parameters


def test_no_wrong_law_gets_the_weight_of_a_weak_one(temperature_k):
    r = 5000 * (1 + 0.02 * np.log(1 / temperature_k))
    wrong = 0
    for seed in range(8):
        noise = np.random.default_rng(seed).standard_normal(len(r))
        weights = choose_law(temperature_k, r * (1 + 0.01 * noise), 0.01 * r).weights
        wrong += any(w > 0.95 for name, w in weights.items() if name != "log_resistance")
    assert wrong <= 1


def test_the_size_of_the_errors_does_not_matter(temperature_k):
    r = 5000 * (1 + 0.3 * np.log(1 / temperature_k))
    y = r * (1 + 0.01 * np.random.default_rng(1).standard_normal(len(r)))
    one, three = (choose_law(temperature_k, y, factor * 0.01 * r) for factor in (1.0, 3.0))
    assert one.best == three.best == "log_resistance"
    for name, weight in one.weights.items():
        assert three.weights[name] == pytest.approx(weight, abs=1e-3)


def test_a_curve_of_no_law_is_said_to_be(temperature_k, curve_of):
    r = 5000 * (2 + np.sin(3 * np.log(temperature_k)))
    fit = compared(curve_of(temperature_k, r))
    assert fit.status == "done"
    assert fit.labels["best"] == "undecided"
    assert any("no law of these fits" in said for said in fit.warnings)


def test_rows_above_a_drop_do_not_count(temperature_k, curve_of):
    r = 5000 * (1 + 0.4 * np.log(1 / temperature_k)) * np.where(temperature_k > 3.2, 1.15, 1.0)
    fit = compared(curve_of(temperature_k, r))
    assert fit.labels["best"] == "log_resistance"
    assert fit.window["temperature_k"][1] < 3.3
    assert fit.labels["closest"] == "log_resistance"


def test_laws_of_one_form_share_one_weight_and_differ_by_slope(temperature_k):
    """A slope of 8 e²/2π²ħ is beyond weak localisation and grains, whatever the shape."""
    r = 1 / (40 * LOCALISATION_S + 8 * LOCALISATION_S * np.log(temperature_k))
    y = r * (1 + 0.01 * np.random.default_rng(2).standard_normal(len(r)))
    choice = choose_law(temperature_k, y, 0.01 * r)
    assert choice.best == "log_conductance"
    assert sum(choice.weights[name] for name in SAME_FORM) > 0.95


def test_the_papers_slope_excludes_localisation_and_kondo(temperature_k, curve_of):
    r = 5000 * (1 + 8.44e-5 * 5000 * np.log(1 / temperature_k))
    fit = compared(curve_of(temperature_k, r))
    assert "theory allows" in fit.labels["weak_localisation"]
    assert "field splits a spin" in fit.labels["kondo"]
    found = fit.parameters["resistance_coefficient"]
    assert found.low - 0.1 < 6.84 < found.high + 0.1


def test_limits_and_rf_are_left_out(temperature_k, curve_of):
    r = 2.0 + 4000 * np.exp(-1.0 / temperature_k)
    fit = compared(curve_of(temperature_k, r, floor=10.0, field_t=0.02))
    assert "noise floor" in fit.window["chosen"]
    disturbed = curve_of(temperature_k, r, rf_power_dbm=0.0)
    assert compared(disturbed).status == "skipped"


def test_too_few_rows_are_skipped(curve_of):
    t = np.geomspace(0.1, 1, 6)
    fit = compared(curve_of(t, 1000 / t))
    assert fit.status == "skipped"
    assert "12 temperatures" in fit.reason
    assert "got 6" in fit.reason


def test_repeats_and_many_rows(curve_of):
    rng = np.random.default_rng(0)
    t = np.sort(np.repeat(rng.uniform(0.06, 4, 3000), 2))
    fit = compared(curve_of(t, 5000 * t**-0.2))
    assert fit.labels["best"] == "power"
    assert len(fit.table["temperature_k"]) <= 400


def test_residuals_that_are_alike():
    rng = np.random.default_rng(0)
    chance = [alike(rng.standard_normal(60)) for _ in range(400)]
    assert 0.02 < np.mean(np.array(chance) < 0.05) < 0.09
    assert alike(np.sin(np.linspace(0, 6, 60))) < 1e-6


@pytest.mark.parametrize(
    ("law", "theta"),
    [
        ("granular_log", (2e-4, 3.8)),
        ("kondo", (2e3, 6e3, 0.5)),
        ("log_resistance", (5e3, 0.02)),
        ("saturating", (100.0, 1e3, 0.5)),
    ],
)
def test_a_comparison_finds_no_higher_minimum_than_starts_from_everywhere(law, theta):
    t = np.geomspace(0.06, 4, 60)
    r = RESISTANCE_LAWS[law].value(t, theta)
    y, error = r * (1 + 0.01 * np.random.default_rng(5).normal(size=60)), 0.01 * r
    found = choose_law(t, y, error)
    for name in ("granular_log", "kondo"):
        again = fit_law(RESISTANCE_LAWS[name], t, y, error, intervals=False)
        assert found.fits[name].chi2 == pytest.approx(again.chi2, rel=1e-6)


def test_a_granular_film_has_one_slope_and_a_field_splits_kondos_spin():
    nothing = dict.fromkeys(("weak_localisation", "granular_log", "kondo"), 0.0)
    choice = SimpleNamespace(aicc=nothing, fits={"kondo": SimpleNamespace(theta=(1, 1, 2.0))})
    # e²/h is π times e²/2π²ħ; a spin of g = 2 is split by 1.34 K/T.
    granular = Coefficient(math.pi, math.pi - 0.1, math.pi + 0.1)
    assert set(verdicts(choice, granular, 2.9).values()) == {"possible"}
    assert verdicts(choice, granular, 3.1)["kondo"].startswith("excluded: T_K = 2 K")
    found = verdicts(choice, Coefficient(1.0, 0.9, 1.1), math.nan)
    assert found["granular_log"] == "excluded: slope 1 ± 0.1 e²/2π²ħ, theory has 3.14"
    assert found["weak_localisation"] == "possible"


def test_the_window_of_a_law_that_fits_the_whole_is_the_whole(temperature_k, curve_of):
    r = RESISTANCE_LAWS["mott_2d"].value(temperature_k, STRONG["mott_2d"])
    fit = compared(curve_of(temperature_k, r, seed=3))
    assert fit.window["temperature_k"] == (temperature_k[0], temperature_k[-1])
