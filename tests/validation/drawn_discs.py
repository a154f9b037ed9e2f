"""Print how far size and shape of drawn discs are from the truth: the table of docs/sizes.md.

python tests/validation/drawn_discs.py
"""

from __future__ import annotations

import numpy as np

from grainscope.grains import measure
from grainscope.records import Frame, GrainTable, Micrograph, PixelSize, Segmentation
from grainscope.settings import GrainSettings

DIAMETERS_PX = (3, 5, 7, 10, 20, 40)
PER_SIDE = 20


def discs(diameter_px: int, rng: np.random.Generator) -> GrainTable:
    """Measure 400 discs whose centres lie anywhere within a pixel; a pixel is 1 µm."""
    pitch = diameter_px + 8
    labels = np.zeros((PER_SIDE * pitch, PER_SIDE * pitch), np.int32)
    y, x = np.indices((pitch, pitch)) - pitch / 2
    for k, (row, column) in enumerate(np.ndindex(PER_SIDE, PER_SIDE)):
        dy, dx = rng.random(2)
        tile = labels[row * pitch : (row + 1) * pitch, column * pitch : (column + 1) * pitch]
        tile[np.hypot(y - dy, x - dx) < diameter_px / 2] = k + 1
    size, frame = PixelSize(1000.0, 0.0, "option"), Frame.whole(labels.shape)
    film = Micrograph("discs", np.zeros(labels.shape, np.uint8), size, frame)
    return measure(film, Segmentation(labels, size, frame), GrainSettings())


def main() -> None:
    """Print one row a diameter."""
    rng = np.random.default_rng(0)
    print("| d, px | area, mean / true | its scatter | perimeter / πd | circularity "
          "| Feret max − d, px | Feret min − d, px | major axis / d |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|")
    for d in DIAMETERS_PX:
        table = discs(d, rng)
        true_um2 = np.pi * d**2 / 4
        cells = (
            f"{d}",
            f"{table.area_um2.mean() / true_um2:.3f}",
            f"{table.area_um2.std() / true_um2:.3f}",
            f"{table.perimeter_um.mean() / (np.pi * d):.3f}",
            f"{table.circularity.mean():.3f}",
            f"{(table.feret_max_um - d).mean():+.2f}",
            f"{(table.feret_min_um - d).mean():+.2f}",
            f"{table.major_axis_um.mean() / d:.3f}",
        )
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
