"""What the report of a run was made from, as one hash inside it.

A run that finds everything done compares it with what is there now, and leaves the pooled tables
and the report as they are where nothing else is to be said.
"""

from __future__ import annotations

import csv
import hashlib
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from grainscope import __version__
from grainscope.files.file_hashes import file_sha256
from grainscope.files.inputs import POOLED_TABLES
from grainscope.files.versions import STAGE_VERSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Columns of ``summary.csv`` that differ between runs of the same results.
_OF_THE_RUN = ("status", "seconds")
_STAMP = re.compile(r'<meta name="made-from" content="([0-9a-f]{64})">')
#: The stamp is in the head of the page.
_HEAD_CHARACTERS = 2000


def stamp_of_run(out: Path) -> str:
    """Hash all that the pooled tables and the report of a run are made from.

    Parameters
    ----------
    out : Path
        With ``summary.csv``, ``failures.csv``, pooled tables and result folders.

    Returns
    -------
    str
        64 hexadecimal digits; empty where a pooled table is missing, or there is no summary.
    """
    try:
        return hashlib.sha256("\n".join(_parts(out)).encode(errors="replace")).hexdigest()
    except (OSError, ValueError, csv.Error):
        return ""


def stamp_of_report(out: Path) -> str:
    """Return the hash that OUT/report.html was made from; empty where it has none."""
    with suppress(OSError), (out / "report.html").open(encoding="utf-8") as page:
        found = _STAMP.search(page.read(_HEAD_CHARACTERS))
        return found[1] if found else ""
    return ""


def _parts(out: Path) -> Iterator[str]:
    yield f"{__version__} {sorted(STAGE_VERSIONS.items())}"
    with (out / "summary.csv").open(encoding="utf-8", newline="") as summary:
        for row in csv.DictReader(summary):
            yield str([cell for name, cell in row.items() if name not in _OF_THE_RUN])
            failed = row["status"] == "failed"
            # The record names every file of the result with its hash.
            yield "failed" if failed else file_sha256(out / row["stem"] / "record.json")
    for name in ("failures.csv", *POOLED_TABLES):
        yield f"{name} {file_sha256(out / name)}"
