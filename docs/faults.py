"""Draw each fault of the recipe before (DESIGN, section 5) on a film of known grains.

Run ``python docs/faults.py`` (under a minute); writes ``docs/faults/*.png`` and prints a
table. A picture shows a synthetic film with its true grains, the recipe before, and
the default method with the shipped model. Pictures are of the film of the first seed;
the table counts the films of all seeds.

Three recipes before, each named above its panel:

- *Otsu + watershed*: one blur, one threshold, cut along the distance map.
- *local mean + watershed*: the same with the mean over 30 px as threshold.
- *prototype*: the candidates of the default method, each scored by itself, one
  cut at 0.45, nothing masked. Candidates and scores are those of the shipped model,
  which learnt from better scenes than the prototype did: where those alone mended a
  fault this rebuild cannot show it, and Otsu + watershed stands in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray
from PIL import Image, ImageColor
from scipy import ndimage
from skimage.filters import gaussian, threshold_otsu
from skimage.morphology import h_maxima
from skimage.segmentation import relabel_sequential, watershed

from grainscope import load_model
from grainscope.figures.greys import film_range, stretched
from grainscope.figures.overview import OUTLINE_COLOUR, outline_of
from grainscope.figures.style import PURPLE, SKY, house_style
from grainscope.files import read_micrograph
from grainscope.opencv import cv2
from grainscope.pipeline import segment_micrograph
from grainscope.preprocessing import preprocess
from grainscope.records import Frame, GrainModel, Micrograph, PixelSize
from grainscope.scoring import best_ious, ks_distance
from grainscope.segmentation.context import CONTEXT_FEATURES
from grainscope.segmentation.features import scale_to_unit
from grainscope.segmentation.learnt import ScoredGrains, choose, number_grains, shortlist_of
from grainscope.settings import (
    FilmSettings,
    InputSettings,
    PreprocessingSettings,
    SemSettings,
    Settings,
)
from grainscope.synthetic import grow_film, image_film
from grainscope.synthetic.outlines import smooth_noise

FOLDER = Path(__file__).parent / "faults"
SEEDS = (0, 1, 2)
SIDE_PX = 240
#: Smaller grains are counted nowhere, neither true nor found ones.
LEAST_AREA_PX = 10
PROTOTYPE_CUT = 0.45
PANEL_PX, GAP_PX, LINE_PX, FOOT_PX = 720, 18, 34, 48
COLOURS = {"true, or missed": SKY, "found, IoU > 0.5": OUTLINE_COLOUR, "found, false": PURPLE}

Grey: TypeAlias = NDArray[np.uint8]
Labels: TypeAlias = NDArray[np.int32]
Mask: TypeAlias = NDArray[np.bool_]
#: From a generator to a picture and its true grains.
Draw: TypeAlias = Callable[[np.random.Generator], tuple[Grey, Labels]]
Recipe: TypeAlias = Callable[[Grey, GrainModel], Labels]


# The recipes


def otsu_watershed(grey: Grey, _model: GrainModel) -> Labels:
    """Gaussian (1 px), Otsu, distance map, h-maxima (1 px), watershed."""
    smooth = gaussian(grey.astype(np.float64), 1)
    return cut_by_distance(smooth > threshold_otsu(smooth))


def local_watershed(grey: Grey, _model: GrainModel) -> Labels:
    """Gaussian (1 px), above the mean over 30 px by two grey levels, then the same cuts."""
    smooth = gaussian(grey.astype(np.float64), 1)
    return cut_by_distance(smooth > gaussian(smooth, 30) + 2)


def cut_by_distance(mask: Mask) -> Labels:
    """Cut a mask at the necks of its distance map."""
    distance = ndimage.distance_transform_edt(mask)
    peaks, _ = ndimage.label(h_maxima(distance, 1), np.ones((3, 3)))
    return np.asarray(watershed(-distance, peaks, mask=mask), np.int32)


def prototype(grey: Grey, model: GrainModel) -> Labels:
    """Choose among the candidates by the score of each by itself, one cut for all."""
    whole = Micrograph("film", grey, PixelSize(5.0, 0.0, "option"), Frame.whole(grey.shape))
    film = preprocess(whole, PreprocessingSettings(annotations=False)).film_intensity
    listed = shortlist_of(scale_to_unit(film.astype(np.float32)), model)
    alone = listed.features[:, CONTEXT_FEATURES.index("first_score")].astype(np.float64)
    chosen = choose(listed, alone, np.full_like(alone, PROTOTYPE_CUT))
    grains = ScoredGrains(listed.regions.subset(chosen), alone[chosen])
    return number_grains(grains, film.astype(np.float32), LEAST_AREA_PX, None)[0]


def default(grey: Grey, model: GrainModel) -> Labels:
    """Do what ``grainscope run`` does with the picture as a file."""
    settings = Settings(input=InputSettings(pixel_size_nm=5.0))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "film.png"
        Image.fromarray(grey).save(path)
        return segment_micrograph(read_micrograph(path, settings.input), settings, model).labels


BEFORE: dict[str, Recipe] = {
    "Otsu + watershed": otsu_watershed,
    "local mean + watershed": local_watershed,
    "prototype": prototype,
}


# The films


def grown(side_px: int = SIDE_PX, databar: bool = False, **growth: float) -> Draw:
    """Grow a film by coalescence and image it, otherwise with default settings."""

    def draw(rng: np.random.Generator) -> tuple[Grey, Labels]:
        settings = FilmSettings(height_px=side_px, width_px=side_px, **growth)
        image = image_film(grow_film(settings, rng), SemSettings(databar=databar), rng)
        return image.intensity, image.labels

    return draw


def lettered(rng: np.random.Generator) -> tuple[Grey, Labels]:
    """Burn a panel letter and a scale bar into a film above its databar; grains end at ink."""
    grey, labels = grown(databar=True, coverage=0.5, nucleation_density_per_um2=120)(rng)
    grey, ink = grey.copy(), np.zeros_like(grey)
    for canvas in (grey, ink):
        cv2.putText(canvas, "(a)", (8, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 255, 2)
        cv2.putText(canvas, "300 nm", (150, 216), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 255, 2)
        cv2.rectangle(canvas, (160, 224), (220, 229), 255, -1)
    return grey, np.where(ink > 0, 0, labels)


def lobed_and_dendritic(rng: np.random.Generator) -> tuple[Grey, Labels]:
    """Draw grains with bays, and grains with branches."""
    lobed = [outlined(r * bays(rng)) for r in rng.uniform(14, 34, 16)]
    branched = [dendrite(r, rng) for r in rng.uniform(24, 50, 10)]
    return imaged(scattered(lobed + branched, 4, rng, 3 * SIDE_PX // 2), rng)


def tiny_and_large(rng: np.random.Generator) -> tuple[Grey, Labels]:
    """Draw tiny grains, bright as small ones are (they are all edge), beside large dim ones."""
    radii = np.concatenate([rng.uniform(22, 30, 4), rng.uniform(2.2, 4.5, 100)])
    labels = scattered([outlined(np.full(96, r)) for r in radii], 4, rng)
    large = np.bincount(labels.ravel()) > 500
    return imaged(labels, rng, brightness=np.where(large, 0.55, 1.5), blur_px=1.8)


def textured(rng: np.random.Generator) -> tuple[Grey, Labels]:
    """Draw round grains on a bright speckled film."""
    discs = [outlined(np.full(96, r)) for r in rng.uniform(7, 18, 22)]
    return imaged(scattered(discs, 4, rng), rng, film=90.0, texture=0.45)


def elongated(rng: np.random.Generator) -> tuple[Grey, Labels]:
    """Draw bent rods of uneven width, six to sixteen times as long as wide."""
    rods = [rod(length, length / rng.uniform(6, 16), rng) for length in rng.uniform(40, 100, 40)]
    return imaged(scattered(rods, 3, rng), rng)


def scattered(
    grains: list[Mask], gap_px: int, rng: np.random.Generator, side_px: int = SIDE_PX
) -> Labels:
    """Place grains at random, the largest first, without contact; leave out what has no room."""
    labels = np.zeros((side_px, side_px), np.int32)
    around = np.ones((2 * gap_px + 1, 2 * gap_px + 1), np.uint8)
    for number, grain in enumerate(sorted(grains, key=lambda grain: -int(grain.sum())), 1):
        stamp = np.pad(grain, gap_px)
        wide = cv2.dilate(stamp.astype(np.uint8), around) > 0
        for _ in range(300):
            top, left = rng.integers(0, side_px - np.array(stamp.shape) + 1)
            place = labels[top : top + stamp.shape[0], left : left + stamp.shape[1]]
            if not place[wide].any():
                place[stamp] = number
                break
    return labels


def imaged(
    labels: Labels,
    rng: np.random.Generator,
    brightness: NDArray[np.float64] | float = 1.0,
    film: float = 65.0,
    texture: float = 0.06,
    blur_px: float = 1.3,
) -> tuple[Grey, Labels]:
    """Shade the grains (± 20 %), texture the film, blur, and add noise."""
    bright = brightness * rng.uniform(0.8, 1.2, int(labels.max()) + 1)
    bare = texture * smooth_noise(labels.shape, 8.0, rng) / 0.7
    level = np.where(labels > 0, bright[labels], bare).astype(np.float32)
    level = film + 85.0 * cv2.GaussianBlur(level, (0, 0), blur_px)
    grey = level + 8.0 * rng.standard_normal(labels.shape)
    return np.rint(np.clip(grey, 0, 255)).astype(np.uint8), labels


def outlined(radii_px: NDArray[np.float64]) -> Mask:
    """Fill the outline R(φ), given at equal steps of φ."""
    angle = np.linspace(0, 2 * np.pi, len(radii_px), endpoint=False)
    middle = int(radii_px.max()) + 2
    corners = np.stack([np.cos(angle), np.sin(angle)], 1) * radii_px[:, None] + middle
    canvas = np.zeros((2 * middle + 1, 2 * middle + 1), np.uint8)
    cv2.fillPoly(canvas, [np.rint(16 * corners).astype(np.int32)], 1, shift=4)
    return canvas > 0


def bays(rng: np.random.Generator) -> NDArray[np.float64]:
    """R(φ) of a grain with four to seven deep bays."""
    angle = np.linspace(0, 2 * np.pi, 256, endpoint=False)
    lobes, stretch = rng.uniform(0, 2 * np.pi, 2)
    waves = 0.28 * np.cos(rng.integers(4, 8) * angle + lobes)
    return np.asarray(0.72 + waves + 0.06 * np.cos(2 * angle + stretch))


def dendrite(radius_px: float, rng: np.random.Generator) -> Mask:
    """Draw six arms with two pairs of side arms each."""
    middle = int(radius_px) + 4
    canvas = np.zeros((2 * middle + 1, 2 * middle + 1), np.uint8)

    def arm(start: NDArray[np.float64], angle: float, length: float) -> NDArray[np.float64]:
        end = start + radius_px * length * np.array([np.cos(angle), np.sin(angle)])
        ends = np.rint(np.stack([start, end])).astype(int).tolist()
        cv2.line(canvas, ends[0], ends[1], 1, 5)
        return end - start

    first = rng.uniform(0, np.pi / 3)
    for angle in first + np.pi / 3 * np.arange(6):
        start = np.full(2, float(middle))
        along = arm(start, angle, 1.0)
        for share, length in ((0.4, 0.38), (0.7, 0.22)):
            for side in (-1, 1):
                arm(start + share * along, angle + side * np.pi / 3, length)
    return canvas > 0


def rod(length_px: float, width_px: float, rng: np.random.Generator) -> Mask:
    """Draw a bent rod, its width uneven by 18 %."""
    turn, bend = rng.uniform(0, np.pi), rng.uniform(-0.5, 0.5)
    at = np.linspace(-0.5, 0.5, 80)
    axis = length_px * (at + 1j * bend * (at**2 - 0.08)) * np.exp(1j * turn)
    radius = width_px / 2 * (1 + 0.18 * np.sin(9 * at + 7 * turn))
    middle = int(length_px / 2 + width_px) + 2
    canvas = np.zeros((2 * middle + 1, 2 * middle + 1), np.uint8)
    for centre, r in zip(axis + middle * (1 + 1j), radius, strict=True):
        place = (round(16 * centre.real), round(16 * centre.imag))
        cv2.circle(canvas, place, round(16 * r), 1, -1, shift=4)
    return canvas > 0


# The pictures


@dataclass(frozen=True)
class Fault:
    """A fault, the film that provokes it, and the recipe that shows it.

    Attributes
    ----------
    name : str
        Stem of the picture.
    film : callable
    before : str
        One of ``BEFORE``.
    narrow_px : float
        True grains below this diameter are counted once more by themselves; 0 for none.
    """

    name: str
    film: Draw
    before: str
    narrow_px: float = 0.0


FAULTS = (
    Fault("one-threshold", grown(), "Otsu + watershed", 10.0),
    Fault(
        "local-threshold",
        grown(coverage=0.75, nucleation_density_per_um2=60, coalescence_radius_nm=300),
        "local mean + watershed",
    ),
    Fault("one-cut", grown(coverage=0.5), "prototype", 10.0),
    Fault("lobed", lobed_and_dendritic, "Otsu + watershed"),
    Fault("tiny", tiny_and_large, "Otsu + watershed"),
    Fault("texture", textured, "prototype"),
    Fault("letters", lettered, "Otsu + watershed"),
    Fault("elongated", elongated, "prototype"),
    Fault("smallest", grown(120, coverage=0.5), "Otsu + watershed", 6.0),
)


@dataclass(frozen=True)
class Comparison:
    """Grains found against true ones, both numbered from 1 and of ten pixels or more."""

    true: Labels
    found: Labels

    @property
    def is_hit(self) -> Mask:
        """Whether each true grain is found at IoU > 0.5."""
        return best_ious(self.found, self.true) > 0.5

    @property
    def is_false(self) -> Mask:
        """Whether each found grain is no true one at IoU > 0.5."""
        return ~(best_ious(self.true, self.found) > 0.5)

    def narrow(self, narrow_px: float) -> tuple[int, int]:
        """Hits among the true grains below a diameter, and their number."""
        narrow = diameters_px(self.true) < narrow_px
        return int(self.is_hit[narrow].sum()), int(narrow.sum())

    @property
    def ks(self) -> float:
        """Distance between the size distributions of all grains."""
        return ks_distance(*(np.bincount(each.ravel())[1:] for each in (self.true, self.found)))

    @property
    def size_ratio(self) -> float:
        """Median diameter of all grains found, over that of the true ones."""
        return float(np.median(diameters_px(self.found)) / np.median(diameters_px(self.true)))


def compared(true: Labels, found: Labels) -> Comparison:
    """Leave out small regions and number the others."""
    return Comparison(*(numbered(labels) for labels in (true, found)))


def numbered(labels: Labels) -> Labels:
    """Keep and number the regions of ten pixels or more."""
    large = np.bincount(labels.ravel()) >= LEAST_AREA_PX
    return np.asarray(relabel_sequential(np.where(large[labels], labels, 0))[0], np.int32)


def diameters_px(labels: Labels) -> NDArray[np.float64]:
    """Diameter of the disc of equal area, for each label."""
    return np.asarray(2 * np.sqrt(np.bincount(labels.ravel())[1:] / np.pi))


def painted(grey: Grey, layers: list[tuple[Labels, str]]) -> NDArray[np.uint8]:
    """Enlarge the film and draw outlines on it, at most a pixel of the film wide."""
    zoom = PANEL_PX // grey.shape[1]
    pen = np.ones((min(zoom, 3), min(zoom, 3)), np.uint8)
    large = stretched(grey, film_range(grey)).repeat(zoom, 0).repeat(zoom, 1)
    picture = np.repeat(large[:, :, None], 3, axis=2)
    for labels, colour in layers:
        line = outline_of(labels.repeat(zoom, 0).repeat(zoom, 1)).astype(np.uint8)
        picture[cv2.dilate(line, pen) > 0] = ImageColor.getrgb(colour)
    return picture


def result(grey: Grey, both: Comparison) -> NDArray[np.uint8]:
    """Paint what is missed, what is found and what is false, each in its colour."""
    missed = np.append(False, ~both.is_hit)[both.true]
    false = np.append(False, both.is_false)[both.found]
    sky, orange, purple = COLOURS.values()
    return painted(
        grey,
        [
            (np.where(missed, both.true, 0), sky),
            (np.where(false, 0, both.found), orange),
            (np.where(false, both.found, 0), purple),
        ],
    )


def heading(method: str, both: Comparison, narrow_px: float) -> str:
    """Say which method it is, and what it found."""
    lines = [
        method,
        f"hit {both.is_hit.sum()} of {len(both.is_hit)} · {both.is_false.sum()} false"
        f" · median diameter × {both.size_ratio:.2f}",
    ]
    if narrow_px:
        hit, narrow = both.narrow(narrow_px)
        lines.append(f"below {narrow_px:g} px: hit {hit} of {narrow} · KS of all {both.ks:.2f}")
    return "\n".join(lines)


@house_style()
def drawn(panels: dict[str, NDArray[np.uint8]]) -> Image.Image:
    """Put pictures side by side, each below its heading, pixel for pixel, above one legend."""
    width = len(panels) * (PANEL_PX + GAP_PX) - GAP_PX
    rows = max(len(picture) for picture in panels.values())
    head = LINE_PX * max(len(title.splitlines()) for title in panels) + GAP_PX
    height = head + rows + FOOT_PX
    figure = Figure(figsize=(width / 100, height / 100), dpi=100)
    for k, (title, picture) in enumerate(panels.items()):
        left = k * (PANEL_PX + GAP_PX)
        figure.figimage(picture, left, FOOT_PX, origin="upper")
        middle, top = (left + PANEL_PX / 2) / width, 1 - (head - GAP_PX / 2) / height
        figure.text(middle, top, title, ha="center", va="bottom", fontsize=18, linespacing=1.15)
    lines = [Line2D([], [], color=colour, linewidth=5) for colour in COLOURS.values()]
    figure.legend(lines, list(COLOURS), loc="lower center", ncols=3, fontsize=18, borderaxespad=0.1)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return in_few_colours(Image.fromarray(np.asarray(canvas.buffer_rgba())[:, :, :3]))


def in_few_colours(picture: Image.Image) -> Image.Image:
    """Keep the outlines' colours and 29 greys: a quarter of the bytes."""
    palette = [round(k * 255 / 28) for k in range(29) for _ in range(3)]
    for colour in COLOURS.values():
        palette += ImageColor.getrgb(colour)
    few = Image.new("P", (1, 1))
    few.putpalette(palette)
    return picture.quantize(palette=few, dither=Image.Dither.NONE)


