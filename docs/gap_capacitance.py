"""Solve the table of gap capacitances again: run ``python docs/gap_capacitance.py`` (20 s).

Writes ``grainscope/laws/capacitance/gap_capacitance.json``. Equal software gives equal numbers to
about 1e-12; what is written is rounded to 1e-10, far below the 1e-5 that the series is good for.
"""

from __future__ import annotations

import json

from grainscope.laws.capacitance.gap_capacitance import (
    SMALLEST_DISTANCE,
    SMALLEST_RATIO,
    TABLE_FILE,
    solve_table,
)


def main() -> None:
    """Write the table."""
    rows = [[round(value, 10) for value in row] for row in solve_table().tolist()]
    lines = ",\n  ".join(json.dumps(row) for row in rows)
    about = (
        "Chebyshev coefficients of the correction to the leading gap capacitance of two discs; "
        "rows over ln(r2/r1), columns over exp(-delta/2); written by docs/gap_capacitance.py"
    )
    head = json.dumps(
        {
            "about": about,
            "smallest_ratio": SMALLEST_RATIO,
            "smallest_distance": SMALLEST_DISTANCE,
        },
        indent=1,
    )[:-2]
    TABLE_FILE.write_text(f'{head},\n "coefficients": [\n  {lines}\n ]\n}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
