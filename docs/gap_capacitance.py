"""Solve the tables of pairs of discs again: run ``python docs/gap_capacitance.py`` (1 minute).

Writes ``gap_capacitance.json`` and ``neutral_share.json`` in ``grainscope/laws/capacitance/``.
Numbers are rounded to 1e-10, far below what the series are good for.
"""

from __future__ import annotations

import json
from importlib import import_module
from types import ModuleType

ABOUT = "Chebyshev coefficients of the correction to the leading term; docs/gap_capacitance.py"


def main() -> None:
    """Write both tables."""
    # By path: the package names a function after one of these modules.
    pairs, neutral = (
        import_module(f"grainscope.laws.capacitance.{name}")
        for name in ("gap_capacitance", "neutral_share")
    )
    write(pairs, {"smallest_ratio": pairs.SMALLEST_RATIO})
    write(neutral, {"largest_ratio": neutral.LARGEST_RATIO})


def write(law: ModuleType, covers: dict[str, float]) -> None:
    """Write the table of one law: rows over the ratio of radii, columns over the distance."""
    rows = [[round(value, 10) for value in row] for row in law.solve_table().tolist()]
    lines = ",\n  ".join(json.dumps(row) for row in rows)
    head = {"about": ABOUT, **covers, "smallest_distance": law.SMALLEST_DISTANCE}
    text = f'{json.dumps(head, indent=1)[:-2]},\n "coefficients": [\n  {lines}\n ]\n}}\n'
    law.TABLE_FILE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