def pictured(fault: Fault, grey: Grey, before: Comparison, after: Comparison) -> Image.Image:
    """Draw the film with its true grains, and what was found before and after."""
    truth = painted(grey, [(before.true, SKY)])
    then = heading(f"before: {fault.before}", before, fault.narrow_px)
    now = heading("after: default method", after, fault.narrow_px)
    return drawn(
        {
            f"film and its {len(before.is_hit)} true grains": truth,
            then: result(grey, before),
            now: result(grey, after),
        }
    )


def tallied(fault: Fault, pairs: list[tuple[Comparison, Comparison]]) -> str:
    """Return a row of the table: all films of a fault, before and after."""
    cells = [fault.name, fault.before, str(sum(len(before.is_hit) for before, _ in pairs))]
    for k in (0, 1):
        cells.append(str(sum(int(both[k].is_hit.sum()) for both in pairs)))
        cells.append(str(sum(int(both[k].is_false.sum()) for both in pairs)))
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Draw every fault and print the table."""
    model = load_model()
    if not isinstance(model, GrainModel):
        raise SystemExit("the shipped model is not one of the default method")
    FOLDER.mkdir(exist_ok=True)
    print("| fault | before by | true | hit before | false before | hit after | false after |")
    print("|---|---|---|---|---|---|---|")
    for fault in FAULTS:
        pairs = []
        for seed in SEEDS:
            grey, true = fault.film(np.random.default_rng(seed))
            before = compared(true, BEFORE[fault.before](grey, model))
            after = compared(true, default(grey, model))
            pairs.append((before, after))
            if seed == SEEDS[0]:
                picture = pictured(fault, grey, before, after)
                picture.save(FOLDER / f"{fault.name}.png", optimize=True)
        print(tallied(fault, pairs), flush=True)
    low, high = model.cut_score.min(), model.cut_score.max()
    print(f"cut of the shipped model: from {low:g} to {high:g}; wrote {FOLDER}")


if __name__ == "__main__":
    main()
