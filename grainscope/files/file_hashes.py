"""Hashes of what a result was made from."""

from __future__ import annotations

import hashlib
from pathlib import Path

from grainscope.files.inputs import path_text, sidecar_paths
from grainscope.files.result_record import HashedFile, InputRecord


def hash_input(path: Path) -> InputRecord:
    """Return the hashes of an image and of its sidecars.

    Raises
    ------
    OSError
        The image cannot be read.
    """
    sidecars = {path_text(Path(p.name)): file_sha256(p) for p in sidecar_paths(path)}
    return InputRecord(path=path_text(path), sha256=file_sha256(path), sidecars=sidecars)


def hash_model(path: Path | None) -> HashedFile | None:
    """Return the hash of a model file, or None without one."""
    return None if path is None else HashedFile(path=path_text(path), sha256=file_sha256(path))


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content, or of all names and contents of a folder, hex."""
    if path.is_dir():
        inside = sorted(p for p in path.rglob("*") if p.is_file())
        names = [f"{p.relative_to(path).as_posix()} {file_sha256(p)}\n" for p in inside]
        return hashlib.sha256("".join(names).encode("utf-8", "surrogateescape")).hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
