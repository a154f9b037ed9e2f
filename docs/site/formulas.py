"""Formulas as drawings: no script, no font of the reader's, nothing from the network."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import ziamath
from docutils.nodes import SkipNode

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.writers.html import HTML5Translator

_SIZE_PX = 18


def setup(app: Sphinx) -> dict[str, Any]:
    """Take the place of Sphinx's own renderers, which need a script or TeX."""
    ziamath.config.svg2 = False  # outlines in place, so that no two drawings share an id
    app.add_html_math_renderer("drawn", (_inline, None), (_displayed, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _drawing(formula: str, inline: bool) -> str:
    drawn = ziamath.Latex(formula, size=_SIZE_PX, color="currentColor", inline=inline)
    says = f'<svg role="img" aria-label="{escape(formula)}" '
    shift = f'style="vertical-align:{drawn.getyofst():.1f}px" ' if inline else ""
    return drawn.svg().replace("<svg ", says + shift, 1)


def _inline(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(_drawing(node.astext(), inline=True))
    raise SkipNode


def _displayed(translator: HTML5Translator, node: nodes.math_block) -> None:
    translator.body.append(f'<div class="formula">{_drawing(node.astext(), inline=False)}</div>\n')
    raise SkipNode
