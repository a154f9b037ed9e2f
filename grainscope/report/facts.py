"""The numbers of a reproduction: what run and fit left in OUT, and what was put in."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.errors import ResultError
from grainscope.files import read_fit_record, read_record, read_table
from grainscope.report.paper_claims import InFit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from grainscope.files import FitRecord, FitResultRecord, ResultRecord
    from grainscope.report.paper_claims import Claim, InRun

#: Set points agree within this share, fields within this much.
_SAME, _SAME_FIELD_T = 0.02, 2e-6
#: What a result may be held at without the question naming it.
_DISTURBED = ("rf_frequency_hz", "condition")
_SETS_APART = (*_DISTURBED, "compared", "isotherms")
#: Straight within this share counts as straight.
STRAIGHT_WITHIN = 0.02


@dataclass(frozen=True)
class Found:
    """One number of the reproduction, or a word, or why there is neither.

    Attributes
    ----------
    value, low, high : float or None
        With its 68 % interval.
    word : str
        What was found, where it is a word.
    unit : str
        Of the number.
    where : str
        File and name.
    reason : str
        Why nothing was found; empty where something was.
    selection : mapping
        What the result is of.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    word: str = ""
    unit: str = ""
    where: str = ""
    reason: str = ""
    selection: Mapping[str, float | str] | None = None

    @property
    def is_known(self) -> bool:
        """Whether there is a number, a limit or a word."""
        return bool(self.word) or any(_finite(n) for n in (self.value, self.low, self.high))


@dataclass(frozen=True)
class Facts:
    """What is in OUT.

    Attributes
    ----------
    run : Path
        OUT/run/STEM.
    film : ResultRecord
        Its record.
    fit : FitRecord
        Of OUT/fit.
    sample : str
        Whose fits count.
    film_truth : mapping of str to float
        The same figures of the true grains; empty for a given micrograph.
    data_truth : mapping
        ``truth.json`` of the data; empty for given ones.
    """

    run: Path
    film: ResultRecord
    fit: FitRecord
    sample: str
    film_truth: Mapping[str, float]
    data_truth: Mapping[str, Any]

    def of(self, where: InFit | InRun) -> Found:
        """Return what was found at a place."""
        return self._of_fit(where) if isinstance(where, InFit) else self._of_run(where.name)

    def truth_of(self, claim: Claim, found: Found) -> float | None:
        """Return what was put in for a claim, None where nothing was."""
        if not isinstance(claim.where, InFit):
            return self.film_truth.get(claim.where.name)
        if not self.data_truth:
            return None
        if claim.truth:
            return _below(self.data_truth["film"], claim.truth) - claim.less
        for truth in self.data_truth["results"]:
            held = self.held_at(truth)
            named = truth["analysis"] == claim.where.analysis and self._is_ours(truth)
            if named and found.selection is not None and matches(found.selection, held):
                return _single(truth["parameters"].get(claim.where.parameter, {}).get("value"))
        return None

    def held_at(self, truth: Mapping[str, Any]) -> dict[str, float | str]:
        """Return the selection of a fit that a result of ``truth.json`` is to be held against."""
        held = dict(truth["selection"])
        if truth["analysis"] == "rf_response" and "field_t" in held:
            held.pop("temperature_k", None)  # along temperature it is of the coldest stretch
        disturbance = held.pop("disturbance", "none")
        if disturbance == "none":
            return held
        told = self.data_truth["film"]["disturbances"][disturbance]
        if told["rf_frequency_hz"] is None:
            return {**held, "condition": told["condition"]}
        return {**held, "rf_frequency_hz": told["rf_frequency_hz"], "rf_power_dbm": 0.0}

    def table(self, name: str) -> dict[str, NDArray[Any]]:
        """Return a table of the run, empty where there is none."""
        path = self.run / name
        return read_table(path) if path.is_file() else {}

    def results(self, analysis: str) -> list[FitResultRecord]:
        """Return the results of an analysis for this sample, or what there is of all samples."""
        own = [r for r in self.fit.results if r.analysis == analysis]
        # What joins samples, as the phase diagram does, is of all of them.
        return [r for r in own if r.sample in ("", self.sample)] or own

    def _is_ours(self, truth: Mapping[str, Any]) -> bool:
        return bool(truth.get("sample", self.sample) == self.sample)

    def _of_fit(self, where: InFit) -> Found:
        results = self.results(where.analysis)
        wanted = dict(where.selection)
        if not any("stage" in r.selection for r in results):
            wanted.pop("stage", None)  # data of one film that names no stage
        held = [r for r in results if matches(r.selection, wanted)]
        done = [r for r in held if r.status == "done" and _has(r, where.parameter)]
        told = f"fit/fit.json: {where.analysis}, {where.parameter}"
        if not done:
            return Found(reason=_why_not(where, wanted, results, held), where=told)
        return _found(min(done, key=_temperature), where, told)

    def _of_run(self, name: str) -> Found:
        told = f"{self.run.name}/record.json: {name}"
        figure = self.film.headline.get(name)
        if figure is not None and figure.value is not None:
            return Found(figure.value, figure.low, figure.high, "", figure.unit, told)
        made = FILM_FIGURES.get(name)
        if made is None:
            return Found(reason=f"the micrograph gives no {name}", where=told)
        value, told = made(self), f"{self.run.name}/{_FILES[name]}"
        return Found(
            value, where=told, reason="" if _finite(value) else f"the micrograph gives no {name}"
        )


