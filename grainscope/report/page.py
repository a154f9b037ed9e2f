"""What all reports share: how text is made safe, who wrote the page, and that it is there whole."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from grainscope import __version__
from grainscope.errors import OutputError

if TYPE_CHECKING:
    from jinja2 import Template


def write_page(out: Path, template: str, **shown: Any) -> Path:
    """Write OUT/report.html.

    Parameters
    ----------
    out : Path
        Its folder, whose name is the title.
    template : str
        Such as ``"report.html.j2"``.
    **shown
        What the template asks for besides ``name``, ``written`` and ``version``.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    html = _page_template(template).render(
        name=out.resolve().name,
        written=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
        version=__version__,
        **shown,
    )
    return write_whole(out / "report.html", html)


def _page_template(name: str) -> Template:
    """Return a template of this folder: what is put in is escaped, and nothing may lack."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template(name)


def write_whole(path: Path, html: str) -> Path:
    """Replace a file in one step, so that a reader never meets half of it."""
    partial = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    try:
        # A hostile file name may hold lone surrogates, which UTF-8 cannot.
        partial.write_text(html, encoding="utf-8", errors="replace")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error
    return path
