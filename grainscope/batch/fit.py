"""The story of a fit: read the data, make curves, analyse each sample, link, write everything."""

from __future__ import annotations

import traceback
import warnings
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from grainscope import files, fitting, linking
from grainscope.batch.fit_output import (
    check_output,
    sha256_of,
    write_fit,
)
from grainscope.batch.lock import locked
from grainscope.batch.log import RunLog
from grainscope.batch.outcome import one_line
from grainscope.errors import TransportDataError
from grainscope.fitting.phase_diagram import phase_diagram
from grainscope.records import Conductance, TransportFit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

    from grainscope.fitting import PreparedData
    from grainscope.linking import Morphology
    from grainscope.records import TransportData
    from grainscope.settings import Settings

    Tell = Callable[[str], None]


@dataclass
class FitOutcome:
    """What a fit did.

    Attributes
    ----------
    fits : list of TransportFit
        All results, in the order of ``fit.json``.
    failures : dict of str to str
        Files that could not be read, and why.
    n_unusable : int
        Rows left out.
    warnings : list of str
        About the data as a whole.
    inputs : dict of str to str
        SHA-256 of the files that were read, by path.
    """

    fits: list[TransportFit] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    n_unusable: int = 0
    warnings: list[str] = field(default_factory=list)
    inputs: dict[str, str] = field(default_factory=dict)


def fit_transport(
    inputs: Sequence[Path],
    out: Path,
    settings: Settings,
    morphology: Path | None = None,
    tell: Tell = lambda text: None,
) -> FitOutcome:
    """Do every analysis that the axes of measured data allow, and write OUT.

    A file that cannot be read, or an analysis that fails, leaves the rest complete.
    Interrupted, what is done is written.

    Parameters
    ----------
    inputs : sequence of Path
        Tables of R(T, H, I, RF), or folders of them.
    out : Path
        Output folder, made if need be.
    settings : Settings
        Table ``[fitting]``, and ``run.seed``.
    morphology : Path, optional
        OUT/STEM of a run: the micrograph to link the data to.
    tell : callable
        Is told what is being done.

    Returns
    -------
    FitOutcome

    Raises
    ------
    TransportDataError
        No input could be read.
    ResultError
        No result of a run at ``morphology``.
    OutputError
        OUT cannot be written, holds the data themselves, or a newer program's results.
    """
    # Whether there is a micrograph is known before any work is done.
    film = None if morphology is None else _morphology(morphology)
    path = settings.fitting.literature_boundaries
    literature = files.read_boundaries(path) if path else None
    paths = files.find_transport_files(inputs)
    check_output(out, inputs, paths)
    data, failures = files.read_transport(paths, settings)
    outcome = FitOutcome(failures={name: one_line(error) for name, error in failures.items()})
    if len(data.file) == 0:
        raise TransportDataError(_why_nothing(outcome, data))
    names = zip(data.files, paths, strict=True)
    outcome.inputs = {name: sha256_of(path) for name, path in names if name not in failures}
    # Matrices are small: threads of BLAS would only wait for one another.
    with locked(out), threadpool_limits(1):
        files.remove_partial_folders(out)
        log = RunLog(out / "log.jsonl")
        outcome.n_unusable = len(data.unusable)
        outcome.warnings += data.warnings
        tell("offset and noise")
        prepared = _prepared(data, settings, log)
        outcome.warnings += [*prepared.warnings, *_about_rows(data, prepared)]
        outcome.fits += prepared.fits
        work = _Work(outcome, prepared, settings, literature, tell, log)
        try:
            work.analyse_samples()
            if film is not None and morphology is not None:
                work.link(film, morphology)
            work.assemble_phase_diagram()
        except KeyboardInterrupt:
            outcome.warnings.append("interrupted: analyses after the last one here are missing")
            write_fit(out, outcome, data, settings, morphology)
            raise
        tell("figures and report")
        write_fit(out, outcome, data, settings, morphology)
    return outcome


