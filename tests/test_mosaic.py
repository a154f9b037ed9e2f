"""A mosaic's result is that of the whole image, file for file."""

import pickle
from functools import partial

import numpy as np
import pytest
import tifffile
from scipy.ndimage import gaussian_filter

from grainscope import figures, mosaic, report
from grainscope.batch import Job, process_image, thread_map
from grainscope.cli import run_command_line
from grainscope.errors import LimitError, SettingsError
from grainscope.files import read_label_image, read_record, save_model
from grainscope.mosaic import in_strips, mosaic_settings, parse_memory, strip_rows
from grainscope.segmentation import tiles
from grainscope.settings import Settings

#: Rows of a strip.
ROWS = 80
FAST = Settings.model_validate(
    {
        "input": {"pixel_size_nm": 5.0},
        "segmentation": {"method": "fast"},
        "transport": {"field_points": 8, "temperature_points": 4},
        "grains": {"bootstrap_draws": 20, "goodness_draws": 0},
        "network": {"scan_gaps": 2, "scan_diameters": 2},
    }
)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """A film of small grains around a few that are larger than a strip, with shading and noise."""
    rng = np.random.default_rng(7)
    shape = (370, 283)
    small, large = (gaussian_filter(rng.standard_normal(shape), px) for px in (3, 28))
    field = np.maximum(small / small.std() - 0.9, 1.5 * large / large.std() - 1.2)
    grey = 120 + 60 * np.tanh(5 * field) + rng.normal(0, 9, shape) + rng.normal(0, 2, (370, 1))
    path = tmp_path_factory.mktemp("images") / "film.tif"
    pixels = np.clip(grey + np.linspace(-20, 20, 283), 0, 255).astype(np.uint8)
    tifffile.imwrite(path, pixels, tile=(64, 64), compression="zlib")
    return path


@pytest.fixture(autouse=True)
def without_pictures(monkeypatch):
    monkeypatch.setattr(figures, "write_figures", lambda *of, **how: None)
    monkeypatch.setattr(report, "write_report", lambda out: None, raising=False)


def made(film, folder, settings, model_path=None, **how):
    """Take a film to a folder, and return its files without what a clock says."""
    folder.parent.mkdir(exist_ok=True)
    outcome = process_image(Job(film, folder, settings, model_path), lambda stage: None, **how)
    assert outcome.error == ""
    record = read_record(folder).model_copy(update={"seconds": {}})
    names = sorted(p.name for p in folder.iterdir() if p.name != "record.json")
    return record.to_json(), {name: (folder / name).read_bytes() for name in names}


@pytest.mark.parametrize(
    "changed",
    [{}, {"preprocessing": {"polarity": "dark"}}, {"network": {"small_grains": "ignore"}}],
    ids=str,
)
def test_every_file_is_that_of_the_whole_image(film, tmp_path, changed, monkeypatch):
    monkeypatch.setattr(mosaic, "strip_rows", lambda *of: ROWS)
    settings = FAST
    for table, values in changed.items():
        kept = getattr(settings, table).model_copy(update=values)
        settings = settings.model_copy(update={table: kept})
    settings, _ = mosaic_settings(settings)
    whole, files_of_whole = made(film, tmp_path / "a" / "film", settings)
    take = partial(in_strips, memory_bytes=1)
    record, found = made(film, tmp_path / "b" / "film", settings, take=take)
    assert record == whole
    assert found == files_of_whole
    assert list((tmp_path / "b").iterdir()) == [tmp_path / "b" / "film"]  # no scratch is left
    labels = read_label_image(tmp_path / "b" / "film" / "labels.tif")
    if not changed:
        heights = [np.ptp(np.flatnonzero((labels == k).any(axis=1))) for k in np.unique(labels)[1:]]
        assert len(heights) > 100
        assert max(heights) > ROWS


def test_the_command_says_what_it_leaves_out_and_resumes(film, tmp_path, capsys, monkeypatch):
    asked = []

    def in_this_process(limits, progress, portions_at_once):  # where no picture is drawn
        asked.append((limits, portions_at_once))
        return partial(thread_map, workers=limits.workers, time_limit_s=limits.time_limit_s)

    monkeypatch.setattr("grainscope.batch.run.default_map", in_this_process)
    words = ["run", str(film), "-o", str(tmp_path / "out"), "--pixel-size-nm", "5"]
    words += ["--memory", "1GB", "--set", "segmentation.method=fast"]
    words += ["--set", "transport.field_points=8", "--set", "grains.goodness_draws=0"]
    assert run_command_line(words) == 0
    told = capsys.readouterr().err
    assert "preprocessing.annotations = false" in told
    assert run_command_line(words) == 0
    assert "skipped" in capsys.readouterr().out
    # One at a time; its process is killed where something has gone wrong, not at ten minutes.
    limits, portions_at_once = asked[0]
    assert (limits.workers, limits.time_limit_s, limits.memory_limit_gb) == (1, 6e4, 8.0)
    assert portions_at_once == 1  # the fast method has no tiles
    assert "time_limit_s = 600.0" in (tmp_path / "out" / "settings.toml").read_text()


