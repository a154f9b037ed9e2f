"""Pictures inside an HTML file: data URIs, no larger than a reader sees them."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

from grainscope.figures.style import CHART_DPI, COLUMN_IN, house_style

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

#: What Pillow raises on a file that is damaged, or that is no picture.
_DAMAGE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)
#: Charts hold few colours; so many keep their edges smooth in a third of the bytes.
_CHART_COLOURS = 64


@dataclass(frozen=True)
class Picture:
    """An embedded picture.

    Attributes
    ----------
    title, caption : str
        What it shows; also its alternative text.
    uri : str
        The picture itself.
    href : str
        The file that it was made from, relative to the report.
    wide : bool
        Whether it has two panels side by side.
    """

    title: str
    caption: str
    uri: str
    href: str
    wide: bool = False


def photograph_uri(path: Path, longest_px: int) -> str:
    """Return an image file as a JPEG data URI of at most this size; empty if it cannot be read."""
    try:
        with Image.open(path) as stored:
            picture = stored.convert("RGB")
    except _DAMAGE:
        return ""
    picture.thumbnail((longest_px, longest_px), reducing_gap=2.0)
    stream = BytesIO()
    # Full colour resolution: outlines are one pixel wide.
    picture.save(stream, "JPEG", quality=76, subsampling=0)
    return _data_uri("image/jpeg", stream.getvalue())


def file_uri(path: Path, media_type: str) -> str:
    """Return a file as it is; empty if it cannot be read."""
    try:
        return _data_uri(media_type, path.read_bytes())
    except OSError:
        return ""


def chart_uri(path: Path) -> str:
    """Return a chart as a PNG data URI of few colours; empty if it cannot be read."""
    try:
        with Image.open(path) as stored:
            return _few_colours(stored.convert("RGB"))
    except _DAMAGE:
        return ""


def spans_page(path: Path) -> bool:
    """Whether a chart was drawn for two columns; a file that cannot be read was not."""
    try:
        with Image.open(path) as stored:
            return bool(stored.width > 1.2 * COLUMN_IN * CHART_DPI)
    except _DAMAGE:
        return False


def figure_uri(figure: Figure) -> str:
    """Return a figure drawn just now as a PNG data URI."""
    stream = BytesIO()
    with house_style():
        figure.savefig(stream, format="png", dpi=CHART_DPI)
    with Image.open(stream) as drawn:
        return _few_colours(drawn.convert("RGB"))


def _few_colours(picture: Image.Image) -> str:
    stream = BytesIO()
    quantised = picture.quantize(
        _CHART_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
    )
    quantised.save(stream, "PNG", compress_level=6)
    return _data_uri("image/png", stream.getvalue())


def _data_uri(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{b64encode(content).decode('ascii')}"
