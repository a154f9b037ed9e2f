"""How ``make docs`` builds the pages of docs/ and the reference of the package."""

import sys
from pathlib import Path

import grainscope

SITE = Path(__file__).parent
sys.path.insert(0, str(SITE))

project = "grainscope"
author = "the authors of grainscope"
project_copyright = "BSD-3-Clause"
version = release = grainscope.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "docstrings",
    "formulas",
    "made_pages",
    "repository_links",
]
exclude_patterns = ["site"]
root_doc = "index"

# Links between pages are checked to the heading; a wrong one is a warning, and so an error.
myst_heading_anchors = 4
myst_enable_extensions = ["dollarmath", "colon_fence"]

nitpicky = True
# Types in docstrings are words with shapes and units; those of the package are links.
nitpick_ignore_regex = [("py:class", "(?!grainscope).*"), ("py:obj", ".*")]
default_role = "py:obj"  # `name` in a docstring: a link where it is described, else code
autodoc_default_options = {"no-value": True}
autodoc_typehints = "none"  # docstrings state types with shapes and units
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_ivar = False
napoleon_use_rtype = False

html_theme = "furo"
html_title = f"grainscope {release}"
html_static_path = ["static"]
html_css_files = ["style.css"]
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False
pygments_style = "default"
