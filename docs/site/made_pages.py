"""Pages made from the code: every setting, and what docstrings cite under References."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grainscope.settings import Settings, commented_toml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

PACKAGE = Path(__file__).parents[2] / "grainscope"
_SECTION = re.compile(r"\nReferences\n-+\n(.*?)(?:\n\n|\Z)", re.DOTALL)
_ENTRY = re.compile(r"^(?:# )?(\w+) =.*?   ?# (.*?)\. Default (.*?)(?:; one of .*)?$")
_TABLE = re.compile(r"^\[(\w+)\]$")


def setup(app: Sphinx) -> dict[str, Any]:
    """Fill pages in as they are read."""
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _read(app: Sphinx, page: str, source: list[str]) -> None:
    del app, page
    for name, made in {"every-setting": _settings, "sources-of-the-code": _tables}.items():
        marker = f"```{{{name}}}\n```"
        if marker in source[0]:
            source[0] = source[0].replace(marker, made())


def _settings() -> str:
    """Turn what ``init-config`` writes into a table a stage."""
    lines: list[str] = []
    for line in commented_toml(Settings()).splitlines():
        if table := _TABLE.match(line):
            lines += ["", f"## {table[1]}", "", "| setting | default | what |", "|---|---|---|"]
        elif entry := _ENTRY.match(line):
            name, what, default = (text.replace("|", r"\|") for text in entry.groups())
            lines.append(f"| `{name}` | `{default}` | {what}{_choices(line)} |")
    stages = [getattr(Settings(), name) for name in Settings.model_fields]
    n_settings = sum(len(getattr(type(stage), "model_fields", ())) for stage in stages)
    if sum(line.startswith("| `") for line in lines) != n_settings:
        raise ValueError(f"the page of settings has not all {n_settings} of them")
    return "\n".join(lines)


def _choices(line: str) -> str:
    _, found, choices = line.rpartition("; one of ")
    return ". One of " + ", ".join(f"`{each}`" for each in choices.split(", ")) if found else ""


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
