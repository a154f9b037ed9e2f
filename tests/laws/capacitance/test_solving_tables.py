"""Fitting of the tables, with a known correction in place of the slow exact one."""

from importlib import import_module

import numpy as np
import pytest


@pytest.mark.parametrize(
    ("name", "read"), [("gap_capacitance", lambda x: x), ("neutral_share", np.exp)]
)
def test_a_known_series_is_found_again(monkeypatch, name, read):
    law = import_module(f"grainscope.laws.capacitance.{name}")
    reach = {"gap_capacitance": "SMALLEST_RATIO", "neutral_share": "LARGEST_RATIO"}[name]

    def known(ratio, distance):
        log_ratio = np.log(ratio) / np.log(getattr(law, reach))
        place = 1 - 2 * log_ratio if name == "gap_capacitance" else log_ratio
        nearness = 2 * np.exp((law.SMALLEST_DISTANCE - distance) / 2) - 1
        return read(2 + 0.3 * place + 0.5 * place * nearness)

    monkeypatch.setattr(law, "exact_correction", known)
    expected = np.zeros(law.TABLE_SHAPE)
    expected[0, 0], expected[1, 0], expected[1, 1] = 2, 0.3, 0.5
    assert law.solve_table() == pytest.approx(expected, abs=1e-12)
