"""Print time and memory of a mosaic by stage: the tables of docs/mosaics.md.

python tests/validation/mosaics.py [--side 4096] [--memory 1GB] [--method fast] [--write]

Makes a synthetic film (random blobs of a period of 2048 px, noise without a period) as a
tiled TIFF, takes it in strips, by default by the fast method, and analyses it as ``grainscope
run`` does. Each stage tells its CPU seconds and the most anonymous memory that the process had in
it; the process is fresh, so that the largest is that of the run. Kernels are compiled on a
small film first. ``--write`` writes the result with its figures too. Linux only.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, process_time, sleep
from typing import TYPE_CHECKING

import numpy as np
import tifffile

from grainscope import files, load_model, mosaic, pipeline
from grainscope.batch.image_job import drawing
from grainscope.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from grainscope.records import Analysis

_PERIOD_PX, _TILE_PX, _GRAIN_PX = 2048, 512, 5.5


def blobs() -> NDArray[np.float32]:
    """Return one period of the film, without noise."""
    frequency = np.fft.fftfreq(_PERIOD_PX)
    squared = frequency[:, None] ** 2 + frequency**2
    noise = np.fft.fft2(np.random.default_rng(1).standard_normal((_PERIOD_PX, _PERIOD_PX)))
    field = np.fft.ifft2(noise * np.exp(-2 * (np.pi * _GRAIN_PX) ** 2 * squared)).real
    return (120 + 60 * np.tanh(6 * (field / field.std() - 0.55))).astype(np.float32)


def write_film(path: Path, side_px: int) -> None:
    """Write a film of ``side_px`` a side, tile by tile."""
    period = blobs()

    def tiles() -> Iterator[NDArray[np.uint8]]:
        for row in range(0, side_px, _TILE_PX):
            for column in range(0, side_px, _TILE_PX):
                y, x = row % _PERIOD_PX, column % _PERIOD_PX
                noise = np.random.default_rng((row, column)).normal(0, 10, (_TILE_PX, _TILE_PX))
                grey = period[y : y + _TILE_PX, x : x + _TILE_PX] + noise
                yield np.clip(grey, 0, 255).astype(np.uint8)

    shape, tile = (side_px, side_px), (_TILE_PX, _TILE_PX)
    tifffile.imwrite(path, tiles(), shape=shape, dtype=np.uint8, tile=tile, compression="zlib")


class WatchingClock(pipeline.StageClock):
    """Prints what each stage took."""

    def __init__(self) -> None:
        super().__init__()
        self.most_bytes: dict[str, int] = {}
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
            n_bytes = next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))
            self.most_bytes[self.stage] = max(self.most_bytes.get(self.stage, 0), n_bytes * 1024)
            sleep(0.02)

    @contextmanager
    def at(self, stage: str, part: str = "") -> Iterator[None]:
        """Time one stage."""
        self.stage = stage
        cpu_s, wall_s = process_time(), perf_counter()
        yield
        took = f"{process_time() - cpu_s:.1f} | {perf_counter() - wall_s:.1f}"
        print(f"| {stage} | {took} | {self.most_bytes.get(stage, 0) / 1e9:.2f} |", flush=True)


def analyse(
    path: Path, settings: Settings, clock: pipeline.StageClock, memory_bytes: int, write: bool
) -> Analysis:
    """Take a film in strips and analyse it; write it where asked for."""
    out = path.with_suffix("")
    model = load_model() if settings.segmentation.method == "default" else None
    taken = mosaic.in_strips(path, out, settings, model, clock, memory_bytes=memory_bytes)
    with taken as (micrograph, segmented, _, empty):
        found = pipeline.analyse(micrograph, segmented, settings, clock, empty=empty)
        if write:
            draw = drawing(micrograph, segmented, found, clock)
            input_record = files.hash_input(path)
            record = files.build_record(micrograph, segmented, found, settings, input_record, None)
            with clock.at("write"):
                files.write_result(out, record, segmented, found, draw)
    return found


def main() -> None:
    """Make a film, analyse it in strips, and print one row a stage."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--side", type=int, default=4096)
    parser.add_argument("--memory", default="1GB")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--method", choices=("fast", "default"), default="fast")
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    asked = {"input": {"pixel_size_nm": 5.0}, "segmentation": {"method": chosen.method}}
    settings, _ = mosaic.mosaic_settings(Settings.model_validate(asked))
    memory_bytes = mosaic.parse_memory(chosen.memory)
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        small, path = Path(folder) / "small.tif", Path(folder) / "film.tif"
        write_film(small, _TILE_PX)
        analyse(small, settings, pipeline.StageClock(), memory_bytes, write=chosen.write)
        write_film(path, chosen.side)
        print("| stage | CPU, s | wall, s | anonymous memory, GB |\n|---|---|---|---|")
        found = analyse(path, settings, WatchingClock(), memory_bytes, write=chosen.write)
        rows = mosaic.strip_rows((chosen.side, chosen.side), memory_bytes)
        print(
            f"{chosen.side}² px, {chosen.memory}, strips of {rows} rows: "
            f"{found.grains.n_grains} grains, {found.network.n_contacts} contacts, "
            f"{found.loops.n_loops} loops"
        )


if __name__ == "__main__":
    main()
