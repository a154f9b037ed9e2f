"""Segmentation → GrainTable: pixels come in, micrometres go out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from grainscope.grains.edge_correction import find_touching, weigh_boxes
from grainscope.grains.region_sums import frame_bounds, sum_grains
from grainscope.grains.shape import circularity, crofton_perimeter, fit_ellipses
from grainscope.records import GrainTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grainscope.grains.region_sums import GrainSums
    from grainscope.records import Frame, Micrograph, PixelSize, Segmentation
    from grainscope.settings import GrainSettings


def measure(
    micrograph: Micrograph, segmentation: Segmentation, settings: GrainSettings
) -> GrainTable:
    """Measure every grain.

    Definitions, and how far they are off for small grains, are in
    ``docs/physics.md``. Grains cut by the frame are measured as they are seen;
    their outline includes the cut, and their edge weight is 0.

    Parameters
    ----------
    micrograph : Micrograph
        Grey levels of the input image, shape (H, W).
    segmentation : Segmentation
        Labels of shape (H, W), and the pixel size.
    settings : GrainSettings
        ``resolution_cut_px`` is used.

    Returns
    -------
    GrainTable
        N rows, row i for label i + 1; ``degree`` and ``component`` are 0 until
        the network is known.

    Raises
    ------
    ValueError
        The shapes differ, or a label has no pixel in the frame.

    Examples
    --------
    >>> from grainscope.records import Frame, PixelSize, Segmentation, Micrograph
    >>> from grainscope.settings import GrainSettings
    >>> labels = np.zeros((5, 8), np.int32)
    >>> labels[1:3, 2:6] = 1
    >>> size, frame = PixelSize(1000.0, 0.0, "option"), Frame.whole(labels.shape)
    >>> micrograph = Micrograph("film", np.full(labels.shape, 7, np.uint8), size, frame)
    >>> table = measure(micrograph, Segmentation(labels, size, frame), GrainSettings())
    >>> table.area_um2, table.y_um, table.x_um, table.mean_intensity
    (array([8.]), array([1.5]), array([3.5]), array([7.]))
    """
    _check(micrograph, segmentation)
    sums = sum_grains(
        segmentation.labels, micrograph.intensity, segmentation.frame, segmentation.n_grains
    )
    _check_present(sums.moments[:, 0])
    table = tabulate(sums, segmentation.pixel_size, segmentation.frame, settings)
    return replace(table, confidence=segmentation.confidence)


def tabulate(
    sums: GrainSums, pixel_size: PixelSize, frame: Frame, settings: GrainSettings
) -> GrainTable:
    """Turn sums over the pixels of N grains into their table.

    Parameters
    ----------
    sums : GrainSums
        In the order of the rows.
    pixel_size, frame
        Of the micrograph.
    settings : GrainSettings
        ``resolution_cut_px`` is used.
    """
    area_px: NDArray[np.int64] = sums.moments[:, 0]
    ellipse = fit_ellipses(sums.moments)
    perimeter_px = crofton_perimeter(sums.entries)
    um = pixel_size.um
    area_um2 = area_px * np.float64(um**2)
    none = np.zeros(len(area_px), np.int32)
    bounds = frame_bounds(frame)
    return GrainTable(
        label=np.arange(1, len(area_px) + 1, dtype=np.int32),
        y_um=(sums.origin[:, 0] + ellipse.y_px) * um,
        x_um=(sums.origin[:, 1] + ellipse.x_px) * um,
        area_px=area_px,
        area_um2=area_um2,
        log10_area_um2=np.log10(area_um2),
        equivalent_diameter_um=2 * np.sqrt(area_um2 / np.pi),
        perimeter_um=perimeter_px * um,
        major_axis_um=ellipse.major_axis_px * um,
        minor_axis_um=ellipse.minor_axis_px * um,
        orientation_rad=ellipse.orientation_rad,
        eccentricity=ellipse.eccentricity,
        solidity=area_px / sums.convex_px,
        circularity=circularity(area_px, perimeter_px),
        feret_max_um=sums.longest_px * um,
        feret_min_um=sums.shortest_px * um,
        mean_intensity=sums.grey / area_px,
        touches_border=find_touching(sums.box, bounds),
        edge_weight=weigh_boxes(sums.box, bounds),
        resolved=area_px >= settings.resolution_cut_px,
        degree=none,
        component=none,
    )


def _check(micrograph: Micrograph, segmentation: Segmentation) -> None:
    if micrograph.intensity.shape != segmentation.labels.shape:
        raise ValueError(
            f"labels: got shape {segmentation.labels.shape}, "
            f"expected the image's {micrograph.intensity.shape}"
        )


def _check_present(area_px: NDArray[np.int64]) -> None:
    absent = np.flatnonzero(area_px == 0) + 1
    if len(absent):
        raise ValueError(
            f"labels: {len(absent)} of {len(area_px)} have no pixel in the frame, the first is "
            f"{absent[0]}; number them 1…n without gaps"
        )
