"""``grainscope train``: what is learnt, from what, and what is said of the rest."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import tifffile
from skimage.io import imsave

from grainscope import files, training
from grainscope.cli import run_command_line
from grainscope.records import ClusterModel, GrainModel, PixelSize

CENTRES = [(20, 25), (22, 80), (60, 30), (65, 90), (95, 60)]
#: What takes half of the time of figures.
SCREEN = ("--set", "run.print_figures=false")


def drawn(dark: bool = False, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """A film of five discs, and its labels."""
    rng = np.random.default_rng(seed)
    y, x = np.indices((120, 128))
    labels = np.zeros(y.shape, np.uint16)
    for label, (cy, cx) in enumerate(CENTRES, start=1):
        labels[np.hypot(y - cy, x - cx) <= 12] = label
    grey = np.where(labels > 0, 60 if dark else 180, 120) + rng.normal(0, 5, y.shape)
    return grey.clip(0, 255).astype(np.uint8), labels


def write_films(folder, names=("a", "b"), **how):
    """Write films without any pixel size, and their labels into ``masks/``."""
    (folder / "masks").mkdir(parents=True)
    for seed, name in enumerate(names):
        grey, labels = drawn(seed=seed, **how)
        imsave(folder / f"{name}.png", grey, check_contrast=False)
        imsave(folder / "masks" / f"{name}.png", labels, check_contrast=False)
    return folder


@pytest.fixture
def films(tmp_path):
    return write_films(tmp_path / "films")


@pytest.fixture
def learnt(monkeypatch, tiny_grain_model):
    """Put a model at once in the place of training; collect what it was asked."""
    asked = []

    def train(examples, scenes, seed, progress):
        asked.append((list(examples), list(scenes), seed))
        progress("out of fold: AP50 0.5")
        return tiny_grain_model

    monkeypatch.setattr(training, "train_grain_model", train)
    return asked


def command(*words):
    return run_command_line(["train", *map(str, words)])


# ---- without labels: a clustering


def test_a_clustering_of_all_images_finds_their_grains_in_another(films, tmp_path, capsys):
    out = tmp_path / "models" / "discs.json"
    assert command(films, "-o", out) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "[1/2] a"
    assert "clustering of 2 images into 2 classes" in told[-1]
    model = files.load_model(out)
    assert isinstance(model, ClusterModel)
    assert model.trained_on == ("a", "b")
    assert model.features == ("intensity", "contrast_30px")
    other = write_films(tmp_path / "other", ["c"])
    words = ["run", str(other / "c.png"), "-o", str(tmp_path / "out"), "--model", str(out)]
    assert run_command_line([*words, "--pixel-size-nm", "5", *SCREEN]) == 0
    result = files.read_result(tmp_path / "out" / "c")
    assert result.segmentation.n_grains == len(CENTRES)
    assert result.record.model == files.hash_model(out)


def test_the_same_images_give_the_same_bytes(films, tmp_path):
    for name in ("one", "two"):
        assert command(films, "-o", tmp_path / f"{name}.json", "-q") == 0
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_each_image_counts_alike_whatever_its_size(tmp_path):
    grey = drawn()[0]
    write_films(tmp_path / "films", ["a"])
    imsave(tmp_path / "films" / "b.png", np.tile(drawn(dark=True)[0], (3, 3)))
    imsave(tmp_path / "films" / "a.png", grey)
    command(tmp_path / "films", "-o", tmp_path / "both.json", "-q")
    imsave(tmp_path / "films" / "b.png", drawn(dark=True)[0])
    command(tmp_path / "films", "-o", tmp_path / "alike.json", "-q")
    both, alike = (files.load_model(tmp_path / f"{name}.json") for name in ("both", "alike"))
    assert both.weights == pytest.approx(alike.weights, abs=0.03)


def test_settings_choose_the_clustering(films, tmp_path):
    chosen = ["--set", "segmentation.clustering=gaussian_mixture"]
    assert (
        command(films, "-o", tmp_path / "m.json", *chosen, "--set", "segmentation.n_classes=3") == 0
    )
    model = files.load_model(tmp_path / "m.json")
    assert model.clustering == "gaussian_mixture"
    assert len(model.weights) == 3


def test_what_cannot_be_used_costs_a_line_and_the_rest_is_used(films, tmp_path, capsys):
    (films / "text.png").write_text("dear diary")
    imsave(films / "flat.png", np.full((60, 80), 99, np.uint8), check_contrast=False)
    code = command(films, "nowhere.tif", "-o", tmp_path / "m.json")
    told = capsys.readouterr()
    assert code == 1
    assert len(told.err.splitlines()) == 2
    assert all(line.startswith("not used: ") for line in told.err.splitlines())
    assert "nowhere.tif" in told.err
    assert "text.png" in told.err
    assert files.load_model(tmp_path / "m.json").trained_on == ("a", "b")


def test_nothing_to_learn_from_is_wrong_usage(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    imsave(tmp_path / "flat.png", np.full((60, 80), 99, np.uint8), check_contrast=False)
    for place in ("empty", "flat.png"):
        assert command(tmp_path / place, "-o", tmp_path / "m.json") == 2
        assert capsys.readouterr().err.splitlines()[-1].startswith("grainscope: ")
    assert not (tmp_path / "m.json").exists()


@pytest.mark.parametrize("name", ["m.npz", "m", "films", "films/a.png/m.json"])
def test_a_place_that_cannot_be_written_is_told_before_any_work(films, tmp_path, capsys, name):
    assert command(films, "-o", tmp_path / name) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1


# ---- with labels: a grain model


def test_images_and_labels_are_paired_prepared_and_handed_over(films, learnt, tmp_path, capsys):
    words = ["--labels", films / "masks", "--scenes", "2", "--seed", "7"]
    assert command(films, *words, "-o", tmp_path / "m.json") == 0
    ((examples, scenes, seed),) = learnt
    assert [example.name for example in examples] == ["films/a", "films/b"]
    assert [len(scenes), seed] == [2, 7]
    for example, expected in zip(examples, (drawn(seed=0)[1], drawn(seed=1)[1]), strict=True):
        assert np.array_equal(example.labels, expected)
        assert example.film[expected > 0].mean() > example.film[expected == 0].mean() + 0.5
    told = capsys.readouterr().out
    assert "[1/2] films/a: 5 grains" in told
    assert "out of fold: AP50 0.5" in told
    assert "grain model from 2 images with 10 grains and 2 scenes with " in told
    assert isinstance(files.load_model(tmp_path / "m.json"), GrainModel)
    notes = json.loads((tmp_path / "m.json").read_text("utf-8"))["notes"]
    assert notes["images"] == {"films/a": 5, "films/b": 5}


def test_samples_of_the_settings_name_the_sets(films, learnt, tmp_path):
    settings = tmp_path / "training.toml"
    settings.write_text('[[files]]\nmatch = "a*"\nsample = "first/set"\n')
    words = ["--labels", films / "masks", "--scenes", "0", "--settings", settings]
    assert command(films, *words, "-o", tmp_path / "m.json") == 0
    assert [example.name for example in learnt[0][0]] == ["first_set/a", "films/b"]


def test_labels_tell_whether_grains_are_dark(tmp_path, learnt, capsys):
    dark = write_films(tmp_path / "dark", ["a"], dark=True)
    words = ["--labels", dark / "masks", "--scenes", "0"]
    assert command(dark, *words, "-o", tmp_path / "m.json") == 0
    example = learnt[0][0][0]
    assert example.film[example.labels > 0].mean() > example.film[example.labels == 0].mean()
    assert "taken as dark" in capsys.readouterr().out
    command(dark, *words, "--set", "preprocessing.polarity=dark", "-o", tmp_path / "m.json")
    assert "taken as" not in capsys.readouterr().out


def test_pixels_that_are_not_scored_stay_marked(films, learnt, tmp_path):
    labels = drawn()[1]
    labels[:40, :50] = 65535
    imsave(films / "masks" / "a.png", labels, check_contrast=False)
    assert (
        command(films, "--labels", films / "masks", "--scenes", "0", "-o", tmp_path / "m.json") == 0
    )
    assert (learnt[0][0][0].labels[:40, :50] == 65535).all()
    assert json.loads((tmp_path / "m.json").read_text("utf-8"))["notes"]["images"]["films/a"] == 4


def test_labels_of_a_corrected_run_are_found(films, learnt, tmp_path, capsys):
    words = ["run", str(films), "-o", str(tmp_path / "out"), "--pixel-size-nm", "5"]
    assert run_command_line([*words, "--set", "segmentation.method=fast", "-q", *SCREEN]) == 0
    for name in ("a", "b"):
        labels = files.read_result(tmp_path / "out" / name).segmentation.labels.copy()
        assert labels.max() == 5
        if name == "a":
            labels[labels == 3] = 0
            path = tmp_path / "out" / name / "labels.tif"
            files.write_label_image(path, labels, PixelSize(5.0, 0.0, "option"))
    capsys.readouterr()
    words = ["--labels", tmp_path / "out", "--scenes", "0"]
    assert command(films, *words, "-o", tmp_path / "m.json") == 0
    assert [len(np.unique(example.labels)) for example in learnt[0][0]] == [5, 6]
    told = capsys.readouterr().out
    assert "1 label images are as grainscope itself made them" in told
    assert "out/b/labels.tif" in told


def test_tiff_and_numpy_labels_are_read_too(films, learnt, tmp_path):
    tifffile.imwrite(films / "masks" / "a.tif", drawn()[1])
    np.save(films / "masks" / "b.npy", drawn()[1].astype(np.int64))
    for name in ("a", "b"):
        (films / "masks" / f"{name}.png").unlink()
    assert (
        command(films, "--labels", films / "masks", "--scenes", "0", "-o", tmp_path / "m.json") == 0
    )
    assert [example.labels.max() for example in learnt[0][0]] == [5, 5]


def broken(kind, good):
    """Labels that cannot be learnt from."""
    return {
        "shape": good[:-1],
        "no grains": good * 0,
        "nothing scored": np.full_like(good, 65535),
        "a mask": np.where(good > 0, 255, 0).astype(np.uint8),
    }[kind]


BROKEN = {
    "shape": "expected 120 × 128 as in the image",
    "no grains": "no grains",
    "nothing scored": "no grains",
    "a mask": "one label in 5 pieces",
}


@pytest.mark.parametrize(("kind", "message"), BROKEN.items())
def test_labels_that_cannot_be_used_cost_a_line(films, learnt, tmp_path, capsys, kind, message):
    path = films / "masks" / "a.png"
    imsave(path, broken(kind, drawn()[1]), check_contrast=False)
    words = ["--labels", films / "masks", "--scenes", "0"]
    assert command(films, *words, "-o", tmp_path / "m.json") == 1
    err = capsys.readouterr().err
    assert err.startswith(f"not used: {path}: ")
    assert message in err
    assert err.count("\n") == 1
    assert [example.name for example in learnt[0][0]] == ["films/b"]


def test_missing_spare_and_unreadable_ones_cost_a_line_each(films, learnt, tmp_path, capsys):
    write_films(tmp_path / "more", ["a", "c", "d", "e"])
    (tmp_path / "more" / "c.png").write_text("no image")
    (films / "masks" / "d.png").write_text("no labels")
    for name in ("c", "spare"):
        imsave(films / "masks" / f"{name}.png", drawn()[1], check_contrast=False)
    words = ["--labels", films / "masks", "--scenes", "0", "-o", tmp_path / "m.json"]
    assert command(films, tmp_path / "more", *words) == 1
    told = capsys.readouterr()
    problems = told.err.splitlines()
    assert len(problems) == 4
    assert "more/a.png: " in problems[0]  # labels called a are those of films/a.png
    assert "taken for" in problems[0]
    assert "no labels called e" in problems[1]
    assert "c.png" in problems[2]
    assert "d.png: cannot be read as a label image" in problems[3]
    assert "1 label images without an image" in told.out
    assert [example.name for example in learnt[0][0]] == ["films/a", "films/b"]


@pytest.mark.parametrize("folder", ["empty", "nowhere"])
def test_no_labels_at_all_is_wrong_usage(films, learnt, tmp_path, capsys, folder):
    (tmp_path / "empty").mkdir()
    assert command(films, "--labels", tmp_path / folder, "-o", tmp_path / "m.json") == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("grainscope: ")
    assert learnt == []


def test_a_run_loads_no_scikit_learn(films, tmp_path, tiny_grain_model):
    files.save_model(tiny_grain_model, tmp_path / "tiny.json")
    code = (
        "import sys\n"
        "from grainscope import batch\n"
        "from grainscope.batch import thread_map\n"
        "def here(limits, progress, _):\n"  # a worker process would keep what it loads to itself
        "    return lambda process, jobs: thread_map(process, jobs, 1, 60.0)\n"
        "batch.default_map = here\n"
        "from grainscope.cli import run_command_line\n"
        "assert run_command_line(sys.argv[1:]) == 0\n"
        "print(sorted({'sklearn', 'grainscope.training'} & set(sys.modules)))"
    )
    words = ["run", str(films), "-o", str(tmp_path / "out"), "--pixel-size-nm", "5"]
    words += ["--model", str(tmp_path / "tiny.json"), "-q", *SCREEN]
    command_line = [sys.executable, "-c", code, *words]
    done = subprocess.run(command_line, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stderr


@pytest.mark.slow
def test_a_grain_model_is_learnt_and_applied(films, tmp_path, small_training):
    out = tmp_path / "m.json"
    words = ["--labels", films / "masks", "--scenes", "6", "--seed", "1"]
    assert command(films, *words, "-o", out) == 0
    words = ["run", str(films / "a.png"), "-o", str(tmp_path / "out"), "--model", str(out)]
    assert run_command_line([*words, "--pixel-size-nm", "5", *SCREEN]) == 0
    found = files.read_result(tmp_path / "out" / "a").segmentation
    assert found.n_grains == len(CENTRES)