def test_a_failed_mosaic_is_a_row_and_leaves_nothing(film, tmp_path):
    damaged = tmp_path / "damaged.tif"
    damaged.write_bytes(film.read_bytes()[:-3000])
    settings, _ = mosaic_settings(FAST)
    take = partial(in_strips, memory_bytes=10**9)
    job = Job(damaged, tmp_path / "out" / "damaged", settings)
    job.folder.parent.mkdir()
    outcome = process_image(job, lambda stage: None, take)
    assert outcome.status == "failed"
    assert "cannot be read as a mosaic" in outcome.error
    assert list(job.folder.parent.iterdir()) == []


def test_the_default_method_gives_the_same_files(film, tmp_path, tiny_grain_model, monkeypatch):
    monkeypatch.setattr(mosaic, "strip_rows", lambda *of: ROWS)
    save_model(tiny_grain_model, tmp_path / "tiny.json")
    chosen = FAST.segmentation.model_copy(update={"method": "default"})
    settings, notes = mosaic_settings(FAST.model_copy(update={"segmentation": chosen}))
    assert "200 px" in notes[-1]
    model = {"model_path": tmp_path / "tiny.json"}
    whole, files_of_whole = made(film, tmp_path / "a" / "film", settings, **model)
    take = partial(in_strips, memory_bytes=1)
    record, found = made(film, tmp_path / "b" / "film", settings, take=take, **model)
    assert record == whole
    assert found == files_of_whole
    assert b"confidence" in found["grains.csv"][:400]


def test_tiles_told_one_by_one_and_done_by_whoever_give_the_same(
    film, tmp_path, tiny_grain_model, monkeypatch
):
    monkeypatch.setattr(tiles, "_SIDE_PX", 200)
    monkeypatch.setattr(tiles, "HALO_PX", 30)
    save_model(tiny_grain_model, tmp_path / "tiny.json")
    chosen = FAST.segmentation.model_copy(update={"method": "default"})
    settings, _ = mosaic_settings(FAST.model_copy(update={"segmentation": chosen}))
    found, told = [], []
    for map_tiles in (map, last_first):
        out = tmp_path / map_tiles.__name__
        out.mkdir()
        take = partial(in_strips, memory_bytes=10**10, map_tiles=map_tiles)
        job = Job(film, out / "film", settings, tmp_path / "tiny.json")
        assert process_image(job, told.append, take).error == ""
        found.append({p.name: p.read_bytes() for p in job.folder.iterdir()})
    assert found[0].pop("record.json") != found[1].pop("record.json")  # its seconds
    assert found[0] == found[1]
    n_tiles = len(tiles.tiles_of((370, 283)))
    assert n_tiles == 9
    expected = [f"segment tile {n}/9" for n in range(10)]
    assert [stage for stage in told if "tile" in stage] == 2 * expected


def last_first(function, portions):
    """Be a map that takes its portions through a pickle, and begins with the last one."""
    portions = [pickle.loads(pickle.dumps(portion)) for portion in portions]
    return [function(portion) for portion in reversed(portions)][::-1]


@pytest.mark.parametrize(
    ("memory", "workers", "n_cores", "expected"),
    [("2GB", 0, 8, 1), ("4GB", 0, 8, 2), ("64GB", 0, 8, 8), ("2GB", 3, 8, 3), ("64GB", 1, 8, 1)],
)
def test_tiles_of_mosaics_stay_within_the_memory(memory, workers, n_cores, expected):
    memory_bytes = parse_memory(memory)
    found = mosaic.tiles_at_once(memory_bytes, workers, n_cores)
    assert found == expected
    assert found == 1 or found * 1.6e9 + 0.35e9 <= max(workers, 1) * memory_bytes


def test_a_method_without_its_model_is_refused(film, tmp_path):
    settings, _ = mosaic_settings(Settings())
    job = Job(film, tmp_path / "film", settings)
    take = partial(in_strips, memory_bytes=10**9)
    assert "does not go with this model" in process_image(job, lambda stage: None, take).error


def test_a_limit_that_is_too_low_says_what_would_do():
    with pytest.raises(LimitError, match=r"takes 2\.2 GB or more"):
        strip_rows((32768, 32768), 10**9)
    assert strip_rows((100, 100), 10**9) == 100
    with pytest.raises(LimitError, match="fewer than"):
        strip_rows((50_000, 50_000), 10**12)
    with pytest.raises(LimitError, match=r"takes 2 GB or more"):
        strip_rows((1000, 1000), 10**9, at_once=1.6e9)


@pytest.mark.parametrize("text", ["", "4", "GB", "-4GB", "4XB", "1e9GB", "4GB4"])
def test_a_size_is_a_number_with_a_unit(text):
    with pytest.raises(SettingsError, match="--memory"):
        parse_memory(text)
