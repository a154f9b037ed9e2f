"""Draw the reliability curve of the confidence: predicted against found IoU.

    python docs/reliability.py FOLDER [--out docs/reliability.png]

FOLDER holds one ``PROTOCOL__SET__STEM.npz`` a picture, with the arrays
``labels``, ``confidence`` and ``true``, as
``tests/validation/segmentation_protocols.py`` leaves them: by models that had
not seen what they are judged on. One panel a protocol and set; prints the
expected calibration error of each. Error bars are standard errors in which all
grains of one picture count as one observation.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from grainscope.figures import draw_reliability, save_figure
from grainscope.scoring import Reliability, best_ious, reliability

PICTURE = Path(__file__).parent / "reliability.png"


def read_panels(folder: Path) -> dict[str, Reliability]:
    """Gather the grains of all pictures by protocol and set."""
    groups: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*__*__*.npz")):
        protocol, set_name, _ = path.stem.split("__", 2)
        groups.setdefault(f"{set_name} {protocol}", []).append(path)
    return {title: read_panel(paths) for title, paths in sorted(groups.items())}


def read_panel(paths: list[Path]) -> Reliability:
    """Compare confidence and IoU of every grain of some pictures."""
    confidence, iou, picture = [], [], []
    for number, path in enumerate(paths):
        with np.load(path) as arrays:
            confidence.append(arrays["confidence"])
            iou.append(best_ious(arrays["true"], arrays["labels"]))
        picture.append(np.full(len(confidence[-1]), number))
    return reliability(*(np.concatenate(each) for each in (confidence, iou, picture)))


def main() -> None:
    """Read, draw, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=PICTURE)
    arguments = parser.parse_args()
    panels = read_panels(arguments.folder)
    if not panels:
        raise SystemExit(f"{arguments.folder}: no PROTOCOL__SET__STEM.npz here")
    print("| set | grains | expected calibration error | mean confidence | mean IoU |")
    print("|---|---|---|---|---|")
    for title, found in panels.items():
        n = found.count
        means = [np.nansum(n * values) / n.sum() for values in (found.confidence, found.iou)]
        error = found.calibration_error
        print(f"| {title} | {n.sum()} | {error:.3f} | {means[0]:.3f} | {means[1]:.3f} |")
    save_figure(draw_reliability(panels), arguments.out)
    print(f"wrote {arguments.out}")


if __name__ == "__main__":
    main()
