"""A film of discs whose analysis is put together by hand, so that figures need no stage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.spatial import Delaunay

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.grains import cumulative_sizes, fit_size_laws, size_statistics
from grainscope.network import loop_statistics
from grainscope.records import (
    CORRECTIONS,
    Analysis,
    BarrierHistogram,
    BarrierLaws,
    BottleneckPath,
    ChargingEnergies,
    Commensuration,
    ComponentTable,
    Conductance,
    Couplings,
    Databar,
    Frame,
    GrainHistogram,
    GrainNetwork,
    GrainTable,
    Headline,
    LogSlopes,
    LogWindows,
    LoopScan,
    LoopTable,
    Magnetoresistance,
    Micrograph,
    NormalState,
    Percolation,
    PiecedLoops,
    PixelSize,
    Segmentation,
    SizedGrains,
)
from grainscope.settings import GrainSettings, TransportSettings
from grainscope.transport import flux_features

PX_UM = 0.005
MAX_GAP_NM = 100.0
DATABAR_PX = 20


@dataclass
class Film:
    """One finished image."""

    micrograph: Micrograph
    segmentation: Segmentation
    analysis: Analysis


@pytest.fixture(scope="session")
def disc_film():
    """Build a film of ``columns`` × ``rows`` discs, jittered in place and size."""
    return build_film


def build_film(columns: int = 10, rows: int = 8, pitch_px: int = 16, seed: int = 5) -> Film:
    rng = np.random.default_rng(seed)
    height, width = max(rows * pitch_px, 24), max(columns * pitch_px, 32)
    y, x = (np.indices((rows, columns)).reshape(2, -1) + 0.5) * pitch_px + rng.uniform(
        -2, 2, (2, rows * columns)
    )
    radius = rng.lognormal(np.log(0.3 * pitch_px), 0.25, rows * columns).clip(1.5, 0.42 * pitch_px)
    labels = np.zeros((height + DATABAR_PX, width), np.int32)
    grid_y, grid_x = np.indices(labels.shape)
    for label, (cy, cx, r) in enumerate(zip(y, x, radius, strict=True), start=1):
        box = (
            slice(max(0, int(cy - r)), int(cy + r) + 2),
            slice(max(0, int(cx - r)), int(cx + r) + 2),
        )
        inside = (grid_y[box] - cy) ** 2 + (grid_x[box] - cx) ** 2 <= r**2
        labels[box][inside & (labels[box] == 0)] = label
    grey = np.where(labels > 0, 170, 60) + rng.normal(0, 12, labels.shape)
    grey[height:] = 255
    frame = Frame(0, height, 0, width)
    size = PixelSize(1000 * PX_UM, 0.05, "option")
    micrograph = Micrograph(
        "film",
        grey.clip(0, 255).astype(np.uint8),
        size,
        frame,
        Databar(height, height + DATABAR_PX),
    )
    return Film(micrograph, Segmentation(labels, size, frame), _analysis(y, x, radius))


def _analysis(y, x, radius) -> Analysis:
    contacts, loops = _network(y, x, radius), _loops(y, x, radius)
    grains = _grains(y, x, radius, contacts)
    gaps = np.sort(contacts.gap_nm)
    share = np.linspace(1 / max(len(x), 1), 1, len(gaps)) ** 3
    area = loops.area_um2
    field_g = np.linspace(0, 400, 300)
    phase = 2 * np.pi * field_g[:, None] * area / FLUX_QUANTUM_G_UM2
    nothing = len(area) == 0
    temperature_k = np.geomspace(0.05, 300, 60)
    barrier_k = 0.48 / (2 * PX_UM * radius) if len(radius) else np.ones(0)
    exponent = -barrier_k / temperature_k[:, None]
    curves = Commensuration(
        field_mt=field_g / 10,
        field_g=field_g,
        loop_sum=np.full(300, np.nan) if nothing else np.cos(phase).mean(axis=1),
    )
    tiled = PiecedLoops(area, loops.edge_weight, np.arange(len(area)) % 4, np.ones(4))
    rng = np.random.default_rng(0)
    return Analysis(
        grains=grains,
        histogram=_histogram(grains.area_um2),
        **_sizes(grains),
        network=contacts,
        loops=loops,
        percolation=Percolation(
            gap_nm=gaps,
            largest_component_fraction=share,
            n_components=np.round(len(x) * (1 - share)) + 1,
            mean_component_size=1 + 20 * share * (1 - share),
            spans_x=share > 0.5,
            spans_y=share > 0.55,
            threshold_gap_nm=float(gaps[np.argmax(share > 0.5)]) if len(gaps) else np.nan,
            correlation_length_um=share * (1 - share),
            area_fraction=0.3 + 0.7 * share,
            threshold_low_nm=0.8 * float(gaps[np.argmax(share > 0.5)]) if len(gaps) else np.nan,
            threshold_high_nm=1.3 * float(gaps[np.argmax(share > 0.5)]) if len(gaps) else np.nan,
            **_components(grains, contacts),
        ),
        commensuration=curves,
        charging=ChargingEnergies(grains.label, *[barrier_k] * 4),
        couplings=_couplings(contacts),
        barriers=_barriers(barrier_k),
        barrier_laws=BarrierLaws(*[np.empty(0)] * 13),
        log_windows=LogWindows(
            ("parallel",),
            ("conductance",),
            *(np.array([v]) for v in (0.02, 10.0, 100.0, float(len(radius) > 0), 1e-5)),
        ),
        log_slopes=LogSlopes(("parallel",), *[np.ones(1)] * 5),
        normal_state=NormalState(2.0, 4.0),
        conductance=Conductance(
            temperature_k=temperature_k,
            parallel_s=1e-4 * np.exp(exponent).mean(axis=1) if len(radius) else np.zeros(60),
        ),
        loop_statistics=loop_statistics(tiled, 20, rng),
        loop_scan=_scan(),
        flux_features=flux_features(
            curves, tiled, loop_statistics(tiled, 0, rng), TransportSettings(), rng
        ),
        magnetoresistance=Magnetoresistance(
            np.repeat([5.0, 20.0], len(field_g)),
            np.tile(field_g / 10, 2),
            np.tile(field_g, 2),
            np.tile(np.cos(field_g / 50) ** 2, 2),
            np.exp(np.tile(np.sin(field_g / 50) ** 2, 2)),
        ),
        headline=_headline(len(x), loops),
    )


def _couplings(contacts) -> Couplings:
    """Every contact carries a share of the current, the first the most."""
    n = contacts.n_contacts
    share = 1 / (1 + np.arange(n))
    columns = [np.ones(n)] * 5
    return Couplings(
        contacts.grain_a,
        contacts.grain_b,
        contacts.gap_nm,
        contacts.facet_nm,
        *columns,
        share,
        10.0,
    )


def _scan() -> LoopScan:
    """Four choices, the loops of one of them of 1.3 µm."""
    area = np.array([0.2, 0.5, 1.0, 1.327])
    whole = np.array([100, 50, 3, 40])
    return LoopScan(
        min_grain_diameter_um=np.array([0.0, 0, 0.3, 0.3]),
        max_gap_nm=np.array([20.0, 80, 20, 80]),
        n_grains=np.array([300, 300, 60, 60]),
        n_loops=whole + 2,
        n_whole=whole,
        density_per_um2=whole / 100,
        mean_area_um2=area,
        mean_area_low_um2=0.9 * area,
        mean_area_high_um2=1.1 * area,
        median_area_um2=0.8 * area,
        equivalent_diameter_um=2 * np.sqrt(area / np.pi),
        mean_field_g=FLUX_QUANTUM_G_UM2 / area,
        area_cv=np.array([1.2, 0.8, 0.4, 0.3]),
        choice=(0.0, 80.0),
    )


def _components(grains, contacts):
    """Halves of the film, and a walk over three contacts where there are as many."""
    n, row = grains.n_grains, np.arange(min(contacts.n_contacts, 3))
    of = np.where(np.arange(n) < 2 * n / 3, 1, 2)
    size = np.bincount(of, minlength=3)[1:][: min(n, 2)]
    zeros = np.zeros(len(size))
    table = ComponentTable(
        np.arange(len(size)) + 1, size, zeros, zeros, zeros, zeros, zeros == 0, zeros > 0, of
    )
    path = BottleneckPath(
        row + 1, contacts.grain_a[row], contacts.grain_b[row], contacts.gap_nm[row],
        contacts.y_um[row], contacts.x_um[row], row, "x" if len(row) else "",
    )  # fmt: skip
    return {"components": table, "bottleneck": path}


def _grains(y, x, radius, contacts) -> GrainTable:
    n = len(x)
    area = np.pi * (PX_UM * radius) ** 2
    used = contacts.gap_nm <= MAX_GAP_NM
    ends = np.concatenate([contacts.grain_a[used], contacts.grain_b[used]])
    special = {
        "label": np.arange(1, n + 1),
        "y_um": y * PX_UM,
        "x_um": x * PX_UM,
        "area_um2": area,
        "log10_area_um2": np.log10(area),
        "equivalent_diameter_um": 2 * PX_UM * radius,
        "degree": np.bincount(ends, minlength=n + 1)[1:],
        "component": np.ones(n),
        "edge_weight": np.ones(n),
    }
    names = GrainTable.__dataclass_fields__
    return GrainTable(**{name: special.get(name, np.zeros(n)) for name in names})


def _edges(y, x):
    if len(x) < 4:
        return np.zeros((0, 2), int), np.zeros((0, 3), int)
    triangles = Delaunay(np.column_stack([x, y])).simplices
    pairs = np.sort(
        np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]])
    )
    return np.unique(pairs, axis=0), triangles


def _gap_nm(y, x, radius, a, b):
    distance = np.hypot(x[a] - x[b], y[a] - y[b])
    return np.maximum(distance - radius[a] - radius[b], 0) * PX_UM * 1000


def _network(y, x, radius) -> GrainNetwork:
    pairs, _triangles = _edges(y, x)
    a, b = pairs.T
    gap = _gap_nm(y, x, radius, a, b)
    order = np.argsort(gap, kind="stable")
    a, b, gap = a[order], b[order], gap[order]
    drawn = {
        "grain_a": a + 1,
        "grain_b": b + 1,
        "gap_nm": gap,
        "facet_nm": np.full(len(a), 20.0),
        "y_um": (y[a] + y[b]) / 2 * PX_UM,
        "x_um": (x[a] + x[b]) / 2 * PX_UM,
    }
    # The rest is the rotation system, one entry a half-edge, which no figure looks at.
    names = GrainNetwork.__dataclass_fields__
    return GrainNetwork(**{name: drawn.get(name, np.zeros(2 * len(a))) for name in names})


def _loops(y, x, radius) -> LoopTable:
    triangles = _edges(y, x)[1]
    sides = [(0, 1), (1, 2), (0, 2)]
    gaps = [_gap_nm(y, x, radius, triangles[:, i], triangles[:, j]) for i, j in sides]
    widest = np.max(gaps, axis=0) if len(triangles) else np.zeros(0)
    triangles, widest = triangles[widest <= MAX_GAP_NM], widest[widest <= MAX_GAP_NM]
    ys, xs = y[triangles] * PX_UM, x[triangles] * PX_UM
    dx, dy = xs[:, 1:] - xs[:, :1], ys[:, 1:] - ys[:, :1]
    cross = dx[:, 0] * dy[:, 1] - dx[:, 1] * dy[:, 0]
    area, n = np.abs(cross) / 2, len(triangles)
    return LoopTable(
        loop=np.arange(1, n + 1), n_grains=np.full(n, 3), area_um2=area, hole_area_um2=area / 2,
        equivalent_diameter_um=2 * np.sqrt(area / np.pi), field_g=FLUX_QUANTUM_G_UM2 / area,
        field_mt=FLUX_QUANTUM_G_UM2 / area / 10, max_gap_nm=widest,
        min_grain_diameter_um=np.zeros(n), edge_weight=np.full(n, 1.1),
        vertex_start=3 * np.arange(n + 1), vertex_y_um=ys.ravel(), vertex_x_um=xs.ravel(),
    )  # fmt: skip


def _sizes(grains):
    d = grains.equivalent_diameter_um
    order = np.argsort(d)
    weight = dict.fromkeys(CORRECTIONS, np.ones(len(d)))
    covered = dict.fromkeys(CORRECTIONS, np.full(4, grains.area_um2.sum() / 4))
    sizes = SizedGrains(
        np.log(d[order]), np.arange(len(d)) % 4, weight, np.full(4, 2.0), covered, 1e-6
    )
    rng = np.random.default_rng(0)
    laws = fit_size_laws(sizes, GrainSettings(bootstrap_draws=50, goodness_draws=9), rng)
    return {
        "statistics": size_statistics(sizes, 50, rng),
        "size_laws": laws,
        "cumulative": cumulative_sizes(sizes, laws, 50, rng),
    }


def _histogram(area_um2) -> GrainHistogram:
    log_area = np.log10(area_um2)
    low = np.floor(log_area.min() * 10) if len(area_um2) else 0
    high = np.floor(log_area.max() * 10) + 1 if len(area_um2) else 0
    edges = np.arange(low, high + 1) / 10
    count = np.histogram(log_area, edges)[0] if len(area_um2) else np.zeros(0)
    corrected, bins = 1.15 * count, len(count)
    return GrainHistogram(
        log10_area_low=edges[:bins], log10_area_high=edges[1:],
        diameter_low_um=np.sqrt(10 ** edges[:bins] * 4 / np.pi),
        diameter_high_um=np.sqrt(10 ** edges[1:] * 4 / np.pi),
        count=count, corrected_count=corrected, corrected_low=corrected - np.sqrt(corrected),
        corrected_high=corrected + np.sqrt(corrected), completeness=np.full(bins, np.nan),
        resolution_cut_um2=60 * PX_UM**2,
    )  # fmt: skip


def _barriers(barrier_k) -> BarrierHistogram:
    if len(barrier_k) == 0:
        none = np.zeros(0)
        return BarrierHistogram((), none, none, none, none, none)
    edges = np.geomspace(barrier_k.min() * 0.999, barrier_k.max() * 1.001, 16)
    count = np.histogram(barrier_k, edges)[0]
    width = np.diff(edges)
    law = np.log(edges[1:] / edges[:-1]) / np.log(edges[-1] / edges[0]) / width
    return BarrierHistogram(
        ("charging",) * 15, edges[:-1], edges[1:], count, count / count.sum() / width, law
    )


def _headline(n_grains: int, loops: LoopTable) -> dict[str, Headline]:
    area = loops.area_um2
    mean, median = (float(area.mean()), float(np.median(area))) if len(area) else (np.nan, np.nan)
    return {
        "n_grains": Headline(n_grains, ""),
        "n_loops": Headline(loops.n_loops, ""),
        "mean_loop_area_um2": Headline(mean, "µm²"),
        "median_loop_area_um2": Headline(median, "µm²"),
        "mean_loop_field_g": Headline(FLUX_QUANTUM_G_UM2 / mean, "G"),
    }
