"""A finished image reduced to what ``record.json`` says of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from grainscope.files.result_record import (
    RECORD_SCHEMA,
    FittedLawRecord,
    FluxRecord,
    FrameRecord,
    HashedFile,
    HeadlineRecord,
    InputRecord,
    NormalStateRecord,
    PixelSizeRecord,
    ResultRecord,
    SizeLawRecord,
    figures_of_laws,
    leave_out_unknown_bounds,
)
from grainscope.files.versioned_json import json_text
from grainscope.files.versions import STAGE_VERSIONS, library_versions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grainscope.records import (
        Analysis,
        FittedLaw,
        FluxFeatures,
        Frame,
        Headline,
        Micrograph,
        NormalState,
        Segmentation,
        SizeFigure,
        SizeLaws,
    )
    from grainscope.settings import Settings


def build_record(
    micrograph: Micrograph,
    segmented: Segmentation,
    analysis: Analysis,
    settings: Settings,
    input_record: InputRecord,
    model: HashedFile | None = None,
) -> ResultRecord:
    """Reduce a finished image to its record; ``seconds`` and ``files`` are filled in on writing."""
    size, databar = micrograph.pixel_size, micrograph.databar
    return ResultRecord(
        input=input_record,
        model=model,
        libraries=library_versions(),
        stages=dict(STAGE_VERSIONS),
        settings=settings.model_dump(mode="json", by_alias=True),
        seed=settings.run.seed,
        sample=settings.input.sample or "unnamed",
        pixel_size_nm=PixelSizeRecord(
            value=size.value_nm, uncertainty=size.uncertainty_nm, source=size.source
        ),
        frame=_frame_record(micrograph.frame),
        databar_rows=(databar.row_start, databar.row_stop) if databar else None,
        headline={name: _headline_record(figure) for name, figure in analysis.headline.items()},
        size_law=size_law_record(analysis.size_laws),
        normal_state=_normal_state(analysis.normal_state, settings),
        flux=flux_record(analysis.flux_features),
        warnings=analysis.warnings,
        label_warnings=segmented.warnings,
        seconds={},
    )


def _frame_record(frame: Frame) -> FrameRecord:
    return FrameRecord(
        rows=(frame.row_start, frame.row_stop), columns=(frame.column_start, frame.column_stop)
    )


def size_law_record(laws: SizeLaws) -> SizeLawRecord:
    """Return the block that the second stage reads."""
    return SizeLawRecord(
        cut_um2=laws.cut_um2,
        n_grains=laws.n_grains,
        n_effective=laws.n_effective,
        density_per_um2=laws.density_per_um2,
        best=laws.best or None,
        reason=laws.reason,
        laws={fitted.name: _law_record(fitted) for fitted in laws.laws},
    )


def size_laws_json(samples: Mapping[str, SizeLawRecord]) -> str:
    """Return ``pooled_size_law.json``: the same block for each sample."""
    blocks = {name: block.model_dump(mode="json") for name, block in samples.items()}
    for block in blocks.values():
        leave_out_unknown_bounds(*figures_of_laws(block))
    return json_text({"schema": RECORD_SCHEMA, "samples": blocks})


def _normal_state(found: NormalState, settings: Settings) -> NormalStateRecord:
    ratio = found.carrier_density_ratio
    of_film = settings.transport.film_carrier_density_per_cm2
    return NormalStateRecord(
        conductivity_ratio=_finite(found.conductivity_ratio),
        carrier_density_ratio=_finite(ratio),
        carrier_density_per_cm2=None if of_film is None else _finite(ratio * of_film),
    )


def flux_json(samples: Mapping[str, FluxFeatures]) -> str:
    """Return ``pooled_flux.json``: the block of each sample."""
    blocks = {name: flux_record(found).model_dump(mode="json") for name, found in samples.items()}
    return json_text({"schema": RECORD_SCHEMA, "samples": blocks})


def flux_record(features: FluxFeatures) -> FluxRecord:
    """Return the block that says whether a feature is predicted."""
    in_sum = np.array(features.quantity, str) == "loop_sum"
    rows = np.flatnonzero(in_sum & features.predicted)
    best = rows[features.prominence[rows].argmax()] if len(rows) else None
    columns = features.field_g, features.prominence, features.significance
    field_g, prominence, significance = (
        (None,) * 3 if best is None else (_finite(float(column[best])) for column in columns)
    )
    return FluxRecord(
        predicted=best is not None,
        field_g=field_g,
        prominence=prominence,
        significance=significance,
        loops_in_bar=float(np.nan_to_num(features.loops_in_bar)),
        bar_rms=_finite(features.bar_rms),
        statement=features.statement,
    )


def _law_record(fitted: FittedLaw) -> FittedLawRecord:
    return FittedLawRecord(
        parameters={name: _headline_record(p) for name, p in fitted.parameters.items()},
        log_likelihood=fitted.log_likelihood,
        bic=fitted.bic,
        weight=fitted.weight,
        ks=fitted.ks,
        ks_p=_finite(fitted.ks_p),
        ad=fitted.ad,
        ad_p=_finite(fitted.ad_p),
    )


def _headline_record(figure: Headline | SizeFigure) -> HeadlineRecord:
    return HeadlineRecord(
        value=_finite(figure.value),
        low=_finite(figure.low),
        high=_finite(figure.high),
        unit=figure.unit,
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
