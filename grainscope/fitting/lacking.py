"""What an analysis returns where no curve is of its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grainscope.records.transport_fit import TransportFit, skipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grainscope.records.transport_data import TransportCurve


def lacking(
    analysis: str, curves: Sequence[TransportCurve], quantity: str, along: str
) -> TransportFit:
    """Return the skipped result of an analysis: what it needs, and what there is instead.

    Parameters
    ----------
    analysis : str
        Its name.
    curves : sequence of TransportCurve
        All of the sample.
    quantity, along : str
        The curve that it needs, such as ``"resistivity_ohm_sq"`` along ``"temperature_k"``.

    Returns
    -------
    TransportFit

    Examples
    --------
    >>> lacking("hall", [], "hall_resistance_ohm", "field_t").reason
    'needs hall_resistance_ohm along field_t: got no curves'
    """
    got = sorted({f"{curve.quantity} along {curve.along}" for curve in curves})
    reason = f"needs {quantity} along {along}: got {'; '.join(got) or 'no curves'}"
    return skipped(analysis, curves[0].sample if len(curves) else "", reason)
