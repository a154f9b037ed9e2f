"""The version, the licence and the authors are told in several places: they agree."""

import re
import tomllib
from pathlib import Path

import grainscope

ROOT = Path(__file__).parents[1]


def cited(name: str) -> str:
    found = re.search(rf"^(?:  - )?{name}: \"?([^\"\n]+)\"?$", citation(), re.MULTILINE)
    assert found, name
    return found[1]


def citation() -> str:
    return (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_citation_and_package_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert cited("version") == project["version"] == grainscope.__version__
    assert cited("license") == project["license"]
    assert cited("name") == project["authors"][0]["name"]
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert cited("name").lower() in licence.lower()
    assert licence.startswith("BSD 3-Clause License")


def test_the_first_heading_of_the_changes_is_this_version():
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## (\S+)", changes, re.MULTILINE)[1] == grainscope.__version__
