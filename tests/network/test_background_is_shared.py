"""The background that each part of a contour gets, against plain sweeps over whole images."""

from __future__ import annotations

import numpy as np

from grainscope.network import background_kernel, contour_kernel
from grainscope.network.contacts import divide
from grainscope.opencv import cv2

NOBODY, FAR = -1, 10**6


def shared_plainly(zones, labels, nearest, cracks):
    """Give each background pixel a part, all at each step; a crack is (part, y, x)."""
    flat = nearest.ravel()
    sees = {}
    for part, y, x in cracks:
        sees.setdefault(int(flat[y * zones.shape[1] + x]), []).append(part)
    part_of = np.full(zones.shape, NOBODY)
    for y, x in np.argwhere(labels == 0):
        parts = set(sees.get(int(nearest[y, x]), []))
        if len(parts) == 1:
            part_of[y, x] = parts.pop()
    far = np.where(part_of >= 0, 0, FAR)
    for part, y, x in cracks:
        if labels[y, x] == 0 and part_of[y, x] == NOBODY:
            part_of[y, x], far[y, x] = part, 0
    return part_of, sweep(zones, labels, part_of, far)


def sweep(zones, labels, part_of, far):
    """Go there and back over all background until nothing changes; return how often."""
    places = [tuple(place) for place in np.argwhere(labels == 0)]
    sweeps, changed = 0, True
    while changed or sweeps < 2:
        side, order = (-1, places) if sweeps % 2 == 0 else (1, places[::-1])
        changed = False
        for y, x in order:
            for v, u in ((y, x + side), (y + side, x), (y + side, x - 1), (y + side, x + 1)):
                inside = 0 <= v < zones.shape[0] and 0 <= u < zones.shape[1]
                if not inside or labels[v, u] > 0 or zones[v, u] != zones[y, x]:
                    continue
                away = far[v, u] + (4 if v != y and u != x else 3)
                if away < far[y, x]:
                    far[y, x], part_of[y, x], changed = away, part_of[v, u], True
        sweeps += 1
    return sweeps


def winding(rng):
    """Draw walls that bend, so that gaps wind, and dust."""
    labels = np.zeros(rng.integers(3, 36, 2), np.int32)
    for number in range(1, int(rng.integers(2, 7))):
        corners = rng.integers(0, 36, (int(rng.integers(2, 7)), 1, 2)).astype(np.int32)
        cv2.polylines(labels, [corners], False, number)
    dust = rng.random(labels.shape) < 0.01
    labels[dust] = rng.integers(1, 9, np.count_nonzero(dust))
    return labels


def test_each_part_gets_what_sweeps_over_the_whole_image_give_it():
    rng = np.random.default_rng(3)
    most_sweeps = n_shared = 0
    for _ in range(40):
        labels = winding(rng)
        divided = divide(labels)
        if divided is None:
            continue
        _, zones, nearest, _ = divided
        every = np.ones(labels.max() + 1, np.bool_)
        box, walked = (0, 0, *labels.shape), np.empty(labels.shape, np.bool_)
        runs, _ = contour_kernel.trace_runs(zones, labels, box, every, walked)
        cut = (rng.random(len(runs)) * runs[:, contour_kernel.CRACKS]).round(1)
        pixels = background_kernel.share_background(zones, labels, runs, cut, nearest.copy())
        cracks = [
            (2 * run + (k > cut[run]), y, x)
            for run in range(len(runs))
            for k, (y, x) in enumerate(left_of(zones, labels, runs[run]))
        ]
        part_of, sweeps = shared_plainly(zones, labels, nearest, cracks)
        expected = np.bincount(part_of[part_of >= 0], minlength=2 * len(runs))
        assert pixels.ravel().tolist() == expected.tolist()
        most_sweeps, n_shared = max(most_sweeps, sweeps), n_shared + expected.sum()
    assert most_sweeps > 3
    assert n_shared > 5_000


def left_of(zones, labels, run):
    """Return the pixels on the left of each crack of a run."""
    r, c, d, n_cracks, own, other = (int(value) for value in run[:6])
    for _ in range(n_cracks):
        yield contour_kernel.left_pixel(r, c, d)
        r, c, d, other = contour_kernel.step(zones, labels, r, c, d, own, other)
