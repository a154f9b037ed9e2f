"""Links between pages, and from pages to files of the repository, lead somewhere."""

from __future__ import annotations

import re
from fnmatch import fnmatch

import pytest
from pages import PAGES, ROOT

_LINK = re.compile(r"!?\[[^\]]*\]\((?![a-z]+:)([^)\s]*)\)")
_HEADING = re.compile(r"^#{1,4} (.+)$", re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def anchors_of(markdown: str) -> set[str]:
    """Anchors of headings as GitHub and MyST make them: words of lower case joined by hyphens."""
    headings = _HEADING.findall(_FENCED.sub("", markdown))
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def broken_in(page, markdown: str) -> list[str]:
    broken = []
    for link in _LINK.findall(_FENCED.sub("", markdown)):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.is_relative_to(ROOT) or not target.exists():
            broken.append(link)
            continue
        if anchor and anchor not in anchors_of(target.read_text("utf-8")):
            broken.append(link)
    return broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    assert broken_in(page, page.read_text("utf-8")) == []


def test_every_page_is_in_the_contents():
    """Sphinx warns too, but only ``make docs`` runs it."""
    contents = (ROOT / "docs" / "index.md").read_text("utf-8")
    entries = re.findall(r"^(?:.*<)?([\w/*\[\]]+)>?$", contents, re.MULTILINE)
    pages = {
        str(page.relative_to(ROOT / "docs").with_suffix(""))
        for page in PAGES
        if page.is_relative_to(ROOT / "docs") and page.parent.name != "decisions"
    }
    assert {page for page in pages if not any(fnmatch(page, entry) for entry in entries)} == {
        "index"
    }


def test_a_broken_link_is_seen(tmp_path):
    page = ROOT / "docs" / "index.md"
    text = (
        "[a](nowhere.md) [b](network.md#zones-and-facets) [c](network.md#zones) ![d](showcase.png)"
    )
    assert broken_in(page, text) == ["nowhere.md", "network.md#zones"]
