"""Weak-field Hall effect of a film of two phases: exact, whatever their pattern."""

from __future__ import annotations


def composite_hall_conductivity(
    sigma_e: float, sigma_1: float, sigma_2: float, hall_1: float, hall_2: float
) -> float:
    """Return the Hall conductivity of a two-dimensional composite in a weak field.

    For σ_xy ≪ σ_xx, linear in the field, and a composite that is isotropic on the whole,

        (σ_xy,e − σ_xy,2) / (σ_xy,1 − σ_xy,2) = (σ_e² − σ_2²) / (σ_1² − σ_2²).

    It follows from two averages over the fields e_x, e_y of the two directions of
    drive: that of det(e_x, e_y) is 1, and that of σ² det(e_x, e_y) is σ_e².

    Parameters
    ----------
    sigma_e, sigma_1, sigma_2 : float
        Sheet conductivities of the composite and of its phases, σ_1 ≠ σ_2; any unit.
    hall_1, hall_2 : float
        Hall conductivities σ_xy of the phases, any unit.

    Returns
    -------
    float
        σ_xy,e in the unit of ``hall_1``.

    Raises
    ------
    ValueError
        A conductivity is not positive, σ_1 = σ_2, or σ_e is not between them.

    References
    ----------
    A. M. Dykhne, Sov. Phys. JETP 32, 348 (1971); D. Stroud & D. J. Bergman,
    Phys. Rev. B 30, 447 (1984).

    Examples
    --------
    A checkerboard of 1 and 4 conducts 2.

    >>> round(composite_hall_conductivity(2.0, 1.0, 4.0, hall_1=0.1, hall_2=0.2), 6)
    0.12
    """
    return hall_2 + (hall_1 - hall_2) * _share_of_1(sigma_e, sigma_1, sigma_2)


def effective_carrier_density(
    sigma_e: float, sigma_1: float, sigma_2: float, density_1: float, density_2: float
) -> float:
    """Return the carrier density that a Hall measurement of a composite would find.

    A sheet of density n has σ_xy = σ² B/(n e) in a weak field, so that

        σ_e²/n_e = f σ_1²/n_1 + (1 − f) σ_2²/n_2,   f = (σ_e² − σ_2²)/(σ_1² − σ_2²).

    Parameters
    ----------
    sigma_e, sigma_1, sigma_2 : float
        Sheet conductivities of the composite and of its phases, σ_1 ≠ σ_2; any unit.
    density_1, density_2 : float
        Carriers an area, negative of the other sign; any unit. Infinite for a phase
        without Hall resistance.

    Returns
    -------
    float
        n_e in that unit. For n_1 = ∞ it is n_2 (σ_e/σ_2)² (σ_1² − σ_2²)/(σ_1² − σ_e²).

    Raises
    ------
    ValueError
        As `composite_hall_conductivity`, or a density of 0.

    Examples
    --------
    Good conductors of many carriers in a film of few: the few are counted σ_e²/σ_2² times.

    >>> round(effective_carrier_density(20.0, 1e6, 1.0, float("inf"), 1e13) / 1e13, 3)
    400.0
    """
    if density_1 == 0 or density_2 == 0:
        raise ValueError(f"density: got {density_1} and {density_2}, expected no 0")
    hall = composite_hall_conductivity(
        sigma_e, sigma_1, sigma_2, sigma_1**2 / density_1, sigma_2**2 / density_2
    )
    return sigma_e**2 / hall if hall else float("inf")


def carrier_density_among_good_grains(sigma_e: float, sigma_2: float, density_2: float) -> float:
    """Return n_2 (σ_e/σ_2)², the density found where grains conduct far better than the whole.

    The limit of `effective_carrier_density` for n_1 = ∞ and σ_1 ≫ σ_e. Both are needed:
    grains without Hall resistance that conduct only √2 σ_e already double n_e.

    Parameters
    ----------
    sigma_e, sigma_2 : float
        Sheet conductivities of the film and of what lies between its grains; any unit.
    density_2 : float
        Carriers an area between the grains, any unit.

    Returns
    -------
    float
        n_e in that unit.

    Raises
    ------
    ValueError
        A conductivity is not positive.

    Examples
    --------
    >>> carrier_density_among_good_grains(20.0, 1.0, 1e13)
    4000000000000000.0
    """
    if not (sigma_e > 0 and sigma_2 > 0):
        raise ValueError(f"sigma: got {sigma_e} and {sigma_2}, expected above 0")
    return density_2 * (sigma_e / sigma_2) ** 2


def _share_of_1(sigma_e: float, sigma_1: float, sigma_2: float) -> float:
    if not min(sigma_e, sigma_1, sigma_2) > 0 or sigma_1 == sigma_2:
        raise ValueError(
            f"sigma: got {sigma_1} and {sigma_2}, expected two different values above 0"
        )
    if not min(sigma_1, sigma_2) <= sigma_e <= max(sigma_1, sigma_2):
        raise ValueError(f"sigma_e: got {sigma_e}, expected between {sigma_1} and {sigma_2}")
    return (sigma_e**2 - sigma_2**2) / (sigma_1**2 - sigma_2**2)
