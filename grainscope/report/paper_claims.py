"""Every figure of the paper with its numbers, and where a reproduction finds the same.

The one place for what the paper says. A number without ``paper`` is not in its text: it is
there because the figure shows it, or because a truth was put in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What a result is held: texts are equal, numbers within two per cent.
Selection = dict[str, float | str]


@dataclass(frozen=True)
class InFit:
    """A parameter of ``fit.json``; of several results the coldest.

    Attributes
    ----------
    analysis, parameter : str
        Names as there; a label such as ``shape`` counts as a parameter that is a word.
    selection : mapping
        What the result must be of.
    pick : str
        Of a list: where this other list of the result is largest, or ``"last"``.
    """

    analysis: str
    parameter: str
    selection: Mapping[str, float | str] = field(default_factory=dict)
    pick: str = ""


@dataclass(frozen=True)
class InRun:
    """A headline figure of ``record.json``, or one of ``FILM_FIGURES``."""

    name: str


@dataclass(frozen=True)
class Claim:
    """One number.

    Attributes
    ----------
    figure : str
        ``number`` of the figure that it belongs to.
    quantity : str
        In words.
    where : InFit or InRun
        Where a reproduction has it.
    unit : str
        As in ``fit.json`` or ``record.json``.
    paper : float or None
        What the text says; None where it says nothing.
    within : float
        Half of what the paper's own digits, or its error, leave open.
    said : str
        As the paper puts it; a word that is to be found stands here too.
    relation : {"=", ">=", "<="}
        Whether the number is a value or a limit.
    truth : tuple of str
        Path below ``film`` in ``truth.json`` where no result there is the same; empty:
        by analysis and selection.
    less : float
        Taken off what is found at ``truth``.
    """

    figure: str
    quantity: str
    where: InFit | InRun
    unit: str = ""
    paper: float | None = None
    within: float = 0.0
    said: str = ""
    relation: Literal["=", ">=", "<="] = "="
    truth: tuple[str, ...] = ()
    less: float = 0.0


@dataclass(frozen=True)
class PaperFigure:
    """One figure of the paper.

    Attributes
    ----------
    number, title : str
        ``2a`` and what it is of.
    shows : str
        What the paper draws from it.
    pictures : tuple of str
        ``run/NAME``, ``fit/ANALYSIS`` or ``figures/NAME``: which of our figures shows the same;
        empty for what no analysis can make.
    note : str
        In what ours is another thing.
    """

    number: str
    title: str
    shows: str
    pictures: tuple[str, ...]
    note: str = ""

    @property
    def label(self) -> str:
        """``Fig. 2a``, or the supplement's own name."""
        return f"Fig. {self.number}" if self.number[0].isdigit() else self.number


