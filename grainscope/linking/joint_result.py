"""What a link to a micrograph found of all stages of a sample together, as a result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope.linking.link_result import (
    ANALYSIS,
    LN10,
    curve_table,
    film_warnings,
    grid_columns,
    odds_parameters,
    plain,
)
from grainscope.linking.odds import log_mean
from grainscope.linking.posterior import choice_parameters
from grainscope.records.transport_fit import FitParameter, TransportFit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.linking.link_result import Found
    from grainscope.linking.morphology import Morphology
    from grainscope.settings import FittingSettings

#: What stages share is against the data where its evidence is so much less, as ln.
_AT_ODDS = -float(np.log(10.0))
_LENGTH = "coupling_length_nm"


def joint_result(
    own: Sequence[Found],
    together: Sequence[Found],
    morphology: Morphology,
    settings: FittingSettings,
) -> TransportFit:
    """Return the result of K stages of one sample that share gap and smallest grain.

    Parameters
    ----------
    own, together : sequence of Found
        Each stage by itself, and each given all others.
    morphology : Morphology
    settings : FittingSettings
        The priors.

    Returns
    -------
    TransportFit
        ``coupling_length_nm`` is a list, in the order of the labels ``stage_0`` …; the
        other parameters as of one stage. ``log10_shared`` is the evidence of one choice
        for all over one for each.
    """
    without = sum(one.measured.likelihood.without_loops for one in own)
    each = [choice_parameters(one.film.posterior, settings) for one in together]
    evidence = log_mean(together[0].film.log_evidence)
    warnings = film_warnings(together[0], morphology, evidence - without)
    parameters = dict(each[0][0])
    lengths = [found[_LENGTH] for found, _at_ends in each]
    value, low, high = (
        tuple(float(np.real(getattr(p, end))) for p in lengths) for end in ("value", "low", "high")
    )
    parameters[_LENGTH] = FitParameter(value, low, high, "nm")
    shared = evidence - sum(log_mean(one.film.log_evidence) for one in own)
    parameters |= {**odds_parameters(together[0], without), "log10_shared": plain(shared / LN10)}
    if shared < _AT_ODDS:
        warnings.append(
            f"stages want different gaps or grains: one choice for all is 10^{shared / LN10:.1f} "
            "times as likely as one for each"
        )
    names = stage_names(own)
    warnings += [
        text if not text.startswith(_LENGTH) else f"{name}: {text}"
        for name, (_found, at_ends) in zip(names, each, strict=True)
        for text in at_ends
        if text.startswith(_LENGTH) or name == names[0]
    ]
    return TransportFit(
        ANALYSIS,
        own[0].measured.fluctuations.sample,
        {"stages": ", ".join(names)},
        "done",
        parameters=parameters,
        window=_window(own),
        labels={
            "micrograph": morphology.name,
            "compared": ", ".join(dict.fromkeys(one.measured.route for one in own)),
            "free": f"{_LENGTH} of each stage; stages share the morphology: one gap, one grain",
            **{f"stage_{k}": name for k, name in enumerate(names)},
        },
        warnings=tuple(warnings),
        table=_table(together),
        extra=_extra(together, without),
    )


def stage_names(stages: Sequence[Found]) -> list[str]:
    """Return the stage of each, with its gate where names alone do not tell them apart."""
    held = [one.measured.fluctuations.selection for one in stages]
    names = [str(selection.get("stage", "")) for selection in held]
    if len(set(names)) == len(names) and all(names):
        return names
    gates = [f"gate {s['gate_v']:g} V" if "gate_v" in s else "no gate" for s in held]
    return [f"{name} {gate}".strip() for name, gate in zip(names, gates, strict=True)]


def _window(own: Sequence[Found]) -> dict[str, tuple[float, float] | str]:
    fields_g = np.concatenate([one.measured.fields_g for one in own])
    ends = float(fields_g.min()) * 1e-4, float(fields_g.max()) * 1e-4
    return {"field_t": ends, "chosen": "all fluctuations that were found, stages together"}


def _table(together: Sequence[Found]) -> dict[str, NDArray[np.float64]]:
    """Return the curves at the choice that is best for all, one below the other."""
    tables = [(k, table) for k, one in enumerate(together) if (table := curve_table(one))]
    if not tables:
        return {}
    place = [np.full(len(table["field_g"]), float(k)) for k, table in tables]
    joined = {name: np.concatenate([table[name] for _k, table in tables]) for name in tables[0][1]}
    return {"curve": np.concatenate(place), **joined}


def _extra(together: Sequence[Found], without: float) -> dict[str, NDArray[np.float64]]:
    posteriors = [one.film.posterior for one in together]
    return {
        **grid_columns(together[0].grid),
        "shared_posterior": np.asarray(posteriors[0].sum(axis=2).ravel()),
        "coupling_length_posterior": np.concatenate([p.sum(axis=(0, 1)) for p in posteriors]),
        "independent_log10_evidence": (together[0].others.log_mean - without) / LN10,
    }
