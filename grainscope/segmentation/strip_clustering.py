"""The fast method (``clustered``) on a film that is read strip by strip, with the same result.

What depends on the whole film (ends of the features, classes, the sharp edges, regions,
the merge of basins) is gathered over the strips first; what depends on pixels nearby is
done in a strip with rows around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial, reduce
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from grainscope.laws.strips import Rows
from grainscope.segmentation.clustered import features_of, grain_cells, told_as_model_error
from grainscope.segmentation.features import (
    GreyMoments,
    extremes_of,
    feature_halo,
    feature_rows,
    grey_moments,
    needs_moments,
    unit_range,
)
from grainscope.segmentation.films_clustering import is_one_level
from grainscope.segmentation.histogram import cells_of, count_cells
from grainscope.segmentation.strip_clean_up import (
    drop_weak_outlines_in_strips,
    fill_small_holes_in_strips,
)
from grainscope.segmentation.strip_regions import find_pieces, join_regions

#: Where the images that are worked in lie.
Image = TypeVar("Image", bound=Rows)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import DTypeLike, NDArray

    from grainscope.laws.strips import Strip
    from grainscope.records import ClusterModel
    from grainscope.segmentation.strip_regions import Pieces
    from grainscope.settings import SegmentationSettings


def cluster_in_strips(
    film: Rows,
    settings: SegmentationSettings,
    model: ClusterModel | None,
    name: str,
    strips: Sequence[Strip],
    allocate: Callable[[DTypeLike], Image],
) -> tuple[Image, ClusterModel | None]:
    """Find grains as :func:`clustered.cluster_grains` does.

    Parameters
    ----------
    film : Rows of float32
        Preprocessed grey levels, grains bright.
    settings, model, name
        As for :func:`clustered.cluster_grains`.
    strips : sequence of Strip
        From top to bottom.
    allocate : callable
        Makes the images that this works in: of nine bytes a pixel, and four more for
        each feature beyond the grey level and one other.

    Returns
    -------
    labels : Rows of int32
        1…n in raster order of their first pixel, 0 on the film.
    model : ClusterModel or None
        The clustering used; None where the film is of one grey level.

    Raises
    ------
    ModelError
        The model asks for features that this program does not know.

    Examples
    --------
    >>> from grainscope.laws.strips import RowsInMemory, strips_of
    >>> from grainscope.settings import SegmentationSettings
    >>> grey = np.full((60, 80), 40, np.float32)
    >>> grey[20:40, 10:30] = grey[20:40, 50:70] = 200
    >>> made = lambda dtype: RowsInMemory(np.zeros(grey.shape, dtype))
    >>> settings, strips = SegmentationSettings(method="fast"), strips_of(60, 16)
    >>> labels, _ = cluster_in_strips(RowsInMemory(grey), settings, None, "two", strips, made)
    >>> labels.read(30, 31)[0, [0, 20, 40, 60]]
    array([0, 1, 0, 2], dtype=int32)
    """
    mask, working = allocate(np.uint8), allocate(np.float32)
    features = _features(film, features_of(model), strips, _first(working, allocate))
    used = _find_mask(film, features, settings, model, name, strips, mask)
    labels = allocate(np.int32)
    drop_weak_outlines_in_strips(mask, film, working, settings.min_edge_strength, strips)
    fill_small_holes_in_strips(mask, settings.fill_holes_area_px, strips)
    if settings.split:
        from grainscope.segmentation.strip_split import split_in_strips

        part, area_px = split_in_strips(mask, working, labels, settings, strips)
    else:
        part, area_px = _connected_parts(mask, labels, strips)
    _number(labels, part, area_px >= settings.min_area_px, strips)
    return labels, used


@dataclass(frozen=True)
class _Feature:
    """A feature of the film, unscaled, and what becomes 0 and 1 of it."""

    rows: Rows
    ends: tuple[float, float]


def _first(working: Image, allocate: Callable[[DTypeLike], Image]) -> Callable[[DTypeLike], Image]:
    """Give out an image that is there already before new ones are made."""
    spare = [working]
    return lambda dtype: spare.pop() if spare else allocate(dtype)


def _find_mask(
    film: Rows,
    features: Sequence[_Feature],
    settings: SegmentationSettings,
    model: ClusterModel | None,
    name: str,
    strips: Sequence[Strip],
    mask: Rows,
) -> ClusterModel | None:
    """Write 1 where a pixel is grain by itself, and return the clustering that says so."""

    def cell_of(strip: Strip) -> NDArray[np.integer[Any]]:
        pixels = [feature.rows.read(strip.first, strip.stop) for feature in features]
        return cells_of(pixels, [feature.ends for feature in features])

    with told_as_model_error(features_of(model)):
        counts = (count_cells(cell_of(strip), len(features)) for strip in strips)
        count = reduce(np.add, counts).astype(np.float64)
    constant = is_one_level(*extremes_of(partial(_in_pieces, film, strips)))
    used, grain_cell = grain_cells(count / count.sum(), constant, settings, model, name)
    for strip in strips:
        mask.write(strip.first, grain_cell[cell_of(strip)].view(np.uint8))
    return used


def _features(
    film: Rows, names: Sequence[str], strips: Sequence[Strip], allocate: Callable[[DTypeLike], Rows]
) -> list[_Feature]:
    """Compute the features that a clustering looks at."""
    with told_as_model_error(tuple(names)):
        return _features_by_name(film, names, strips, allocate)


def _features_by_name(
    film: Rows, names: Sequence[str], strips: Sequence[Strip], allocate: Callable[[DTypeLike], Rows]
) -> list[_Feature]:
    moments = GreyMoments(np.float32(0), 0.0)
    if needs_moments(names):
        moments = grey_moments(partial(_in_pieces, film, strips))
    features = []
    for name in names:
        rows = film if name == "intensity" else allocate(np.float32)
        for strip in () if rows is film else strips:
            outer = strip.around(feature_halo(name))
            pixels = film.read(outer.first, outer.stop)
            rows.write(strip.first, feature_rows(name, pixels, outer, strip, moments))
        ends = unit_range(partial(_in_pieces, rows, strips))
        features.append(_Feature(rows, ends))
    return features


def _in_pieces(rows: Rows, strips: Sequence[Strip]) -> Iterator[NDArray[np.float32]]:
    return (rows.read(strip.first, strip.stop) for strip in strips)


def _connected_parts(
    mask: Rows, part: Rows, strips: Sequence[Strip]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Write the number of each piece of region, and return the region of each and its area."""

    def area(strip: Strip, pieces: Pieces) -> NDArray[np.float64]:
        found = np.bincount(pieces.region.ravel(), minlength=pieces.n_pieces + 1)
        return found[1:, None].astype(np.float64)

    found = join_regions(strips, lambda s: mask.read(s.first, s.stop), 8, area)
    for strip in strips:
        region = find_pieces(mask.read(strip.first, strip.stop), 8).region
        part.write(strip.first, np.where(region > 0, region - 1 + found.begins[strip], -1))
    return found.whole, found.total[:, 0].astype(np.int64)


def _number(
    labels: Rows, part: NDArray[np.int32], keep: NDArray[np.bool_], strips: Sequence[Strip]
) -> None:
    """Turn pieces of parts into labels, in place, in raster order of their first pixel."""
    from grainscope.segmentation.split_kernels import go_on_numbering

    part = np.append(part, np.int32(-1))  # the last stands for the background
    number = np.zeros(len(keep), np.int32)
    n_labels = 0
    for strip in strips:
        group = part[labels.read(strip.first, strip.stop)]
        numbered = np.zeros(group.shape, np.int32)
        n_labels = go_on_numbering(group, keep, number, n_labels, numbered)
        labels.write(strip.first, numbered)
