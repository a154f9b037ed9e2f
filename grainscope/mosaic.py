"""An image larger than memory: its pixels in strips, its arrays on the disk, its tables as ever."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from grainscope import files, pipeline
from grainscope.errors import LimitError, ModelError, SettingsError
from grainscope.laws.strips import strips_of
from grainscope.pipeline import TakenImage
from grainscope.preprocessing.strips import preprocess_in_strips
from grainscope.records import Frame, GrainModel, Micrograph, Segmentation
from grainscope.segmentation.strip_clustering import cluster_in_strips
from grainscope.segmentation.tiles import HALO_PX, tiles_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import DTypeLike, NDArray

    from grainscope.files import Scratch, ScratchImage
    from grainscope.laws.strips import Strip
    from grainscope.records import ClusterModel
    from grainscope.segmentation.learnt import MapTiles, ScoredGrains, TilePixels
    from grainscope.settings import Settings
    from grainscope.settings.run import RunSettings

    #: Labels, the clustering and the confidences, where there are such.
    Found = tuple[ScratchImage, ClusterModel | None, NDArray[np.float64] | None]

#: What looks at the image as a whole, or segments it again and again, is left out.
_LEFT_OUT: dict[str, dict[str, object]] = {
    "input": {"databar": "none"},
    "preprocessing": {"annotations": False},
    "grains": {"completeness_rounds": 0},
    "run": {"uncertainty_draws": 0},
}
_UNITS = {"KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
#: Of the program itself, with its libraries.
_BASE_BYTES = 350e6
#: For each pixel of the image: tables and graphs of a densely covered film.
_GRAPH_BYTES_PER_PX = 1.0
#: For each pixel of a strip with the rows around it.
_STRIP_BYTES_PER_PX = 60
#: A strip has so many more rows around it, and never fewer than these itself.
_HALO_ROWS, _FEWEST_ROWS = 320, 64
#: Pixels are numbered in 32 bits where contacts are found.
_MOST_PX = 1 << 31
#: A tile of the default method, with its candidates.
_TILE_BYTES = 1.6e9
#: Past so much a mosaic is stopped.
_TIMES_AS_LONG, _TIMES_THE_MEMORY = 100, 1.25
#: On the disk, for each pixel: film, mask, working space, labels and the network's images.
_DISK_BYTES_PER_PX = 20


def parse_memory(text: str) -> int:
    """Return bytes.

    Parameters
    ----------
    text : str
        Such as ``4GB``, ``1500 MB`` or ``2GiB``.

    Raises
    ------
    SettingsError
        It is none of these.

    Examples
    --------
    >>> parse_memory("4GB"), parse_memory("1.5 GiB")
    (4000000000, 1610612736)
    """
    found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([KMGT]I?B)\s*", text.upper())
    if not found or found[2] not in _UNITS:
        raise SettingsError(f"--memory: got {text!r}, expected such as 4GB or 1500MB")
    return int(float(found[1]) * _UNITS[found[2]])


def mosaic_settings(settings: Settings) -> tuple[Settings, tuple[str, ...]]:
    """Turn off what a mosaic is measured without, and tell what was on.

    A run of the whole image with these settings gives the same result.

    Examples
    --------
    >>> from grainscope.settings import Settings
    >>> chosen, notes = mosaic_settings(Settings())
    >>> chosen.preprocessing.annotations, len(notes)
    (False, 4)
    """
    notes = []
    for name, values in _LEFT_OUT.items():
        table = getattr(settings, name)
        for key, value in values.items():
            if getattr(table, key) != value:
                notes.append(f"a mosaic is measured with {name}.{key} = {_toml(value)}")
        settings = settings.model_copy(update={name: table.model_copy(update=values)})
    if settings.segmentation.method == "default":
        notes.append(
            f"grains up to {HALO_PX} px are found wherever tiles meet; for larger ones take "
            "segmentation.method = 'fast'"
        )
    return settings, tuple(notes)


def mosaic_limits(run: RunSettings, memory_bytes: int) -> RunSettings:
    """Return limits past which the process of a mosaic is killed.

    A mosaic takes a hundred times as long as a micrograph may, and a quarter more
    memory than was planned: it is at work for hours, and is to be stopped where
    something has gone wrong only.

    Parameters
    ----------
    run : RunSettings
        Limits of a micrograph.
    memory_bytes : int
        What was planned.

    Examples
    --------
    >>> from grainscope.settings import Settings
    >>> limits = mosaic_limits(Settings().run, 10**10)
    >>> limits.time_limit_s, limits.memory_limit_gb
    (60000.0, 12.5)
    """
    return run.model_copy(
        update={
            "time_limit_s": _TIMES_AS_LONG * run.time_limit_s,
            "memory_limit_gb": max(run.memory_limit_gb, _TIMES_THE_MEMORY * memory_bytes / 1e9),
        }
    )


def tiles_at_once(memory_bytes: int, workers: int, n_cores: int) -> int:
    """Return how many processes may work at the tiles of mosaics on one machine.

    Parameters
    ----------
    memory_bytes : int
        Of a mosaic.
    workers : int
        Mosaics at a time: each has so much memory, which is enough for a tile. 0 = not
        told: one mosaic, whose tiles share its memory.
    n_cores : int
        Of the machine.

    Examples
    --------
    >>> tiles_at_once(4 * 10**9, 0, 8), tiles_at_once(4 * 10**9, 3, 8)
    (2, 3)
    """
    in_memory = int((memory_bytes - _BASE_BYTES) // _TILE_BYTES)
    return workers or max(min(in_memory, n_cores), 1)


def _toml(value: object) -> str:
    return repr(value) if not isinstance(value, bool) else str(value).lower()


def strip_rows(shape: tuple[int, int], memory_bytes: int, at_once: float = 0.0) -> int:
    """Return how many rows a strip may have within a memory limit.

    Parameters
    ----------
    shape : (int, int)
        Height and width of the image.
    memory_bytes : int
        The limit.
    at_once : float
        Bytes that another step than strips takes, at another time.

    Raises
    ------
    LimitError
        Not even the lowest strip fits; the message tells what would.

    Examples
    --------
    >>> strip_rows((32768, 32768), 4 * 10**9)
    990
    """
    height, width = shape
    if height * width >= _MOST_PX:
        raise LimitError(f"got {width} × {height} pixels, expected fewer than 2³¹ (46340²)")
    fixed = _BASE_BYTES + _GRAPH_BYTES_PER_PX * height * width
    rows = int((memory_bytes - fixed) / (_STRIP_BYTES_PER_PX * width)) - _HALO_ROWS
    least = fixed + max(at_once, (_HALO_ROWS + _FEWEST_ROWS) * _STRIP_BYTES_PER_PX * width)
    if rows < min(_FEWEST_ROWS, height) or memory_bytes < least:
        raise LimitError(
            f"--memory: got {memory_bytes / 1e9:.2g} GB, an image of {width} × {height} pixels "
            f"takes {least / 1e9:.2g} GB or more"
        )
    return min(rows, height)


@contextmanager
def in_strips(
    path: Path,
    folder: Path,
    settings: Settings,
    model: ClusterModel | GrainModel | None,
    clock: pipeline.StageClock,
    *,
    memory_bytes: int,
    map_tiles: MapTiles = map,
) -> Iterator[TakenImage]:
    """Read and segment one image without having it in memory.

    Parameters
    ----------
    path : Path
        The image.
    folder : Path
        OUT/STEM; scratch files lie beside it until this ends.
    settings : Settings
        Of this file, as :func:`mosaic_settings` returns them.
    model : ClusterModel or GrainModel or None
        A saved segmenter to apply; the default method needs a grain model.
    clock : StageClock
        Collects the seconds per stage.
    memory_bytes : int
        Limit of the memory of this process that is not that of files.
    map_tiles : callable
        Calls a function for each tile of the default method: ``map``, or what has other
        processes do so.

    Yields
    ------
    TakenImage
        Arrays of the micrograph and its labels are files, no others are plausible.

    Raises
    ------
    LimitError
        The memory is not enough for one strip.
    SettingsError
        The settings ask for what a mosaic is not measured with.
    GrainscopeError
        As for any image.
    """
    _check(settings, model)
    with clock.at("read"):
        info = files.inspect_mosaic(path, settings.input)
    at_once = _TILE_BYTES if isinstance(model, GrainModel) else 0
    rows = strip_rows(info.shape_px, memory_bytes, at_once)
    n_pixels = info.shape_px[0] * info.shape_px[1]
    n_bytes = n_pixels * (_DISK_BYTES_PER_PX + info.dtype.itemsize)
    with files.scratch_beside(folder, n_bytes) as scratch:
        raw = scratch.image(info.shape_px, info.dtype)
        with clock.at("read"):
            files.read_mosaic(path, raw)
        film = scratch.image(info.shape_px, np.float32)
        strips = strips_of(info.shape_px[0], rows)
        with clock.at("preprocess"):
            preprocess_in_strips(raw, film, settings.preprocessing, strips)
        with clock.at("segment"):
            if isinstance(model, GrainModel):
                told = _told(map_tiles, clock, len(tiles_of(film.shape)))
                found = _choose_grains(film, settings, model, strips, scratch, told)
            else:
                found = _cluster_grains(film, settings, model, info.name, strips, scratch)
        labels, used, confidence = found
        film.close()
        frame, size = Frame.whole(info.shape_px), info.pixel_size
        yield TakenImage(
            Micrograph(info.name, raw.mapped(), size, frame, warnings=info.warnings),
            Segmentation(labels.mapped(), size, frame, used, info.warnings, confidence),
            iter(()),
            scratch.empty,
        )


def _check(settings: Settings, model: ClusterModel | GrainModel | None) -> None:
    method = settings.segmentation.method
    if (model is None and method == "default") or (
        isinstance(model, GrainModel) and method != "default"
    ):
        raise ModelError(f"segmentation.method = {method!r} does not go with this model")
    for name, values in _LEFT_OUT.items():
        for key, value in values.items():
            if getattr(getattr(settings, name), key) != value:
                raise SettingsError(f"a mosaic is measured with {name}.{key} = {_toml(value)}")


def _cluster_grains(
    film: ScratchImage,
    settings: Settings,
    model: ClusterModel | None,
    name: str,
    strips: Sequence[Strip],
    scratch: Scratch,
) -> Found:
    made: list[ScratchImage] = []

    def allocate(dtype: DTypeLike) -> ScratchImage:
        made.append(scratch.image(film.shape, dtype))
        return made[-1]

    labels, used = cluster_in_strips(film, settings.segmentation, model, name, strips, allocate)
    for image in made:
        if image is not labels:
            image.close()
    return labels, used, None


def _choose_grains(
    film: ScratchImage,
    settings: Settings,
    model: GrainModel,
    strips: Sequence[Strip],
    scratch: Scratch,
    map_tiles: MapTiles,
) -> Found:
    from grainscope.segmentation.strip_learnt import label_in_strips

    labels = scratch.image(film.shape, np.int32)
    confidence = label_in_strips(
        film,
        film.mapped(),
        labels,
        labels.mapped(),
        model,
        settings.segmentation.min_area_px,
        strips,
        map_tiles,
    )
    return labels, None, confidence


def _told(map_tiles: MapTiles, clock: pipeline.StageClock, n_tiles: int) -> MapTiles:
    """Return the same map, that tells the clock of each tile."""

    def tell(
        function: Callable[[TilePixels], ScoredGrains], tiles: Iterable[TilePixels]
    ) -> Iterator[ScoredGrains]:
        clock.tell(f"tile 0/{n_tiles}")
        for n_done, grains in enumerate(map_tiles(function, tiles), 1):
            clock.tell(f"tile {n_done}/{n_tiles}")
            yield grains

    return tell
