"""Where a source file can be changed by one operator, constant, comparison, sign or function."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

_OPERATORS: dict[type[ast.AST], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
    ast.Pow: ("**", "*"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
    ast.And: ("and", "or"),
    ast.Or: ("or", "and"),
}
_TURNED: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", ">="),
    ast.LtE: ("<=", ">"),
    ast.Gt: (">", "<="),
    ast.GtE: (">=", "<"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"),
    ast.In: ("in", "not in"),
}
_BOUNDARY = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_PAIRS = (
    *(("min", "max"), ("minimum", "maximum"), ("argmin", "argmax"), ("nanmin", "nanmax")),
    *(("sin", "cos"), ("sinh", "cosh"), ("floor", "ceil"), ("any", "all"), ("exp", "expm1")),
    *(("log", "log1p"), ("sqrt", "cbrt"), ("mean", "median")),
)
_FUNCTIONS = dict(_PAIRS) | {second: first for first, second in _PAIRS}
#: Smaller numbers are tolerances of a solver; what a quarter more does to one no test should tell.
_SMALLEST = 1e-5
_LEFT_OUT = (ast.Raise, ast.JoinedStr, ast.Import, ast.ImportFrom, ast.Assert)

Change = tuple[str, int, int, str]
"""Kind, first byte, byte after the last, and what stands there instead."""


@dataclass(frozen=True)
class Mutant:
    """One change: bytes ``start`` to ``stop`` of a file become ``after``."""

    path: str
    line: int
    kind: str
    start: int
    stop: int
    before: str
    after: str
    lines: tuple[int, int]
    """First and last line of the statement."""

    @property
    def name(self) -> str:
        """Return what names this mutant as long as the file does not change."""
        return f"{self.path}:{self.line}:{self.start}:{self.before} -> {self.after}"

    def apply(self, source: bytes) -> bytes:
        """Return the file's bytes with the change."""
        return source[: self.start] + self.after.encode() + source[self.stop :]


def mutants(path: str, source: bytes) -> list[Mutant]:
    """Return all changes of a file, in their order there; each leaves it a valid program."""
    found = _Points(path, source).found()
    return sorted(found, key=lambda one: (one.start, one.after))


class _Points:
    def __init__(self, path: str, source: bytes) -> None:
        self.path, self.source = path, source
        self.starts = [0]
        for row in source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(row))
        self.tokens = self._operator_tokens()
        self.tight = "kernel" in path.rsplit("/", 1)[-1]

    def found(self) -> list[Mutant]:
        tree = ast.parse(self.source)
        return [one for statement in _statements(tree) for one in self._of_statement(statement)]

    def _of_statement(self, statement: ast.stmt) -> Iterator[Mutant]:
        lines = (statement.lineno, _head_end(statement))
        for node in _own_expressions(statement):
            for kind, start, stop, after in self._changes(node):
                before = self.source[start:stop].decode()
                line = self.source.count(b"\n", 0, start) + 1
                yield Mutant(self.path, line, kind, start, stop, before, after, lines)

    def _changes(self, node: ast.AST) -> Iterator[Change]:
        match node:
            case ast.BinOp() | ast.AugAssign() | ast.BoolOp():
                yield from self._operators(node)
            case ast.Compare(left=first, ops=ops, comparators=others):
                for (left, right), op in zip(pairwise([first, *others]), ops, strict=True):
                    yield from self._comparison(left, op, right)
            case ast.UnaryOp(op=ast.USub() | ast.Not() as op):
                start = self._place(node.lineno, node.col_offset)
                before, after = ("-", "+") if isinstance(op, ast.USub) else ("not", "")
                yield "sign", start, start + len(before), after
            case ast.Constant(value=value):
                yield from self._constant(node, value)
            case ast.Call(func=ast.Name() | ast.Attribute() as function):
                yield from self._function(function)

    def _operators(self, node: ast.BinOp | ast.AugAssign | ast.BoolOp) -> Iterator[Change]:
        if type(node.op) not in _OPERATORS:
            return
        before, after = _OPERATORS[type(node.op)]
        match node:
            case ast.BinOp(left=left, right=right):
                yield from self._operator("operator", left, right, before, after)
            case ast.AugAssign(target=left, value=right):
                yield from self._operator("operator", left, right, before + "=", after + "=")
            case ast.BoolOp(values=values):
                for left, right in pairwise(values):
                    yield from self._operator("operator", left, right, before, after)

    def _comparison(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Iterator[Change]:
        if type(op) not in _TURNED:
            return
        before, after = _TURNED[type(op)]
        yield from self._operator("comparison", left, right, before, after)
        whole = any(isinstance(s, ast.Constant) and isinstance(s.value, int) for s in (left, right))
        if before in _BOUNDARY and (whole or self.tight):
            yield from self._operator("boundary", left, right, before, _BOUNDARY[before])

    def _operator(
        self, kind: str, left: ast.expr, right: ast.expr, before: str, after: str
    ) -> Iterator[Change]:
        low = self._place(left.end_lineno or 0, left.end_col_offset or 0)
        high = self._place(right.lineno, right.col_offset)
        for start, text in self.tokens:
            if low <= start < high and text == before:
                yield kind, start, start + len(text), after
                return

    def _constant(self, node: ast.Constant, value: object) -> Iterator[Change]:
        start = self._place(node.lineno, node.col_offset)
        stop = self._place(node.end_lineno or 0, node.end_col_offset or 0)
        if isinstance(value, bool):
            yield "constant", start, stop, str(not value)
        elif isinstance(value, int):
            yield "constant", start, stop, str(value + 1)
        elif isinstance(value, float) and value == 0:
            yield "constant", start, stop, "1.0"
        elif isinstance(value, float) and value >= _SMALLEST:
            yield "constant", start, stop, repr(value * 1.25)

    def _function(self, function: ast.Name | ast.Attribute) -> Iterator[Change]:
        name = function.id if isinstance(function, ast.Name) else function.attr
        if name in _FUNCTIONS:
            stop = self._place(function.end_lineno or 0, function.end_col_offset or 0)
            yield "function", stop - len(name), stop, _FUNCTIONS[name]

    def _place(self, line: int, column: int) -> int:
        return self.starts[line - 1] + column

    def _operator_tokens(self) -> list[tuple[int, str]]:
        found = []
        for token in tokenize.tokenize(io.BytesIO(self.source).readline):
            if token.type in (tokenize.OP, tokenize.NAME):
                line, column = token.start
                found.append((self._place(line, len(token.line[:column].encode())), token.string))
        return found


def _statements(tree: ast.AST) -> Iterator[ast.stmt]:
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not isinstance(node, _LEFT_OUT):
            yield node


def _head_end(statement: ast.stmt) -> int:
    """Return the last line of a statement without the block below it."""
    block = getattr(statement, "body", None)
    return max(block[0].lineno - 1, statement.lineno) if block else statement.end_lineno or 0


def _own_expressions(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield the expressions of a statement: not of statements in it, annotations or decorators."""
    yield statement
    waiting: list[ast.AST] = [
        child
        for name, part in ast.iter_fields(statement)
        if name not in ("annotation", "returns", "decorator_list", "bases", "keywords")
        for child in (part if isinstance(part, list) else [part])
        if isinstance(child, ast.AST)
    ]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.stmt, ast.arg, ast.excepthandler, *_LEFT_OUT)):
            continue
        yield node
        waiting.extend(ast.iter_child_nodes(node))
