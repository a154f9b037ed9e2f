"""What docstrings hold that Sphinx would take for something else.

``|B|`` is an absolute value and no substitution; the fields of a named tuple, which its
docstring describes, are not described again.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sphinx.util.logging import getLogger
from sphinx.util.nodes import make_refnode

if TYPE_CHECKING:
    from types import ModuleType

    from docutils import nodes
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

_LOGGER = getLogger(__name__)
#: Packages whose names load on first use; autodoc sees what is there.
_LAZY = ("grainscope.batch",)
_LITERAL = re.compile(r"(``.+?``)")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect before the sections of docstrings are read."""
    app.connect("autodoc-process-docstring", _escape_bars, priority=100)
    app.connect("autodoc-skip-member", _skip_fields)
    app.connect("missing-reference", _in_the_package)
    app.connect("env-check-consistency", _all_is_described)
    for package in _LAZY:
        _load(import_module(package))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _escape_bars(
    app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]
) -> None:
    del app, what, name, thing, options
    lines[:] = [
        line
        if line.lstrip().startswith((">>>", "..."))
        else "".join(
            part if part.startswith("``") else part.replace("|", r"\|")
            for part in _LITERAL.split(line)
        )
        for line in lines
    ]


def _skip_fields(
    app: Sphinx, what: str, name: str, member: object, skip: bool, options: object
) -> bool | None:
    del app, what, name, skip, options
    return True if type(member).__name__ == "_tuplegetter" else None


def _in_the_package(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, text: nodes.TextElement
) -> nodes.reference | None:
    """Find ``pipeline.analyse`` as it is exported: docstrings leave the package's name out."""
    if node.get("refdomain") != "py" or "refdoc" not in node:
        return None
    python, name = env.domains.python_domain, node["reftarget"].rpartition(".")[2]
    found = python.find_obj(env, None, None, name, node["reftype"], 1)
    if len(found) != 1:
        return None
    page, anchor = found[0][1].docname, found[0][1].node_id
    return make_refnode(app.builder, node["refdoc"], page, anchor, [text], found[0][0])


def _load(package: ModuleType) -> None:
    for name in package.__all__:
        setattr(package, name, getattr(package, name))


def _all_is_described(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of public names that a described package exports and no page has."""
    del app
    python = env.domains.python_domain
    for package in python.modules:
        exported = getattr(import_module(package), "__all__", ())
        described = {name.rpartition(".")[2] for name in python.objects if name.startswith(package)}
        for name in sorted(set(exported) - described):
            if callable(getattr(import_module(package), name)):
                _LOGGER.warning("%s.%s is exported and described nowhere", package, name)
