"""The command line's own behaviour: exit codes, help, what loads when."""

import subprocess
import sys

import pytest

from grainscope.cli import run_command_line
from grainscope.settings import Settings, parse_settings

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


COMMANDS = "demo run info view predict fit compare train evaluate synth report init-config doctor"


@pytest.mark.parametrize("command", COMMANDS.split())
def test_every_command_of_the_design_has_help(command, capsys):
    assert run_command_line([command, "--help"]) == 0
    assert "Usage" in capsys.readouterr().out


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


def test_version(capsys):
    assert run_command_line(["--version"]) == 0
    assert capsys.readouterr().out.startswith("grainscope ")


def test_doctor_finds_this_installation_sound(capsys):
    assert run_command_line(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "numpy" in out
    assert "all that is needed is here" in out
