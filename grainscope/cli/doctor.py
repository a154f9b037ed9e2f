"""``grainscope doctor``: is everything here that grainscope needs, and if not, what to install."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from importlib import import_module, metadata, util

from grainscope.cli.progress import say

#: Debian package that holds a shared library which wheels expect from the system.
_PACKAGE_OF_LIBRARY = {
    "libGL.so.1": "libgl1",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libEGL.so.1": "libegl1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libgomp.so.1": "libgomp1",
}
#: Module to import for each required distribution whose name differs from it.
_MODULE_OF = {
    "scikit-image": "skimage",
    "scikit-learn": "sklearn",
    "opencv-python": "cv2",
    "pillow": "PIL",
}
_EXTRAS = {
    "viewer": ("napari", "grainscope view"),
    "ocr": ("rapidocr_onnxruntime", "reading the label of a scale bar"),
    "cluster": ("dask", "--scheduler"),
    "parquet": ("pyarrow", "run.tables = 'parquet'"),
}


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report; ``remedy`` is empty where all is well."""

    subject: str
    state: str
    remedy: str = ""
    needed: bool = True


def doctor() -> int:
    """Check the installation; say how to get what is missing.

    Example: grainscope doctor
    """
    findings = [
        _python(),
        *_requirements(),
        _one_opencv(),
        *_extras(),
        _shipped(),
        _model(),
        _machine(),
    ]
    for finding in findings:
        mark = "ok     " if not finding.remedy else ("MISSING" if finding.needed else "absent ")
        remedy = f"  → {finding.remedy}" if finding.remedy else ""
        say(f"{mark} {finding.subject:24s} {finding.state}{remedy}")
    broken = [finding for finding in findings if finding.remedy and finding.needed]
    say(
        f"{len(broken)} thing(s) to mend: see the arrows above"
        if broken
        else "all that is needed is here"
    )
    return 1 if broken else 0


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", version, "" if sys.version_info >= (3, 11) else "use 3.11 or newer")


def _requirements() -> list[Finding]:
    required = [line for line in metadata.requires("grainscope") or [] if "extra ==" not in line]
    return [_requirement(line) for line in sorted(required)]


def _requirement(line: str) -> Finding:
    name, floor = re.match(r"([A-Za-z0-9_.-]+)(?:>=([\d.]+))?", line).groups()  # type: ignore[union-attr]
    try:
        version = metadata.version(name)
        import_module(_MODULE_OF.get(name, name.replace("-", "_")))
    except metadata.PackageNotFoundError:
        return Finding(name, "not installed", f"pip install '{line}'")
    except (ImportError, OSError) as error:  # llvmlite, for one, loads its library itself
        return Finding(name, f"{version}, but it does not load", _remedy(error))
    if floor and _numbers(version) < _numbers(floor):
        return Finding(name, f"{version}, older than {floor}", f"pip install '{line}'")
    return Finding(name, version)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)[:3]]


def _remedy(error: Exception) -> str:
    library = next((lib for lib in _PACKAGE_OF_LIBRARY if lib in str(error)), None)
    return f"apt-get install -y {_PACKAGE_OF_LIBRARY[library]}" if library else str(error)


def _one_opencv() -> Finding:
    twins = [
        name
        for name in ("opencv-python-headless", "opencv-contrib-python")
        if any(d.metadata["Name"] == name for d in metadata.distributions())
    ]
    if not twins:
        return Finding("one OpenCV only", "yes")
    twin = twins[0]
    return Finding(
        "one OpenCV only",
        f"{twin} overwrites the same files",
        f"pip uninstall -y {twin} && pip install --force-reinstall opencv-python",
    )


def _extras() -> list[Finding]:
    findings = []
    for extra, (module, purpose) in _EXTRAS.items():
        here = util.find_spec(module) is not None
        remedy = "" if here else f"pip install 'grainscope[{extra}]'"
        findings.append(Finding(f"extra {extra}", f"for {purpose}", remedy, needed=False))
    return findings


def _shipped() -> Finding:
    from grainscope.errors import ResultError
    from grainscope.files.shipped import shipped_folder

    try:
        folder = shipped_folder("images")
    except ResultError as error:
        return Finding("shipped images", "not found", f"reinstall grainscope ({error})")
    return Finding("shipped images", f"{len(list(folder.glob('*.tif')))} micrographs in {folder}")


def _model() -> Finding:
    from grainscope.errors import ModelError
    from grainscope.files import load_shipped_model

    try:
        model = load_shipped_model()
    except ModelError as error:
        return Finding("shipped model", "cannot be used", f"reinstall grainscope ({error})")
    return Finding("shipped model", f"trained on {', '.join(model.trained_on)}")


def _machine() -> Finding:
    import os

    import psutil

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return Finding(
        "machine", f"{cores} cores, {psutil.virtual_memory().available / 1e9:.1f} GB free"
    )
