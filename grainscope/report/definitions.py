"""What each headline figure is called, how it is defined, and which file it comes from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Definition:
    """One headline figure in words.

    Attributes
    ----------
    label : str
        What it is called.
    short : str
        The same as a column header.
    formula : str
        How it comes about.
    file : str
        The table in the result folder that it is computed from.
    """

    label: str
    short: str
    formula: str
    file: str


#: In the order of the report. Weights w are the column ``edge_weight`` (Miles–Lantuéjoul).
DEFINITIONS: dict[str, Definition] = {
    "n_grains": Definition("Grains", "grains", "rows of the table", "grains.csv"),
    "density_per_um2": Definition(
        "Grain density", "density", "Σw / frame area, grains above the resolution cut", "grains.csv"
    ),
    "area_fraction": Definition(
        "Area fraction", "area fraction", "Σ area_px / pixels of the frame", "grains.csv"
    ),
    "mean_equivalent_diameter_um": Definition(
        "Mean grain diameter",
        "mean diameter",
        "Σwd / Σw with d = 2√(A/π), above the resolution cut",
        "grains.csv",
    ),
    "median_equivalent_diameter_um": Definition(
        "Median grain diameter",
        "median diameter",
        "weighted median of d, above the resolution cut",
        "grains.csv",
    ),
    "n_loops": Definition("Loops", "loops", "rows of the table", "loops.csv"),
    "mean_loop_area_um2": Definition(
        "Mean loop area", "mean loop area", "⟨A⟩ = ΣwA / Σw", "loops.csv"
    ),
    "median_loop_area_um2": Definition(
        "Median loop area", "median loop area", "weighted median of A", "loops.csv"
    ),
    "mean_loop_field_g": Definition(
        "Field of the mean loop",
        "Φ₀/⟨A⟩",
        "Φ₀/⟨A⟩ with Φ₀ = 20.678 G µm²; not the mean of the fields",
        "loops.csv",
    ),
    "percolation_gap_nm": Definition(
        "Percolation gap",
        "percolation gap",
        "smallest gap at which a component touches two opposite sides of the frame; "
        "interval: where an endless film of this kind would percolate",
        "percolation.csv",
    ),
    "mean_confidence": Definition(
        "Mean confidence",
        "confidence",
        "mean of confidence, the IoU to expect of a grain with a hand-drawn one",
        "grains.csv",
    ),
    "unsure_fraction": Definition(
        "Share of unsure grains", "unsure", "grains of confidence below 0.5 / all", "grains.csv"
    ),
}


#: What the figures of the size table are called that are no headline figures.
SIZE_LABELS = {
    "geometric_mean_diameter_um": "Geometric mean diameter",
    "mode_diameter_um": "Most frequent diameter",
    "mean_area_um2": "Mean grain area",
}


#: What the figures of the loop table are called that are no headline figures.
LOOP_LABELS = {
    "density_per_um2": "Loop density",
    "mean_loop_diameter_um": "Diameter of the mean loop",
    "median_loop_field_g": "Field of the median loop",
    "area_cv": "Spread of areas (CV)",
    "n_effective": "Effective number of loops",
}


def definition_of(name: str) -> Definition:
    """Return the words for a headline figure; a new one goes by its own name.

    Examples
    --------
    >>> definition_of("n_loops").file, definition_of("coverage_2").label
    ('loops.csv', 'coverage 2')
    """
    plain = name.replace("_", " ")
    return DEFINITIONS.get(name, Definition(plain, plain, "", "record.json"))