FIGURES = (
    PaperFigure(
        "1a",
        "Micrograph",
        "Bright indium grains of all sizes, small ones between the large, on a dark film.",
        ("run/overview",),
        "Of the smallest grains few are found: the true number is that of all of them, and only "
        "sizes above the resolution cut are to be compared.",
    ),
    PaperFigure(
        "1b",
        "Histogram of log grain area",
        "A broad distribution, cut off at the low end by the resolution.",
        ("run/histogram", "run/cumulative"),
    ),
    PaperFigure(
        "1c",
        "Resistivity in zero field",
        "A drop where the grains become superconducting, then none, or all, of the resistance.",
        ("fit/onset",),
        "The critical temperature is the middle of the drop.",
    ),
    PaperFigure(
        "1d",
        "Wiring and filters",
        "Where the signal is brought in, and the filters of each line.",
        (),
        "A sketch of the set-up, which no analysis makes: not shown. What of the signal arrives at "
        "the film is under Suppl. 4.",
    ),
    PaperFigure(
        "2a",
        "Arrhenius plot in fields",
        "Activated, then flat: a saturated resistivity orders of magnitude below the normal one.",
        ("fit/saturation", "fit/activation"),
        "Flat below: up to where rows agree with their mean, which depends on the noise.",
    ),
    PaperFigure(
        "2b",
        "Magnetoresistance",
        "One power law of the field for both stages below 300 mK, an upturn, crossing isotherms, "
        "a peak.",
        ("fit/power_law", "fit/crossings", "fit/mr_peak"),
    ),
    PaperFigure(
        "2c",
        "Scaling about the crossing",
        "Isotherms from 100 to 500 mK fall on one curve of |H − Hc| T^(−1/zν).",
        ("fit/scaling",),
    ),
    PaperFigure(
        "3a, b",
        "Logarithmic resistivity",
        "ΔR/R(1 K) = A R(1 K) ln(1 K/T) above the crossing.",
        ("fit/log_temperature", "fit/law_comparison"),
    ),
    PaperFigure(
        "3c, d",
        "Logarithmic conductivity",
        "The conductivity is straight in ln T below the crossing, before it saturates: a vestige "
        "of duality.",
        ("fit/log_conductance", "fit/duality"),
        "No slope was put in below the crossing, where the data follow the scaling function.",
    ),
    PaperFigure(
        "4",
        "Phase diagram",
        "Boundaries over field and a control parameter; the paper's is a sketch.",
        ("fit/phase_diagram", "figures/phase_picture"),
        "The first picture has the fields that were found, against the resistivity at 4 K; "
        "boundaries of other films come from fitting.literature_boundaries. The second is what "
        "this micrograph's grains make of the sketch, its control parameter being one factor on "
        "all couplings: between the first locked grains and a path through the film lie islands "
        "without one.",
    ),
    PaperFigure(
        "5a",
        "Differential resistivity against bias",
        "Linear at small bias in the metal; a critical current of about 1 µA in zero field.",
        ("fit/critical_current",),
    ),
    PaperFigure(
        "5b",
        "Dip and peak at zero bias",
        "A dip at low fields, a peak above the crossing.",
        ("fit/zero_bias",),
    ),
    PaperFigure(
        "6",
        "RF and broadband noise",
        "Both lower the resistivity; at 2 G a signal of 2 GHz restores zero resistance.",
        ("fit/rf_response",),
    ),
    PaperFigure(
        "7",
        "Fluctuations at low field",
        "Repeatable fluctuations with a deep minimum near 15 G, suppressed under RF; the critical "
        "field rises.",
        ("fit/fluctuations", "fit/critical_field", "fit/link"),
    ),
    PaperFigure(
        "Suppl. note 1",
        "Carrier density",
        "Hall effect of a composite of good grains in a poor film.",
        ("fit/hall",),
    ),
    PaperFigure(
        "Suppl. 1",
        "Clustering",
        "Grains are told from film by a clustering of the pixels.",
        ("run/confidence",),
        "The default segmentation is another one (learnt score of candidate regions); this is its "
        "confidence in each grain. --set segmentation.method=fast takes a clustering.",
    ),
    PaperFigure(
        "Suppl. 2",
        "Magnetoresistance of S0 and S1",
        "As that of S2, with peaks up to 0.5 MΩ/□.",
        ("fit/mr_peak", "fit/power_law"),
    ),
    PaperFigure(
        "Suppl. 3",
        "Barriers",
        "Log-uniform barriers in parallel give a weak power law or a logarithm.",
        ("run/barriers", "run/conductance", "run/log_windows", "fit/barrier_link"),
    ),
    PaperFigure(
        "Suppl. 4",
        "RF power transmitted",
        "An estimate of the power at the film.",
        ("fit/rf_response",),
        "Not estimated from a model of the line: rf_transmitted_dbm is read from the data.",
    ),
    PaperFigure(
        "Suppl. 5",
        "RF on the insulating side",
        "The same signal above the crossing.",
        ("fit/rf_response",),
    ),
)

#: "Around 3.2 K" in the text, beside the 3.4 K of the caption.
ONSET_IN_TEXT_K = 3.2

_S2, _S2G = {"stage": "S2"}, {"stage": "S2G"}
_2_GHZ = {"rf_frequency_hz": 2e9, "rf_power_dbm": 0.0}


def _of_stage(stage: str, *path: str) -> tuple[str, ...]:
    return ("stages", stage, *path)


def _fit(analysis: str, parameter: str, *held: Mapping[str, float | str], pick: str = "") -> InFit:
    return InFit(analysis, parameter, {k: v for part in held for k, v in part.items()}, pick)


