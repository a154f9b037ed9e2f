"""Files of the repository as pages, and links to files that are no pages.

A page ``{repository-file} PATH`` is that file. Its links, written for readers of the
repository, are turned here; so are those of other pages to such a file. Links to the
package's code go to its highlighted source.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.addnodes import download_reference
from sphinx.transforms.post_transforms import SphinxPostTransform

if TYPE_CHECKING:
    from sphinx.application import Sphinx

DOCS = Path(__file__).parents[1]
REPOSITORY = DOCS.parent
#: Files outside of docs/ that are pages, and the page of each.
PAGES = {
    "ARCHITECTURE.md": "architecture.md",
    "CHANGELOG.md": "changes.md",
    "images/README.md": "shipped.md",
    "models/README.md": "models.md",
}
_SHOWN = re.compile(r"^```\{repository-file\} (\S+)\n```$", re.MULTILINE)
#: A link that shows a page's file name shows its title instead.
_FILE_NAME = re.compile(r"\[[\w./-]+\.md\](?=\()")
_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)#\s]+)(?=[)#])")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect both halves: Markdown as it is read, links as they are resolved."""
    app.connect("source-read", _read)
    app.add_post_transform(_LinkToSource)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _read(app: Sphinx, page: str, source: list[str]) -> None:
    here = (DOCS / page).parent
    shown = _SHOWN.search(source[0])
    if shown is None:
        source[0] = _turned(source[0], here, here)
        return
    file = REPOSITORY / shown[1]
    app.env.note_dependency(file)
    source[0] = _SHOWN.sub(lambda _: _turned(file.read_text("utf-8"), file.parent, here), source[0])


def _turned(markdown: str, written_in: Path, read_in: Path) -> str:
    """Return the text with links that hold in another folder, and to pages where there are."""

    def turn(link: re.Match[str]) -> str:
        target = Path(os.path.normpath(written_in / link[1]))
        if target.is_relative_to(REPOSITORY):
            name = target.relative_to(REPOSITORY).as_posix()
            target = DOCS / PAGES[name] if name in PAGES else target
        return Path(os.path.relpath(target, read_in)).as_posix()

    return _LINK.sub(turn, _FILE_NAME.sub("[]", markdown))


class _LinkToSource(SphinxPostTransform):
    """Let links to modules that have a page of source lead there; others download the file."""

    default_priority = 5

    def run(self, **_: Any) -> None:
        with_source = getattr(self.env, "_viewcode_modules", {})
        for link in list(self.document.findall(download_reference)):
            path = Path(os.path.normpath(DOCS / self.env.docname)).parent / link["reftarget"]
            module = _module(Path(os.path.normpath(path)))
            if module in with_source:
                page = "_modules/" + module.replace(".", "/")
                uri = self.app.builder.get_relative_uri(self.env.docname, page)
                link.replace_self(nodes.reference("", "", *link.children, refuri=uri))


def _module(path: Path) -> str:
    if path.suffix != ".py" or not path.is_relative_to(REPOSITORY / "grainscope"):
        return ""
    return ".".join(path.relative_to(REPOSITORY).with_suffix("").parts)
