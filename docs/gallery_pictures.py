"""Make the pictures of docs/gallery.md from what two commands write.

Run ``make picture``, or ``python docs/gallery_pictures.py [--demo OUT] [--paper OUT]`` with what
``grainscope demo -o OUT`` and ``grainscope reproduce -o OUT`` made; without them both are run,
which takes minutes. Writes ``docs/gallery/*.png``, scaled and of few colours.
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from grainscope.cli import run_command_line

GALLERY = Path(__file__).parent / "gallery"
WIDTH_PX, COLOURS = 1000, 64
FILM = "broad_000"
#: Pictures of a micrograph's result, and of a fit.
OF_A_FILM = (
    *("confidence", "network", "loops", "loop_scan", "cumulative", "components"),
    *("percolation", "commensuration", "magnetoresistance", "currents", "conductance"),
)
OF_A_FIT = (
    *("onset_film", "power_law_film", "scaling_film", "log_temperature_film"),
    *("law_comparison_film", "critical_current_film", "fluctuations_film", "link_film"),
    "phase_diagram_film_witness",
)


def main() -> None:
    """Find or make both outputs, and draw them small."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--demo", type=Path, metavar="OUT")
    words.add_argument("--paper", type=Path, metavar="OUT")
    given = words.parse_args()
    with TemporaryDirectory() as folder:
        demo = given.demo or made("demo", Path(folder) / "demo")
        paper = given.paper or made("reproduce", Path(folder) / "paper")
        GALLERY.mkdir(exist_ok=True)
        for name in OF_A_FILM:
            draw_small(demo / FILM / "figures" / f"{name}.png")
        for name in OF_A_FIT:
            draw_small(paper / "fit" / "figures" / f"{name}.png")
    print(f"wrote {GALLERY}: {sum(file.stat().st_size for file in GALLERY.iterdir()):,} bytes")


def made(command: str, out: Path) -> Path:
    """Run one command into a folder."""
    if run_command_line([command, "-o", str(out)]) != 0:
        raise SystemExit(f"grainscope {command} failed")
    return out


def draw_small(picture: Path) -> None:
    """Write a picture at the width of a page, in few colours."""
    with Image.open(picture) as image:
        height = round(image.height * min(1.0, WIDTH_PX / image.width))
        small = image.convert("RGB").resize(
            (min(WIDTH_PX, image.width), height), Image.Resampling.LANCZOS
        )
    few = small.quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(GALLERY / picture.name.replace("_film", "").replace("_witness", ""), optimize=True)


if __name__ == "__main__":
    main()
