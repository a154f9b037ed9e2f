"""Measure how time and memory grow, and draw docs/performance.png.

Run from the repository: ``python docs/performance.py [largest side in pixels]``; with
``draw`` instead it only draws docs/performance.json again.
Every point is a process of its own (tests/benchmarks/grains_of_film.py: an image file to
``grains.csv`` by the fast method) on a painted film; processor time is user + system of
all threads, and hardly feels other jobs.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
POINTS = ROOT / "docs" / "performance.json"
BENCHMARKS = ROOT / "tests" / "benchmarks"
SIDES_PX = (1024, 2048, 4096, 8192, 16384)
PITCHES_PX = (200.0, 100.0, 60.0, 30.5, 20.0, 12.0)
FIXED_PITCH_PX, FIXED_SIDE_PX = 30.5, 4096
PAINT = (
    "import sys, tifffile; from painted_film import paint_film; "
    "tifffile.imwrite(sys.argv[3], paint_film(int(sys.argv[1]), float(sys.argv[2])))"
)


def measure(side_px: int, pitch_px: float, folder: Path) -> dict[str, float]:
    """Paint a film and take it to its grains, twice; the cheaper one counts."""
    film, table = folder / "film.tif", folder / "grains.csv"
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{BENCHMARKS}"}
    paint = [sys.executable, "-c", PAINT, str(side_px), str(pitch_px), str(film)]
    subprocess.run(paint, check=True, env=environment)
    command = [sys.executable, str(BENCHMARKS / "grains_of_film.py"), str(film), str(table)]
    costs = []
    for _ in range(2):
        process = subprocess.Popen(command, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{command} ended with {process.returncode}")
        costs.append((usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6))
    cpu_s, peak_mb = np.min(costs, axis=0)
    n_grains = len(table.read_text().splitlines()) - 1
    found = {
        "side_px": side_px,
        "n_grains": n_grains,
        "cpu_s": round(float(cpu_s), 2),
        "peak_mb": round(float(peak_mb)),
    }
    print(json.dumps(found), flush=True)
    return found


def draw(by_size: list[dict[str, float]], by_number: list[dict[str, float]]) -> None:
    """Draw time and peak memory against pixels and grains, log–log."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        2, 2, figsize=(8, 6), sharex="col", sharey="row", layout="constrained"
    )
    columns = (
        (by_size, [point["side_px"] ** 2 / 1e6 for point in by_size], "megapixels"),
        (by_number, [point["n_grains"] for point in by_number], "grains on 4096²"),
    )
    for column, (points, x, label) in enumerate(columns):
        for row, (name, unit) in enumerate(
            (("cpu_s", "processor time / s"), ("peak_mb", "peak memory / MB"))
        ):
            axis = axes[row, column]
            axis.loglog(x, [point[name] for point in points], "o-", color="black")
            axis.set_ylabel(unit if column == 0 else "")
            axis.grid(visible=True, which="major", alpha=0.3)
        axes[1, column].set_xlabel(label)
    megapixels = np.array(columns[0][1])
    axes[1, 0].loglog(
        megapixels,
        200 + megapixels * 20,
        "--",
        color="tab:orange",
        label="200 MB + 20 B/px",
    )
    axes[1, 0].legend()
    for axis, ticks in ((axes[0, 0], (1, 3, 10, 30, 100)), (axes[1, 0], (200, 500, 1000, 5000))):
        axis.set_yticks(ticks, [f"{tick:,}" for tick in ticks])
        axis.yaxis.set_minor_formatter("")
    for axis in axes[1]:
        axis.xaxis.set_major_formatter("{x:,g}")
    figure.savefig(ROOT / "docs" / "performance.png", dpi=120)


def main(largest_px: int) -> None:
    """Measure all points and keep them."""
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder)
        sides = [side for side in SIDES_PX if side <= largest_px]
        by_size = [measure(side, FIXED_PITCH_PX, where) for side in sides]
        by_number = [measure(FIXED_SIDE_PX, pitch, where) for pitch in PITCHES_PX]
    POINTS.write_text(json.dumps({"by_size": by_size, "by_number": by_number}, indent=1) + "\n")


if __name__ == "__main__":
    if "draw" not in sys.argv:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else max(SIDES_PX))
    draw(**json.loads(POINTS.read_text()))
