"""A job that shares itself out: what goes over the line, and in what order."""

from __future__ import annotations

from contextvars import copy_context
from multiprocessing import Pipe
from threading import Thread

import pytest

from grainscope.batch.outcome import Lost
from grainscope.batch.portions import Elsewhere, listen_to, nowhere, share_out
from grainscope.errors import ClusterError


class Later:
    """A future whose result somebody makes when it suits him."""

    def __init__(self, portion):
        self.portion, self.is_cancelled = portion, False

    def add_done_callback(self, call):
        self.end = lambda: call(self)

    def result(self):
        return self.portion.work()

    def cancel(self):
        self.is_cancelled = True


class Parent:
    """Answers a job from a thread, and does the portion first that it got last."""

    def __init__(self, line, rooms, result_of):
        rooms = iter(rooms)
        self.line, self.there, self.most_there = line, [], 0
        self.elsewhere = Elsewhere(self.submit, lambda: next(rooms), result_of)

    def submit(self, portion):
        self.there.append(Later(portion))
        self.most_there = max(self.most_there, len(self.there))
        return self.there[-1]

    def live(self):
        answers = {"room": self.room, "portion": self.portion, "answer": self.answer}
        while (message := self.line.recv())[0] != "over":
            answers.get(message[0], lambda _: None)(message[1])

    def room(self, _):
        self.line.send(self.elsewhere.room())

    def portion(self, content):
        self.elsewhere.put(*content)

    def answer(self, _):
        self.there.pop().end()
        self.line.send(self.elsewhere.take())


def shared(function, numbers, rooms, result_of=lambda later: later.result()):
    """Share numbers out, and return the results and how many were elsewhere at a time."""
    ours, theirs = Pipe()
    parent = Parent(ours, rooms, result_of)

    def job():
        listen_to(theirs)
        return list(share_out(function, numbers))

    thread = Thread(target=parent.live)
    thread.start()
    try:
        return copy_context().run(job), parent.most_there
    finally:
        theirs.send(("over", None))
        thread.join()


def cube(number):
    return number**3


def test_without_a_parent_it_is_a_map():
    assert list(share_out(cube, [2, 1])) == [8, 1]
    assert nowhere().room() == 1


@pytest.mark.parametrize("room", [1, 2, 3, 99])
def test_results_come_in_order_and_no_more_are_away_than_there_is_room_for(room):
    found, most = shared(cube, iter(range(7)), [room] * 7)
    assert found == [n**3 for n in range(7)]
    assert most == (0 if room == 1 else min(room, 7))


def test_a_job_takes_its_portions_back_as_room_goes_and_comes():
    looked_at = []

    def note(number):
        looked_at.append(number)
        return number

    numbers = (note(n) for n in range(6))
    found, most = shared(cube, numbers, [1, 3, 3, 3, 1, 2])
    assert found == [n**3 for n in range(6)]
    assert most == 3


def test_what_is_lost_elsewhere_is_done_here_unless_it_kills_workers():
    lost = iter([Lost("start", "no more processes", 0.0), Lost("portion", "died", 0.0)])
    found, _ = shared(cube, [2, 3], [2, 2], lambda later: next(lost))
    assert found == [8, 27]
    died = Lost("cluster", "its worker died, 4 times", 0.0)
    with pytest.raises(ClusterError, match="a part of it was lost: its worker died, 4 times"):
        shared(cube, [2, 3], [2, 2], lambda later: died)


def test_what_is_given_up_is_cancelled():
    started = []
    elsewhere = Elsewhere(lambda portion: started.append(Later(portion)) or started[-1], lambda: 2)
    elsewhere.put(0, None)
    assert elsewhere.take() is None
    elsewhere.end()
    assert started[0].is_cancelled