def _prepared(data: TransportData, settings: Settings, log: RunLog) -> PreparedData:
    """Turn rows into curves; without them there is nothing to analyse."""
    try:
        return fitting.transport_curves(data, settings.fitting)
    except Exception as error:  # a bug, told as one and with its traceback where it can be found
        log.write("error", traceback.format_exc(), stage="offset and noise")
        raise TransportDataError(
            f"{', '.join(data.files)}: offset and noise cannot be told "
            f"({type(error).__name__}: {error}; traceback in log.jsonl)"
        ) from error


def _why_nothing(outcome: FitOutcome, data: TransportData) -> str:
    if outcome.failures:
        first, *others = outcome.failures.values()
        more = f" (and {len(others)} more)" if others else ""
        return f"no file could be read: {first}{more}"
    row = data.unusable[0] if data.unusable else None
    why = f"; {row.file} line {row.line}: {row.reason}" if row else ""
    return f"{', '.join(data.files)}: no usable row{why}"


def _about_rows(data: TransportData, prepared: PreparedData) -> list[str]:
    n_lone = len(prepared.lone_rows)
    if not n_lone:
        return []
    return [
        f"{n_lone} of {len(data.file)} rows belong to no curve: a sweep takes "
        f"{fitting.LEAST_POINTS} points along temperature_k, field_t or current_a with the others "
        "held (fitting.temperature_tolerance, fitting.field_tolerance_t, or name the cuts: "
        "fitting.temperatures_k, fitting.fields_t)"
    ]


def _morphology(folder: Path) -> Morphology:
    stored = files.read_result(folder)
    return linking.morphology_of(stored.segmentation, folder.resolve().name)


@dataclass(frozen=True)
class _Work:
    """One fit at work: what is done goes into the outcome at once, so that nothing is lost."""

    outcome: FitOutcome
    prepared: PreparedData
    settings: Settings
    literature: Mapping[str, NDArray[Any]] | None
    tell: Tell
    log: RunLog

    def analyse_samples(self) -> None:
        for sample, curves in self.prepared.curves.items():
            for name in fitting.ANALYSES:
                verb = fitting.analysis(name)
                self._attempt(name, sample, partial(verb, curves, self.settings.fitting))

    def link(self, film: Morphology, folder: Path) -> None:
        conductance = _conductance(folder)
        for sample, curves in self.prepared.curves.items():
            fluctuations = linking.fluctuations_by_stage(self.outcome.fits, sample)
            of_sample = film, fluctuations, curves, conductance
            verb = partial(linking.link, *of_sample, self.settings.fitting, tell=self.tell)
            self._attempt("link", sample, verb)

    def assemble_phase_diagram(self) -> None:
        if self.prepared.curves:
            self._attempt("phase_diagram", "", self._phase_diagram)

    def _phase_diagram(self, _rng: np.random.Generator) -> Sequence[TransportFit]:
        curves = [curve for part in self.prepared.curves.values() for curve in part]
        return [phase_diagram(self.outcome.fits, curves, self.settings.fitting, self.literature)]

    def _attempt(
        self,
        name: str,
        sample: str,
        analyse: Callable[[np.random.Generator], Sequence[TransportFit]],
    ) -> None:
        """Do one analysis; where it breaks down its result says so and the log has the rest."""
        self.tell(f"{sample} {name}".strip())
        start = perf_counter()
        # Each has its own source of chance, so that adding one changes no other.
        rng = np.random.default_rng([self.settings.run.seed, *name.encode()])
        try:
            # What numpy warns of is for the log, not for the screen.
            with warnings.catch_warnings(record=True) as caught:
                self.outcome.fits += analyse(rng)
            for warning in dict.fromkeys(str(one.message) for one in caught):
                self.log.write("warning", warning, sample, name)
        except Exception as error:  # whatever breaks down in one, the others are still done
            self.log.write("error", traceback.format_exc(), sample, name)
            reason = f"{type(error).__name__}: {error} (traceback in log.jsonl)"
            self.outcome.fits.append(TransportFit(name, sample, {}, "failed", reason))
        self.log.write("info", "done", sample, name, perf_counter() - start)


def _conductance(folder: Path) -> Conductance | None:
    """Return what the run predicts of R(T), where it has a table of it."""
    path = folder / "conductance.csv"
    if not path.is_file():
        return None
    columns = files.read_table(path, list(Conductance.__dataclass_fields__))
    return Conductance(**columns)
