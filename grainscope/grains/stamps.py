"""A grain of the micrograph as a stamp, in any size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grainscope.opencv import cv2

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Image = NDArray[np.float32]

#: Room around a stamp, in units of the blur.
_ROOM = 3.0
#: Sizes tried to meet an area: a mask of whole pixels takes it in steps.
_SIZES_TRIED = 4


@dataclass(frozen=True)
class Stamp:
    """A grain to be painted; all arrays of shape (h, w).

    Attributes
    ----------
    mask : ndarray of bool
        Its pixels.
    cover : ndarray of float32
        The mask as the microscope blurs it, 0 to 1.
    contrast : ndarray of float32
        Grey level above the film before the blur.
    groove : float
        Contrast where it meets another grain, as share of its mean.
    """

    mask: NDArray[np.bool_]
    cover: Image
    contrast: Image
    groove: float = 1.0


def cut_stamp(mask: NDArray[np.bool_], contrast: Image, blur_px: float) -> Stamp:
    """Take a grain out of the micrograph.

    Contrast is spread from its core to its rim, which the blur has mixed with
    film, and scaled so that the stamp, blurred again, has the grain's own mean.

    Parameters
    ----------
    mask : ndarray of bool, shape (h, w)
        Pixels of the grain in its box.
    contrast : ndarray of float32, shape (h, w)
        Grey level above the film there.
    blur_px : float
        Standard deviation of the micrograph's blur.

    Returns
    -------
    Stamp
        With room around the grain.
    """
    room = int(np.ceil(_ROOM * blur_px))
    mask, contrast = np.pad(mask, room), np.pad(contrast, room)
    core = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    core = core if core.sum() >= 9 else mask
    weight = cv2.GaussianBlur(core.astype(np.float32), (0, 0), 1.0)
    spread = cv2.GaussianBlur(np.where(core, contrast, 0).astype(np.float32), (0, 0), 1.0)
    mean = float(contrast[core].mean())
    inner = (spread + 1e-3 * mean) / (weight + 1e-3)
    cover = blurred(mask, blur_px)
    seen = float((cover * inner)[mask].mean())
    wanted = float(contrast[mask].mean())
    gain = wanted / seen if abs(seen) > 1e-6 else 1.0
    return Stamp(mask, cover, (gain * inner).astype(np.float32))


def resize_stamp(stamp: Stamp, area_px: float, blur_px: float, rng: np.random.Generator) -> Stamp:
    """Return the grain in another size, turned or mirrored at random.

    Parameters
    ----------
    stamp : Stamp
        From `cut_stamp`.
    area_px : float
        Area wanted; met within a few percent, as pixels allow.
    blur_px : float
        Blur of the micrograph, which is the same for every size.
    rng : numpy Generator
        Source of chance.

    Returns
    -------
    Stamp
    """
    mask, contrast = _of_area(stamp, area_px)
    if not mask.any():
        mask, contrast = np.ones((1, 1), bool), np.full((1, 1), stamp.contrast.max(), np.float32)
    room = int(np.ceil(_ROOM * blur_px))
    mask, contrast = np.pad(mask, room), np.pad(contrast, room, mode="edge")
    turn, mirror = int(rng.integers(4)), bool(rng.integers(2))
    if mirror:
        mask, contrast = mask[:, ::-1], contrast[:, ::-1]
    mask, contrast = np.rot90(mask, turn), np.rot90(contrast, turn)
    cover = blurred(mask, blur_px)
    return Stamp(mask, cover, np.ascontiguousarray(contrast), stamp.groove)


def _of_area(stamp: Stamp, area_px: float) -> tuple[NDArray[np.bool_], Image]:
    """Return the size, of those tried, whose area is nearest to that asked for."""
    factor = float(np.sqrt(area_px / stamp.mask.sum()))
    tried: list[tuple[float, int, NDArray[np.bool_], Image]] = []
    for _ in range(_SIZES_TRIED):
        mask, contrast = _scaled(stamp, factor)
        tried.append((abs(mask.sum() - area_px), len(tried), mask, contrast))
        factor *= float(np.sqrt(area_px / max(mask.sum(), 0.5 * area_px)))
    return min(tried, key=lambda one: one[:2])[2:]


def _scaled(stamp: Stamp, factor: float) -> tuple[NDArray[np.bool_], Image]:
    height, width = (max(round(n * factor), 1) for n in stamp.mask.shape)
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    mask = cv2.resize(stamp.mask.astype(np.float32), (width, height), interpolation=way)
    contrast = cv2.resize(stamp.contrast, (width, height), interpolation=way)
    return mask > 0.5, contrast


def blurred(mask: NDArray[np.bool_], blur_px: float) -> Image:
    """Return a mask as the microscope would show it."""
    grey = np.ascontiguousarray(mask, np.float32)
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), blur_px, borderType=cv2.BORDER_CONSTANT))


def groove_of(labels: NDArray[np.int32], contrast: Image, label: int) -> float:
    """Return the contrast along a grain's border with others, as share of its mean; 1 for none.

    Parameters
    ----------
    labels : ndarray of int32, shape (h, w)
        A window with room around the grain.
    contrast : ndarray of float32, shape (h, w)
        Grey level above the film.
    label : int
        The grain.
    """
    own = labels == label
    others = ((labels > 0) & ~own).astype(np.uint8)
    border = grown(own, 1) & ~_shrunk(own) & grown(others, 2)
    if not border.any():
        return 1.0
    mean = float(contrast[own].mean())
    return float(np.clip(np.median(contrast[border]) / mean, 0.0, 1.0)) if mean else 1.0


def grown(mask: NDArray[np.generic], by_px: int) -> NDArray[np.bool_]:
    """Return a mask with all pixels within so many rows and columns."""
    window = np.ones((2 * by_px + 1,) * 2, np.uint8)
    return np.asarray(cv2.dilate(mask.astype(np.uint8), window) > 0)


def _shrunk(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray(cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
