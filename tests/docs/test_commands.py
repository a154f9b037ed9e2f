"""No page names a command, an option or a setting that does not exist."""

from __future__ import annotations

import re
import shlex
from importlib import import_module

import pytest
from pages import PAGES, ROOT, blocks_of
from typer.main import get_command

from grainscope.cli import app
from grainscope.settings import Settings, parse_settings

COMMANDS = get_command(app).commands
_INDENTED = re.compile(r"(?<=\n) {4}(grainscope [^\n]*)")
_IN_TEXT = re.compile(r"`(grainscope [a-z][^`]*)`")
_SETTING = re.compile(r"--set[ =]'?([a-z_]+)\.([a-z_]+)=")
_NAMED = re.compile(r"`([a-z]+)\.([a-z_]+)(?: = [^`]*)?`")
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


def unknown_in(words: list[str]) -> str:
    """Say what of a command line does not exist; nothing if all does."""
    name, *rest = words
    if name not in COMMANDS:
        return f"no command {name}"
    command = COMMANDS[name]
    context = command.make_context(name, [], resilient_parsing=True)
    context.resilient_parsing = False
    try:
        command.make_parser(context).parse_args(rest)
    except Exception as error:
        named_only = "requires an argument" in str(error)
        return "" if named_only else f"{name}: {error}"
    return ""


def lines_of(markdown: str) -> list[list[str]]:
    """Words of every command, the program's name taken off: of blocks, and within a text."""
    loose = [*_INDENTED.findall(markdown), *_IN_TEXT.findall(markdown)]
    in_blocks = [words for block in blocks_of(markdown) for words in block.commands]
    return [*in_blocks, *(shlex.split(line, comments=True)[1:] for line in loose)]


@pytest.mark.parametrize("page", NAMES)
def test_commands_and_options_exist(page):
    told = map(unknown_in, lines_of((ROOT / page).read_text("utf-8")))
    assert [what for what in told if what] == []


@pytest.mark.parametrize("page", [name for name in NAMES if name != "CHANGELOG.md"])
def test_settings_exist(page):
    """Of ``--set``, and of names such as ``grains.bins_per_decade`` in a text."""
    text = (ROOT / page).read_text("utf-8")
    assert {".".join(pair) for pair in _SETTING.findall(text) if not is_setting(*pair)} == set()
    named = [pair for pair in _NAMED.findall(text) if pair[0] in Settings.model_fields]
    assert {".".join(pair) for pair in named if not is_setting(*pair) and not elsewhere(*pair)} == (
        set()
    )


def is_setting(stage: str, key: str) -> bool:
    settings = getattr(Settings(), stage, None)
    return key in getattr(type(settings), "model_fields", ())


def elsewhere(stage: str, key: str) -> bool:
    """Whether a name with a point is that of a function or a file."""
    return key in ("csv", "parquet") or hasattr(import_module(f"grainscope.{stage}"), key)


@pytest.mark.parametrize("page", NAMES)
def test_settings_files_are_read(page):
    """A TOML block that names a file of settings is one; sidecars hold a pixel size alone."""
    for block in blocks_of((ROOT / page).read_text("utf-8")):
        if block.language == "toml" and "pixel_size_nm" not in block.text.splitlines()[1]:
            parse_settings(block.text, page)


def test_what_does_not_exist_is_seen():
    assert unknown_in(["run", "film.tif", "-o", "out", "--memory", "4GB"]) == ""
    assert "no command" in unknown_in(["runn", "film.tif"])
    assert "--memori" in unknown_in(["run", "film.tif", "--memori", "4GB"])
    assert lines_of("```sh\ngrainscope run a \\\n  -o b\n```\nor `grainscope info c`") == [
        ["run", "a", "-o", "b"],
        ["info", "c"],
    ]
    assert is_setting("grains", "bins_per_decade")
    assert not is_setting("grains", "bins")
