"""Portions of one job that other processes work at, so that a mosaic is not the affair of one core.

A worker process shares its job out by asking the process that started it, which passes
the portions on: to processes of this machine, or to other workers of a cluster. It asks
and is answered, and nothing comes unasked: two ends never both wait to be read.
Results are put together in the order of the portions, so that nothing depends on who did
which.
"""

from __future__ import annotations

import pickle
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from grainscope.batch.outcome import Lost
from grainscope.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection

#: The way to the process that started this one, where it is a worker.
_PARENT: ContextVar[Connection | None] = ContextVar("parent", default=None)


@dataclass(frozen=True)
class Portion:
    """A part of a job, for a process that knows nothing of the job.

    Attributes
    ----------
    packed : bytes
        Pickled function of no arguments; those who pass it on do not look inside.
    """

    packed: bytes

    @classmethod
    def of(cls, function: Callable[[Any], Any], argument: Any) -> Portion:
        """Pack what is to be called with what."""
        return cls(pickle.dumps(partial(function, argument), pickle.HIGHEST_PROTOCOL))

    def work(self) -> bytes:
        """Do it, and return the result pickled: only the job itself looks at it."""
        return pickle.dumps(pickle.loads(self.packed)(), pickle.HIGHEST_PROTOCOL)


@dataclass
class Elsewhere:
    """The portions of one job that are elsewhere, for the process that passes them on.

    Attributes
    ----------
    submit : callable
        Has a portion worked at, and returns its future.
    room : callable
        Returns how many may be elsewhere now; below two the job does them itself.
    result_of : callable
        Returns the pickled result of a future that is done, or ``Lost``.
    rest : callable
        Is called when no more are to come for now.
    """

    submit: Callable[[Portion], Any]
    room: Callable[[], int]
    result_of: Callable[[Any], Any] = lambda future: future.result()
    rest: Callable[[], None] = lambda: None
    _out: dict[Any, int] = field(default_factory=dict, init=False)
    _ended: SimpleQueue[Any] = field(default_factory=SimpleQueue, init=False)

    def put(self, number: int, portion: Portion) -> None:
        """Send a portion away."""
        future = self.submit(portion)
        self._out[future] = number
        future.add_done_callback(self._ended.put)

    def take(self) -> tuple[int, Any] | None:
        """Return number and result of one that is back, or nothing where none is."""
        try:
            future = self._ended.get_nowait()
        except Empty:
            return None
        return self._out.pop(future), self.result_of(future)

    def end(self) -> None:
        """Give up what is still there."""
        with suppress(Exception):  # nobody may be there any more
            for future in self._out:
                future.cancel()
        self._out.clear()
        self.rest()


def nowhere() -> Elsewhere:
    """Return that nobody is there to share a job with."""
    return Elsewhere(submit=lambda portion: None, room=lambda: 1)


def listen_to(parent: Connection) -> None:
    """Remember the way to the process that started this one."""
    _PARENT.set(parent)


def share_out(function: Callable[[Any], Any], portions: Iterable[Any]) -> Iterator[Any]:
    """Call a function for each portion like ``map``, elsewhere as far as there is room.

    Where this is no worker process, or nobody else is free, it is ``map``. A portion that
    is lost elsewhere is done here, so that what is wrong with it shows as it would have.

    Parameters
    ----------
    function : callable
        Importable by its name; with arguments that can be pickled.
    portions : iterable
        Looked at one by one, as there is room for them.

    Yields
    ------
    object
        What each call returned, in the order of the portions.

    Raises
    ------
    ClusterError
        Several workers of a cluster died with one portion.
    """
    parent = _PARENT.get()
    if parent is None:
        yield from map(function, portions)
        return
    sharing = _Sharing(parent, function)
    for number, portion in enumerate(portions):
        sharing.begin(number, portion)
        yield from sharing.in_order()
    while sharing.out:
        sharing.collect()
        yield from sharing.in_order()
    parent.send(("all", None))


@dataclass
class _Sharing:
    """What one job has shared out, and what is back."""

    parent: Connection
    function: Callable[[Any], Any]
    out: dict[int, Any] = field(default_factory=dict)
    found: dict[int, Any] = field(default_factory=dict)
    n_told: int = 0

    def begin(self, number: int, portion: Any) -> None:
        self.parent.send(("room", None))
        room = self.parent.recv()
        while self.out and len(self.out) >= room:
            self.collect()
        if room < 2:
            self.found[number] = self.function(portion)
            return
        self.out[number] = portion
        self.parent.send(("portion", (number, Portion.of(self.function, portion))))

    def collect(self) -> None:
        self.parent.send(("answer", None))
        number, result = self.parent.recv()
        portion = self.out.pop(number)
        if isinstance(result, Lost):
            if result.stage == "cluster":  # it would take this worker with it too
                raise ClusterError(f"a part of it was lost: {result.error}")
            self.found[number] = self.function(portion)
        else:
            self.found[number] = pickle.loads(result)

    def in_order(self) -> Iterator[Any]:
        while self.n_told in self.found:
            yield self.found.pop(self.n_told)
            self.n_told += 1
