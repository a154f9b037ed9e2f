"""Cold processes against ImageJ and textbook scikit-image, interleaved in one run.

Run ``make bench``. Wall times are as good as the machine is quiet; processor times
(user + system, all threads) hardly feel other jobs. Medians of three are printed; only
a loss fails.
"""

import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import pytest
import tifffile
from painted_film import paint_film

HERE = Path(__file__).parent
SIDE_PX, PITCH_PX = 4096, 30.5
IMAGEJ = Path(os.environ.get("IMAGEJ_JAR", "/usr/share/java/ij.jar"))
ROUNDS = 3


class Cost(NamedTuple):
    """What one process took."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def cost_of(command: list[str]) -> Cost:
    """Run a process to its end, with modules compiled once as those of an installed package are."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    start = perf_counter()
    process = subprocess.Popen(command, env=environment, **quiet)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall_s = perf_counter() - start
    assert process.returncode == 0, command
    return Cost(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6)


def medians(commands: dict[str, list[str]], rounds: int = ROUNDS) -> dict[str, Cost]:
    """Run each in turn, again and again, once what is compiled and kept is there."""
    for command in commands.values():
        cost_of(command)
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            costs[name].append(cost_of(command))
    return {
        name: Cost(*(statistics.median(column) for column in zip(*found, strict=True)))
        for name, found in costs.items()
    }


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    path = tmp_path_factory.mktemp("film") / "film.tif"
    tifffile.imwrite(path, paint_film(SIDE_PX, PITCH_PX))
    return path


def test_an_image_to_its_grains_against_imagej_and_the_textbook(film, capsys):
    table = {name: str(film.with_name(f"{name}.csv")) for name in ("ours", "textbook", "imagej")}
    commands = {
        "ours": [sys.executable, str(HERE / "grains_of_film.py"), str(film), table["ours"]],
        "textbook": [sys.executable, str(HERE / "textbook.py"), str(film), table["textbook"]],
    }
    display = []
    if IMAGEJ.is_file() and shutil.which("Xvfb"):
        # One display for all rounds: starting it is not ImageJ's time.
        display = [subprocess.Popen(["Xvfb", ":97"], stderr=subprocess.DEVNULL)]
        macro = ["-batch", str(HERE / "imagej.ijm"), f"{film}|{table['imagej']}"]
        java = ["java", "-Xmx3g", "-jar", str(IMAGEJ), *macro]
        commands["imagej"] = ["env", "DISPLAY=:97", *java]
    try:
        found = medians(commands)
    finally:
        for process in display:
            process.terminate()
            process.wait()
    ours = found["ours"]
    with capsys.disabled():
        for name, cost in found.items():
            n_grains = len(Path(table[name]).read_text().splitlines()) - 1
            print(
                f"\n{name}: {n_grains} grains, wall {cost.wall_s:.2f} s, processor "
                f"{cost.cpu_s:.2f} s, peak {cost.peak_mb:.0f} MB; over ours: wall "
                f"{cost.wall_s / ours.wall_s:.1f}, processor {cost.cpu_s / ours.cpu_s:.1f}",
                end="",
            )
        print(f"\npeak less 200 MB: {(ours.peak_mb - 200) * 1e6 / SIDE_PX**2:.1f} B/px")
    assert all(cost.cpu_s >= ours.cpu_s for cost in found.values())


def test_start_of_the_command_line(film, capsys):
    commands = {
        "ours": [sys.executable, "-m", "grainscope", "--help"],
        "empty": [sys.executable, "-c", "pass"],
        "dry run": [
            *(sys.executable, "-m", "grainscope", "run", str(film), "--dry-run"),
            *("-o", str(film.with_name("out")), "--pixel-size-nm", "5"),
            *("--set", "segmentation.method=fast"),
        ],
    }
    found = medians(commands)
    with capsys.disabled():
        print(f"\n--help: wall {found['ours'].wall_s:.2f} s, processor {found['ours'].cpu_s:.2f} s")
        dry = found["dry run"]
        print(f"run up to its plan: wall {dry.wall_s:.2f} s, processor {dry.cpu_s:.2f} s")
    assert found["ours"].cpu_s < found["dry run"].cpu_s
