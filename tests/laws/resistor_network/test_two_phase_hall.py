"""The exact Hall effect of two phases, and films of pixels that know nothing of it."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from grainscope.laws.resistor_network import (
    PixelFilm,
    carrier_density_among_good_grains,
    composite_hall_conductivity,
    effective_carrier_density,
)


@pytest.mark.parametrize("ratio", [4.0, 10.0, 100.0])
@pytest.mark.parametrize("hall", [(1.0, 0.0), (0.0, 1.0), (1.0, 0.2)])
def test_random_films_of_two_phases(ratio, hall):
    """Each phase alone, which by linearity is all there is, and both."""
    noise = np.random.default_rng(1).normal(size=(256, 256))
    smooth = gaussian_filter(noise, 12, mode="wrap")
    phase_1 = smooth > np.median(smooth)
    film = PixelFilm(np.where(phase_1, 1.0, ratio))
    # As isotropic as one film is: the mean that duality asks for.
    sigma_e = np.sqrt(np.linalg.det(film.conductivity))
    exact = composite_hall_conductivity(sigma_e, 1.0, ratio, *hall)
    assert film.hall_conductivity(np.where(phase_1, *hall)) == pytest.approx(exact, rel=0.01)


def test_a_checkerboard_tends_to_the_geometric_mean():
    """Fields diverge at its corners: pixels approach slowly, the relation holds all along."""
    y, x = np.indices((256, 256)) // 32
    phase_1 = (x + y) % 2 == 0
    film = PixelFilm(np.where(phase_1, 1.0, 4.0))
    assert film.conductivity == pytest.approx(2 * np.eye(2), rel=0.006, abs=1e-9)
    exact = composite_hall_conductivity(2.0, 1.0, 4.0, 1.0, 0.0)
    assert film.hall_conductivity(phase_1) == pytest.approx(exact, rel=0.01)


def test_films_of_one_phase_and_single_pixels():
    for shape in ((1, 1), (1, 3), (5, 4)):
        film = PixelFilm(np.full(shape, 3.0))
        assert film.conductivity == pytest.approx(3 * np.eye(2))
        assert film.hall_conductivity(np.full(shape, 0.1)) == pytest.approx(0.1)


def test_turning_a_film_turns_its_conductivity_and_not_its_hall_effect():
    rng = np.random.default_rng(4)
    sigma, hall = rng.lognormal(size=(2, 20, 20))
    film, turned = PixelFilm(sigma), PixelFilm(np.rot90(sigma))
    assert turned.conductivity[0, 0] == pytest.approx(film.conductivity[1, 1])
    assert film.conductivity[0, 1] == pytest.approx(film.conductivity[1, 0])
    assert turned.hall_conductivity(np.rot90(hall)) == pytest.approx(film.hall_conductivity(hall))


def test_pure_phases_are_themselves():
    assert composite_hall_conductivity(1.0, 1.0, 4.0, 0.1, 0.2) == pytest.approx(0.1)
    assert composite_hall_conductivity(4.0, 1.0, 4.0, 0.1, 0.2) == pytest.approx(0.2)
    assert effective_carrier_density(1.0, 1.0, 4.0, 5.0, 7.0) == pytest.approx(5)
    assert effective_carrier_density(4.0, 1.0, 4.0, 5.0, 7.0) == pytest.approx(7)


def test_densities_are_hall_resistances():
    """n ∝ σ²/σ_xy."""
    hall = composite_hall_conductivity(3.0, 2.0, 7.0, 2.0**2 / 5, 7.0**2 / -11)
    assert effective_carrier_density(3.0, 2.0, 7.0, 5.0, -11.0) == pytest.approx(3.0**2 / hall)


def test_grains_without_hall_resistance():
    """n_2 (σ_e/σ_2)² where they conduct far better, and more where they do not."""
    simple = carrier_density_among_good_grains(20.0, 1.0, 3.0)
    assert simple == pytest.approx(1200)
    exact = effective_carrier_density(20.0, 1e5, 1.0, np.inf, 3.0)
    assert exact == pytest.approx(simple, rel=1e-6)
    near = effective_carrier_density(20.0, 20 * np.sqrt(2), 1.0, np.inf, 3.0)
    assert near == pytest.approx(2 * simple, rel=0.01)
    assert effective_carrier_density(20.0, 1e5, 1.0, np.inf, np.inf) == np.inf


def test_what_is_no_film_is_refused():
    for wrong in ([1.0], np.empty((0, 2)), [[0.0]], [[np.inf]]):
        with pytest.raises(ValueError, match="sigma"):
            PixelFilm(wrong)
    with pytest.raises(ValueError, match="hall"):
        PixelFilm([[1.0, 2.0]]).hall_conductivity([[1.0]])
    for sigmas in ((1.0, 1.0, 1.0), (3.0, 1.0, 2.0), (1.0, -1.0, 2.0)):
        with pytest.raises(ValueError, match="sigma"):
            composite_hall_conductivity(*sigmas, 0.0, 1.0)
    with pytest.raises(ValueError, match="density"):
        effective_carrier_density(1.5, 1.0, 2.0, 0.0, 1.0)
    with pytest.raises(ValueError, match="sigma"):
        carrier_density_among_good_grains(0.0, 1.0, 1.0)