def read_facts(out: Path, stem: str) -> Facts:
    """Read what run and fit left in OUT.

    Raises
    ------
    ResultError
        One of them is missing or damaged.
    """
    run = out / "run" / stem
    fit = read_fit_record(out / "fit")
    return Facts(
        run=run,
        film=read_record(run),
        fit=fit,
        sample=_richest(fit),
        film_truth=_json(out / "inputs" / "film" / "truth.json").get("figures", {}),
        data_truth=_json(out / "inputs" / "transport" / "truth.json"),
    )


def matches(held: Mapping[str, float | str], wanted: Mapping[str, float | str]) -> bool:
    """Return whether a result is of what is wanted; texts may be patterns.

    What sets a result apart (RF, a condition, several curves joined) must be wanted by name,
    but a wanted frequency allows any condition.

    Examples
    --------
    >>> matches({"stage": "S2", "field_t": 0.01001}, {"stage": "S2", "field_t": 0.01})
    True
    >>> matches({"stage": "S2", "condition": "Pin 19"}, {"stage": "S2"})
    False
    """
    apart = [name for name in _SETS_APART if name in held and name not in wanted]
    if "rf_frequency_hz" in wanted and apart == ["condition"]:
        apart = []
    return not apart and all(name in held and _same(held[name], wanted[name]) for name in wanted)


def area_decades(area_um2: NDArray[np.float64]) -> float:
    """Return the decades from the smallest to the largest grain.

    Examples
    --------
    >>> round(area_decades(np.array([1e-4, 3e-3, 1e-1])), 6)
    3.0
    """
    return float(np.log10(area_um2.max() / area_um2.min())) if len(area_um2) else math.nan


def straight_decades(facts: Facts, model: str, quantity: str) -> float:
    """Return over how many decades of T a model of the run is straight in ln T."""
    table = facts.table("log_windows.csv")
    if not table:
        return math.nan
    rows = (table["model"] == model) & (table["quantity"] == quantity)
    rows &= np.isclose(table["tolerance"], STRAIGHT_WITHIN)
    return float(table["decades"][rows][0]) if rows.any() else math.nan


def coherence_boundary(facts: Facts) -> dict[str, NDArray[Any]]:
    """Return how much more coupling the first coherence needs in a field than without one.

    The grains' phases lock where the stiffness, in proportion to the coupling, reaches a
    constant: so that the coupling needed goes as stiffness(0)/stiffness(B).

    Returns
    -------
    dict of str to ndarray
        ``field_g`` and ``coupling_ratio`` at the coupling length of the run; empty where there
        is no stiffness, or where it is not weighed with charging energies.
    """
    table = facts.table("magnetoresistance.csv")
    settings = facts.film.read_settings().transport
    if not table or settings.node_weight != "charging_energy":
        return {}
    own = np.isclose(table["coupling_length_nm"], settings.coupling_length_nm)
    return {"field_g": table["field_g"][own], "coupling_ratio": 1 / table["stiffness_ratio"][own]}


def coherence_ratio(facts: Facts) -> float:
    """Return the largest of these ratios at any field."""
    ratio = coherence_boundary(facts).get("coupling_ratio", np.zeros(0))
    return float(ratio.max()) if len(ratio) else math.nan


def path_ratio(facts: Facts) -> float:
    """Return the coupling that locks a path through the film over that of the first grains."""
    path = facts.run.parents[1] / "phases.csv"
    table = read_table(path) if path.is_file() else {}
    if not table or not table["path"].any():
        return math.nan
    factor = table["coupling_factor"]
    return float(factor[table["path"]][0] / factor[table["locked_share"] > 0][0])


