"""What a reader calls the state of a film: its stage, else its gate and what was done to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grainscope.plain_number import plain_number

if TYPE_CHECKING:
    from collections.abc import Mapping

_AXES = ("temperature_k", "field_t", "current_a")


def state_words(selection: Mapping[str, float | str]) -> str:
    """Return the stage, or what is held where none is named.

    Examples
    --------
    >>> state_words({"gate_v": -50.0, "stage": "S2G", "temperature_k": 0.1})
    'S2G'
    >>> state_words({"gate_v": -50.0})
    'gate -50 V'
    """
    if selection.get("stage"):
        return str(selection["stage"])
    parts = []
    for name, value in selection.items():
        if name in _AXES:
            continue
        text = value if isinstance(value, str) else plain_number(value)
        parts.append(f"gate {text} V" if name == "gate_v" else text)
    return ", ".join(parts)
