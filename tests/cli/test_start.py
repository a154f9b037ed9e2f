"""A run starts computing before anything slow is loaded."""

import csv
import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
import tifffile

#: Each takes 0.1–2 s to load and computes nothing of the first stages.
SLOW = {
    *("sklearn", "lmfit", "pandas", "matplotlib", "skimage", "scipy", "dask", "distributed"),
    *("jinja2", "napari", "qtpy", "zarr", "xarray", "IPython"),
}
#: What one image's process does up to the first stage, where it tells what it has loaded.
FIRST_STAGE = """
import sys
from grainscope import preprocessing
from grainscope.batch.image_job import process_image

def tell(micrograph, settings):
    raise KeyError(*sorted({name.split(".")[0] for name in sys.modules}))

def work(job, report):
    preprocessing.preprocess = tell
    return process_image(job, report)
"""
#: The command, whose process starts that of the image.
COMMAND = """
import json, sys
from first_stage import work
from grainscope.batch import image_job, processes
from grainscope.cli import run_command_line

start = processes.start_worker

def tell(function):
    print("loaded", json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
    return start(function)

processes.start_worker = tell
image_job.process_image = work
run_command_line(sys.argv[1:])
"""


@pytest.mark.parametrize("method", ["fast", "default"])
def test_a_run_computes_before_it_loads_what_is_slow(tmp_path, method):
    grey = np.random.default_rng(0).integers(0, 255, (80, 90)).astype(np.uint8)
    tifffile.imwrite(tmp_path / "film.tif", grey)
    (tmp_path / "first_stage.py").write_text(FIRST_STAGE)
    command = ["run", tmp_path / "film.tif", "-o", tmp_path / "out", "--pixel-size-nm", 5]
    command += ["--set", f"segmentation.method={method}"]
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, *map(str, command)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
    )
    told = [line for line in done.stdout.splitlines() if line.startswith("loaded ")]
    by_the_command = set(json.loads(told[0].removeprefix("loaded ")))
    with (tmp_path / "out" / "failures.csv").open(newline="") as table:
        (row,) = csv.DictReader(table)
    by_the_image = set(re.findall(r"'(\w+)'", row["error"]))
    assert row["stage"] == "preprocess"
    assert "cv2" in by_the_image
    assert not by_the_image & (SLOW | {"numba"})
    assert not by_the_command & (SLOW | {"numba"})
