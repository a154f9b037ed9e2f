"""What each analysis of transport data is called, and where the paper shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """Of one analysis.

    Attributes
    ----------
    title : str
        For people.
    paper : str
        Figure of the paper that shows the same; empty for none.
    caption : str
        What its figure shows.
    """

    title: str
    paper: str = ""
    caption: str = ""


#: By the names of ``fit.json``, in the order of the report.
WORDS = {
    "field_offset": Words("Field offset", "", "The field about which isotherms are even."),
    "noise": Words("Noise and floor", "", "Scatter about neighbouring rows and repeats."),
    "onset": Words(
        "Onset of superconductivity",
        "1c",
        "Resistivity in zero field against temperature, one curve a stage. Arrow: drop where the "
        "grains become superconducting. Dashed: noise floor, below which resistance is zero.",
    ),
    "hall": Words(
        "Hall effect",
        "Suppl. note 1",
        "Antisymmetric part of the Hall resistance against field, with the fitted slope 1/(n e).",
    ),
    "saturation": Words(
        "Saturation",
        "2a",
        "Arrhenius plot of the resistivity in various fields; dashed: saturated values.",
    ),
    "activation": Words(
        "Activation energy",
        "2a",
        "Energy of the activated part against the logarithm of the field.",
    ),
    "power_law": Words(
        "Power law of the field",
        "2b",
        "Magnetoresistance at different temperatures and stages; dashed: the power law in its "
        "window.",
    ),
    "upturn": Words("Upturn", "2b", "Where the resistivity leaves the power law upwards."),
    "crossings": Words(
        "Crossings of isotherms",
        "2b, inset",
        "Isotherms about their crossing points (circles), and the sign of dR/dT.",
    ),
    "mr_peak": Words("Peak of the magnetoresistance", "2b", "Largest resistivity of an isotherm."),
    "scaling": Words(
        "Scaling",
        "2c",
        "Isotherms against |H − Hc| T^(−1/zν), and the joint posterior of Hc and zν.",
    ),
    "log_temperature": Words(
        "Logarithmic resistivity",
        "3a, b",
        "Resistivity against the logarithm of temperature; dotted: "
        "ΔR/R(1 K) = A R(1 K) ln(1 K/T) in its window.",
    ),
    "log_conductance": Words(
        "Logarithmic conductivity",
        "3c, d",
        "Conductivity against the logarithm of temperature below the crossing, before it "
        "saturates.",
    ),
    "duality": Words(
        "Duality about the crossing", "3", "ρ(Hc + δ)/ρc against σ(Hc − δ)/σc at equal δ."
    ),
    "law_comparison": Words(
        "Laws of R(T) compared", "3", "Weights of the laws by AICc, and the best of them."
    ),
    "critical_current": Words(
        "Critical current",
        "5a",
        "Differential resistivity against bias, with the fitted switching and the limit of linear "
        "response.",
    ),
    "zero_bias": Words(
        "Zero-bias dip and peak", "5b", "Differential resistivity about zero bias in each field."
    ),
    "rf_response": Words(
        "Response to RF",
        "6",
        "Resistivity with and without an injected signal, and their ratio with the powers of "
        "signal and current.",
    ),
    "critical_field": Words(
        "Critical field", "7", "Field at which resistance appears, with and without RF."
    ),
    "fluctuations": Words(
        "Fluctuations of the magnetoresistance",
        "7",
        "Magnetoresistance at small fields with its background (dashed) and minima; loops that "
        "fit it.",
    ),
    "link": Words(
        "Link to the micrograph",
        "1a, 7",
        "Which loops of the micrograph the measured fluctuations allow.",
    ),
    "barrier_link": Words(
        "Barriers of the micrograph against R(T)",
        "Suppl. 3",
        "Resistance that the micrograph's barriers predict, scaled to the measured one.",
    ),
    "phase_diagram": Words(
        "Phase diagram", "4", "Every boundary that was found, of all samples and stages."
    ),
}


def words_of(analysis: str) -> Words:
    """Return the words of an analysis; of an unknown one its name."""
    return WORDS.get(analysis, Words(analysis.replace("_", " ")))
