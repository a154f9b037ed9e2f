"""Any pixel array → one grey image of uint8, uint16 or float32."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Luma weights of ITU-R BT.601 for red, green, blue.
_LUMA = (0.299, 0.587, 0.114)


def to_grey(pixels: NDArray[Any]) -> NDArray[Any]:
    """Reduce channels to one grey level; alpha is dropped.

    Parameters
    ----------
    pixels : ndarray, shape (H, W) or (H, W, C)
        One channel (grey), two (grey, alpha), three (RGB) or four (RGB, alpha).

    Returns
    -------
    ndarray, shape (H, W)
        The one channel where all are equal; else luma 0.299 R + 0.587 G +
        0.114 B (ITU-R BT.601), rounded for integers.

    Raises
    ------
    ValueError
        Another number of dimensions or channels.

    Examples
    --------
    >>> to_grey(np.array([[[0, 255, 0], [7, 7, 7]]], np.uint8))
    array([[150,   7]], dtype=uint8)
    """
    if pixels.ndim == 2:
        return pixels
    if pixels.ndim != 3 or not 1 <= pixels.shape[2] <= 4:
        raise ValueError(f"got pixels of shape {pixels.shape}, expected grey, RGB or RGBA")
    if pixels.shape[2] < 3:
        return np.ascontiguousarray(pixels[:, :, 0])
    red, green, blue = (pixels[:, :, c] for c in range(3))
    if np.array_equal(red, green) and np.array_equal(red, blue):
        return np.ascontiguousarray(red)
    luma = np.zeros(pixels.shape[:2], np.float32)
    for weight, channel in zip(_LUMA, (red, green, blue), strict=True):
        luma += np.float32(weight) * channel.astype(np.float32)
    return np.rint(luma).astype(pixels.dtype) if pixels.dtype.kind == "u" else luma


def to_intensity(grey: NDArray[Any]) -> NDArray[Any]:
    """Cast to the types that the program works on: uint8 and uint16 stay, others get float32.

    Parameters
    ----------
    grey : ndarray, shape (H, W)
        Booleans become 0 and 255.

    Returns
    -------
    ndarray of uint8, uint16 or float32, shape (H, W)

    Raises
    ------
    ValueError
        Complex numbers, NaN or infinities (their count is named), values that
        overflow float32.

    Examples
    --------
    >>> to_intensity(np.array([[True, False]]))
    array([[255,   0]], dtype=uint8)
    """
    if grey.dtype == np.bool_:
        return grey.astype(np.uint8) * np.uint8(255)
    if grey.dtype in (np.uint8, np.uint16):
        return grey.astype(grey.dtype.newbyteorder("="), copy=False)
    if grey.dtype.kind not in "iuf":
        raise ValueError(f"got pixels of type {grey.dtype}, expected integers or floats")
    with np.errstate(over="ignore"):
        intensity = grey.astype(np.float32, copy=False)
    n_bad = int(intensity.size - np.count_nonzero(np.isfinite(intensity)))
    if n_bad:
        raise ValueError(f"{n_bad} of {grey.size} pixels are NaN or infinite")
    return intensity
