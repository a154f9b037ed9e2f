"""Measured grains and their size histogram. Field name = CSV header."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.records.record import freeze_columns, record

if TYPE_CHECKING:
    from numpy.typing import NDArray


#: Nothing is scaled up by more than its inverse: so rare finds tell nothing of the rest.
LEAST_COMPLETENESS = 0.1
#: Below this confidence a grain more likely than not differs from what a person would draw.
UNSURE_CONFIDENCE = 0.5


@record
class GrainTable:
    """One row a grain, row i ↔ label i + 1; every array has shape (N,).

    Coordinates are measured from the centre of the top-left pixel of the whole
    image (databar included), y down, x right.

    Attributes
    ----------
    label : ndarray of int32
        1…N, the value in ``labels.tif``.
    y_um, x_um : ndarray of float64
        Centroid in µm.
    area_px : ndarray of int64
        Number of pixels.
    area_um2, log10_area_um2 : ndarray of float64
        Area in µm² and its decadic logarithm.
    equivalent_diameter_um : ndarray of float64
        Diameter 2√(A/π) of the disc of equal area, in µm.
    perimeter_um : ndarray of float64
        Crofton perimeter in µm (four directions).
    major_axis_um, minor_axis_um : ndarray of float64
        Full axes of the ellipse with equal second moments, in µm.
    orientation_rad : ndarray of float64
        Angle of the major axis from the x axis towards +y, in (−π/2, π/2].
    eccentricity, solidity, circularity : ndarray of float64
        √(1 − b²/a²); area over convex area; 4πA/P², at most 1.
    feret_max_um, feret_min_um : ndarray of float64
        Largest and smallest caliper width in µm.
    mean_intensity : ndarray of float64
        Mean grey level of the input image.
    touches_border : ndarray of bool
        Whether the grain touches the frame.
    edge_weight : ndarray of float64
        Miles–Lantuéjoul weight; 0 for grains that touch the frame.
    resolved : ndarray of bool
        Whether the area is at or above the resolution cut.
    degree : ndarray of int32
        Number of contacts in the loop network.
    component : ndarray of int32
        Connected component in the loop network, 1 = the largest; 0 = not in it.
    confidence : ndarray of float64, or None
        Expected IoU of the grain with the one a person would draw; None where
        the segmentation does not say.
    completeness : ndarray of float64, or None
        Probability that a grain of this size is found; None where not measured.
    """

    label: NDArray[np.int32]
    y_um: NDArray[np.float64]
    x_um: NDArray[np.float64]
    area_px: NDArray[np.int64]
    area_um2: NDArray[np.float64]
    log10_area_um2: NDArray[np.float64]
    equivalent_diameter_um: NDArray[np.float64]
    perimeter_um: NDArray[np.float64]
    major_axis_um: NDArray[np.float64]
    minor_axis_um: NDArray[np.float64]
    orientation_rad: NDArray[np.float64]
    eccentricity: NDArray[np.float64]
    solidity: NDArray[np.float64]
    circularity: NDArray[np.float64]
    feret_max_um: NDArray[np.float64]
    feret_min_um: NDArray[np.float64]
    mean_intensity: NDArray[np.float64]
    touches_border: NDArray[np.bool_]
    edge_weight: NDArray[np.float64]
    resolved: NDArray[np.bool_]
    degree: NDArray[np.int32]
    component: NDArray[np.int32]
    confidence: NDArray[np.float64] | None = None
    completeness: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        whole = {"label": np.int32, "area_px": np.int64, "degree": np.int32, "component": np.int32}
        flags = {"touches_border": np.bool_, "resolved": np.bool_}
        names = self.__dataclass_fields__
        freeze_columns(self, {name: (whole | flags).get(name, np.float64) for name in names})

    @property
    def n_grains(self) -> int:
        """Number of rows N."""
        return len(self.label)

    @property
    def size_weight(self) -> NDArray[np.float64]:
        """How many grains of its size each one stands for: edge weight over completeness."""
        if self.completeness is None:
            return self.edge_weight
        return self.edge_weight / np.maximum(self.completeness, LEAST_COMPLETENESS)


@record
class GrainHistogram:
    """Histogram of log10 grain area; every array has shape (B,), one row a bin.

    Attributes
    ----------
    log10_area_low, log10_area_high : ndarray of float64
        Bin edges, log10 of the area in µm².
    diameter_low_um, diameter_high_um : ndarray of float64
        The same edges as equivalent diameters in µm.
    count : ndarray of int64
        Grains found; the counts sum to the number of grains.
    corrected_count : ndarray of float64
        Sum of edge weights, divided by completeness where that is known.
    corrected_low, corrected_high : ndarray of float64
        68 % interval of ``corrected_count``.
    completeness : ndarray of float64
        Probability that a grain of this size is found; NaN where not measured.
    resolution_cut_um2 : float
        Area below which grains are not resolved.
    """

    log10_area_low: NDArray[np.float64]
    log10_area_high: NDArray[np.float64]
    diameter_low_um: NDArray[np.float64]
    diameter_high_um: NDArray[np.float64]
    count: NDArray[np.int64]
    corrected_count: NDArray[np.float64]
    corrected_low: NDArray[np.float64]
    corrected_high: NDArray[np.float64]
    completeness: NDArray[np.float64]
    resolution_cut_um2: float

    def __post_init__(self) -> None:
        freeze_columns(
            self,
            {
                "log10_area_low": np.float64,
                "log10_area_high": np.float64,
                "diameter_low_um": np.float64,
                "diameter_high_um": np.float64,
                "count": np.int64,
                "corrected_count": np.float64,
                "corrected_low": np.float64,
                "corrected_high": np.float64,
                "completeness": np.float64,
            },
        )
