"""Change one operator, constant, comparison, sign or function at a time: does a test fail?

    python tests/validation/mutations.py OUT [--sample 150] [--seed 1] [--module laws/size]

Works on a copy of the tree in OUT and leaves the tree alone. A first run notes which tests touch
which lines (``--touched`` names the tests it takes). Each change is then tried with the tests that
touch its line, fastest first, until one fails; compiled functions are compiled anew. Results are
lines of ``OUT/results.jsonl``; the same command takes up where it stopped. The sample takes one
change of every file before it takes a second of any; a larger one holds a smaller one. Whether a
test that was written since kills what survived:

    python tests/validation/mutations.py OUT_2 --survivors-of OUT/results.jsonl --touched tests/laws
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import partial
from importlib.util import cache_from_source
from pathlib import Path

# One thread: forks and a library's pool of threads do not go together.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

from mutation_points import Mutant, mutants
from mutation_tests import Chooser, Touched
from mutation_trial import copied_cache, fork_tests, load_libraries

ROOT = Path(__file__).parents[2]
#: Packages with formulas; of the others only the kernels are changed.
PACKAGES = ("laws", "network", "transport", "fitting", "grains", "linking")
#: Tests that hold these packages and the kernels to a truth.
TOUCHED = (
    *(f"tests/{name}" for name in PACKAGES),
    *(f"grainscope/{name}" for name in PACKAGES),
    *("tests/edits", "tests/corrections", "tests/segmentation", "tests/synthetic"),
    *("tests/training/test_truth_and_calibration.py", "tests/training/test_outline_spread.py"),
)
KILLED = ("failed", "crashed", "timeout")


def main() -> None:
    """Make the copy, find who touches what, try the sample, print the table."""
    options = _options()
    out = options.out.resolve()
    tree = _copied_tree(out / "tree")
    _put_back(out / "original", tree)
    load_libraries()
    map_file = out / "touched.json"
    if not map_file.is_file():
        _touch(out, tree, map_file, options.touched)
    chooser = Chooser(tree, map_file)
    sample = _sample(tree, options.module, options.sample, options.seed)
    if options.survivors_of:
        alive = _survivors(options.survivors_of)
        sample = [
            one for one in _sample(tree, options.module, None, 0) if _name(tree, one) in alive
        ]
    _try_nothing(out, tree, chooser, sample[: options.controls])
    results = out / "results.jsonl"
    done = _done(results)
    end = time.monotonic() + 60 * options.minutes
    for mutant in sample:
        if time.monotonic() > end:
            break
        name = _name(tree, mutant)
        if name not in done:
            done[name] = _try(out, tree, chooser, mutant, options.longest)
            with results.open("a") as file:
                file.write(json.dumps({"name": name} | done[name]) + "\n")
    _table([done[name] for one in sample if (name := _name(tree, one)) in done])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="folder for the copy, the map and the results")
    parser.add_argument("--sample", type=int, default=150, help="how many changes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--module", action="append", default=[], help="only paths that hold this")
    parser.add_argument("--longest", type=float, default=40.0, help="seconds of tests for a change")
    parser.add_argument("--minutes", type=float, default=60.0, help="begin no change after that")
    parser.add_argument("--controls", type=int, default=5, help="trials with nothing changed")
    parser.add_argument("--touched", nargs="*", default=TOUCHED, help="tests to choose from")
    parser.add_argument("--survivors-of", type=Path, help="results.jsonl: only what survived there")
    return parser.parse_args()


def _copied_tree(tree: Path) -> Path:
    """Copy what git knows or would know of the working tree."""
    if not tree.is_dir():
        listed = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True).stdout
        for name in filter(None, names.decode().split("\0")):
            if (ROOT / name).is_file():
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, tree / name)
    return tree


def _put_back(kept: Path, tree: Path) -> None:
    """Undo the change that a run was killed in."""
    if kept.is_file():
        path, _, source = kept.read_bytes().partition(b"\n")
        (tree / path.decode()).write_bytes(source)
        kept.unlink()


def _touch(out: Path, tree: Path, map_file: Path, tests: Sequence[str]) -> None:
    print(f"finding which tests touch what: {' '.join(tests)}", flush=True)
    plugins = partial(_touched_plugin, tree, map_file)
    options = (*tests, "--maxfail=1000")
    fork_tests(tree, out / "compiled", options, 7200, out / "touched.log", plugins)
    if not map_file.is_file():
        raise SystemExit(f"the tests did not run to their end: see {out / 'touched.log'}")


def _touched_plugin(tree: Path, map_file: Path) -> list[Touched]:
    return [Touched(tree, map_file)]


def _sample(tree: Path, parts: Sequence[str], number: int | None, seed: int) -> list[Mutant]:
    ranked = []
    for file in sorted((tree / "grainscope").rglob("*.py")):
        path = file.relative_to(tree).as_posix()
        inside = path.split("/")[1] in PACKAGES or "kernel" in file.name
        if not inside or (parts and not any(part in path for part in parts)):
            continue
        found = mutants(path, file.read_bytes())
        draw = random.Random(f"{seed} {path}")
        draw.shuffle(found)
        # The first of every file, then in proportion to how many it has.
        ranked += [(i and (i + draw.random()) / len(found), draw.random(), one)
                   for i, one in enumerate(found)]  # fmt: skip
    ranked.sort(key=lambda row: row[:2])
    return [one for *_, one in ranked[:number]]


def _try_nothing(out: Path, tree: Path, chooser: Chooser, sample: Sequence[Mutant]) -> None:
    """Check that tests which must pass do so when nothing is changed."""
    for mutant in sample:
        tests, seconds, _ = chooser.choose(mutant.path, mutant.lines, 20.0)
        cache = out / "compiled"
        if tests and fork_tests(tree, cache, tests, 60 + 5 * seconds, out / "n.log") != "passed":
            raise SystemExit(f"tests of {mutant.path} fail with nothing changed: {out / 'n.log'}")


def _try(
    out: Path, tree: Path, chooser: Chooser, mutant: Mutant, longest_s: float
) -> dict[str, object]:
    tests, seconds, left_out = chooser.choose(mutant.path, mutant.lines, longest_s)
    file = tree / mutant.path
    source, times = file.read_bytes(), (file.stat().st_atime_ns, file.stat().st_mtime_ns)
    callers = {tree / path for path in chooser.callers(mutant.path)}
    was = {path: (path.stat().st_atime_ns, path.stat().st_mtime_ns) for path in callers}
    compiles = bool(callers) or b"njit" in source
    cache = copied_cache(out / "compiled", out / "changed") if compiles else out / "compiled"
    start = time.monotonic()
    bytecode = Path(cache_from_source(str(file)))
    bytecode.unlink(missing_ok=True)
    kept = out / "original"
    kept.write_bytes(mutant.path.encode() + b"\n" + source)
    try:
        file.write_bytes(mutant.apply(source))
        os.utime(file, ns=(times[0], times[1] + 2_000_000_000))
        # Numba looks at the file of a compiled function only, not at those of what it calls.
        for path, (access, change) in was.items():
            os.utime(path, ns=(access, change + 2_000_000_000))
        limit = 10 + 40 * compiles + 1.5 * seconds
        log = out / "last.log"
        state = fork_tests(tree, cache, tests, limit, log) if tests else "untouched"
    finally:
        file.write_bytes(source)
        os.utime(file, ns=times)
        bytecode.unlink(missing_ok=True)
        kept.unlink()
        for path, both in was.items():
            os.utime(path, ns=both)
    row = {"path": mutant.path, "line": mutant.line, "kind": mutant.kind, "state": state}
    row |= {"before": mutant.before, "after": mutant.after, "tests": len(tests)}
    row |= {"left_out": left_out, "wall_s": round(time.monotonic() - start, 1)}
    if state not in KILLED:
        text = source[: mutant.start].decode().rsplit("\n", 1)[-1]
        rest = source[mutant.stop :].decode().split("\n", 1)[0]
        row["text"] = f"{text}⟦{mutant.before} → {mutant.after}⟧{rest}".strip()
        print(f"{mutant.path}:{mutant.line}: {row['text']}  ({state})", flush=True)
    return row


def _name(tree: Path, mutant: Mutant) -> str:
    digest = hashlib.sha256((tree / mutant.path).read_bytes()).hexdigest()[:8]
    return f"{mutant.name} @{digest}"


def _survivors(results: Path) -> set[str]:
    return {name for name, row in _done(results).items() if row["state"] not in KILLED}


def _done(results: Path) -> dict[str, dict[str, object]]:
    rows = results.read_text().splitlines() if results.is_file() else []
    return {row["name"]: row for row in map(json.loads, rows)}


def _table(rows: Sequence[dict[str, object]]) -> None:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        counts[str(row["path"]).split("/")[1]][str(row["state"])] += 1
    states = ("failed", "crashed", "timeout", "passed", "untouched")
    print(f"{'package':<14}{'changes':>8}" + "".join(f"{state:>10}" for state in states))
    total: Counter[str] = sum(counts.values(), Counter())
    for package, found in [*sorted(counts.items()), ("all", total)]:
        shown = "".join(f"{found[state]:>10}" for state in states)
        print(f"{package:<14}{found.total():>8}{shown}")


if __name__ == "__main__":
    main()
