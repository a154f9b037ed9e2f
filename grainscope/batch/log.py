"""``OUT/log.jsonl``: one JSON object an event."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from grainscope.batch.outcome import Outcome


@dataclass(frozen=True)
class RunLog:
    """Appends events to a file; each call opens it, so that a crash loses nothing."""

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
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(event, ensure_ascii=False) + "\n")

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
