"""Simulate 10⁶ micrographs on a cluster: time, core-hours, what deaths cost, images lost.

``python docs/cluster_plan.py`` (about a minute) prints the tables of ``docs/cluster.md``.
Seconds per image are drawn from ``docs/cluster_times.csv``, which a run measured; the
queue, deaths and prices are assumptions, each an option (``--help``).

The model: ``--jobs`` batch jobs of ``--cores`` cores each are asked for at once. A job
waits in the queue (exponential), works for its wall time less five minutes, then waits
again. It dies at random at ``--deaths-per-core-hour`` times its cores (a machine that fails,
a job that is stopped): all images at work in it begin anew elsewhere, and one that lost
its worker ``retries + 1`` times is reported as failed. An image at work when a job reaches
its end begins anew too, without blame. A share ``--crashes`` of the images kills its
own process each time (reported at once, the worker lives). The side that gives jobs out
can do ``--hand-outs-per-s``; past that, cores wait for it.
"""

from __future__ import annotations

import argparse
import csv
import heapq
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TIMES = Path(__file__).with_name("cluster_times.csv")
_LAST_S = 300.0
_HOUR_S = 3600.0
_LOOK_S = 60.0


@dataclass(frozen=True)
class Plan:
    """What is asked of a cluster, and what happens there."""

    images: int = 1_000_000
    jobs: int = 32
    cores: int = 32
    walltime_h: float = 12.0
    queue_h: float = 1.0
    deaths_per_core_hour: float = 1e-4
    crashes: float = 1e-4
    retries: int = 3
    hand_outs_per_s: float = 80.0
    start_s: float = 10.0
    price_per_core_hour: float = 0.02
    seed: int = 0


@dataclass
class Found:
    """What came of a plan."""

    hours: float = 0.0
    held_core_hours: float = 0.0
    useful_core_hours: float = 0.0
    lost_core_hours: float = 0.0
    begun_anew: int = 0
    failed_by_deaths: int = 0
    crashed: int = 0


def simulate(plan: Plan, seconds: NDArray[np.float64]) -> Found:
    """Follow every image and every job of a plan to its end."""
    return Simulation(plan, seconds).run()


@dataclass(frozen=True, order=True)
class _End:
    """A core that is free again: its image is done, or its job is over."""

    at_s: float
    serial: int
    job: _Job = field(compare=False)
    image: int = field(compare=False)
    began_s: float = field(compare=False)


@dataclass(frozen=True)
class _Job:
    begins_s: float
    over_s: float
    dies: bool


