"""The verb: from settings to a film with known grains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.errors import SettingsError
from grainscope.synthetic.cap_shape import sphere_per_outline
from grainscope.synthetic.film import Film
from grainscope.synthetic.growth import GrowthLaw, grow_caps
from grainscope.synthetic.outlines import unbroken, warped_places, with_ghosts
from grainscope.synthetic.power_kernels import own_pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.settings import FilmSettings

#: Rows or columns of the grid on which bare film is looked up while the film grows.
_LARGEST_GRID_PX = 1024
_BISECTIONS = 10


def grow_film(settings: FilmSettings, rng: np.random.Generator) -> Film:
    """Grow a film of coalescing caps and draw its grains.

    Nuclei grow by the flux on their footprint and renucleate on bare film; caps
    that meet merge into one of equal volume, or, beyond R_c, stay as two grains
    that share a border (see `growth` and `coalescence`). The clock is then set
    back by a fraction of a step so that the drawn coverage is the one asked for.

    Parameters
    ----------
    settings : FilmSettings
        Size, coverage and growth.
    rng : numpy.random.Generator
        Equal states give equal films.

    Returns
    -------
    Film

    Raises
    ------
    SettingsError
        The film coalesces so fast that the coverage is never reached.

    Examples
    --------
    >>> from grainscope.settings import FilmSettings
    >>> small = FilmSettings(height_px=64, width_px=64, coverage=0.5)
    >>> film = grow_film(small, np.random.default_rng(0))
    >>> film.labels.max() == len(film.radii_nm), round(film.coverage, 1)
    (np.True_, 0.5)
    """
    shape_px = (settings.height_px, settings.width_px)
    try:
        caps, step_nm = grow_caps(_growth_law(settings, shape_px), rng)
    except ValueError as error:
        raise SettingsError(
            f"FilmSettings: {error}; lower coverage or coalescence_radius_nm"
        ) from error
    pixel_nm = settings.pixel_size_nm
    places, reach_px = warped_places(shape_px, pixel_nm, settings.irregularity, rng)
    longest_px = caps.radii.max() / pixel_nm + reach_px
    centres, radii = with_ghosts(
        caps.centres / pixel_nm, caps.radii / pixel_nm, shape_px, longest_px
    )
    radii = _set_back(centres, radii, (*places, reach_px), settings.coverage, step_nm / pixel_nm)
    owner, power = own_pixels(centres, radii, *places, reach_px)
    labels, kept = unbroken(owner)
    relief = _relief_px(labels, power, radii[kept], settings.contact_angle_degrees)
    return Film(labels, relief, centres[kept], radii[kept] * pixel_nm, pixel_nm)


def _growth_law(settings: FilmSettings, shape_px: tuple[int, int]) -> GrowthLaw:
    pixel_nm = settings.pixel_size_nm
    shrink = min(1.0, _LARGEST_GRID_PX / max(shape_px))
    return GrowthLaw(
        box_nm=(shape_px[0] * pixel_nm, shape_px[1] * pixel_nm),
        coverage=settings.coverage,
        coalescence_radius_nm=settings.coalescence_radius_nm,
        nuclei_per_um2=settings.nucleation_density_per_um2,
        renucleation_per_um2_nm=settings.renucleation_per_um2_nm,
        grid_px=(max(1, round(shape_px[0] * shrink)), max(1, round(shape_px[1] * shrink))),
    )


def _set_back(
    centres: NDArray[np.float64],
    radii: NDArray[np.float64],
    places: tuple[NDArray[np.float32], NDArray[np.float32], float],
    coverage: float,
    step_px: float,
) -> NDArray[np.float64]:
    """Shift the clock, which shifts every radius alike, until the drawing has the coverage."""
    early, late = -4 * step_px, 4 * step_px
    for _ in range(_BISECTIONS):
        shift = (early + late) / 2
        owner, _ = own_pixels(centres, np.maximum(radii + shift, 0.0), *places)
        if np.count_nonzero(owner) / owner.size > coverage:
            late = shift
        else:
            early = shift
    return np.maximum(radii + (early + late) / 2, 0.0)


def _relief_px(
    labels: NDArray[np.int32],
    power_px2: NDArray[np.float32],
    radii_px: NDArray[np.float64],
    contact_angle_degrees: float,
) -> NDArray[np.float32]:
    """Height of a cap: √(R² − d²) − R cos θ, where d² = r² + power."""
    cosine = np.cos(np.radians(contact_angle_degrees))
    sphere = sphere_per_outline(contact_angle_degrees)
    radius = np.concatenate([[0.0], radii_px]).astype(np.float32)[labels]
    squared = (radius * np.float32(sphere)) ** 2 - (radius**2 + power_px2)
    height = np.sqrt(np.maximum(squared, 0.0)) - radius * np.float32(sphere * cosine)
    return np.where(labels > 0, np.maximum(height, 0.0), 0.0).astype(np.float32)
