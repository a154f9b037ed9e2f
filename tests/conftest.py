"""Where the real micrographs are, and what every test may ask for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import numpy as np
import pytest

from grainscope.records import (
    BoostedTrees,
    Frame,
    GrainModel,
    Micrograph,
    PixelNetwork,
    PixelSize,
    Segmentation,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

ROOT = Path(__file__).parent.parent
DATA = Path(os.environ.get("GRAINSCOPE_DATA", ROOT.parent / "shared" / "data"))


_approx_of_pytest = pytest.approx


def approx(expected: Any, rel: Any = None, abs: Any = None, nan_ok: bool = False) -> Any:
    """As pytest's, but 1e-12 of the largest expected size where that is below 1, not 1e-12.

    A capacitance of 1e-16 F, a power of 1e-16 W or an energy of 1e-23 J would otherwise equal any
    other one, whatever ``rel`` says.
    """
    if abs is None:
        largest = _largest(expected)
        if 0 < largest < 1:
            rel, abs = 1e-6 if rel is None else rel, 1e-12 * largest
    return _approx_of_pytest(expected, rel=rel, abs=abs, nan_ok=nan_ok)


def _largest(expected: Any) -> float:
    """Return the largest finite size among numbers, however they are nested."""
    if isinstance(expected, Mapping):
        expected = list(expected.values())
    try:
        size = np.abs(np.asarray(expected, np.float64))
    except (TypeError, ValueError):
        return 0.0
    return float(np.max(size, initial=0.0, where=np.isfinite(size)))


pytest.approx = approx

# No test asserts a wall time, not even by the deadline of its examples.
hypothesis.settings.register_profile("no deadline", deadline=None)
hypothesis.settings.load_profile("no deadline")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of real micrographs with hand-drawn masks; absent outside the project's machines."""
    if not DATA.is_dir():
        pytest.skip(f"no real micrographs at {DATA}: set GRAINSCOPE_DATA to their folder")
    return DATA


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20260)


@pytest.fixture
def labelled():
    """Turn a label image (or text art, one digit or letter a grain) into a Segmentation."""

    def build(art: str | np.ndarray, nm_per_px: float = 5.0) -> Segmentation:
        labels = from_text(art) if isinstance(art, str) else np.asarray(art, np.int32)
        return Segmentation(labels, PixelSize(nm_per_px, 0.0, "option"), Frame.whole(labels.shape))

    return build


@pytest.fixture
def imaged():
    """Turn a grey image into a Micrograph of known pixel size."""

    def build(grey: np.ndarray, nm_per_px: float = 5.0, name: str = "film") -> Micrograph:
        return Micrograph(name, grey, PixelSize(nm_per_px, 0.0, "option"), Frame.whole(grey.shape))

    return build


@pytest.fixture(scope="session")
def tiny_grain_model() -> GrainModel:
    """A grain model of three stumps and a network of random weights: knows nothing, fits all."""
    from grainscope.segmentation.candidate_features import FEATURES
    from grainscope.segmentation.context import CONTEXT_FEATURES
    from grainscope.segmentation.pixel_features import pixel_feature_names

    rng = np.random.default_rng(3)
    pixel = pixel_feature_names()
    widths = (len(pixel), 4, 3)
    return GrainModel(
        network=PixelNetwork(
            features=pixel,
            mean=np.zeros(len(pixel), np.float32),
            scale=np.ones(len(pixel), np.float32),
            weights=tuple(
                rng.normal(0, 0.5, shape).astype(np.float32) for shape in pairwise(widths)
            ),
            offsets=tuple(np.zeros(width, np.float32) for width in widths[1:]),
        ),
        first_score=_three_stumps(FEATURES, rng),
        second_score=_three_stumps(CONTEXT_FEATURES, rng),
        cut_log10_area_px=np.array([1.0, 3.0]),
        cut_score=np.array([0.4, 0.3]),
        found_score=np.array([0.3, 0.9]),
        found_iou=np.array([0.4, 0.8]),
        trained_on=("nothing µ",),
        seed=3,
    )


