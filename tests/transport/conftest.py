"""Loops of given areas and grains of given diameters, without a micrograph."""

import dataclasses

import numpy as np
import pytest

from grainscope.constants import FLUX_QUANTUM_G_UM2
from grainscope.records import GrainTable, LoopTable


@pytest.fixture
def loops_of():
    """Build loops from their areas in µm²; all have weight 1 unless given."""

    def build(area_um2, edge_weight=None) -> LoopTable:
        area_um2 = np.asarray(area_um2, float)
        n = len(area_um2)
        field_g = FLUX_QUANTUM_G_UM2 / area_um2
        weight = np.ones(n) if edge_weight is None else edge_weight
        return LoopTable(
            loop=np.arange(1, n + 1), n_grains=np.full(n, 4), area_um2=area_um2,
            hole_area_um2=area_um2 / 2, equivalent_diameter_um=2 * np.sqrt(area_um2 / np.pi),
            field_mt=field_g / 10, field_g=field_g, max_gap_nm=np.zeros(n),
            min_grain_diameter_um=np.ones(n), edge_weight=weight,
            vertex_start=np.zeros(n + 1), vertex_y_um=np.empty(0), vertex_x_um=np.empty(0),
        )  # fmt: skip

    return build


@pytest.fixture
def grains_of():
    """Build grains from their diameters in µm; all have weight 1 unless given."""

    def build(diameter_um, edge_weight=None) -> GrainTable:
        diameter_um = np.asarray(diameter_um, float)
        n = len(diameter_um)
        columns = {field.name: np.zeros(n) for field in dataclasses.fields(GrainTable)}
        columns["label"] = np.arange(1, n + 1)
        columns["equivalent_diameter_um"] = diameter_um
        columns["area_um2"] = np.pi * diameter_um**2 / 4
        columns["edge_weight"] = np.ones(n) if edge_weight is None else edge_weight
        return GrainTable(**columns)

    return build
