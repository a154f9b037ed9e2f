"""``docs/schema`` says what the program writes."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from grainscope.files.tables import TABLE_COLUMNS

FOLDER = Path(__file__).parents[2] / "docs" / "schema"


@pytest.mark.parametrize(
    "name", ["settings.json", "record.json", "fit.json", "edits.json", "reproduce.json"]
)
def test_the_schema_is_that_of_the_program(name):
    generate = runpy.run_path(str(FOLDER / "generate.py"))
    expected = generate["text"](generate["schemas"]()[name])
    found = (FOLDER / name).read_text(encoding="utf-8")
    assert found == expected, "run: python docs/schema/generate.py"


def test_every_column_is_described():
    text = (FOLDER.parent / "files.md").read_text(encoding="utf-8")
    for table, columns in TABLE_COLUMNS.items():
        section = text.split(f"### {table}.csv")[1].split("###")[0]
        assert [name for name in columns if f"`{name}`" not in section] == []