def _three_stumps(features: tuple[str, ...], rng: np.random.Generator) -> BoostedTrees:
    leaf = np.tile([False, True, True], 3)
    node = np.arange(9)
    return BoostedTrees(
        features=tuple(features),
        root=np.array([0, 3, 6], np.int32),
        feature=np.where(leaf, -1, rng.integers(0, len(features), 9)).astype(np.int32),
        threshold=np.where(leaf, 0.0, rng.random(9)),
        left=np.where(leaf, 0, node + 1).astype(np.int32),
        right=np.where(leaf, 0, node + 2).astype(np.int32),
        value=np.where(leaf, rng.normal(0, 0.1, 9), 0.0),
        offset=0.5,
    )


def from_text(art: str) -> np.ndarray:
    """Read text art: ``.`` is background, ``1``–``9`` and ``a``–``z`` are grains 1–35."""
    rows = [line.strip() for line in art.strip().splitlines()]
    return np.array([[0 if c == "." else int(c, 36) for c in row] for row in rows], np.int32)


def discs(
    shape: tuple[int, int], centres: list[tuple[float, float]], radii_px: list[float]
) -> np.ndarray:
    """Label image of discs; a pixel belongs to a disc when its centre does."""
    y, x = np.indices(shape)
    labels = np.zeros(shape, np.int32)
    for label, ((cy, cx), radius) in enumerate(zip(centres, radii_px, strict=True), start=1):
        labels[(y - cy) ** 2 + (x - cx) ** 2 <= radius**2] = label
    return labels


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """In CI a skipped window test, or a skipped data test where the data is there, is a failure."""
    outcome = yield
    report = outcome.get_result()
    if not (report.skipped and os.environ.get("CI")) or hasattr(report, "wasxfail"):
        return
    reachable_data = item.get_closest_marker("data") and DATA.is_dir()
    if item.get_closest_marker("window") or reachable_data:
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, where it must run: {report.longrepr}"


@pytest.fixture(scope="module")
def small_training():
    """Few passes, few trees of few bins (what takes longest), small scenes."""
    from sklearn import ensemble

    from grainscope.training import examples, pixel_training, score_training

    few_bins = partial(ensemble.HistGradientBoostingRegressor, max_bins=24)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ensemble, "HistGradientBoostingRegressor", few_bins)
        patch.setattr(pixel_training, "_PASSES", 3)
        patch.setattr(score_training, "_FIRST_TREES", 12)
        patch.setattr(score_training, "_SECOND_TREES", 12)
        patch.setattr(examples, "SCENE_PX", (110, 120))
        yield


#: Widths of one and of two columns of a journal.
_COLUMN_IN, _PAGE_IN = 8.6 / 2.54, 17.8 / 2.54
_SMALLEST_PT = 6.0
#: What reaches out of the page by less is rounding.
_SLACK_IN = 0.01


def _printed_scale(figure: Figure) -> float:
    """Return how much a figure is shrunk on paper, in the narrowest place that is meant for it."""
    from grainscope.figures.style import COLUMN_IN

    width_in = float(figure.get_size_inches()[0])
    place_in = _COLUMN_IN if width_in <= COLUMN_IN + 0.01 else _PAGE_IN
    return min(1.0, place_in / width_in)


def _print_faults(figure: Figure) -> list[str]:
    """Return the words that are too small on paper, and how far the drawing leaves the page."""
    from matplotlib.text import Text

    from grainscope.figures.style import house_style

    with house_style():
        figure.draw_without_rendering()
        drawn = figure.get_tightbbox()
    scale = _printed_scale(figure)
    sizes = {
        text.get_text(): scale * text.get_fontsize()
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip()
    }
    faults = [f"{t!r} in {pt:.1f} pt" for t, pt in sizes.items() if pt < _SMALLEST_PT]
    width_in, height_in = figure.get_size_inches()
    outside_in = max(-drawn.x0, -drawn.y0, drawn.x1 - width_in, drawn.y1 - height_in)
    return faults + ([f"cut off by {outside_in:.2f} in"] if outside_in > _SLACK_IN else [])


@pytest.fixture
def print_faults() -> Callable[[Figure], list[str]]:
    """Return the check of a figure for print: it names words too small, and what is cut off."""
    return _print_faults
