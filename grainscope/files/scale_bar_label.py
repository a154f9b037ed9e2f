"""Read the label of a scale bar by OCR (extra ``ocr``), and distrust what was read.

A wrong label is a wrong physical size for everything after it. So a reading
counts only if it is a number with a unit, the number is one that bars are
labelled with (a "7" is the commonest misreading of "1", and no maker draws
it), it stands next to the bar, it gives a pixel size that an SEM can have, and
two of three readings at different magnifications agree and none differs.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from grainscope.files.lengths import parse_length_nm
from grainscope.opencv import cv2

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from grainscope.preprocessing.scale_bar import ScaleBar

#: First digits of labels that scale bars carry (times powers of ten).
_MANTISSAS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0)
#: Pixel sizes that a scanning electron microscope gives, in nm.
_PLAUSIBLE_NM = (0.02, 10_000.0)
_ZOOMS = (2, 3, 4)
_MIN_CONFIDENCE = 0.5
#: A label stands within this many text heights of its bar.
_REACH = 8.0
_LABEL = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(nm|µm|mm)(?![a-zµ0-9])")
_NUMBER, _UNIT = re.compile(r"[0-9]+(\.[0-9]+)?"), re.compile(r"(nm|µm|mm)")


class Reading(NamedTuple):
    """One piece of text with its place (pixels of the crop) and the reader's confidence."""

    text: str
    x_start: float
    y_start: float
    x_stop: float
    y_stop: float
    confidence: float


class Label(NamedTuple):
    """A label that was accepted: how it reads, and the length it means."""

    text: str
    length_nm: float


def ocr_is_installed() -> bool:
    """Whether the extra that reads labels is there."""
    return find_spec("rapidocr_onnxruntime") is not None


def read_scale_bar_label(grey: NDArray[np.uint8], bar: ScaleBar) -> Label | None:
    """Read the label next to a scale bar.

    Parameters
    ----------
    grey : ndarray of uint8, shape (H, W)
        The strip, or the rows of the film around a burnt-in bar.
    bar : ScaleBar
        Measured on that array.

    Returns
    -------
    Label or None
        None where no reading can be trusted.
    """
    margin = int(max(bar.column_stop - bar.column_start, 10 * 12, 0.1 * grey.shape[1]))
    left = max(bar.column_start - margin, 0)
    crop = grey[:, left : bar.column_stop + margin]
    box = (bar.column_start - left, bar.row_start, bar.column_stop - left, bar.row_stop)
    readings = (_nearest_label(_read_text(crop, zoom), box, bar.length_px) for zoom in _ZOOMS)
    return agreed_label([reading for reading in readings if reading])


def agreed_label(labels: Sequence[Label]) -> Label | None:
    """Return the label that at least two readings gave, if none gave another length.

    Examples
    --------
    >>> agreed_label([Label("1 µm", 1000.0), Label("1.0 µm", 1000.0)]).text
    '1 µm'
    >>> agreed_label([Label("1 µm", 1000.0), Label("4 µm", 4000.0), Label("1 µm", 1000.0)])
    """
    lengths = Counter(label.length_nm for label in labels)
    return labels[0] if len(lengths) == 1 and len(labels) >= 2 else None


def parse_label(text: str) -> Label | None:
    """Accept a text that begins with a length as scale bars are labelled with.

    Examples
    --------
    >>> parse_label("100nm"), parse_label("50.0 μm").length_nm
    (Label(text='100 nm', length_nm=100.0), 50000.0)
    >>> parse_label("7 µm"), parse_label("WD 8mm"), parse_label("1.73 mm"), parse_label("100")
    (None, None, None, None)
    """
    folded = _folded(text)
    match = _LABEL.match(folded)
    if match is None or not float(match[1]) > 0:
        return None
    mantissa = float(f"{float(match[1]):.6e}".partition("e")[0])
    length_nm = parse_length_nm(match[0])
    if mantissa not in _MANTISSAS or length_nm is None:
        return None
    return Label(f"{match[1]} {match[2]}", length_nm)


def _folded(text: str) -> str:
    """One spelling: lower case, one micro sign for µ, μ and u before m, no stray spaces."""
    lower = " ".join(text.lower().replace("μ", "µ").split())
    return re.sub(r"(?<![a-z])um\b", "µm", lower)


def _nearest_label(
    readings: Iterable[Reading], box: tuple[int, int, int, int], bar_px: float
) -> Label | None:
    """Return the accepted label nearest to the bar's box (x, y, x, y)."""
    best: tuple[float, Label] | None = None
    for reading in _joined(readings):
        label = parse_label(reading.text)
        if label is None or reading.confidence < _MIN_CONFIDENCE:
            continue
        if not _PLAUSIBLE_NM[0] <= label.length_nm / bar_px <= _PLAUSIBLE_NM[1]:
            continue
        distance = _distance(reading, box)
        if distance <= _REACH * (reading.y_stop - reading.y_start):
            best = min(best or (distance, label), (distance, label))
    return best[1] if best else None


def _joined(readings: Iterable[Reading]) -> list[Reading]:
    """Add ``1`` + ``µm`` where the reader cut a label into number and unit."""
    pieces = sorted(readings, key=lambda reading: reading.x_start)
    joined = list(pieces)
    for number in pieces:
        for unit in pieces:
            height = number.y_stop - number.y_start
            follows = -0.5 * height <= unit.x_start - number.x_stop <= 1.5 * height
            same_line = abs(unit.y_stop + unit.y_start - number.y_stop - number.y_start) < height
            is_pair = _NUMBER.fullmatch(_folded(number.text)) and _UNIT.match(_folded(unit.text))
            if is_pair and follows and same_line:
                text = f"{number.text} {unit.text}"
                confidence = min(number.confidence, unit.confidence)
                joined.append(Reading(text, *number[1:3], unit.x_stop, number.y_stop, confidence))
    return joined


def _distance(reading: Reading, box: tuple[int, int, int, int]) -> float:
    across = max(box[0] - reading.x_stop, reading.x_start - box[2], 0.0)
    along = max(box[1] - reading.y_stop, reading.y_start - box[3], 0.0)
    return float(np.hypot(across, along))


def _read_text(crop: NDArray[np.uint8], zoom: int) -> list[Reading]:
    """Run the OCR engine on a magnified crop; places come back in pixels of the crop."""
    border = 20
    enlarged = cv2.resize(crop, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC)
    framed = cv2.copyMakeBorder(enlarged, *(4 * (border,)), cv2.BORDER_REPLICATE)
    pieces, _ = _engine()(cv2.cvtColor(framed, cv2.COLOR_GRAY2BGR), use_cls=False)
    readings = []
    for corners, text, confidence in pieces or []:
        places = (np.asarray(corners, np.float64) - border) / zoom
        (x_start, y_start), (x_stop, y_stop) = places.min(axis=0), places.max(axis=0)
        readings.append(
            Reading(
                str(text),
                float(x_start),
                float(y_start),
                float(x_stop),
                float(y_stop),
                float(confidence),
            )
        )
    return readings


@lru_cache(maxsize=1)
def _engine() -> Any:
    from rapidocr_onnxruntime import RapidOCR

    # Text detection enlarges its input to 736 px on the short side by default: on a
    # strip that is 20 times slower, and it then missed two of 15 real labels.
    return RapidOCR(
        intra_op_num_threads=1,
        inter_op_num_threads=1,
        det_limit_side_len=64,
        det_limit_type="min",
    )
