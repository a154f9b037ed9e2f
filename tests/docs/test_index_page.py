"""README on the page of a package index: no link that leads nowhere, no word lost."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def for_index(monkeypatch):
    """The function of the build hook, without the build tool."""
    name = "hatchling.metadata.plugin.interface"
    interface = ModuleType(name)
    interface.MetadataHookInterface = object
    monkeypatch.setitem(sys.modules, name, interface)
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.for_index


def test_links_of_the_repository_become_words_and_others_stay(for_index):
    text = (
        "![Grains](docs/a.png)\n\nSee [docs/sizes.md](docs/sizes.md), [this](#limits), "
        "[x](https://a.b)."
    )
    assert for_index(text) == "See docs/sizes.md, [this](#limits), [x](https://a.b)."


def test_no_link_of_readme_leads_nowhere(for_index):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    page = for_index(readme)
    assert not re.search(r"\]\((?![a-z]+:|#)", page)
    for words in re.findall(r"(?<!!)\[([^\]]+)\]\(", readme):
        assert words in page