class Simulation:
    """A queue of images, one of jobs that will start, and one of cores that will be free."""

    def __init__(self, plan: Plan, seconds: NDArray[np.float64]) -> None:
        self.plan, self.found = plan, Found()
        self.rng = np.random.default_rng(plan.seed)
        self.lasts_s = self.rng.choice(seconds, plan.images)
        self.crashes = self.rng.random(plan.images) < plan.crashes
        self.waiting = list(range(plan.images - 1, -1, -1))
        self.deaths = np.zeros(plan.images, np.uint8)
        self.left, self.handed_s, self.serial, self.now_s = plan.images, 0.0, 0, 0.0
        self.ends: list[_End] = []
        self.starts = list(self.rng.exponential(plan.queue_h, plan.jobs) * _HOUR_S)
        heapq.heapify(self.starts)
        self.jobs: list[_Job] = []

    def run(self) -> Found:
        """Take event after event until no image is left."""
        while self.left:
            if self.starts and (not self.ends or self.starts[0] <= self.ends[0].at_s):
                self.start_job(heapq.heappop(self.starts))
            else:
                self.free_core(heapq.heappop(self.ends))
        self.found.hours = self.now_s / _HOUR_S
        # A run that ends gives back the jobs that it still has.
        held_s = sum(max(min(j.over_s, self.now_s) - j.begins_s, 0.0) for j in self.jobs)
        self.found.held_core_hours = self.plan.cores * held_s / _HOUR_S
        return self.found

    def start_job(self, begins_s: float) -> None:
        """Start one; when it is over another one queues up."""
        plan = self.plan
        closes_s = begins_s + plan.walltime_h * _HOUR_S - _LAST_S
        per_s = plan.deaths_per_core_hour * plan.cores / _HOUR_S
        dies_s = begins_s + self.rng.exponential(1 / per_s) if per_s else np.inf
        job = _Job(begins_s, min(closes_s, dies_s), dies_s < closes_s)
        self.jobs.append(job)
        for _ in range(plan.cores):
            self.push(begins_s + plan.start_s, job)
        heapq.heappush(self.starts, job.over_s + self.rng.exponential(plan.queue_h) * _HOUR_S)

    def free_core(self, end: _End) -> None:
        """Take back what a core did, and give it the next image."""
        self.now_s = end.at_s
        if end.image >= 0:
            self.take_back(end)
        if end.at_s >= end.job.over_s:
            return
        if not self.waiting:  # looks again: an image may come back
            self.push(min(end.at_s + _LOOK_S, end.job.over_s), end.job)
            return
        image = self.waiting.pop()
        self.handed_s = max(end.at_s, self.handed_s) + 1 / self.plan.hand_outs_per_s
        ends_s = min(self.handed_s + self.lasts_s[image], end.job.over_s)
        self.push(max(ends_s, end.at_s), end.job, image, self.handed_s)

    def take_back(self, end: _End) -> None:
        """Count an image as done, crashed, lost, or to be begun anew."""
        spent_h = max(end.at_s - end.began_s, 0.0) / _HOUR_S
        if end.at_s < end.job.over_s:
            self.found.useful_core_hours += spent_h
            self.found.crashed += int(self.crashes[end.image])
            self.left -= 1
            return
        self.found.lost_core_hours += spent_h
        self.found.begun_anew += 1
        self.deaths[end.image] += end.job.dies
        if self.deaths[end.image] > self.plan.retries:
            self.found.failed_by_deaths += 1
            self.left -= 1
        else:
            self.waiting.append(end.image)

    def push(self, at_s: float, job: _Job, image: int = -1, began_s: float = 0.0) -> None:
        """Let a core be free at a time."""
        self.serial += 1
        heapq.heappush(self.ends, _End(at_s, self.serial, job, image, began_s))


def measured() -> tuple[NDArray[np.float64], float, float]:
    """Return seconds an image, and the means of megabytes and of files of a result."""
    with TIMES.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(line for line in stream if not line.startswith("#")))
    seconds = np.array([float(row["seconds"]) for row in rows])
    return (
        seconds,
        float(np.mean([float(row["megabytes"]) for row in rows])),
        float(np.mean([float(row["files"]) for row in rows])),
    )


def row(plan: Plan, seconds: NDArray[np.float64]) -> str:
    """Return one row of the table."""
    found = simulate(plan, seconds)
    ideal_h = found.useful_core_hours / (plan.jobs * plan.cores)
    cells = (
        f"{plan.jobs} × {plan.cores}",
        f"{plan.deaths_per_core_hour:g}",
        f"{found.hours:.1f} ({ideal_h:.1f})",
        f"{found.held_core_hours:,.0f}",
        f"{100 * found.useful_core_hours / found.held_core_hours:.1f} %",
        f"{found.begun_anew:,}",
        f"{100 * found.lost_core_hours / found.held_core_hours:.2g} %",
        f"{found.failed_by_deaths}",
        f"{found.held_core_hours * plan.price_per_core_hour:,.0f}",
    )
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for option in fields(Plan):
        kind = int if isinstance(option.default, int) else float
        parser.add_argument(f"--{option.name.replace('_', '-')}", type=kind, default=option.default)
    given = Plan(**vars(parser.parse_args()))
    seconds, megabytes, n_files = measured()
    print(f"{seconds.size} images measured: {seconds.mean():.1f} s (most {seconds.max():.1f} s)")
    terabytes, millions = megabytes * given.images / 1e6, n_files * given.images / 1e6
    print(f"store: {megabytes:.1f} MB and {n_files:.0f} files an image: ", end="")
    print(f"{terabytes:.2f} TB, {millions:.0f} million files in all\n")
    print(
        "| jobs × cores | deaths a core-hour | hours (without any wait) | core-hours | useful |"
        " begun anew | lost to that | failed by deaths | price |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for jobs in (given.jobs // 4, given.jobs):
        for deaths in (given.deaths_per_core_hour, 100 * given.deaths_per_core_hour):
            changed = {**vars(given), "jobs": jobs, "deaths_per_core_hour": deaths}
            print(row(Plan(**changed), seconds), flush=True)


if __name__ == "__main__":
    main()
