"""The command line: parse, call one use case, turn the result into an exit code.

One command a file. Nothing heavy is imported before a command runs, so that
``--help`` answers at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from grainscope import __version__
from grainscope.cli.compare import compare
from grainscope.cli.demo import demo
from grainscope.cli.doctor import doctor
from grainscope.cli.evaluate import evaluate
from grainscope.cli.fit import fit
from grainscope.cli.info import info
from grainscope.cli.init_config import init_config
from grainscope.cli.predict import predict
from grainscope.cli.progress import say
from grainscope.cli.report import report
from grainscope.cli.reproduce import reproduce
from grainscope.cli.run import run
from grainscope.cli.stopping import STOPPED
from grainscope.cli.synth import synth
from grainscope.cli.train import train
from grainscope.cli.view import view

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

app = typer.Typer(
    name="grainscope",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
#: In the order of the work, as ``--help`` lists them.
_COMMANDS: tuple[Callable[..., int | None], ...] = (
    demo,
    info,
    init_config,
    run,
    view,
    predict,
    compare,
    report,
    fit,
    reproduce,
    train,
    evaluate,
    synth,
    doctor,
)
for _command in _COMMANDS:
    app.command()(_command)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"grainscope {__version__}")
        raise typer.Exit


@app.callback()
def grainscope(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """From a folder of SEM micrographs of a granular metal film to a transport prediction.

    Start with: grainscope demo

    Then: grainscope run FOLDER -o outputs/mine --pixel-size-nm 5

    Every command shows its options and an example: grainscope run --help
    """


def run_command_line(arguments: Sequence[str]) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str
        Words after the program's name.

    Returns
    -------
    int
        0 all done; 1 some inputs failed, the rest is complete; 2 wrong usage.
    """
    from grainscope.errors import GrainscopeError

    try:
        result = app(args=list(arguments), prog_name="grainscope", standalone_mode=False)
    except GrainscopeError as error:
        return _refused(str(error))
    except OSError as error:  # a folder that may not be looked into, a name that is too long
        named = f"{error.filename}: " if error.filename else ""
        return _refused(f"{named}{error.strerror or error}")
    except typer.Abort:
        say("grainscope: stopped", err=True)
        return STOPPED
    except Exception as error:
        return _usage_error(error)
    return result if isinstance(result, int) else 0


def _refused(reason: str) -> int:
    say(f"grainscope: {reason}", err=True)
    return 2


def _usage_error(error: Exception) -> int:
    """Show what the parser of options refused; anything else is a bug and stays a traceback."""
    show = getattr(error, "show", None)
    if show is None:
        raise error
    show()
    return 2
