"""The long description of the package: README without what leads nowhere on an index page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

#: Links to files of the repository; those with a scheme, or within the page, work anywhere.
_PICTURE = re.compile(r"!\[[^\]]*\]\((?![a-z]+:)[^)\s]*\)\n*")
_LINK = re.compile(r"\[([^\]]+)\]\((?![a-z]+:|#)[^)\s]+\)")


class IndexReadme(MetadataHookInterface):
    """Gives the description when wheel or sdist is built."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set ``readme``, which pyproject.toml leaves open."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": for_index(text)}


def for_index(readme: str) -> str:
    """Turn links to files beside README into their words, and leave out its pictures.

    Their words mostly are the path; the files are in the sdist.
    """
    return _LINK.sub(r"\1", _PICTURE.sub("", readme))
