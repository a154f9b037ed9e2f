"""A set of synthetic transport data on disk: tables, their truth, and settings to fit them."""

from __future__ import annotations

import json
import math
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from grainscope.errors import OutputError
from grainscope.files.tables import write_table
from grainscope.synthetic.transport.expected import expected_results
from grainscope.synthetic.transport.measure import measure
from grainscope.synthetic.transport.sweeps import plans, ppms_plan
from grainscope.synthetic.transport.truth import BAR_WIDTH_UM, FLOOR_OHM, PROBE_SPACING_UM

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from grainscope.synthetic.transport import TransportTruth

_OERSTED_PER_TESLA = 1e4
_PPMS_NAME = "ppms_witness.dat"
#: Sample of the ``.dat``, which has no column for it.
_WITNESS = "witness"
_SETTINGS = f"""\
# Settings of these synthetic data: grainscope fit DIR -o OUT --settings DIR/settings.toml
schema = 2

[fitting]
probe_spacing_um = {PROBE_SPACING_UM}
bar_width_um = {BAR_WIDTH_UM}
resistance_floor_ohm = {FLOOR_OHM}

[[files]]
match = "{_PPMS_NAME}"
sample = "{_WITNESS}"
"""


def write_transport(folder: Path, truth: TransportTruth, points: int, seed: int) -> list[Path]:
    """Write one CSV a measurement, a ``.dat``, ``truth.json`` and ``settings.toml``.

    Parameters
    ----------
    folder : Path
        Made if absent.
    truth : TransportTruth
    points : int
        Of a sweep on one side of zero field.
    seed : int
        Of the noise: each file draws from the pair of this and its place.

    Returns
    -------
    list of Path
        The tables, in the order written.

    Raises
    ------
    OutputError
        The folder cannot be written.
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for place, (name, plan) in enumerate(plans(points).items()):
            path = folder / f"{name}.csv"
            write_table(path, measure(plan, truth, np.random.default_rng((seed, place))))
            written.append(path)
        path = folder / _PPMS_NAME
        rng = np.random.default_rng((seed, len(written)))
        path.write_text(_multivu(measure(ppms_plan(points), truth, rng)), encoding="utf-8")
        written.append(path)
        text = json.dumps(truth_json(truth, seed), indent=1, ensure_ascii=False)
        (folder / "truth.json").write_text(text + "\n", encoding="utf-8")
        (folder / "settings.toml").write_text(_SETTINGS, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error}); choose another") from error
    return written


def truth_json(truth: TransportTruth, seed: int) -> dict[str, Any]:
    """Return all true values: ``results`` as ``fit.json`` names them, ``film`` as it was made.

    Names end in their unit.

    Examples
    --------
    >>> from grainscope.synthetic.transport import Instrument, published_film
    >>> truth_json(published_film(Instrument()), 0)["film"]["hall"]["carrier_density_per_cm2"]
    4000000000000000.0
    """
    return {"schema": 1, "seed": seed, "results": expected_results(truth), "film": _plain(truth)}


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, np.ndarray):
        return [round(number, 6) for number in value.tolist()]
    return None if isinstance(value, float) and math.isnan(value) else value


def _multivu(columns: Mapping[str, NDArray[Any]]) -> str:
    """Return a table as Quantum Design's MultiVu lays it out: header, then ``[Data]``."""
    lines = [
        "[Header]",
        "TITLE,Synthetic data of grainscope",
        "BYAPP,Resistivity,1.0,1.0",
        f"INFO,{_WITNESS},SAMPLE1_NAME",
        "[Data]",
        "Comment,Time Stamp (sec),Status (code),Temperature (K),Magnetic Field (Oe),"
        "Sample Position (deg),Bridge 1 Resistance (Ohms),Bridge 1 Excitation (uA)",
    ]
    rows = zip(columns["temperature_k"], columns["field_t"], columns["resistance_ohm"], strict=True)
    lines += [
        f",{20 * n},4449,{t:.6g},{h * _OERSTED_PER_TESLA:.8g},0,{r:.6g},0.001"
        for n, (t, h, r) in enumerate(rows)
    ]
    return "\n".join(lines) + "\n"
