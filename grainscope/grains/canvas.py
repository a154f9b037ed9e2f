"""A micrograph while grains are painted into it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from grainscope.grains.stamps import Stamp, blurred, cut_stamp, groove_of, grown, resize_stamp
from grainscope.opencv import cv2

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.grains.appearance import Appearance

    Window = tuple[slice, slice]

#: Painted grains are at least this far from one another.
_APART_PX = 16
#: Places looked at for each grain, and how many of those near enough are tried in full.
_PLACES, _TRIES = 2400, 60
#: Share of a painted grain that may lie over others, on film and in another grain's place.
_MOST_HIDDEN, _MOST_HIDDEN_IN_PLACE = 0.1, 0.25
_GROOVE_SIGMA_PX = 0.7
_VISIBLE = 1e-3


class Canvas:
    """The picture, and what was painted so far.

    Attributes
    ----------
    grey : ndarray of float32, shape (H, W)
        The picture.
    touched : ndarray of bool, shape (H, W)
        Where it was changed.
    painted : ndarray of int32, shape (H, W)
        1…M on the grains painted.
    """

    def __init__(
        self, look: Appearance, labels: NDArray[np.int32], masked: NDArray[np.bool_] | None
    ) -> None:
        from scipy.ndimage import find_objects

        self._look, self._found, self._labels = look, labels, labels.copy()
        self._boxes = find_objects(labels)
        self._free_px = cv2.distanceTransform((labels == 0).astype(np.uint8), cv2.DIST_L2, 5)
        self._blocked = np.zeros(labels.shape, bool) if masked is None else masked.copy()
        self.grey = look.grey.copy()
        self.touched = np.zeros(labels.shape, bool)
        self.painted = np.zeros(labels.shape, np.int32)
        self._n_painted = 0

    def paint(
        self, template: int, area_px: float, hosts: NDArray[np.intp], rng: np.random.Generator
    ) -> bool:
        """Paint one grain, if there is a place for it.

        Parameters
        ----------
        template : int
            Label of the grain to copy.
        area_px : float
            Area to paint.
        hosts : ndarray of int
            Labels of grains whose place it may take where the film has none.
        rng : numpy Generator
            Source of chance.

        Returns
        -------
        bool
            Whether it was painted.
        """
        stamp = resize_stamp(self._stamp_of(template), area_px, self._look.blur_px, rng)
        here = self._on_film(stamp, rng) or self._in_place(stamp, hosts, rng)
        if here is None:
            return False
        look = self._look
        level = look.film[here] + stamp.contrast + look.noise_ratio * look.noise[here]
        self._lay(here, stamp.cover, level)
        self._draw_groove(stamp, here)
        self._n_painted += 1
        self.painted[here][stamp.mask] = self._n_painted
        self._blocked[_widened(here, _APART_PX)] = True
        return True

    def _stamp_of(self, label: int) -> Stamp:
        box, look = self._boxes[label - 1], self._look
        wide = _widened(box, 4)
        groove = groove_of(self._found[wide], look.grey[wide] - look.film[wide], label)
        contrast = look.grey[box] - look.film[box]
        stamp = cut_stamp(self._found[box] == label, contrast, look.blur_px)
        return replace(stamp, groove=groove)

    def _on_film(self, stamp: Stamp, rng: np.random.Generator) -> Window | None:
        """Return a place between the grains, any that fits being as likely."""
        shape, (height, width) = self._labels.shape, stamp.mask.shape
        if height + 2 >= shape[0] or width + 2 >= shape[1]:
            return None
        rows = rng.integers(1, shape[0] - height, _PLACES)
        columns = rng.integers(1, shape[1] - width, _PLACES)
        radius = np.sqrt(stamp.mask.sum() / np.pi)
        room = self._free_px[rows + height // 2, columns + width // 2]
        for at in np.flatnonzero(room > 0.8 * radius - 1)[:_TRIES]:
            here = _window(int(rows[at]), int(columns[at]), stamp)
            if self._fits(stamp, here, _MOST_HIDDEN):
                return here
        return None

    def _in_place(
        self, stamp: Stamp, hosts: NDArray[np.intp], rng: np.random.Generator
    ) -> Window | None:
        """Take the place of another grain, which is painted over with film first."""
        for host in rng.permutation(hosts):
            box = self._boxes[host - 1]
            row, column = (
                (part.start + part.stop - length) // 2
                for part, length in zip(box, stamp.mask.shape, strict=True)
            )
            here = _window(row, column, stamp)
            there = self._inside(here) and (self._labels[box] == host).any()
            if there and self._fits(stamp, here, _MOST_HIDDEN_IN_PLACE, int(host)):
                self._wipe(int(host))
                return here
        return None

    def _inside(self, here: Window) -> bool:
        return all(
            part.start >= 1 and part.stop < length
            for part, length in zip(here, self._labels.shape, strict=True)
        )

    def _fits(self, stamp: Stamp, here: Window, most_hidden: float, host: int = 0) -> bool:
        if self._blocked[here].any():
            return False
        under = self._labels[here][stamp.mask]
        return bool(((under > 0) & (under != host)).mean() < most_hidden)

    def _wipe(self, label: int) -> None:
        """Paint film over a grain."""
        wide = _widened(self._boxes[label - 1], 8)
        mask = self._labels[wide] == label
        others = (self._labels[wide] > 0) & ~mask
        cover = blurred(grown(mask, 2) & ~others, self._look.blur_px)
        self._lay(wide, cover, self._look.film[wide] + self._look.noise[wide])
        self._labels[wide][mask] = 0

    def _lay(self, here: Window, cover: NDArray[np.float32], level: NDArray[np.float32]) -> None:
        self.grey[here] = (1 - cover) * self.grey[here] + cover * level
        self.touched[here] |= cover > _VISIBLE

    def _draw_groove(self, stamp: Stamp, here: Window) -> None:
        """Darken the line along which the grain meets others, as the template's own is."""
        others = (self._labels[here] > 0) & ~stamp.mask
        line = grown(stamp.mask, 1) & ~stamp.mask & grown(others, 2)
        film = self._look.film[here]
        mean = float((stamp.cover * stamp.contrast)[stamp.mask].mean())
        darker = film + np.minimum(self.grey[here] - film, stamp.groove * mean)
        soft = cv2.GaussianBlur(line.astype(np.float32), (0, 0), _GROOVE_SIGMA_PX)
        self._lay(here, np.where(stamp.mask, 0, np.minimum(2 * soft, 1)), darker)


def _window(row: int, column: int, stamp: Stamp) -> Window:
    height, width = stamp.mask.shape
    return slice(row, row + height), slice(column, column + width)


def _widened(here: Window, by_px: int) -> Window:
    rows, columns = (slice(max(part.start - by_px, 0), part.stop + by_px) for part in here)
    return rows, columns
