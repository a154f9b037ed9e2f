"""The page of sources: what docstrings cite under References, module by module."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

PACKAGE = Path(__file__).parents[2] / "grainscope"
_MARKER = "```{sources-of-the-code}\n```"
_SECTION = re.compile(r"\nReferences\n-+\n(.*?)(?:\n\n|\Z)", re.DOTALL)


def setup(app: Sphinx) -> dict[str, Any]:
    """Fill the page in as it is read."""
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _read(app: Sphinx, page: str, source: list[str]) -> None:
    del app, page
    if _MARKER in source[0]:
        source[0] = source[0].replace(_MARKER, _tables())


def _tables() -> str:
    lines: list[str] = []
    for folder in sorted(path for path in PACKAGE.rglob("*") if path.is_dir()):
        rows = [row for file in sorted(folder.glob("*.py")) for row in _rows(file)]
        if rows:
            name = folder.relative_to(PACKAGE.parent).as_posix().replace("/", ".")
            lines += [f"## {name}", "", "| name | what | source |", "|---|---|---|", *rows, ""]
    return "\n".join(lines)


def _rows(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        doc = ast.get_docstring(node) or ""
        cited = _SECTION.search(doc)
        if cited is not None:
            words = (doc.partition("\n\n")[0], cited[1])
            what, source = (" ".join(text.split()).replace("|", r"\|") for text in words)
            yield f"| `{file.stem}.{node.name}` | {what} | {source.replace('``', '`')} |"
