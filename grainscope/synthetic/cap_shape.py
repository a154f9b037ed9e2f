"""Spherical caps, described by the radius of the outline seen from above."""

from __future__ import annotations

import math


def sphere_per_outline(contact_angle_degrees: float) -> float:
    """Return the sphere's radius over the outline's: 1 from 90° on, where the cap bulges.

    Examples
    --------
    >>> round(sphere_per_outline(30.0), 12), sphere_per_outline(120.0)
    (2.0, 1.0)
    """
    if contact_angle_degrees >= 90:
        return 1.0
    return 1.0 / math.sin(math.radians(contact_angle_degrees))


def volume_factor(contact_angle_degrees: float) -> float:
    """Return k(θ) of a cap's volume k r³, with r the radius of its outline seen from above.

    V = π/3 R³ (2 + cos θ)(1 − cos θ)², with R the sphere's radius.

    Parameters
    ----------
    contact_angle_degrees : float
        Angle between the substrate and the cap's surface, inside the metal.

    Returns
    -------
    float

    Examples
    --------
    >>> round(volume_factor(90.0) / math.pi, 12)  # hemisphere
    0.666666666667
    >>> round(volume_factor(180.0) / math.pi, 12)  # sphere
    1.333333333333
    """
    cosine = math.cos(math.radians(contact_angle_degrees))
    sphere = sphere_per_outline(contact_angle_degrees)
    return math.pi / 3 * sphere**3 * (2 + cosine) * (1 - cosine) ** 2
