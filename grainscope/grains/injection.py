"""Grains of known size, painted into the micrograph that they are drawn from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from grainscope.grains.appearance import take_apart
from grainscope.grains.canvas import Canvas

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from grainscope.records import Micrograph, Segmentation

#: Fewer whole grains than these say too little of what grains look like.
LEAST_TEMPLATES = 10
#: A template is one of so many grains of the nearest size.
_NEAREST = 12
#: Smallest area painted, and the largest share of the frame painted in one round.
_SMALLEST_PX, _MOST_COVERED = 6.0, 0.06
#: The very largest grains are often several that were not told apart.
_LARGEST_SHARE = 0.99
_LEAST_CONFIDENCE, _LEAST_SOLIDITY = 0.5, 0.85


def paint_grains(
    micrograph: Micrograph,
    segmentation: Segmentation,
    solidity: NDArray[np.float64],
    n_wanted: int,
    rng: np.random.Generator,
) -> tuple[Micrograph, NDArray[np.int32]] | None:
    """Paint copies of the grains of a micrograph, as many in every decade of area.

    Each is a found grain of about its size, turned, mirrored and resized, on the
    film's own level, with the micrograph's blur and noise and with the groove
    that its template has against its neighbours. It is put anywhere on the film
    between the grains where it fits; a grain too large for any such place takes
    that of a grain of its size.

    Parameters
    ----------
    micrograph : Micrograph
        The raw image.
    segmentation : Segmentation
        Its N grains.
    solidity : ndarray of float64, shape (N,)
        Of each grain: several in one are no template.
    n_wanted : int
        Grains to paint; fewer where they would cover too much of the film.
    rng : numpy Generator
        Source of chance.

    Returns
    -------
    micrograph : Micrograph
        With the grains painted in; elsewhere as it was.
    painted : ndarray of int32, shape (H, W)
        1…M on the grains painted.

    None where there are fewer than ten whole grains to copy.
    """
    frame = micrograph.frame.slices
    labels = segmentation.labels[frame]
    area = np.bincount(labels.ravel(), minlength=segmentation.n_grains + 1)
    templates = _templates(labels, area, solidity, segmentation.confidence)
    if len(templates) < LEAST_TEMPLATES:
        return None
    grey = np.ascontiguousarray(micrograph.intensity[frame], np.float32)
    masked = None if micrograph.masked is None else micrograph.masked[frame]
    canvas = Canvas(take_apart(grey, labels, rng), labels, masked)
    for area_px in _sizes(area[templates], labels.size, n_wanted, rng):
        near = _of_about(area_px, area, templates)
        canvas.paint(int(rng.choice(near)), float(area_px), near, rng)
    intensity = micrograph.intensity.copy()
    intensity[frame] = _as_type(canvas.grey, intensity[frame], canvas.touched)
    painted = np.zeros(intensity.shape, np.int32)
    painted[frame] = canvas.painted
    return replace(micrograph, intensity=intensity), painted


def _templates(
    labels: NDArray[np.int32],
    area: NDArray[np.intp],
    solidity: NDArray[np.float64],
    confidence: NDArray[np.float64] | None,
) -> NDArray[np.intp]:
    """Return the labels of grains that are whole, compact and believed, by size."""
    good = (area >= _SMALLEST_PX) & np.append(False, solidity >= _LEAST_SOLIDITY)
    if confidence is not None:
        good &= np.append(False, confidence >= _LEAST_CONFIDENCE)
    good[0] = False
    for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        good[edge] = False
    found = np.flatnonzero(good)
    return found[np.argsort(area[found], kind="stable")]


def _sizes(
    areas: NDArray[np.intp], film_px: int, n_wanted: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return areas, the largest first, that cover no more of the film than is good."""
    largest = max(float(np.quantile(areas, _LARGEST_SHARE)), 2 * _SMALLEST_PX)
    area = np.exp(rng.uniform(np.log(_SMALLEST_PX), np.log(largest), n_wanted))
    # The first so many: leaving out the largest would leave none of them.
    share = min(1.0, _MOST_COVERED * film_px / area.sum())
    return np.sort(area[: max(round(share * n_wanted), 1)])[::-1]


def _of_about(
    area_px: float, area: NDArray[np.intp], templates: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Return the templates of the nearest size."""
    at = int(np.searchsorted(area[templates], area_px))
    first = min(max(at - _NEAREST // 2, 0), max(len(templates) - _NEAREST, 0))
    return templates[first : first + _NEAREST]


def _as_type(
    grey: NDArray[np.float32], before: NDArray[Any], touched: NDArray[np.bool_]
) -> NDArray[Any]:
    """Return the painted picture in the type of the micrograph, untouched pixels as they were."""
    values = grey
    if np.issubdtype(before.dtype, np.integer):
        limits = np.iinfo(before.dtype)
        values = np.clip(np.rint(grey), limits.min, limits.max)
    return np.where(touched, values.astype(before.dtype), before)


def match_painted(
    painted: NDArray[np.int32], labels: NDArray[np.int32]
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return which painted grains were found (IoU above 0.5), and the areas found in pixels.

    Parameters
    ----------
    painted : ndarray of int32, shape (H, W)
        1…N on the grains painted.
    labels : ndarray of int32, shape (H, W)
        Grains found in the painted micrograph.

    Returns
    -------
    found : ndarray of bool, shape (N,)
    area_px : ndarray of int64, shape (N,)
        Of the grain found there; 0 where none was.

    Examples
    --------
    >>> painted = np.array([[1, 1, 1, 0, 2, 2]], np.int32)
    >>> match_painted(painted, np.array([[5, 5, 0, 0, 0, 3]], np.int32))
    (array([ True, False]), array([2, 0]))
    """
    n = int(painted.max(initial=0))
    own = np.bincount(painted.ravel(), minlength=n + 1)[1:]
    area = np.bincount(labels.ravel())
    on = (painted > 0) & (labels > 0)
    pairs, shared = np.unique(
        painted[on].astype(np.int64) * len(area) + labels[on], return_counts=True
    )
    which, label = np.divmod(pairs, len(area))
    good = 3 * shared > own[which - 1] + area[label]
    found, area_px = np.zeros(n, bool), np.zeros(n, np.int64)
    found[which[good] - 1] = True
    area_px[which[good] - 1] = area[label[good]]
    return found, area_px
