"""Cost of one correction against one look at every grain, in one run.

No wall time is asserted: milliseconds are printed and only a loss against
finding the boxes of all grains, which a correction does without, fails.
"""

from __future__ import annotations

from time import perf_counter

import numpy as np
from scipy.ndimage import find_objects

from grainscope import edits
from grainscope.records import Frame

SIDE_PX, PITCH_PX = 4096, 32


def film() -> np.ndarray:
    """16,384 discs on a square lattice."""
    y, x = np.indices((SIDE_PX, SIDE_PX), np.int32)
    disc = (y % PITCH_PX - 15.5) ** 2 + (x % PITCH_PX - 15.5) ** 2 < 14**2
    return (disc * (y // PITCH_PX * (SIDE_PX // PITCH_PX) + x // PITCH_PX + 1)).astype(np.int32)


def milliseconds(work) -> float:
    """Fastest of three calls, after one that compiles."""
    work()
    times = []
    for _ in range(3):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return 1e3 * min(times)


def test_an_edit_against_the_boxes_of_all_grains(capsys):
    labels, frame = film(), Frame.whole((SIDE_PX, SIDE_PX))
    middle = SIDE_PX // 2 + 16
    grain, new = int(labels[middle, middle]), int(labels.max()) + 1
    square = middle + np.array([[-50, -50], [50, -50], [50, 50], [-50, 50]])
    brushed = labels.copy()
    brushed[middle - 4 : middle + 4, middle - 90 : middle + 90] = grain
    work = {
        "merge": lambda: edits.merge(labels, [grain, grain + 1]),
        "split": lambda: edits.split_by_line(labels, grain, square[[0, 2]], new),
        "seeds": lambda: edits.split_by_seeds(
            labels, grain, [[middle, middle - 6], [middle, middle + 6]], new
        ),
        "delete": lambda: edits.delete(labels, range(grain, grain + 50)),
        "draw": lambda: edits.draw(labels, square, new, frame, over="grains"),
        "brush": lambda: edits.painted(labels, brushed, new, frame),
        "click": lambda: edits.reclassify(labels, labels, (middle, middle), new, frame),
    }
    every = milliseconds(lambda: find_objects(labels))
    each = {name: milliseconds(verb) for name, verb in work.items()}
    with capsys.disabled():
        told = ", ".join(f"{name} {value:.1f}" for name, value in each.items())
        print(f"\n{SIDE_PX}², ms: {told}; boxes of all grains {every:.0f}")
    assert max(each.values()) < every