def _resolution_cut_um(facts: Facts) -> float:
    law = facts.film.size_law
    return 2 * math.sqrt(law.cut_um2 / math.pi) if law and law.cut_um2 else math.nan


#: Figures of a film that are in no record.
FILM_FIGURES: Mapping[str, Callable[[Facts], float]] = {
    "area_decades": lambda facts: area_decades(
        facts.table("grains.csv").get("area_um2", np.zeros(0))
    ),
    "resolution_cut_um": _resolution_cut_um,
    "path_ratio": path_ratio,
    "coherence_ratio": coherence_ratio,
    "parallel_r_decades": lambda facts: straight_decades(facts, "parallel", "resistance"),
    "parallel_g_decades": lambda facts: straight_decades(facts, "parallel", "conductance"),
    "network_r_decades": lambda facts: straight_decades(facts, "network", "resistance"),
    "network_g_decades": lambda facts: straight_decades(facts, "network", "conductance"),
}
_FILES = {
    "area_decades": "grains.csv: area_um2",
    "resolution_cut_um": "record.json: size_law, cut_um2",
    "path_ratio": "phases.csv: coupling_factor",
    "coherence_ratio": "magnetoresistance.csv: stiffness_ratio",
    **{f"{m}_{q}_decades": "log_windows.csv" for m in ("parallel", "network") for q in "rg"},
}


def _richest(fit: FitRecord) -> str:
    """Return the sample with most results that are done, the first of equals."""
    samples = [r.sample for r in fit.results if r.status == "done" and r.sample]
    return max(dict.fromkeys(samples), key=samples.count, default="")


def _found(result: FitResultRecord, where: InFit, told: str) -> Found:
    word = result.labels.get(where.parameter, "").replace("_", " ")
    if word:
        return Found(word=word, where=told, selection=result.selection)
    found = result.parameters[where.parameter]
    value, low, high = found.value, found.low, found.high
    if isinstance(value, list):
        place = _place(result, where, value)
        value, low, high = (_entry(part, place) for part in (value, low, high))
    return Found(
        _number(value), _number(low), _number(high), "", found.unit, told, "", result.selection
    )


def _place(result: FitResultRecord, where: InFit, values: Sequence[float | None]) -> int:
    beside = result.parameters.get(where.pick)
    if beside is None or not isinstance(beside.value, list):
        return len(values) - 1
    return int(np.nanargmax([math.nan if b is None else b for b in beside.value]))


def _has(result: FitResultRecord, name: str) -> bool:
    if result.labels.get(name):
        return True
    found = result.parameters.get(name)
    if found is None:
        return False
    if isinstance(found.value, list):
        return bool(found.value)
    single = (found.value, found.low, found.high)
    return any(_finite(part) for part in single if not isinstance(part, list))


def _why_not(
    where: InFit,
    wanted: Mapping[str, float | str],
    results: Sequence[FitResultRecord],
    held: Sequence[FitResultRecord],
) -> str:
    if not results:
        return f"no result of {where.analysis}"
    undone = [r.reason for r in held if r.reason]
    if not any(r.status == "done" for r in results):
        undone = undone or [r.reason for r in results if r.reason]
    if undone:
        return undone[0]
    of = ", ".join(
        f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in wanted.items()
    )
    return f"no {where.parameter} of {where.analysis}" + (f" for {of}" if of else "")


def _temperature(result: FitResultRecord) -> float:
    held = result.selection.get("temperature_k", -1.0)
    return -1.0 if isinstance(held, str) else held


def _same(held: float | str, wanted: float | str) -> bool:
    if isinstance(held, str) or isinstance(wanted, str):
        return fnmatch(str(held).lower(), str(wanted).lower())
    return math.isclose(held, wanted, rel_tol=_SAME, abs_tol=_SAME_FIELD_T)


def _below(tree: Any, path: Sequence[str]) -> float:
    for name in path:
        tree = tree[name]
    return float(tree)


def _single(value: Any) -> float | None:
    if isinstance(value, list):
        return float(value[0]) if len(value) == 1 else None
    return None if value is None else float(value)


def _entry(values: Any, place: int) -> Any:
    return values[place] if isinstance(values, list) and len(values) > place else None


def _number(value: Any) -> float | None:
    return None if value is None or isinstance(value, list) else float(value)


def _finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise ResultError(f"{path}: cannot be read ({error}); reproduce with --fresh") from error
