"""Any number of discs in one plane by a second method, for comparison."""

import numpy as np
import pytest


def maxwell_matrix(centre, radius, n_mu=12, n_phi=48):
    """Maxwell matrix over ε0 ε of discs in a plane, from M. Riesz' balayage.

    A charge q in the plane at a distance d from the centre of a grounded disc of radius a
    induces −(q/π²) √(d² − a²) / (√(a² − ρ²) |r − r'|²) on it. Charges on all discs at voltages V
    so obey a linear system, discretised where ρ = a √(1 − µ²): no kernel of `disc_pair` is used.
    """
    centre, radius = np.asarray(centre, float), np.asarray(radius, float)
    point, weight = np.polynomial.legendre.leggauss(n_mu)
    rho, phi = np.sqrt(1 - ((1 + point) / 2) ** 2), 2 * np.pi * np.arange(n_phi) / n_phi
    unit = np.stack((np.outer(rho, np.cos(phi)).ravel(), np.outer(rho, np.sin(phi)).ravel()), 1)
    weight = np.repeat(weight / 2, n_phi) * 2 * np.pi / n_phi
    count, size = len(radius), len(unit)
    places = centre[:, None] + radius[:, None, None] * unit
    system = np.eye(count * size).reshape(count, size, count, size)
    source = np.zeros((count, size, count))
    for i in range(count):
        source[i, :, i] = 8 * radius[i] * weight / (2 * np.pi)
        for j in set(range(count)) - {i}:
            power = ((places[j] - centre[i]) ** 2).sum(1) - radius[i] ** 2
            square = ((places[i][:, None] - places[j]) ** 2).sum(-1)
            system[i, :, j] = weight[:, None] * radius[i] * np.sqrt(power) / square / np.pi**2
    flat = system.reshape(count * size, count * size), source.reshape(count * size, count)
    return np.linalg.solve(*flat).reshape(count, size, count).sum(1)


@pytest.fixture(scope="session")
def discs_by_balayage():
    return maxwell_matrix
