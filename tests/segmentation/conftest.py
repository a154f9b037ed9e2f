"""Regions from masks and back, without the code under test."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from grainscope.segmentation.region_runs import Regions

EIGHT = np.ones((3, 3), int)


@pytest.fixture(scope="session")
def regions_of() -> Callable[[Sequence[NDArray[np.bool_]]], Regions]:
    """Turn masks of one shape into Regions."""

    def build(masks: Sequence[NDArray[np.bool_]]) -> Regions:
        n_runs, runs = [0], [np.empty((3, 0), np.int32)]
        for mask in masks:
            change = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
            row, left = np.nonzero(change == 1)
            right = np.nonzero(change == -1)[1]
            runs.append(np.stack([row, left, right]).astype(np.int32))
            n_runs.append(len(row))
        area_px = np.array([mask.sum() for mask in masks], np.int64)
        return Regions(np.cumsum(n_runs), *np.concatenate(runs, axis=1), area_px)

    return build


@pytest.fixture(scope="session")
def masks_of() -> Callable[[Regions, tuple[int, int]], list[NDArray[np.bool_]]]:
    """Turn Regions into masks."""

    def build(regions: Regions, shape: tuple[int, int]) -> list[NDArray[np.bool_]]:
        masks = [np.zeros(shape, bool) for _ in range(len(regions))]
        for i, mask in enumerate(masks):
            for k in range(regions.first[i], regions.first[i + 1]):
                assert not mask[regions.row[k], regions.left[k] : regions.right[k]].any()
                mask[regions.row[k], regions.left[k] : regions.right[k]] = True
        return masks

    return build


@pytest.fixture(scope="session")
def blob() -> Callable[[np.random.Generator, int], tuple[NDArray[np.bool_], NDArray[np.float32]]]:
    """Draw a ragged 8-connected region, and the smooth film whose level set it is."""

    def build(
        rng: np.random.Generator, side: int = 48
    ) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
        film = ndimage.gaussian_filter(rng.random((side, side)), 2.5)
        film = ((film - film.min()) / (film.max() - film.min())).astype(np.float32)
        labels, _ = ndimage.label(film > np.quantile(film, 0.75), EIGHT)
        return labels == 1 + np.argmax(np.bincount(labels.ravel())[1:]), film

    return build
