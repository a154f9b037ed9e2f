"""Pixel features by name, and the scale on which the 0.5–99.7 percentiles of each are 0 and 1."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from grainscope.laws.order_statistics import quantiles
from grainscope.laws.strips import (
    Strip,
    lengthen,
    narrow,
    over_strips,
    pieces_of,
    row_sums,
    shorten,
    shrunk_length,
    strips_of,
    widen,
)
from grainscope.opencv import cv2

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.laws.strips import Pieces, Shrunk

_LOW, _HIGH = 0.005, 0.997
_HISTOGRAM_BINS = 1 << 16
#: Share of the image's variance added to the local one: where there is only
#: noise, contrast must not be blown up to that of grains.
_VARIANCE_FLOOR = 0.02
_CONTRAST_NAME = re.compile(r"contrast_([1-9]\d{0,2})px")


def pixel_features(
    intensity: NDArray[np.float32], names: Sequence[str]
) -> tuple[list[NDArray[np.float32]], list[tuple[float, float]]]:
    """Compute features, and what to scale each by.

    ``intensity`` is the grey level; ``contrast_<n>px`` is (I − mean)/sd with
    Gaussian local mean and standard deviation over n px, which sees a faint
    grain on a dark part of the film as well as a strong one on a bright part.

    Parameters
    ----------
    intensity : ndarray of float32, shape (H, W)
        Preprocessed grey levels.
    names : sequence of str
        Names of the features.

    Returns
    -------
    features : list of ndarray of float32, shape (H, W)
        In the order of ``names``, not scaled.
    ends : list of (float, float)
        What becomes 0 and 1 of each; see :func:`scaled`.

    Raises
    ------
    ValueError
        An unknown name.

    Examples
    --------
    >>> ramp = np.linspace(10, 20, 1001, dtype=np.float32)[None]
    >>> (feature,), (ends,) = pixel_features(ramp, ["intensity"])
    >>> [round(float(scaled(feature, ends)[0, i]), 2) for i in (5, 997)]
    [0.0, 1.0]
    """
    whole = Strip(0, len(intensity), len(intensity))
    moments = grey_moments(pieces_of(intensity)) if needs_moments(names) else _NO_MOMENTS
    features = [feature_rows(name, intensity, whole, whole, moments) for name in names]
    with ThreadPoolExecutor(2) as pool:
        return features, list(pool.map(lambda feature: unit_range(pieces_of(feature)), features))


class GreyMoments(NamedTuple):
    """Mean and variance of the grey levels of a whole film."""

    mean: np.float32
    variance: float


_NO_MOMENTS = GreyMoments(np.float32(0), 0.0)


def grey_moments(pieces: Pieces) -> GreyMoments:
    """Return mean and variance of a film that comes in pieces of whole rows, in their order.

    Examples
    --------
    >>> grey_moments(lambda: [np.array([[1, 3]], np.float32), np.array([[5, 7]], np.float32)])
    GreyMoments(mean=np.float32(4.0), variance=5.0)
    """
    n = sum(piece.size for piece in pieces())
    mean = np.float32(np.concatenate([row_sums(piece) for piece in pieces()]).sum() / n)

    def squares_about_mean(piece: NDArray[np.float32]) -> NDArray[np.float64]:
        away = piece - mean
        return row_sums(np.square(away, out=away))

    squares = [squares_about_mean(piece) for piece in pieces()]
    return GreyMoments(mean, float(np.concatenate(squares).sum() / n))


def needs_moments(names: Sequence[str]) -> bool:
    """Whether one of these features compares with the whole film."""
    return any(name != "intensity" for name in names)


def feature_halo(name: str) -> int:
    """Return how many rows around a strip a feature looks at."""
    if name == "intensity":
        return 0
    scale_px = _contrast_scale(name)
    reduction = _reduction(scale_px)
    # cv2's Gaussian reaches four standard deviations; two squares more for what is cut or between.
    return reduction * (int(np.ceil(4 * scale_px / reduction)) + 4)


def feature_rows(
    name: str, rows: NDArray[np.float32], outer: Strip, strip: Strip, moments: GreyMoments
) -> NDArray[np.float32]:
    """Compute an unscaled feature of a strip.

    Parameters
    ----------
    name : str
        Of the feature.
    rows : ndarray of float32
        Grey levels of ``outer``, which has :func:`feature_halo` rows around ``strip``.
    outer, strip : Strip
        Rows looked at, and rows wanted.
    moments : GreyMoments
        Of the whole film.

    Raises
    ------
    ValueError
        An unknown name.
    """
    if name == "intensity":
        return rows[strip.rows_in(outer)]
    return _contrast_rows(rows, outer, strip, _contrast_scale(name), moments)


def _contrast_scale(name: str) -> float:
    found = _CONTRAST_NAME.fullmatch(name)
    if not found:
        raise ValueError(f"feature: got {name!r}, expected 'intensity' or 'contrast_<n>px'")
    return float(found[1])


def _reduction(scale_px: float) -> int:
    return max(1, int(scale_px / 8))


def local_contrast(intensity: NDArray[np.float32], scale_px: float) -> NDArray[np.float32]:
    """Return (I − local mean) / local standard deviation.

    The local moments are smooth, so they are blurred on a reduced image.

    Parameters
    ----------
    intensity : ndarray of float32, shape (H, W)
        Grey levels.
    scale_px : float
        Standard deviation of the Gaussian window in pixels, at least 1.

    Returns
    -------
    ndarray of float32, shape (H, W)
        Dimensionless.

    Examples
    --------
    >>> flat = local_contrast(np.full((40, 40), 7, np.float32), 10.0)
    >>> float(np.abs(flat).max())
    0.0
    """
    whole = Strip(0, len(intensity), len(intensity))
    return _contrast_rows(intensity, whole, whole, scale_px, grey_moments(pieces_of(intensity)))


def _contrast_rows(
    rows: NDArray[np.float32], outer: Strip, strip: Strip, scale_px: float, moments: GreyMoments
) -> NDArray[np.float32]:
    width = rows.shape[1]
    if not moments.variance > 0:
        return np.zeros((strip.stop - strip.first, width), np.float32)
    mean, square = _local_means(rows, outer, scale_px, moments)
    floor = np.float32(_VARIANCE_FLOOR * moments.variance)
    contrast = np.empty((strip.stop - strip.first, width), np.float32)

    def fill(part: Strip) -> None:
        here = Strip(strip.first + part.first, strip.first + part.stop, strip.height)
        local, variance = (
            lengthen(small, (strip.height, width), here.first, here.stop)
            for small in (mean, square)
        )
        # Where nothing is reduced, these are rows of what other strips read too.
        variance = variance - local * local
        np.maximum(variance, 0, out=variance)
        variance += floor
        centred = np.subtract(
            rows[here.rows_in(outer)], moments.mean, out=contrast[part.first : part.stop]
        )
        centred -= local
        centred /= np.sqrt(variance, out=variance)

    over_strips(fill, strips_of(len(contrast)))
    return contrast


def _local_means(
    rows: NDArray[np.float32], outer: Strip, scale_px: float, moments: GreyMoments
) -> tuple[Shrunk, Shrunk]:
    """Return local means of grey levels about the film's, and of their squares, of full width."""
    height, width = rows.shape
    reduction = _reduction(scale_px)
    size = height, shrunk_length(width, reduction)
    levels, squares = np.empty(size, np.float32), np.empty(size, np.float32)

    def fill(part: Strip) -> None:
        here = slice(part.first, part.stop)
        centred = rows[here] - moments.mean
        levels[here] = narrow(centred, reduction)
        squares[here] = narrow(centred * centred, reduction)

    over_strips(fill, strips_of(height))

    def smooth(means: NDArray[np.float32]) -> Shrunk:
        small = shorten(means, outer, reduction)
        blurred = cv2.GaussianBlur(small.rows, (0, 0), scale_px / reduction)
        return widen(small._replace(rows=blurred), width)

    return smooth(levels), smooth(squares)


