"""How a command is stopped, by a person or by a scheduler of jobs."""

import signal

#: Exit code of a command that was stopped, as shells have it.
STOPPED = 130


def stop_as_by_ctrl_c() -> None:
    """Have SIGTERM, with which schedulers end a job, stop the command as Ctrl-C does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
