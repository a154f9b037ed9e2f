"""Print what it saves to have several processes at one mosaic: the table of docs/mosaics.md.

python tests/validation/mosaic_tiles.py [--side 2800] [--memory 4GB] [--ways one two cluster]

Makes the film of ``mosaics.py`` and takes it by the default method as ``grainscope run
--memory`` does: by one process, by two of this machine, and by two local workers of a Dask
cluster. Prints how long each took and the processor time of every process that had a part
in it, start included; compares the results file for file. The default method takes its time
in tiles: 2800² has four. Kernels are compiled on a small film first. Linux only.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from mosaics import write_film

from grainscope import figures, mosaic
from grainscope.batch import default_map, process_image, run_batch
from grainscope.batch.portions import share_out
from grainscope.dask_map import cluster_map, open_cluster
from grainscope.settings import parse_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from grainscope.batch import Job, Outcome
    from grainscope.batch.outcome import Report
    from grainscope.settings import Settings

_SMALL_PX = 512


def note(folder: Path, what: str) -> None:
    """Put down what this process has done, and its processor time and memory until now."""
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    memory_kb = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    told = f"{os.getppid()} {what} {process_time()} {memory_kb}\n"
    with (folder / f"{os.getpid()}.took").open("a", encoding="ascii") as stream:
        stream.write(told)


def noted(folder: Path, function: Callable[[Any], Any], tile: Any) -> Any:
    """Do a tile, and note it."""
    found = function(tile)
    note(folder, "tile")
    return found


def shared(folder: Path, function: Callable[[Any], Any], tiles: Iterable[Any]) -> Iterator[Any]:
    """Share the tiles out, and note each."""
    return share_out(partial(noted, folder, function), tiles)


def process(job: Job, report: Report, *, memory_bytes: int) -> Outcome:
    """Take one mosaic, without pictures, and note it."""
    folder = job.path.parent
    take = partial(mosaic.in_strips, memory_bytes=memory_bytes, map_tiles=partial(shared, folder))
    with patch.object(figures, "write_figures", lambda *_, **__: None):
        outcome = process_image(job, report, take)
    note(folder, "mosaic")
    return outcome


def took(folder: Path) -> None:
    """Print a row for each process that noted something, and forget it."""
    for path in sorted(folder.glob("*.took")):
        notes = [line.split() for line in path.read_text(encoding="ascii").splitlines()]
        n_tiles = sum(words[1] == "tile" for words in notes)
        whole = " and the rest of the mosaic" * (notes[-1][1] == "mosaic")
        print(
            f"    {n_tiles} tiles{whole}: {float(notes[-1][2]):.1f} s of processor time, "
            f"{max(int(words[3]) for words in notes) / 1e6:.2f} GB resident at most"
        )
        path.unlink()


def main() -> None:
    """Make a film, take it in three ways, and print what each took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--side", type=int, default=2800)
    parser.add_argument("--memory", default="4GB")
    parser.add_argument("--ways", nargs="+", default=["one", "two", "cluster"])
    chosen = parser.parse_args()
    memory_bytes = mosaic.parse_memory(chosen.memory)
    asked = ["input.pixel_size_nm=5", "run.workers=1", f"run.time_limit_s={6e4}"]
    settings, _ = mosaic.mosaic_settings(parse_settings("", "tiles", asked))
    work = partial(process, memory_bytes=memory_bytes)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_film(folder / "small.tif", _SMALL_PX)
        write_film(folder / "film.tif", chosen.side)
        run_batch([folder / "small.tif"], folder / "small", settings, process=work)
        for path in folder.glob("*.took"):
            path.unlink()
        found = {how: _taken(folder, how, settings, work) for how in chosen.ways}
        first, *others = found.values()
        same = all(other == first for other in others)
        print(f"results {'are the same' if same else 'DIFFER'}: {len(first)} files")


def _taken(
    folder: Path, how: str, settings: Settings, work: Callable[[Job, Report], Outcome]
) -> dict[str, bytes]:
    out, film = folder / "out", [folder / "film.tif"]
    two = settings.model_copy(update={"run": settings.run.model_copy(update={"workers": 2})})
    start_s = perf_counter()
    if how == "cluster":
        with open_cluster("local", two) as cluster:
            spread = partial(
                cluster_map, cluster=cluster, settings=two, note=print, portions_each=4
            )
            outcome = run_batch(film, out, settings, None, spread, work)[0]
    else:
        at_once = default_map(settings.run, portions_at_once=1 if how == "one" else 2)
        outcome = run_batch(film, out, settings, None, at_once, work)[0]
    print(
        f"{how}: {outcome.error or outcome.headline['n_grains']}, {perf_counter() - start_s:.1f} s"
    )
    print(f"    the mosaic {outcome.seconds:.1f} s")
    took(folder)
    found = {path.name: path.read_bytes() for path in sorted((out / "film").iterdir())}
    del found["record.json"]  # it holds seconds
    shutil.rmtree(out)
    return found


if __name__ == "__main__":
    import mosaic_tiles  # worker processes find its functions by this name

    mosaic_tiles.main()
