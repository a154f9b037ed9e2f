"""Links that are safe and unique whatever a file was called."""

from __future__ import annotations

import hashlib
from urllib.parse import quote


def anchor_of(stem: str) -> str:
    """Return the id of a micrograph's section.

    Examples
    --------
    >>> anchor_of("<script>") == anchor_of("script")
    False
    """
    return "m-" + hashlib.sha256(stem.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def relative_href(*parts: str) -> str:
    """Return a link to a file beside the report.

    Examples
    --------
    >>> relative_href("a b#1", "overview.png")
    './a%20b%231/overview.png'
    """
    return "./" + "/".join(quote(part, safe="/", errors="surrogatepass") for part in parts)
