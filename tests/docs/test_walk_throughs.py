"""Names and files that the walk-throughs send a reader to are there."""

from __future__ import annotations

import re
from functools import cache

from pages import ROOT

#: What the examples invent.
INVENTED = {
    "mott_3d",
    "otsu",
    "_read_acme",
    "_ACME",
    "Acme",
    "Pixel",
    "FilmRows",
    "threshold_grains",
}
INVENTED_FILES = {"grainscope/laws/conduction/mott_3d.py", "grainscope/segmentation/otsu.py"}
PAGE = (ROOT / "docs" / "contributing.md").read_text("utf-8")
_FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`]+)`")
_FILE = re.compile(r"(?<![\w*])[\w/]+\.(?:py|md)\b")
_NAME = re.compile(r"(?<![\w.])_?[A-Za-z][A-Za-z_]*_[A-Za-z_]+\b(?!\.)")


FILES = [file for name in ("grainscope", "tests", "docs") for file in (ROOT / name).rglob("*.*")]


@cache
def code() -> str:
    return "\n".join(file.read_text("utf-8") for file in FILES if file.suffix == ".py")


def test_files_are_there():
    spans = " ".join(_SPAN.findall(_FENCED.sub("", PAGE)))
    named = set(_FILE.findall(spans)) - INVENTED_FILES
    paths = [f"/{file.relative_to(ROOT).as_posix()}" for file in (*FILES, *ROOT.glob("*.md"))]
    assert [name for name in named if not any(path.endswith(f"/{name}") for path in paths)] == []
    assert len(named) > 15


def test_names_are_in_the_code():
    spans = " ".join(_FILE.sub("", span) for span in _SPAN.findall(_FENCED.sub("", PAGE)))
    named = set(_NAME.findall(spans)) - INVENTED
    text = code()
    assert [name for name in sorted(named) if name not in text] == []
    assert {"segment_in_draws", "read_vendor"} <= named


def test_functions_that_the_examples_call_are_in_the_code():
    called = set(re.findall(r"(?<![\w.])([a-z_]{6,})\(", "".join(_FENCED.findall(PAGE))))
    text = code()
    there = {name for name in called if re.search(rf"\bdef {name}\(", text)}
    expected = {"stretched", "parse_length_nm", "rounding_uncertainty", "square", "connected_parts"}
    assert expected | {"number_in_raster_order", "is_constant", "leave_out"} <= there