CLAIMS = (
    Claim("1a", "grains in the frame", InRun("n_grains")),
    Claim("1a", "area fraction", InRun("area_fraction")),
    Claim("1a", "grain density above the cut", InRun("density_per_um2"), "1/µm²"),
    Claim("1b", "mean grain diameter", InRun("mean_equivalent_diameter_um"), "µm"),
    Claim("1b", "median grain diameter", InRun("median_equivalent_diameter_um"), "µm"),
    Claim(
        "1b", "decades of grain area", InRun("area_decades"), paper=2.0,
        said="over two orders of magnitude", relation=">=",
    ),
    Claim(
        "1b", "resolution cut (diameter)", InRun("resolution_cut_um"), "µm",
        said="cut off below ~0.01 µm",
    ),
    Claim(
        "1c", "critical temperature of the grains, S2",
        _fit("onset", "critical_temperature_k", _S2), "K", 3.4, 0.05,
        "3.4 (caption), around 3.2 (text)",
    ),
    Claim("1c", "drop, S2", _fit("onset", "drop_fraction", _S2), "", 0.1, 0.02, "~10 %"),
    Claim(
        "1c", "zero resistance below, S2",
        _fit("onset", "zero_resistance_temperature_k", _S2), "K", 0.5, 0.05, "0.5",
    ),
    Claim(
        "1c", "zero resistance below, S2G",
        _fit("onset", "zero_resistance_temperature_k", _S2G), "K", 0.35, 0.005, "0.35",
    ),
    Claim(
        "2a", "flat below, S2 at 10 mT",
        _fit("saturation", "flat_below_k", _S2, {"field_t": 0.01}), "K", 0.3, 0.0,
        "as high as 0.3", ">=", _of_stage("S2", "low_field", "flat_below_k"),
    ),
    Claim(
        "2a", "saturated resistivity, S2 at 5 mT",
        _fit("saturation", "resistivity_ohm_sq", _S2, {"field_t": 0.005}), "Ω/□",
    ),
    Claim(
        "2a", "saturated resistivity, S2 at 20 mT",
        _fit("saturation", "resistivity_ohm_sq", _S2, {"field_t": 0.02}), "Ω/□",
    ),
    Claim(
        "2a", "activation energy, S2 at 10 mT",
        _fit("activation", "energy_k", _S2, {"field_t": 0.01}), "K",
    ),
    Claim(
        "2b", "exponent of the power law, S2 and S2G together",
        _fit("power_law", "exponent", {"isotherms": "*"}), "", 0.66, 0.005, "0.66",
        truth=_of_stage("S2", "low_field", "exponent"),
    ),
    Claim(
        "2b", "independent of temperature up to",
        _fit("power_law", "temperature_independent_k", {"isotherms": "*"}), "K", 0.3, 0.0,
        "below 0.3", ">=", _of_stage("S2", "low_field", "flat_below_k"),
    ),
    Claim("2b", "upturn, S2", _fit("upturn", "field_t", _S2), "T", 0.04, 0.005, "≈ 0.04"),
    Claim(
        "2b", "crossing, S2", _fit("crossings", "field_t", _S2), "T", 0.052, 0.0005, "0.052"
    ),
    Claim(
        "2b", "crossing, S2G", _fit("crossings", "field_t", _S2G), "T", 0.043, 0.0005, "0.043"
    ),
    Claim(
        "2b", "field of the peak, S2", _fit("mr_peak", "field_t", _S2), "T", 0.08, 0.005, "≈ 0.08"
    ),
    Claim(
        "2b", "height of the peak, S2", _fit("mr_peak", "resistivity_ohm_sq", _S2), "Ω/□",
        4e4, 500.0, "40 kΩ/□",
    ),
    Claim("2c", "exponent zν, S2", _fit("scaling", "z_nu", _S2), "", 1.5, 0.05, "≈ 1.5"),
    Claim("2c", "critical field, S2", _fit("scaling", "critical_field_t", _S2), "T"),
    Claim("2c", "exponent zν, S2G", _fit("scaling", "z_nu", _S2G)),
    Claim("2c", "critical field, S2G", _fit("scaling", "critical_field_t", _S2G), "T"),
    Claim(
        "3a, b", "slope A, S2 at 4 T",
        _fit("log_temperature", "slope_per_ohm", _S2, {"field_t": 4.0}), "1/Ω",
        8.44e-5, 0.12e-5, "(8.44 ± 0.12)·10⁻⁵",
    ),
    Claim(
        "3a, b", "slope A, S2G at 4 T",
        _fit("log_temperature", "slope_per_ohm", _S2G, {"field_t": 4.0}), "1/Ω",
        said="of similar magnitude",
    ),
    Claim(
        "3a, b", "law of R(T), S2 at 4 T",
        _fit("law_comparison", "best", _S2, {"field_t": 4.0}), said="log resistance",
    ),
    Claim(
        "3c, d", "slope of the conductivity, S2 at 50 mT",
        _fit("log_conductance", "slope_s", _S2, {"field_t": 0.05}), "S",
    ),
    Claim(
        "3c, d", "mismatch of ρ above and σ below, S2 (0 self-dual, 2 one side only)",
        _fit("duality", "relative_mismatch", _S2),
    ),
    Claim("4", "boundaries found", _fit("phase_diagram", "boundaries")),
    Claim(
        "4", "coupling that locks a path of grains over that of the first two",
        InRun("path_ratio"), said="an intervening metal",
    ),
    Claim(
        "4", "largest coupling that the first coherence needs in a field over that without",
        InRun("coherence_ratio"),
    ),
    Claim(
        "5a", "critical current, S2G",
        _fit("critical_current", "critical_current_a", _S2G, {"field_t": 0.0}), "A",
        1e-6, 0.05e-6, "about 1 µA",
    ),
    Claim(
        "5a", "critical current under 2 GHz, S2G",
        _fit("critical_current", "critical_current_a", _S2G, {"field_t": 0.0}, _2_GHZ), "A",
        said="slightly higher",
    ),
    Claim(
        "5a", "linear up to, S2G at 10 mT",
        _fit("critical_current", "linear_limit_a", _S2G, {"field_t": 0.01}), "A",
        2e-8, 0.0, "at least 20 nA", ">=",
    ),
    Claim(
        "5b", "at zero bias, S2G at 10 mT",
        _fit("zero_bias", "shape", _S2G, {"field_t": 0.01}), said="dip",
    ),
    Claim(
        "5b", "at zero bias, S2G at 60 mT",
        _fit("zero_bias", "shape", _S2G, {"field_t": 0.06}), said="peak",
    ),
    Claim("5b", "dip turns into peak at, S2G", _fit("zero_bias", "field_t", _S2G), "T"),
    Claim(
        "6", "change under 2 GHz at 30 mT",
        _fit("rf_response", "relative_change", _S2G, {"field_t": 0.03}, _2_GHZ), "",
        -0.25, 0.025, "lowered by up to ~25 %",
    ),
    Claim(
        "6", "change with the filter bypassed at 30 mT",
        _fit("rf_response", "relative_change", {"field_t": 0.03, "condition": "bypass*"}), "",
        -0.25, 0.025, "lowered by up to ~25 %",
    ),
    Claim(
        "6", "zero resistance under 2 GHz at 2 G",
        _fit("rf_response", "zero_resistance", {"field_t": 2e-4}, _2_GHZ), said="restored",
    ),
    Claim(
        "6", "heating by 2 GHz at 30 mT",
        _fit("rf_response", "heating", {"field_t": 0.03}, _2_GHZ), said="excluded",
    ),
    Claim(
        "7", "relative amplitude", _fit("fluctuations", "relative_amplitude"), "",
        0.3, 0.03, "up to 30 %",
    ),
    Claim(
        "7", "deepest minimum",
        _fit("fluctuations", "minima_field_g", pick="prominence"), "G", 15.0, 0.5, "~15",
    ),
    Claim(
        "7", "loop of one quantum there",
        _fit("fluctuations", "loop_diameter_um", pick="prominence"), "µm", 1.3, 0.05, "~1.3",
    ),
    Claim(
        "7", "loop that dominates all fluctuations",
        _fit("fluctuations", "dominating_loop_diameter_um"), "µm", 1.3, 0.05, "~1.3",
    ),
    Claim(
        "7", "fluctuations under RF over those without (highest frequency)",
        _fit("fluctuations", "rms_ratio", {"compared": "rf"}, pick="last"), "",
        1.0, 0.0, "suppressed", "<=",
    ),
    Claim(
        "7", "critical field under 2 GHz",
        _fit("critical_field", "field_t", _S2G, _2_GHZ), "T", said="raised",
    ),
    Claim(
        "7", "log₁₀ odds that this micrograph's loops are those measured",
        _fit("link", "log10_odds"), said="loops that include the larger grains",
    ),
    Claim(
        "Suppl. note 1", "carrier density, S2",
        _fit("hall", "carrier_density_per_cm2", _S2), "1/cm²", 4e15, 0.5e15, "4·10¹⁵",
    ),
    Claim("Suppl. 1", "mean confidence of a grain", InRun("mean_confidence")),
    Claim(
        "Suppl. 2", "height of the peak, S0",
        _fit("mr_peak", "resistivity_ohm_sq", {"stage": "S0"}), "Ω/□", 5e5, 5e4,
        "up to 0.5 MΩ/□", truth=_of_stage("S0", "insulator", "peak_resistivity_ohm_sq"),
    ),
    Claim(
        "Suppl. 2", "height of the peak, S1",
        _fit("mr_peak", "resistivity_ohm_sq", {"stage": "S1"}), "Ω/□",
        truth=_of_stage("S1", "insulator", "peak_resistivity_ohm_sq"),
    ),
    Claim(
        "Suppl. 3", "decades of T over which R is straight in ln T, barriers in parallel",
        InRun("parallel_r_decades"),
    ),
    Claim("Suppl. 3", "the same of G", InRun("parallel_g_decades")),
    Claim("Suppl. 3", "decades of R, resistor network", InRun("network_r_decades")),
    Claim(
        "Suppl. 4", "transmission at 2 GHz",
        _fit("rf_response", "rf_transmission_db", {"field_t": 0.03}, _2_GHZ), "dB",
        said="filters of −50 and −50 dB",
    ),
    Claim(
        "Suppl. 4", "power at the film, 2 GHz",
        _fit("rf_response", "rf_transmitted_w", {"field_t": 0.03}, _2_GHZ), "W",
    ),
    Claim(
        "Suppl. 5", "change under 2 GHz at 100 mT",
        _fit("rf_response", "relative_change", {"field_t": 0.1}, _2_GHZ), "",
        truth=("disturbances", "2 GHz", "insulator_factor"), less=1.0,
    ),
)  # fmt: skip
