"""From labels to the prediction: a jittered lattice has a feature, a broad film none."""

import numpy as np
import pytest

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.pipeline import analyse
from grainscope.records import Frame, Micrograph, PixelSize, Segmentation
from grainscope.settings import Settings

NM_PER_PX = 20.0
CHOSEN = Settings(
    network={"max_gap_nm": 1500, "min_grain_diameter_um": 0.4},
    grains={"goodness_draws": 0},
    transport={"compared_coupling_lengths_nm": [], "coupling_length_nm": 1e4},
)


def drawn(y_px, x_px, radius_px, shape):
    """Draw discs; later ones do not cover earlier ones."""
    y, x = np.indices(shape)
    labels = np.zeros(shape, np.int32)
    for cy, cx, r in zip(y_px, x_px, radius_px, strict=True):
        inside = ((y - cy) ** 2 + (x - cx) ** 2 < r**2) & (labels == 0)
        labels[inside] = labels.max() + inside.any()
    size, frame = PixelSize(NM_PER_PX, 0.0, "option"), Frame.whole(shape)
    micrograph = Micrograph("film", np.where(labels > 0, 200, 50).astype(np.uint8), size, frame)
    return micrograph, Segmentation(labels, size, frame)


def on_a_lattice(jitter, rng, rows=12, side_px=87.5):
    """Large grains on a triangular lattice of 1.75 µm, 1.327 µm² a triangle; small ones in it.

    Displacing every corner by σ in each direction makes areas scatter by
    CV = 2σ over the side. A small grain lies in every second triangle.
    """
    row, column = np.divmod(np.arange(rows * rows), rows)
    height = side_px * np.sqrt(3) / 2
    y, x = (row + 0.5) * height, (column + 0.25 + 0.5 * (row % 2)) * side_px
    pocket = (row < rows - 1) & (column < rows - 1)
    small_y, small_x = y[pocket] + height / 3, x[pocket] + side_px / 2
    y, x = (place + rng.normal(0, jitter * side_px, place.size) for place in (y, x))
    radius = np.append(np.full(y.size, 0.3 * side_px), np.full(small_y.size, 3.0))
    shape = round(rows * height), round((rows + 0.25) * side_px)
    return drawn(np.append(y, small_y), np.append(x, small_x), radius, shape)


def test_large_grains_on_a_jittered_lattice_have_the_papers_field():
    micrograph, film = on_a_lattice(0.075, np.random.default_rng(1))
    found = analyse(micrograph, film, CHOSEN)
    assert found.loop_statistics.of("area_cv").value == pytest.approx(0.15, abs=0.04)
    features = found.flux_features
    firm = {
        name: features.field_g[features.predicted & (np.array(features.quantity) == name)]
        for name in ("loop_sum", "log_determinant", "stiffness")
    }
    expected = FLUX_QUANTUM_G_UM2 / 1.327
    assert firm["loop_sum"][0] == pytest.approx(expected, rel=0.05)
    assert firm["log_determinant"][0] == pytest.approx(expected, rel=0.1)
    assert "A feature is predicted at 15." in features.statement
    assert found.loop_statistics.of("mean_loop_diameter_um").value == pytest.approx(1.3, rel=0.03)


def test_the_same_grains_at_random_claim_none():
    rng = np.random.default_rng(2)
    y, x = rng.uniform(0, 800, (2, 260))
    micrograph, film = drawn(y, x, rng.lognormal(2.6, 0.35, 260), (800, 800))
    found = analyse(micrograph, film, CHOSEN)
    assert found.loop_statistics.of("area_cv").value > 0.5
    assert not found.flux_features.predicted.any()
    assert found.flux_features.statement.startswith("No feature is predicted")
