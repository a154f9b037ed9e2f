"""What came of a task of the cluster, in words of the batch."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from grainscope.batch.outcome import Lost, one_line
from grainscope.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterator


def result_of(future: Any, address: str) -> Any:
    """Return the result of a task that has ended, or that it is lost.

    Parameters
    ----------
    future : distributed.Future
        It is done.
    address : str
        Of the scheduler.

    Raises
    ------
    ClusterError
        The worker does not fit, or the scheduler went away.
    """
    from distributed import KilledWorker

    with connection(address):
        error = future.exception()
        if error is None:
            return future.result()
    if isinstance(error, ClusterError):
        raise error
    if isinstance(error, KilledWorker):
        times, last = error.allowed_failures + 1, error.last_worker.address
        told = (
            f"its worker died, {times} times (the last {last}): "
            "out of memory, or its machine or batch job was stopped"
        )
    else:
        told = one_line(f"{type(error).__name__}: {error}")
    return Lost("cluster", told, 0.0)


@contextmanager
def connection(address: str) -> Iterator[None]:
    """Turn the loss of the scheduler inside the block into what a user can act on."""
    from concurrent.futures import CancelledError

    try:
        yield
    except (OSError, CancelledError) as error:  # CommClosedError is an OSError
        raise ClusterError(
            f"the scheduler at {address} went away; run the same command again when it "
            "is back: what is done is kept"
        ) from error
