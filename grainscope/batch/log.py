"""``OUT/log.jsonl``: one JSON object an event."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from grainscope.batch.outcome import Outcome


@dataclass(frozen=True)
class RunLog:
    """Appends events to a file; each call opens it, so that a crash loses nothing.

    A disk that is full, or a folder that is gone, costs the event and not the run:
    it is told where the results cannot be written.
    """

    path: Path

    def write(
        self,
        level: Literal["info", "warning", "error"],
        message: str,
        image: str = "",
        stage: str = "",
        seconds: float | None = None,
    ) -> None:
        """Append one event; the time is UTC."""
        event = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "level": level,
            "image": image,
            "stage": stage,
            "message": message,
            "seconds": None if seconds is None else round(seconds, 3),
        }
        line = json.dumps(event, ensure_ascii=False) + "\n"
        # A lone surrogate, of an odd file name, becomes an escape that JSON knows.
        content = line.encode("utf-8", "backslashreplace")
        with suppress(OSError), self.path.open("ab") as stream:
            stream.write(content)

    def write_outcome(self, outcome: Outcome) -> None:
        """Append what became of one image, its warnings, and the traceback of a bug."""
        name = outcome.stem or outcome.input
        if outcome.status == "failed":
            self.write("error", outcome.error, name, outcome.stage, outcome.seconds)
            if outcome.traceback:
                self.write("error", outcome.traceback, name, outcome.stage)
            return
        self.write("info", outcome.status, name, "", outcome.seconds)
        if outcome.status != "skipped":
            for warning in outcome.warnings:
                self.write("warning", warning, name)
