"""Tell what is in a wheel and an sdist, and fail where something is missing or too much."""

from __future__ import annotations

import re
import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

#: What a wheel has besides modules: someone would miss each of them at run time only.
_IN_WHEEL = (
    *("grainscope/py.typed", "grainscope/viewer/napari.yaml", "grainscope/report/report.css"),
    *("grainscope/report/report.html.j2", "grainscope/laws/capacitance/gap_capacitance.json"),
    *("grainscope/shipped/models/default.npz", "grainscope/shipped/models/default.json"),
    *("grainscope/shipped/images/broad_000.tif", "grainscope/shipped/images/transport/truth.json"),
)
_IN_SDIST = (
    "LICENSE",
    "hatch_build.py",
    "CITATION.cff",
    "CHANGELOG.md",
    "constraints.txt",
    "tests/conftest.py",
)
_CACHES = ("__pycache__", ".pytest_cache", ".hypothesis", ".venv", ".git", ".mypy_cache")
#: A link or picture by its place in the repository.
_RELATIVE = re.compile(r"\]\((?![a-z]+:|#)[^)\s]+\)")
_LARGEST_MB = {"whl": 4.0, "gz": 12.0}


def main(paths: list[str]) -> int:
    """Look at each; the exit code is the number of complaints."""
    complaints = 0
    for path in map(Path, paths):
        names = _names(path)
        megabytes = path.stat().st_size / 1e6
        print(f"{path.name}: {len(names)} files, {megabytes:.1f} MB")
        for complaint in _complaints(path.suffix[1:], names, megabytes):
            print(f"  {complaint}", file=sys.stderr)
            complaints += 1
        for link in _RELATIVE.findall(_description(path)):
            print(f"  leads nowhere on an index page: {link}", file=sys.stderr)
            complaints += 1
    return complaints


def _names(path: Path) -> list[str]:
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    with tarfile.open(path) as packed:
        return [name.split("/", 1)[1] for name in packed.getnames() if "/" in name]


def _description(path: Path) -> str:
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            (name,) = [n for n in wheel.namelist() if n.endswith(".dist-info/METADATA")]
            return wheel.read(name).decode()
    with tarfile.open(path) as archive:
        (member,) = [m for m in archive.getmembers() if m.name.count("/") == 1
                     and m.name.endswith("/PKG-INFO")]  # fmt: skip
        file = archive.extractfile(member)
        return file.read().decode() if file else ""


def _complaints(kind: str, names: list[str], megabytes: float) -> list[str]:
    found = [f"missing: {name}" for name in sorted({*_wanted(kind)} - {*names})]
    for name in names:
        parts = PurePosixPath(name).parts
        if any(part in _CACHES for part in parts) or name.endswith((".pyc", ".nbi", ".nbc")):
            found.append(f"a cache: {name}")
        if kind == "whl" and parts[0] != "grainscope" and ".dist-info" not in parts[0]:
            found.append(f"outside the package: {name}")
    if kind == "whl" and not any(name.endswith("/licenses/LICENSE") for name in names):
        found.append("missing: the licence")
    if megabytes > _LARGEST_MB[kind]:
        found.append(f"{megabytes:.1f} MB, more than {_LARGEST_MB[kind]} MB")
    return found


def _wanted(kind: str) -> list[str]:
    if kind == "gz":
        return [*_IN_SDIST, *_modules()]
    return [*_IN_WHEEL, *_modules()]


def _modules() -> list[str]:
    root = Path(__file__).parents[1]
    return [file.relative_to(root).as_posix() for file in (root / "grainscope").rglob("*.py")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
