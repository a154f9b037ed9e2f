"""Write the JSON Schemas beside this file: ``python docs/schema/generate.py``.

A test compares them with the program, so that they stay in step.
"""

import json
from pathlib import Path
from typing import Any

from grainscope.files import FitRecord, ReproduceRecord, ResultRecord, edits_json_schema
from grainscope.settings import Settings


def schemas() -> dict[str, dict[str, Any]]:
    """Return each schema by file name."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {
        "settings.json": dialect | Settings.model_json_schema(by_alias=True),
        "fit.json": dialect | FitRecord.model_json_schema(by_alias=True),
        "edits.json": dialect | edits_json_schema(),
        "reproduce.json": dialect | ReproduceRecord.model_json_schema(by_alias=True),
        "record.json": dialect | ResultRecord.model_json_schema(by_alias=True),
    }


def text(schema: dict[str, Any]) -> str:
    """Return a schema as it is written."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name, schema in schemas().items():
        (Path(__file__).parent / name).write_text(text(schema), encoding="utf-8")
