"""Which tests touch a line: from a run of the tests under coverage, and from who calls whom.

Compiled code leaves no coverage. The tests of a compiled function, and of a value that a module
holds, are those of the Python functions that reach it, and the files that import it.
"""

from __future__ import annotations

import ast
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

Node = tuple[str, str]
"""A file of the package and a name at its top level."""


class Touched:
    """pytest plugin: who touches which line, and how long each test takes."""

    def __init__(self, tree: Path, out: Path) -> None:
        import coverage

        self.tree, self.out = tree, out
        self.coverage = coverage.Coverage(
            data_file=None, source=[str(tree / "grainscope")], config_file=False
        )
        self.seconds: dict[str, float] = defaultdict(float)
        self.bad: set[str] = set()
        self.coverage.start()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.coverage.switch_context(nodeid)

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.seconds[report.nodeid] += report.duration
        if not report.passed:
            self.bad.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        self.coverage.stop()
        data = self.coverage.get_data()
        tests = sorted(set(self.seconds) - self.bad)
        number = {test: i for i, test in enumerate(tests)}
        lines = {}
        for path in data.measured_files():
            by_line = {
                line: [number[c] for c in contexts if c in number]
                for line, contexts in data.contexts_by_lineno(path).items()
            }
            lines[Path(path).relative_to(self.tree).as_posix()] = by_line
        found = {
            "tests": tests,
            "seconds": [round(self.seconds[t], 3) for t in tests],
            "left_out": sorted(self.bad),
            "lines": lines,
        }
        self.out.write_text(json.dumps(found))


