"""``python -m grainscope`` and the ``grainscope`` command."""

import sys
from io import TextIOWrapper


def main() -> None:
    """Run the command line and leave with its exit code."""
    from grainscope.cli import run_command_line

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # what its encoding lacks can still be read
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run_command_line(sys.argv[1:]))


if __name__ == "__main__":
    main()
