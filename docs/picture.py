"""Draw README's picture: a shipped micrograph, its outlines, its histogram.

Run ``make picture`` (or ``python docs/picture.py``); writes ``docs/showcase.png``.
"""

from pathlib import Path

from grainscope.figures import draw_showcase
from grainscope.files import load_model, read_micrograph
from grainscope.files.shipped import shipped_folder
from grainscope.pipeline import analyse, segment_micrograph
from grainscope.settings import Settings

PICTURE = Path(__file__).parent / "showcase.png"


def main() -> None:
    """Segment the first shipped film with the default settings and draw it."""
    settings = Settings()
    film = sorted(shipped_folder("images").glob("*.tif"))[0]
    micrograph = read_micrograph(film, settings.input)
    segmentation = segment_micrograph(micrograph, settings, load_model())
    analysis = analyse(micrograph, segmentation, settings)
    draw_showcase(micrograph, segmentation, analysis).savefig(PICTURE, dpi=110)
    print(f"wrote {PICTURE}")


if __name__ == "__main__":
    main()
