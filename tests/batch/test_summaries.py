"""Pooled tables: bins align, counts add up, samples stay apart."""

from __future__ import annotations

import numpy as np
import pytest

from grainscope.batch.outcome import Outcome
from grainscope.batch.pooled_histogram import pooled_histogram
from grainscope.batch.summaries import read_outcomes, write_summaries
from grainscope.files import read_table, write_table
from grainscope.files.tables import TABLE_COLUMNS


@pytest.fixture
def result(tmp_path):
    """Write the histogram and loops of one image, and return its outcome."""

    def write(stem, first_bin, counts, sample="unnamed", per_decade=10, completeness=np.nan):
        (tmp_path / stem).mkdir()
        counts = np.asarray(counts)
        edges = (first_bin + np.arange(len(counts) + 1)) / per_decade
        diameters = 2 * np.sqrt(10**edges / np.pi)
        columns = [edges[:-1], edges[1:], diameters[:-1], diameters[1:], counts, 2.0 * counts]
        columns += [2.0 * counts - 3, 2.0 * counts + 4, counts * 0 + completeness]
        names = TABLE_COLUMNS["histogram"]
        write_table(tmp_path / stem / "histogram.csv", dict(zip(names, columns, strict=True)))
        loops = {name: np.arange(2) for name in TABLE_COLUMNS["loops"]}
        write_table(tmp_path / stem / "loops.csv", loops)
        headline = {"n_grains": int(counts.sum()), "percolation_gap_nm": None}
        return Outcome(f"/data/{stem}.tif", stem, "ok", sample=sample, headline=headline)

    return write


def test_shifted_histograms_add_up_on_common_bins(tmp_path, result):
    outcomes = [result("a", -30, [1, 2, 3]), result("b", -28, [10, 20]), result("c", -25, [7])]
    pooled = pooled_histogram(tmp_path, outcomes)
    np.testing.assert_allclose(pooled["log10_area_low"], [-3, -2.9, -2.8, -2.7, -2.6, -2.5])
    assert pooled["count"].tolist() == [1, 2, 13, 20, 0, 7]
    assert pooled["corrected_count"].tolist() == [2, 4, 26, 40, 0, 14]
    np.testing.assert_allclose(pooled["corrected_low"][2], 26 - np.hypot(3, 3))
    np.testing.assert_allclose(pooled["corrected_high"][2], 26 + np.hypot(4, 4))
    areas_um2 = np.pi * pooled["diameter_low_um"] ** 2 / 4
    np.testing.assert_allclose(np.log10(areas_um2), pooled["log10_area_low"])


def test_the_pooled_completeness_is_weighted_and_unknown_where_one_is(tmp_path, result):
    known = [result("a", 0, [10, 1], completeness=1.0), result("b", 0, [30], completeness=0.5)]
    np.testing.assert_allclose(pooled_histogram(tmp_path, known)["completeness"], [0.625, 1])
    unknown = [*known, result("c", 1, [1])]
    assert np.isnan(pooled_histogram(tmp_path, unknown)["completeness"]).tolist() == [False, True]


def test_samples_and_bin_widths_stay_apart(tmp_path, result):
    outcomes = [result("a", 0, [1], "S0"), result("b", 0, [2], "S1"), result("c", 0, [4], "S0")]
    outcomes.append(result("d", 0, [8], "S0", per_decade=5))
    pooled = pooled_histogram(tmp_path, outcomes)
    assert pooled["sample"].tolist() == ["S0", "S0", "S1"]
    assert pooled["count"].tolist() == [5, 8, 2]
    np.testing.assert_allclose(pooled["log10_area_high"], [0.1, 0.2, 0.1])


def test_no_results_give_headers_only(tmp_path):
    failed = Outcome("/data/x.tif", "x", "failed", "read", "no image")
    write_summaries(tmp_path, [failed])
    header = ",".join((*TABLE_COLUMNS["histogram"], "sample")) + "\n"
    assert (tmp_path / "pooled_histogram.csv").read_text() == header
    assert (tmp_path / "failures.csv").read_text() == (
        "input,stage,error\n/data/x.tif,read,no image\n"
    )
    assert "mean_loop_field_g" in (tmp_path / "summary.csv").read_text()


def test_pooled_loops_name_their_image_and_sample(tmp_path, result):
    write_summaries(tmp_path, [result("a", 0, [1], "S, 0"), result("b", 0, [1])])
    pooled = read_table(tmp_path / "pooled_loops.csv")
    assert list(pooled) == [*TABLE_COLUMNS["loops"], "stem", "sample"]
    assert pooled["stem"].tolist() == ["a", "a", "b", "b"]
    assert pooled["sample"].tolist() == ["S, 0", "S, 0", "unnamed", "unnamed"]


def test_outcomes_come_back_from_the_summary(tmp_path, result):
    outcomes = [result("a", 0, [3]), Outcome("/data/x.tif", "x", "failed", "read", 'say "no"')]
    write_summaries(tmp_path, outcomes)
    back = read_outcomes(tmp_path)
    assert [(o.input, o.stem, o.status, o.stage, o.error) for o in back] == [
        (o.input, o.stem, o.status, o.stage, o.error) for o in outcomes
    ]
    assert back[0].headline["n_grains"] == 3
    assert back[0].headline["percolation_gap_nm"] is None
    before = (tmp_path / "summary.csv").read_bytes()
    write_summaries(tmp_path, back)
    assert (tmp_path / "summary.csv").read_bytes() == before


def test_loops_of_an_older_folder_keep_their_columns_apart(tmp_path, result):
    outcomes = [result("a", 0, [1]), result("b", 0, [2])]
    older = {n: np.arange(2) for n in TABLE_COLUMNS["loops"] if n not in ("y_um", "x_um")}
    write_table(tmp_path / "b" / "loops.csv", older)
    write_summaries(tmp_path, outcomes)
    pooled = read_table(tmp_path / "pooled_loops.csv")
    assert pooled["stem"].tolist() == ["a", "a", "b", "b"]
    assert set(pooled["sample"]) == {"unnamed"}
    assert np.isnan(pooled["y_um"]).tolist() == [False, False, True, True]
