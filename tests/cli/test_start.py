"""A run starts computing before anything slow is loaded."""

import json
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
AT_THE_FIRST_STAGE = """
import json, sys
from grainscope import preprocessing
from grainscope.cli import run_command_line

def tell(micrograph, settings):
    print("loaded", json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
    raise KeyboardInterrupt

preprocessing.preprocess = tell
run_command_line(sys.argv[1:])
"""


def loaded(script, *arguments):
    command = [sys.executable, "-c", script, *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("loaded ")]
    return set(json.loads(line.removeprefix("loaded ")))


@pytest.mark.parametrize("method", ["fast", "default"])
def test_a_run_computes_before_it_loads_what_is_slow(tmp_path, method):
    grey = np.random.default_rng(0).integers(0, 255, (80, 90)).astype(np.uint8)
    tifffile.imwrite(tmp_path / "film.tif", grey)
    found = loaded(
        AT_THE_FIRST_STAGE,
        *("run", tmp_path / "film.tif", "-o", tmp_path / "out", "--pixel-size-nm", 5),
        *("--set", f"segmentation.method={method}"),
    )
    assert "cv2" in found
    assert not found & (SLOW | {"numba"})
