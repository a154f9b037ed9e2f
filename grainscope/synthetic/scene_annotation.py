"""What is burnt into published micrographs: letters, scale bars, information strips."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.opencv import cv2
from grainscope.synthetic.scene_draws import choose, happens

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_PLAIN,
)
_WORDS = ("500 nm", "100nm", "1 um", "200 nm", "SEM", "SiO2", "x50,000", "15.0kV", "WD 8.4mm", "Au")


def annotated(
    intensity: NDArray[np.uint8], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Burn in a panel letter, words, a scale bar or a strip, one to three of them.

    Parameters
    ----------
    intensity : ndarray of uint8, shape (H, W)
    rng : numpy.random.Generator

    Returns
    -------
    intensity : ndarray of uint8, shape (H, W)
    burnt : ndarray of bool, shape (H, W)
        Pixels of ink, of boxes behind it and of the strip: no grain is seen there.

    Examples
    --------
    >>> grey = np.full((64, 96), 100, np.uint8)
    >>> picture, burnt = annotated(grey, np.random.default_rng(0))
    >>> bool((picture[~burnt] == 100).all()), bool(burnt.any())
    (True, True)
    """
    picture, burnt = intensity.copy(), np.zeros(intensity.shape, np.uint8)
    ink = choose(rng, {255: 0.7, 0: 0.3})
    things = [_letter, _words, _bar, _strip]
    chosen = [thing for thing in things if happens(rng, 0.45)]
    for thing in chosen or [things[int(rng.integers(4))]]:
        thing(picture, burnt, ink, rng)
    return picture, burnt > 0


def _write(
    picture: NDArray[np.uint8],
    burnt: NDArray[np.uint8],
    text: str,
    place: tuple[int, int],
    ink: int,
    rng: np.random.Generator,
) -> None:
    """Write with the lower left corner at (column, row), on a box or on the picture itself."""
    font = _FONTS[int(rng.integers(len(_FONTS)))]
    scale = rng.uniform(0.35, 1.6) * min(picture.shape) / 384
    thick = max(1, round(scale * rng.uniform(0.8, 2.5)))
    if happens(rng, 0.3):
        (width, height), below = cv2.getTextSize(text, font, scale, thick)
        corner = (place[0] - 3, place[1] - height - 4)
        opposite = (place[0] + width + 3, place[1] + below + 2)
        for canvas, value in ((picture, 255 - ink), (burnt, 255)):
            cv2.rectangle(canvas, corner, opposite, value, -1)
    cv2.putText(picture, text, place, font, scale, ink, thick, cv2.LINE_8)
    cv2.putText(burnt, text, place, font, scale, 255, thick, cv2.LINE_8)


def _letter(
    picture: NDArray[np.uint8], burnt: NDArray[np.uint8], ink: int, rng: np.random.Generator
) -> None:
    letter = chr(ord("a") + int(rng.integers(8)))
    text = choose(rng, {letter: 0.3, f"({letter})": 0.4, letter.upper(): 0.3})
    height, width = picture.shape
    column = choose(rng, {0.03: 0.8, 0.85: 0.2})
    row = choose(rng, {0.12: 0.85, 0.95: 0.15})
    _write(picture, burnt, text, (int(column * width), int(row * height)), ink, rng)


def _words(
    picture: NDArray[np.uint8], burnt: NDArray[np.uint8], ink: int, rng: np.random.Generator
) -> None:
    text = "  ".join(rng.choice(_WORDS, int(rng.integers(1, 4))))
    height, width = picture.shape
    place = (int(rng.uniform(0.02, 0.6) * width), int(rng.uniform(0.1, 0.97) * height))
    _write(picture, burnt, text, place, ink, rng)


def _bar(
    picture: NDArray[np.uint8], burnt: NDArray[np.uint8], ink: int, rng: np.random.Generator
) -> None:
    height, width = picture.shape
    length, thick = int(rng.uniform(0.1, 0.35) * width), int(rng.integers(2, 9))
    left = int(rng.uniform(0.03, 0.95) * (width - length))
    top = int(rng.uniform(0.8, 0.96) * height)
    for canvas, value in ((picture, ink), (burnt, 255)):
        cv2.rectangle(canvas, (left, top), (left + length, top + thick - 1), value, -1)
    if happens(rng, 0.7):
        _write(picture, burnt, str(rng.choice(_WORDS[:4])), (left, top - 5), ink, rng)


def _strip(
    picture: NDArray[np.uint8], burnt: NDArray[np.uint8], ink: int, rng: np.random.Generator
) -> None:
    """Draw an information strip over the last rows."""
    height, width = picture.shape
    rows = max(12, int(rng.uniform(0.05, 0.13) * height))
    picture[-rows:] = 255 - ink
    burnt[-rows:] = 255
    text = "   ".join(rng.choice(_WORDS, 4))
    scale = rows / 50
    place = (int(rng.uniform(0.01, 0.2) * width), height - rows // 3)
    cv2.putText(picture, text, place, _FONTS[int(rng.integers(4))], scale, ink, 1, cv2.LINE_8)
