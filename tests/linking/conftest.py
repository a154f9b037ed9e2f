"""Films whose loops are known, and the fluctuations that they make."""

from __future__ import annotations

import numpy as np
import pytest

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.linking import morphology_of
from grainscope.records import Frame, PixelSize, Segmentation
from grainscope.records.transport_fit import FitParameter, TransportFit
from grainscope.settings.fitting import FittingSettings
from grainscope.synthetic.placement_kernel import paint_labels


@pytest.fixture
def settings():
    """Priors around what the films of `lattice_film` need."""
    return FittingSettings(
        max_gap_nm_range=(100.0, 800.0),
        min_grain_diameter_um_range=(0.1, 0.4),
        coupling_length_nm_range=(50.0, 400.0),
    )


@pytest.fixture
def lattice_film():
    """Discs of 0.6 µm on a jittered square lattice of 1 µm; of 16 nm a pixel unless told."""

    def build(rng, rows=4, columns=5, jitter=0.1, nm_per_px=16.0):
        period = 1000 / nm_per_px
        y, x = np.mgrid[0:rows, 0:columns]
        centre = (np.column_stack((y.ravel(), x.ravel())) + 0.5) * period
        centre += rng.normal(0, jitter * period / 2, centre.shape)
        shape = round(rows * period), round(columns * period)
        labels = paint_labels(centre, np.full(len(centre), 0.3 * period), *shape)
        film = Segmentation(labels, PixelSize(nm_per_px, 0.0, "option"), Frame.whole(shape))
        return morphology_of(film, "lattice")

    return build


@pytest.fixture
def fluctuations():
    """A result of the analysis of that name, of loops of given areas and weights."""

    def build(area_um2, weight, rng, top_g=60.0, gain=0.2, noise=0.01, minima=()):
        field_g = np.linspace(0, top_g, 91)[1:]
        cosine = np.cos(2 * np.pi / FLUX_QUANTUM_G_UM2 * field_g[:, None] * area_um2)
        deviation = np.expm1(-gain * cosine @ weight / weight.sum())
        deviation += rng.normal(0, noise, len(field_g))
        ends = [tuple(m + step for m in minima) for step in (0.0, -0.3, 0.3)]
        return TransportFit(
            "fluctuations",
            "film",
            {"stage": "S2"},
            "done",
            parameters={"minima_field_g": FitParameter(*ends, "G")} if minima else {},
            table={
                "field_g": field_g,
                "relative_deviation": deviation,
                "error_ohm_sq": np.full(len(field_g), 100 * noise),
                "background_ohm_sq": np.full(len(field_g), 100.0),
            },
        )

    return build