@dataclass
class Chooser:
    """Chooses the tests of a changed line, those of the line before those of its function."""

    tree: Path
    map_file: Path
    _touched: dict[str, dict[int, set[int]]] = field(init=False)

    def __post_init__(self) -> None:
        found = json.loads(self.map_file.read_text())
        self.tests: list[str] = found["tests"]
        self.seconds: list[float] = found["seconds"]
        self._touched = {
            path: {int(line): set(tests) for line, tests in lines.items()}
            for path, lines in found["lines"].items()
        }

    def choose(
        self, path: str, lines: tuple[int, int], longest_s: float
    ) -> tuple[list[str], float, int]:
        """Return tests in order, their seconds, and how many the limit left out."""
        near, far = self._groups(path, lines)
        order = sorted(near, key=self.seconds.__getitem__)
        order += sorted(far - near, key=self.seconds.__getitem__)
        total, chosen = 0.0, []
        for test in order:
            if total + self.seconds[test] <= longest_s or not chosen:
                chosen.append(self.tests[test])
                total += self.seconds[test]
        return chosen, total, len(order) - len(chosen)

    def callers(self, path: str) -> set[str]:
        """Return the other files with compiled functions that hold those of this file."""
        mine = {node for node in self._graph.compiled if node[0] == path}
        found, waiting = set(mine), list(mine)
        while waiting:
            for caller in self._graph.callers[waiting.pop()]:
                if caller in self._graph.compiled and caller not in found:
                    found.add(caller)
                    waiting.append(caller)
        return {node[0] for node in found} - {path}

    def _groups(self, path: str, lines: tuple[int, int]) -> tuple[set[int], set[int]]:
        owner = self._graph.owner(path, lines[0])
        by_line = self._touched.get(path, {})
        if owner is None or owner in self._graph.compiled or not self._graph.runs(owner):
            names = [owner] if owner else self._graph.assigned(path, lines)
            through = set().union(*(self._of_node(node, {node}) for node in names), set())
            return through, set()
        near = set().union(*(by_line.get(n, set()) for n in range(lines[0], lines[1] + 1)), set())
        return near, self._of_lines(owner) | self._files_of(near)

    def _of_node(self, node: Node, seen: set[Node]) -> set[int]:
        """Return tests of the Python functions above a compiled function or a value."""
        found = self._importing(node)
        for caller in self._graph.callers[node] - seen:
            seen.add(caller)
            if caller in self._graph.compiled or not self._graph.runs(caller):
                found |= self._of_node(caller, seen)
            else:
                found |= self._of_lines(caller)
        return found

    def _of_lines(self, owner: Node) -> set[int]:
        first, last = self._graph.span[owner]
        by_line = self._touched.get(owner[0], {})
        return set().union(*(by_line.get(n, set()) for n in range(first + 1, last + 1)), set())

    def _importing(self, node: Node) -> set[int]:
        files = self._graph.tests_importing[node]
        return set().union(*(self._by_file.get(name, set()) for name in files), set())

    def _files_of(self, tests: set[int]) -> set[int]:
        """Return the tests beside: what a fixture did counts for the first test only."""
        files = {self.tests[i].split("::")[0] for i in tests}
        return set().union(*(self._by_file[name] for name in files), set())

    @cached_property
    def _by_file(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = defaultdict(set)
        for i, test in enumerate(self.tests):
            found[test.split("::")[0]].add(i)
        return found

    @cached_property
    def _graph(self) -> _Graph:
        return _Graph(self.tree)


class _Graph:
    """Who names whom, over the top-level names of the package."""

    def __init__(self, tree: Path) -> None:
        self.tree = tree
        self.span: dict[Node, tuple[int, int]] = {}
        self.compiled: set[Node] = set()
        self.callers: dict[Node, set[Node]] = defaultdict(set)
        self.tests_importing: dict[Node, set[str]] = defaultdict(set)
        self._functions: set[Node] = set()
        self._parsed = {
            file.relative_to(tree).as_posix(): ast.parse(file.read_bytes())
            for file in sorted((tree / "grainscope").rglob("*.py"))
        }
        self._imports = {path: self._imported(tree) for path, tree in self._parsed.items()}
        for path, parsed in self._parsed.items():
            self._add(path, parsed)
        self._add_tests()

    def owner(self, path: str, line: int) -> Node | None:
        """Return the top-level function or class around a line."""
        for node, (first, last) in self.span.items():
            if node[0] == path and node in self._functions and first <= line <= last:
                return node
        return None

    def runs(self, node: Node) -> bool:
        """Return whether coverage sees it run."""
        return node in self._functions and node not in self.compiled

    def assigned(self, path: str, lines: tuple[int, int]) -> list[Node]:
        """Return the names that statements of these lines hold."""
        return [
            node
            for node, (first, last) in self.span.items()
            if node[0] == path and first <= lines[1] and lines[0] <= last
        ]

    def _add(self, path: str, parsed: ast.Module) -> None:
        here = {name: (path, name) for item in parsed.body for name in _names(item)}
        for item in parsed.body:
            local = self._imports[path] | here | self._imported(item)
            called = self._named(item, local)
            for node in ((path, name) for name in _names(item)):
                self.span[node] = (_first_line(item), item.end_lineno or item.lineno)
                if isinstance(item, ast.FunctionDef | ast.ClassDef):
                    self._functions.add(node)
                    if any("jit" in ast.unparse(d) for d in item.decorator_list):
                        self.compiled.add(node)
                for other in called:
                    self.callers[other].add(node)

    def _named(self, parsed: ast.AST, names: Mapping[str, Node]) -> set[Node]:
        """Return what a piece of code names: by itself, or as an attribute of a module."""
        found = set()
        for inner in ast.walk(parsed):
            if isinstance(inner, ast.Name) and inner.id in names:
                found.add(self._origin(names[inner.id]))
            if isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name):
                whole = names.get(inner.value.id)
                if whole and (module := self._file_of(whole)):
                    found.add(self._origin((module, inner.attr)))
        return found

    def _add_tests(self) -> None:
        for file in sorted((self.tree / "tests").rglob("*.py")):
            name = file.relative_to(self.tree).as_posix()
            parsed = ast.parse(file.read_bytes())
            names = self._imported(parsed)
            for node in {*map(self._origin, names.values())} | self._named(parsed, names):
                self.tests_importing[node].add(name)

    def _imported(self, parsed: ast.AST) -> dict[str, Node]:
        """Return the names a piece of code imports from the package."""
        found = {}
        for item in ast.walk(parsed):
            if isinstance(item, ast.ImportFrom) and (item.module or "").startswith("grainscope"):
                file = self._module_file((item.module or "").replace(".", "/"))
                for alias in item.names:
                    found[alias.asname or alias.name] = (file, alias.name)
        return found

    def _module_file(self, stem: str) -> str:
        return f"{stem}.py" if (self.tree / f"{stem}.py").is_file() else f"{stem}/__init__.py"

    def _file_of(self, node: Node) -> str | None:
        """Return the file where a name is a module, not something in one."""
        file = self._module_file(f"{node[0].removesuffix('/__init__.py')}/{node[1]}")
        return file if (self.tree / file).is_file() else None

    def _origin(self, node: Node) -> Node:
        """Follow a name through the packages that pass it on."""
        for _ in range(5):
            further = self._imports.get(node[0], {}).get(node[1])
            if further is None or further == node:
                break
            node = further
        return node


def _names(item: ast.stmt) -> Iterator[str]:
    if isinstance(item, ast.FunctionDef | ast.ClassDef):
        yield item.name
    targets: Sequence[ast.expr] = ()
    if isinstance(item, ast.Assign):
        targets = item.targets
    elif isinstance(item, ast.AnnAssign):
        targets = [item.target]
    for target in targets:
        for inner in ast.walk(target):
            if isinstance(inner, ast.Name):
                yield inner.id


def _first_line(item: ast.stmt) -> int:
    decorators = getattr(item, "decorator_list", [])
    return min([item.lineno, *(d.lineno for d in decorators)])