def scale_to_unit(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Map the 0.5 and 99.7 percentiles to 0 and 1; a constant image becomes zeros.

    Where so few pixels differ that both percentiles agree, the extremes are
    mapped instead.

    Parameters
    ----------
    values : ndarray of float32, shape (H, W)
        Any feature; finite.

    Returns
    -------
    ndarray of float32, shape (H, W)
        A new array.

    Examples
    --------
    >>> scale_to_unit(np.full((2, 2), 5, np.float32)).max()
    np.float32(0.0)
    """
    return scaled(values, unit_range(pieces_of(values)))


def scaled(values: NDArray[np.float32], ends: tuple[float, float]) -> NDArray[np.float32]:
    """Map two values to 0 and 1; where they are equal everything becomes 0."""
    zero, factor = unit_scale(ends)
    found: NDArray[np.float32] = values - zero
    found *= factor
    return found


def unit_scale(ends: tuple[float, float]) -> tuple[np.float32, np.float32]:
    """Return what to subtract and then to multiply by to map two values to 0 and 1.

    Examples
    --------
    >>> unit_scale((3.0, 5.0)), unit_scale((3.0, 3.0))[1]
    ((np.float32(3.0), np.float32(0.5)), np.float32(0.0))
    """
    low, high = ends
    return np.float32(low), np.float32(1 / (high - low) if high > low else 0)


def unit_range(pieces: Pieces) -> tuple[float, float]:
    """Return what becomes 0 and 1 of a feature that comes in pieces; see :func:`scale_to_unit`."""
    extremes = extremes_of(pieces)
    low, high = _percentiles(pieces, *extremes)
    return (low, high) if high > low else extremes


def extremes_of(pieces: Pieces) -> tuple[float, float]:
    """Return the smallest and the largest value."""
    ends = [(float(piece.min()), float(piece.max())) for piece in pieces()]
    return min(low for low, _ in ends), max(high for _, high in ends)


def _percentiles(pieces: Pieces, low: float, high: float) -> tuple[float, float]:
    """Percentiles from a fine histogram: one pass, and the same however the image is turned."""
    if not high > low:
        return low, high
    counts, n = np.zeros(_HISTOGRAM_BINS, np.int64), 0
    for piece in pieces():
        found = cv2.calcHist([piece], [0], None, [_HISTOGRAM_BINS], [low, high])
        counts += found.ravel().astype(np.int64)
        n += piece.size
    share = np.cumsum(counts) / n
    first, last = np.searchsorted(share, (_LOW, _HIGH))
    if last - first < _HISTOGRAM_BINS // 64:  # a few hot pixels squeezed the rest together
        exact = quantiles(pieces, (_LOW, _HIGH))
        return exact[0], exact[1]
    edges = np.linspace(low, high, _HISTOGRAM_BINS + 1)
    return float(edges[first]), float(edges[last])
