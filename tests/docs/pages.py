"""Pages as tests read them: their code blocks, and how these are run."""

from __future__ import annotations

import doctest
import io
import re
import shlex
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from grainscope.cli import run_command_line

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("[imot]*/README.md"))
    if path.is_file()
)
_FENCE = re.compile(
    r"(?:<!-- (?P<note>[^\n]*?) -->\n+)?^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_SHOWN = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Block:
    """One fenced block; ``note`` is the comment before it: ``long`` or ``not run: …``."""

    language: str
    text: str
    note: str

    def is_run(self, long: bool) -> bool:
        return not self.note.startswith("not run") and (long or self.note != "long")

    @property
    def commands(self) -> list[list[str]]:
        """Words of every grainscope command of the block, without the program's name."""
        joined = self.text.replace("\\\n", " ")
        lines = [line for line in joined.splitlines() if line.startswith("grainscope ")]
        return [shlex.split(line, comments=True)[1:] for line in lines]


def blocks_of(markdown: str) -> list[Block]:
    return [
        Block(found["language"], found["text"], found["note"] or "")
        for found in _FENCE.finditer(markdown)
    ]


def tasks_of(page: Path) -> dict[str, list[Block]]:
    """Blocks of a page by the heading of second order that they stand under."""
    parts = re.split(r"^## (.+)$", page.read_text("utf-8"), flags=re.MULTILINE)[1:]
    return {title: blocks_of(text) for title, text in zip(parts[::2], parts[1::2], strict=True)}


@dataclass
class Desk:
    """A folder with a user's files, in which blocks are run one after another."""

    folder: Path
    told: str = ""
    n_found: int = 0

    def __truediv__(self, name: str) -> Path:
        return self.folder / name

    def do(self, blocks: list[Block], long: bool) -> None:
        """Run what can be run; what is told must be what the page shows below it."""
        for block in blocks:
            if block.is_run(long) and block.language in _DOING:
                with chdir(self.folder):
                    _DOING[block.language](self, block)

    def write(self, block: Block) -> None:
        """Write a file whose name is the block's first line."""
        name = block.text.splitlines()[0].removeprefix("# ")
        Path(name).write_text(block.text, "utf-8")

    def command(self, block: Block) -> None:
        for line in block.text.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            told, errors = io.StringIO(), io.StringIO()
            expected = re.search(r"# exit code (\d)", line)
            with redirect_stdout(told), redirect_stderr(errors):
                code = run_command_line(words[1:])
            self.told = told.getvalue()
            assert words[0] == "grainscope", f"cannot run {line!r}"
            assert code == int(expected[1] if expected else 0), f"{line}\n{errors.getvalue()}"

    def python(self, block: Block) -> None:
        told = io.StringIO()
        with redirect_stdout(told):
            exec(compile(block.text, "cookbook", "exec"), {})
        self.told = told.getvalue()

    def shown(self, block: Block) -> None:
        same = doctest.OutputChecker().check_output(block.text, self.told, _SHOWN)
        assert same, f"the page shows\n{block.text}\nbut it is\n{self.told}"


_DOING = {"toml": Desk.write, "sh": Desk.command, "python": Desk.python, "text": Desk.shown}
