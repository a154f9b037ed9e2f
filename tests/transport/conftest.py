"""Loops of given areas and grains of given diameters, without a micrograph."""

import dataclasses

import numpy as np
import pytest

from grainscope.records import GrainTable, PiecedLoops


@pytest.fixture
def loops_of():
    """Build loops from their areas in µm², dealt out to pieces of film of 100 µm².

    All have weight 1 unless given, and there is one piece unless more are asked for.
    """

    def build(area_um2, edge_weight=None, n_pieces=1) -> PiecedLoops:
        area_um2 = np.asarray(area_um2, float)
        n = len(area_um2)
        weight = np.ones(n) if edge_weight is None else edge_weight
        return PiecedLoops(area_um2, weight, np.arange(n) % n_pieces, np.full(n_pieces, 100.0))

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
