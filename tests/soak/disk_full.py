"""Let the disk run full at many moments of a run, then make room and go on.

    python tests/soak/disk_full.py [--sizes 20] [--images 12] [--folder DIR]

OUT is a file system of its own (tmpfs in a mount namespace; needs Linux and ``unshare``), a little
smaller each time than what the results take, down to nothing. The run must end by itself, tell each
image that it could not write or, where even the summary finds no room, end with one line; it must
leave no partial folder and no traceback. Given more room, the same command must come to the bytes
of an undisturbed run.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from kills import finish, other_bytes, start, told, unsound
from small_runs import contents, write_films

_INSIDE = "GRAINSCOPE_SOAK_INSIDE"
#: Exit code where the system allows no mount namespace.
CANNOT = 77


def enter_namespace() -> int:
    """Start this script again where it may mount."""
    if not shutil.which("unshare"):
        return CANNOT
    for options in ("-Urm", "-m"):
        probe = ["unshare", options, "sh", "-c", "mount -t tmpfs none /mnt"]
        if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            command = ["unshare", options, sys.executable, *sys.argv]
            return subprocess.run(command, env=os.environ | {_INSIDE: "1"}, check=False).returncode
    return CANNOT


def mount(out: Path, size_kb: int, *more: str) -> None:
    """Mount a file system of this size, or change its size."""
    options = ",".join((f"size={size_kb}k", *more))
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(out)], check=True)


def fill(images: Path, out: Path, size_kb: int, whole: dict[str, bytes]) -> str:
    """Run on a disk of this size, then on a larger one; return how the first run ended."""
    out.mkdir(parents=True)
    mount(out, size_kb)
    run = start(images, out)
    said, _ = run.communicate(timeout=600)
    if "Traceback" in said or run.returncode not in (0, 1, 2):
        raise SystemExit(f"{size_kb} kB: exit code {run.returncode}:\n{said}")
    if "No space left on device" not in said:
        raise SystemExit(f"{size_kb} kB: not a word of the disk:\n{said}")
    wrong = unsound(out, other_bytes)
    if wrong or list(out.glob(".*partial*")):
        raise SystemExit(f"{size_kb} kB: left behind: {wrong} {list(out.glob('.*'))}")
    mount(out, 1_000_000, "remount")
    for _ in range(2):
        finish(start(images, out))
    found = contents(out)
    subprocess.run(["umount", str(out)], check=True)
    if found != whole:
        raise SystemExit(f"{size_kb} kB: other than undisturbed: {told(whole, found)}")
    return f"exit code {run.returncode}"


def main() -> int:
    """Run undisturbed, then on disks of many sizes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, default=20)
    parser.add_argument("--images", type=int, default=12)
    parser.add_argument("--folder", type=Path, help="where to work; a temporary one by default")
    chosen = parser.parse_args()
    if _INSIDE not in os.environ:
        code = enter_namespace()
        if code == CANNOT:
            print("this system allows no mount namespace: nothing was tried")
        return code
    with tempfile.TemporaryDirectory(dir=chosen.folder) as name:
        images = write_films(Path(name) / "images", chosen.images)
        reference = Path(name) / "undisturbed" / "out"
        for _ in range(2):
            finish(start(images, reference))
        whole = contents(reference)
        blocks = [-(-len(content) // 4096) for content in whole.values()]
        full_kb = 4 * sum(blocks)
        ended = Counter(
            fill(images, Path(name) / f"size{n}" / "out", size_kb, whole)
            for n, size_kb in enumerate(
                max(4, full_kb * (chosen.sizes - n) // (chosen.sizes + 1))
                for n in range(chosen.sizes)
            )
        )
    print(f"{chosen.sizes} sizes below {full_kb} kB, {chosen.images} images: {dict(ended)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
