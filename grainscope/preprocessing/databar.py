"""Find the instrument's information strip: the flat band with text at the bottom or top.

In a strip every pixel is either background, of one grey level, or text. In a
film row the grey levels spread. The share of a row's pixels at the strip's
background level therefore jumps where the film ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Grey levels (of 256) within which a pixel counts as background; JPEG rings by a few.
_LEVEL_TOLERANCE = 6
#: A strip is at most this share of the image's height …
_MAX_HEIGHT_SHARE = 0.3
#: … and at least this many rows, since it holds text.
_MIN_ROWS = 8
#: Rows without background (separators between lines of text) that do not end a strip.
_MAX_GAP_SHARE = 0.025
#: Shares of the height in which the background level is looked for.
_EDGE_SHARES = (0.03, 0.08)
#: Sampling columns beyond this width tells nothing new and costs memory.
_MAX_SAMPLED_COLUMNS = 2048


def as_grey8(intensity: NDArray[Any]) -> NDArray[np.uint8]:
    """Scale an image to 256 grey levels; 8-bit images are returned as they are.

    Parameters
    ----------
    intensity : ndarray, shape (H, W)
        Finite grey levels of any depth.

    Returns
    -------
    ndarray of uint8, shape (H, W)
        Minimum at 0, maximum at 255; all 0 for a constant image.

    Examples
    --------
    >>> as_grey8(np.array([[0, 2048, 4095]], np.uint16))
    array([[  0, 127, 255]], dtype=uint8)
    """
    if intensity.dtype == np.uint8:
        return intensity
    low, high = float(intensity.min()), float(intensity.max())
    if high <= low:
        return np.zeros(intensity.shape, np.uint8)
    scaled = (intensity.astype(np.float32) - np.float32(low)) * np.float32(255 / (high - low))
    return scaled.astype(np.uint8)


def background_level(grey: NDArray[np.uint8]) -> int:
    """Return the grey level around which most pixels lie.

    Examples
    --------
    >>> background_level(np.array([[9, 9, 9, 200]], np.uint8))
    9
    """
    counts = np.bincount(grey.ravel(), minlength=256)
    window = np.ones(2 * _LEVEL_TOLERANCE + 1)
    around = np.convolve(counts, window, mode="same")
    best = np.flatnonzero(around == around.max())
    return int(best[np.argmax(counts[best])])


def find_databar(grey: NDArray[np.uint8]) -> tuple[int, int] | None:
    """Find the rows of the information strip.

    Parameters
    ----------
    grey : ndarray of uint8, shape (H, W)
        The whole image.

    Returns
    -------
    (int, int) or None
        First row and the row after the last; None where there is no strip. A
        strip that is narrower than the image still takes its rows whole.

    Examples
    --------
    >>> film = np.random.default_rng(0).integers(30, 220, (100, 200)).astype(np.uint8)
    >>> film[88:] = 0
    >>> film[92:96, 20:60] = 255
    >>> find_databar(film)
    (88, 100)
    """
    height, width = grey.shape
    if height < 4 * _MIN_ROWS or width < 4 * _MIN_ROWS:
        return None
    sampled = grey[:, :: -(-width // _MAX_SAMPLED_COLUMNS)]
    rows = _bottom_strip(sampled)
    if rows is not None:
        return rows
    rows = _bottom_strip(sampled[::-1])
    return None if rows is None else (height - rows[1], height - rows[0])


def _bottom_strip(grey: NDArray[np.uint8]) -> tuple[int, int] | None:
    height = len(grey)
    for share in _EDGE_SHARES:
        level = background_level(grey[height - max(_MIN_ROWS, round(share * height)) :])
        rows = _strip_of_level(grey, level)
        if rows is not None:
            return rows
    return None


def _strip_of_level(grey: NDArray[np.uint8], level: int) -> tuple[int, int] | None:
    """Return the outermost run of rows that consist of this level and of text."""
    height = len(grey)
    is_background = np.abs(grey.astype(np.int16) - level) <= _LEVEL_TOLERANCE
    share = is_background.mean(axis=1)
    # Where the film itself has much of this level (black gaps over a black strip)
    # a row must stand out from the film to count.
    film_share = float(np.median(share[height // 4 : height - height // 4]))
    flat_rows = np.flatnonzero(share >= np.clip((1 + film_share) / 2, 0.42, 0.9))
    gap_rows = max(4, round(_MAX_GAP_SHARE * height))
    if film_share > 0.3:  # text rows fall below the raised threshold
        gap_rows = max(gap_rows, round(0.05 * height))
    start, stop = _outermost_run(flat_rows, gap_rows)
    if not _MIN_ROWS <= stop - start <= _MAX_HEIGHT_SHARE * height:
        return None
    if height - stop > 0.1 * height:
        return None
    if not _is_strip(grey, is_background, share, start, stop):
        return None
    start = _with_outline(grey, level, start)
    return start, (height if height - stop <= gap_rows else stop)


def _outermost_run(rows: NDArray[np.intp], gap_rows: int) -> tuple[int, int]:
    if not rows.size:
        return 0, 0
    breaks = np.flatnonzero(np.diff(rows) > gap_rows + 1)
    start = rows[breaks[-1] + 1] if breaks.size else rows[0]
    return int(start), int(rows[-1]) + 1


def _is_strip(
    grey: NDArray[np.uint8],
    is_background: NDArray[np.bool_],
    share: NDArray[np.float64],
    start: int,
    stop: int,
) -> bool:
    """Whether the run ends sharply against the film and holds text of high contrast."""
    above = share[max(0, start - 8) : max(0, start - 2)]
    if not above.size or share[start:stop].max() < 0.75:
        return False
    is_sharp = share[start : start + 4].max() - np.median(above) >= 0.25
    strip = grey[start:stop]
    background = int(np.median(strip[is_background[start:stop]]))
    text = (np.abs(strip.astype(np.int16) - background) > 60).mean()
    return bool(is_sharp and 0.004 < text < 0.45)


def _with_outline(grey: NDArray[np.uint8], level: int, start: int) -> int:
    """Take in up to three rows above: the strip's outline, and rows that resampling blended."""
    film = grey[max(start - 5, 0)]
    for _ in range(min(3, start - 3)):
        row = grey[start - 1].astype(np.int16)
        is_flat = (np.abs(row - np.median(row)) <= _LEVEL_TOLERANCE).mean() >= 0.9
        is_outline = is_flat and abs(np.median(row) - np.median(film)) > 4 * _LEVEL_TOLERANCE
        from_film, from_row = _distance(film, level), _distance(row, level)
        is_blend = from_film > 4 * _LEVEL_TOLERANCE and from_row < 0.7 * from_film
        if not (is_outline or is_blend):
            break
        start -= 1
    return start


def _distance(row: NDArray[Any], level: int) -> float:
    """Root mean square distance of a row's grey levels from the background of the strip."""
    return float(np.sqrt(np.mean((row.astype(np.float32) - level) ** 2)))
