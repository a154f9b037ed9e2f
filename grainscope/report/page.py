"""What all reports share: how text is made safe, who wrote the page, and that it is there whole."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grainscope import __version__
from grainscope.files.whole_files import write_whole

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
    path = out / "report.html"
    write_whole(path, html)
    return path


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
