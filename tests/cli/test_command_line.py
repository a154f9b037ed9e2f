"""The command line's own behaviour: exit codes, help, what loads when."""

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from grainscope.cli import run_command_line
from grainscope.cli.progress import status_line
from grainscope.cli.run import chosen_settings
from grainscope.settings import Settings, parse_settings

doctor_module = import_module("grainscope.cli.doctor")
HEAVY = {"numba", "pandas", "sklearn", "skimage", "matplotlib", "scipy", "cv2", "pydantic", "numpy"}


def test_help_loads_nothing_heavy():
    code = (
        "import sys\n"
        "from grainscope.cli import run_command_line\n"
        "assert run_command_line(['--help']) == 0\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


#: In the order of the work.
COMMANDS = (
    "demo info init-config run view predict compare report fit reproduce train evaluate synth "
    "doctor"
)


@pytest.mark.parametrize("command", COMMANDS.split())
def test_every_command_of_the_design_has_help_with_an_example(command, capsys):
    assert run_command_line([command, "--help"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "Usage" in told
    assert f"Example: grainscope {command}" in told


def test_commands_are_listed_in_the_order_of_the_work_with_whole_summaries(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert run_command_line(["--help"]) == 0
    listed = capsys.readouterr().out.split("Commands:")[1].strip().splitlines()
    assert [line.split()[0] for line in listed] == COMMANDS.split()
    assert [line for line in listed if not line.endswith(".") or line.endswith("...")] == []


def test_the_folder_of_a_run_where_a_result_is_due_names_its_results(tmp_path, capsys):
    for stem in ("film_0", "film_1"):
        (tmp_path / stem).mkdir()
        (tmp_path / stem / "record.json").touch()
    assert run_command_line(["predict", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert f"it holds results: {tmp_path / 'film_0'}, {tmp_path / 'film_1'}" in told
    assert run_command_line(["predict", str(tmp_path / "film_2")]) == 2
    assert f"there are: {tmp_path / 'film_0'}" in capsys.readouterr().err


def test_a_settings_file_that_is_not_there_names_the_command_that_writes_one(tmp_path, capsys):
    path = tmp_path / "none.toml"
    words = ["run", str(tmp_path), "-o", str(tmp_path / "out"), "--settings", str(path)]
    assert run_command_line(words) == 2
    assert f"grainscope init-config {path}" in capsys.readouterr().err


def test_a_file_in_place_of_the_output_folder_is_named(tmp_path, capsys):
    film = tmp_path / "film.tif"
    film.write_bytes(b"II*")
    assert run_command_line(["run", str(film), "-o", str(film)]) == 2
    assert "a file is in the way" in capsys.readouterr().err


def test_micrographs_taken_for_labels_are_asked_about(tmp_path, capsys):
    from tifffile import imwrite

    for name, labels in (("true", np.eye(8, dtype=np.uint16)), ("pred", np.full((8, 8), 90, "u1"))):
        (tmp_path / name).mkdir()
        imwrite(tmp_path / name / "film.tif", labels)
    assert run_command_line(["evaluate", str(tmp_path / "true"), str(tmp_path / "pred")]) == 0
    assert "are the files in" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "start"), [("a.xlsx", b"PK\x03\x04"), ("a.xls", b"\xd0\xcf\x11\xe0")]
)
def test_a_workbook_is_told_to_be_saved_as_csv(tmp_path, capsys, name, start):
    path = tmp_path / name
    path.write_bytes(start + bytes(20))
    assert run_command_line(["fit", str(path), "-o", str(tmp_path / "out")]) == 2
    assert "save the sheet as CSV" in capsys.readouterr().err


def test_a_quoted_glob_of_tables_is_followed(tmp_path):
    from grainscope.files import find_transport_files

    for name in ("a.csv", "b.csv", "c.dat"):
        (tmp_path / name).write_text("temperature_k,resistance_ohm\n1,2\n")
    found = find_transport_files([tmp_path / "*.csv"])
    assert [path.name for path in found] == ["a.csv", "b.csv"]


def test_the_demo_of_transport_fits_the_shipped_data_with_their_settings(tmp_path, monkeypatch):
    asked = {}
    module = sys.modules["grainscope.cli.fit"]  # the package has the command by that name
    monkeypatch.setattr(module, "fit", lambda data, **more: asked.update(more, data=data))
    run_command_line(["demo", "--transport", "-o", str(tmp_path)])
    assert asked["out"] == tmp_path
    assert asked["settings"].is_file()
    assert (asked["data"][0] / "hall.csv").is_file()


@pytest.mark.parametrize(
    "words",
    [["no-such-command"], ["run"], ["run", "x"], ["run", "x", "-o", "y", "--no-such-option"]],
)
def test_wrong_usage_ends_with_2_and_says_why(words, capsys):
    assert run_command_line(words) == 2
    assert capsys.readouterr().err


def test_init_config_writes_settings_that_read_back(tmp_path, capsys):
    path = tmp_path / "settings.toml"
    assert run_command_line(["init-config", str(path)]) == 0
    assert parse_settings(path.read_text(), "settings.toml") == Settings()
    assert run_command_line(["init-config", str(path)]) == 2
    assert "--force" in capsys.readouterr().err
    assert run_command_line(["init-config", str(path), "--force"]) == 0


def test_init_config_into_a_missing_folder_is_one_line(tmp_path, capsys):
    assert run_command_line(["init-config", str(tmp_path / "no" / "s.toml")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def told_by(arguments: list[str], **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "grainscope", *arguments]
    return subprocess.run(command, capture_output=True, env=os.environ | environment, check=False)


def test_a_terminal_that_lacks_a_letter_ends_no_command(tmp_path):
    film = tmp_path / "µ→.tif"
    film.write_bytes(b"no image")
    done = told_by(["info", str(tmp_path)], PYTHONIOENCODING="latin-1")
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"\xb5\\u2192.tif" in done.stdout


def test_names_cannot_steer_the_terminal_nor_end_a_command(tmp_path, capsys):
    names = [b"film\xff.tif", b"film\x1b[2J.tif"]
    for name in names:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(b"no image")
    assert run_command_line(["info", str(tmp_path)]) == 1
    told = capsys.readouterr().out
    assert r"film\udcff.tif" in told
    assert r"film\x1b[2J.tif" in told
    assert all(line.isprintable() for line in told.split("\n"))


@pytest.mark.parametrize("command", ["info NAME", "fit NAME -o out", "report NAME"])
def test_a_name_that_no_system_takes_costs_one_line(command, capsys):
    words = [word.replace("NAME", "x" * 300) for word in command.split()]
    assert run_command_line(words) == (1 if words[0] == "info" else 2)
    assert "too long" in "".join(capsys.readouterr())


def test_settings_with_a_mark_before_them_are_read(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text("schema = 2\n[run]\nseed = 7\n", encoding="utf-8-sig")
    assert chosen_settings(path, [], None).run.seed == 7


def test_what_is_told_of_a_sample_is_no_markup(monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with status_line(quiet=False) as tell:
        tell("In [/b] hall")


def test_version(capsys):
    assert run_command_line(["--version"]) == 0
    assert capsys.readouterr().out.startswith("grainscope ")


def test_doctor_names_a_library_that_does_not_load(capsys, monkeypatch):
    def load(name):
        if name == "numba":
            raise OSError("Could not load shared object file: libllvmlite.so")
        return import_module(name)

    monkeypatch.setattr(doctor_module, "import_module", load)
    assert run_command_line(["doctor"]) == 1
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("MISSING")]
    assert "numba" in line
    assert "libllvmlite.so" in line


def test_doctor_finds_this_installation_sound(capsys):
    assert run_command_line(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "numpy" in out
    assert "all that is needed is here" in out


def test_without_a_terminal_a_long_silence_is_broken(capsys, monkeypatch):
    from grainscope.cli import progress

    clock = iter([10.0, 31.0, 31.0, 40.0])
    monkeypatch.setattr(progress, "perf_counter", lambda: next(clock))
    shown = progress.ShownProgress(told_s=0.0)
    for stage in ("read", "segment", "network"):
        shown.at("film_0", stage)
    assert capsys.readouterr().err == "at work on film_0: segment\n"
