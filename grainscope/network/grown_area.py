"""Share of the film that grains cover when each is grown by half a gap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.network.contacts import PIXEL_CENTRE_EXCESS_PX

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: From the nearest pixel centre of a grain to its outline, mean over discs.
_OUTLINE_PX = PIXEL_CENTRE_EXCESS_PX / 2
#: About so many rows are looked at: sampling moves a share by less than 10⁻³.
_ROWS = 1024


def grown_area_fraction(
    labels: NDArray[np.int32],
    takes_part: NDArray[np.bool_],
    gap_px: NDArray[np.float64],
    margin: tuple[int, int] = (0, 0),
) -> NDArray[np.float64]:
    """Return the share of pixels within half of each gap of a grain.

    Two grains a gap apart touch when both are grown by half of it, so this is
    the covered area at which the components of that gap hang together.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
        0 is background.
    takes_part : ndarray of bool, shape (N + 1,)
        Which labels are grains here; not background.
    gap_px : ndarray of float64, shape (G,)
        Gaps between outlines.
    margin : tuple of int
        Rows and columns along the edges that are not part of the film.

    Returns
    -------
    ndarray of float64, shape (G,)
        Between the grains' own share and 1.

    Examples
    --------
    >>> row = np.array([[1, 0, 0, 0]], np.int32)
    >>> grown_area_fraction(row, np.array([False, True]), np.array([0.0, 2.4, 9.0])).tolist()
    [0.25, 0.5, 1.0]
    """
    from grainscope.network.grown_area_kernel import count_distances

    radius_px = gap_px / 2 + _OUTLINE_PX
    reach = int((radius_px.max(initial=0) + 0.5) ** 2)
    every = max(1, (labels.shape[0] - 2 * margin[0]) // _ROWS)
    counts = count_distances(labels, takes_part, margin, every, reach)
    # Distances on a grid come in steps: a pixel stands for points up to half a pixel from it.
    distance_px = np.sqrt(np.arange(1, reach + 1))
    below = np.searchsorted(distance_px, radius_px - 0.5, "right")
    near = np.searchsorted(distance_px, radius_px + 0.5, "right")
    number = np.concatenate(([0], np.cumsum(counts[1:-1])))
    summed_px = np.concatenate(([0], np.cumsum(counts[1:-1] * distance_px)))
    partly = (number[near] - number[below]) * (radius_px + 0.5)
    partly -= summed_px[near] - summed_px[below]
    return np.asarray((counts[0] + number[below] + partly) / max(int(counts.sum()), 1))
