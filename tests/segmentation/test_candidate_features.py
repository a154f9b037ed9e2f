"""What a candidate looks like: closed forms, drawn profiles, and no change where there is none."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from grainscope.opencv import cv2
from grainscope.segmentation import candidate_features
from grainscope.segmentation.candidate_features import FEATURES, describe_regions
from grainscope.segmentation.candidates import find_candidates
from grainscope.segmentation.features import scale_to_unit

#: From a histogram: a level on the border of two cells can go to the other one.
OF_CELLS = ("valley", "inside_range")
OF_THE_IMAGE = ("noise", "sharp_noise", "grain_share")


@pytest.fixture
def described(regions_of):
    """Describe masks on a film; without maps they are zero."""

    def describe(mask, film=None, grain=None, core=None):
        film = mask.astype(np.float32) if film is None else film.astype(np.float32)
        grain = np.zeros_like(film) if grain is None else grain.astype(np.float32)
        core = np.zeros_like(film) if core is None else core.astype(np.float32)
        row = describe_regions(regions_of([mask]), film, grain, core, 1)[0]
        return dict(zip(FEATURES, row.astype(float).tolist(), strict=True))

    return describe


def disc(radius, side=None, at=(0.0, 0.0)):
    side = side or 2 * int(radius) + 25
    y, x = np.indices((side, side)) - side // 2
    return (y - at[0]) ** 2 + (x - at[1]) ** 2 <= radius**2


# ---- shape


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 12), (12, 1), (8, 8), (5, 17), (40, 90)])
def test_rectangles_in_closed_form(described, height, width):
    mask = np.zeros((60, 110), bool)
    mask[9 : 9 + height, 12 : 12 + width] = True
    found = described(mask)
    area, around = height * width, 2 * (height + width)
    assert found["log10_area"] == pytest.approx(np.log10(area), abs=1e-6)
    assert found["solidity"] == found["box_fill"] == 1
    assert found["hull_gap"] == found["on_frame"] == 0
    assert found["area_to_outline"] == pytest.approx(area / around)
    assert found["circularity"] == pytest.approx(64 * area / (np.pi * around**2))
    assert found["aspect"] == pytest.approx(min(height, width) / max(height, width))
    assert found["ellipse_fit"] == pytest.approx(3 / np.pi)  # variances are n²/12


def test_a_square_has_the_circularity_four_over_pi(described):
    mask = np.zeros((30, 30), bool)
    mask[5:21, 6:22] = True
    assert described(mask)["circularity"] == pytest.approx(4 / np.pi)


@pytest.mark.parametrize("radius", [5, 9.3, 15.5, 30, 70])
def test_a_disc_is_round(described, radius):
    found = described(disc(radius))
    assert found["circularity"] == pytest.approx(1, abs=2 / radius)
    assert found["aspect"] == pytest.approx(1, abs=1e-3)
    assert found["ellipse_fit"] == pytest.approx(1, abs=0.2 / radius)
    assert found["box_fill"] == pytest.approx(np.pi / 4, abs=1 / radius)
    assert found["solidity"] == pytest.approx(1, abs=1 / radius)
    assert found["area_to_outline"] == pytest.approx(radius * np.pi / 8, rel=2 / radius)


@pytest.mark.parametrize("angle", [0.0, 0.4, np.pi / 4, 1.3, 2.2, 3.0])
@pytest.mark.parametrize(("long", "short"), [(30, 15), (36, 9), (24, 21.6)])
def test_moments_are_those_of_the_ellipse(described, angle, long, short):
    y, x = np.indices((81, 81)) - 40.3
    u, v = x * np.cos(angle) + y * np.sin(angle), -x * np.sin(angle) + y * np.cos(angle)
    found = described((u / long) ** 2 + (v / short) ** 2 <= 1)
    assert found["aspect"] == pytest.approx(short / long, rel=0.015)
    assert found["ellipse_fit"] == pytest.approx(1, abs=0.01)
    assert 10 ** found["log10_area"] == pytest.approx(np.pi * long * short, rel=0.01)


def hull_area(mask):
    """Area of the hull of the pixel squares, by another program."""
    y, x = np.nonzero(mask)
    return ConvexHull(np.concatenate([[y + a, x + b] for a in (0, 1) for b in (0, 1)], 1).T).volume


def test_the_hull_is_that_of_the_pixel_squares(described, blob, rng):
    for _ in range(40):
        mask, _ = blob(rng)
        found = described(mask)
        hull = hull_area(mask)
        assert found["solidity"] == pytest.approx(mask.sum() / hull, rel=1e-6)
        gap = found["area_to_outline"] * (hull - mask.sum()) / mask.sum()
        assert found["hull_gap"] == pytest.approx(gap, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "hull"), [("L", 100 - 18), ("U", 100), ("plus", 100 - 8), ("triangle", 60)]
)
def test_polygons_have_known_hulls(described, name, hull):
    mask = np.zeros((20, 20), bool)
    if name == "L":  # the hull cuts a triangle off the missing 6 × 6
        mask[5:15, 5:15] = True
        mask[5:11, 9:15] = False
        hull = 100 - 6 * 6 / 2
    elif name == "U":
        mask[5:15, 5:15] = True
        mask[5:12, 8:12] = False
    elif name == "plus":
        mask[5:15, 9:11] = mask[9:11, 5:15] = True
        hull = 100 - 4 * 4 * 4 / 2
    else:  # steps of one pixel: half of every corner square, and 10 along the steps
        for k in range(10):
            mask[5 + k, 5 : 6 + k] = True
        hull = 10 * 10 / 2 + 10 - 0.5
        assert hull_area(mask) == pytest.approx(hull)
    if name == "L":
        hull = hull_area(mask)
    assert described(mask)["solidity"] == pytest.approx(mask.sum() / hull)


# ---- the frame


def test_the_share_on_the_frame_by_hand(described):
    mask = np.zeros((12, 14), bool)
    mask[0:4, 0:6] = True  # 4 + 6 of 20 sides
    assert described(mask)["on_frame"] == pytest.approx(10 / 20)
    mask = np.zeros((12, 14), bool)
    mask[2:9, 8:14] = True  # 7 of 26
    assert described(mask)["on_frame"] == pytest.approx(7 / 26)
    mask[4:6, 10:12] = False  # a hole has an outline too: 8 more
    assert described(mask)["on_frame"] == pytest.approx(7 / 34)
    mask = np.zeros((12, 14), bool)
    mask[5] = True  # a band from side to side
    assert described(mask)["on_frame"] == pytest.approx(2 / 30)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (6, 7)])
def test_a_region_that_is_the_image_lies_on_the_frame(described, shape):
    found = described(np.ones(shape, bool))
    assert found["on_frame"] == found["solidity"] == 1
    assert all(np.isfinite(value) for value in found.values())


def test_the_side_on_the_frame_is_not_looked_at(described):
    """Half a disc at the frame: the same edge as the whole one."""
    whole = disc(12, 61)
    film = cv2.GaussianBlur(whole.astype(np.float32), (0, 0), 1.2)
    half = described(whole[:, 30:].copy(), film[:, 30:].copy())
    found = described(whole, film)
    assert half["on_frame"] == pytest.approx(25 / (2 * (25 + 13)))
    for name in ("step", "sharp_step", "half_height", "inner_level", "outer_level"):
        assert half[name] == pytest.approx(found[name], abs=0.02)


# ---- the edge


@pytest.mark.parametrize("sigma", [0.8, 1.4, 2.0])
def test_the_outline_of_a_blurred_disc_is_at_half_height(described, sigma):
    """And too far out or in it is not: the feature tells which."""
    film = cv2.GaussianBlur(disc(20, 81).astype(np.float32), (0, 0), sigma)
    found = [described(disc(r, 81), film)["half_height"] for r in (17.5, 20, 22.5)]
    assert found[1] == pytest.approx(0.5, abs=0.05)
    assert found[0] > 0.7
    assert found[2] < 0.3


def test_a_closed_disc_has_the_same_step_all_around(described):
    film = 0.2 + 0.6 * cv2.GaussianBlur(disc(20, 81).astype(np.float32), (0, 0), 0.7)
    found = described(disc(20, 81), film)
    # Profiles follow rows and columns, and graze the outline where it is oblique.
    assert 0.85 * 0.6 < found["step"] < 0.6
    assert found["weakest_sector"] == pytest.approx(found["step"], abs=0.03)
    assert found["second_sector"] == pytest.approx(found["step"], abs=0.03)
    assert found["weakest_wide"] == pytest.approx(found["wide_step"], abs=0.03)
    assert found["weak_share"] < 0.06
    assert found["contrast"] == pytest.approx(found["inside_mean"] - found["outer_level"])


def test_the_weakest_sector_is_the_open_one(described):
    """A bright neighbour behind an eighth of the outline, which sees no step."""
    y, x = np.indices((81, 81)) - 40
    angle = np.degrees(np.arctan2(y, x))
    behind = disc(20, 81) | ((abs(angle) < 25.5) & (np.hypot(y, x) > 15))
    open_side = described(disc(20, 81), behind)
    closed = described(disc(20, 81), disc(20, 81))
    # The pixel at each pole stands out by itself: two of the sector's 19 profiles run across it.
    assert closed["weakest_sector"] == pytest.approx(17 / 19)
    assert open_side["weakest_sector"] < 0.1
    assert open_side["weakest_wide"] < 0.2  # read farther out, partly beside the neighbour
    assert min(open_side["second_sector"], open_side["second_wide"]) > 0.75
    assert open_side["step"] == pytest.approx(closed["step"] * 7 / 8, abs=0.03)


def test_a_square_with_one_side_against_another_grain_by_hand(described):
    """Step 1 on three sides and 0 on the fourth."""
    mask = np.zeros((40, 40), bool)
    mask[10:20, 10:20] = True
    film = mask.copy()
    film[8:22, 20:35] = True
    found = described(mask, film, grain=film, core=0.5 * film)
    for name in ("step", "sharp_step", "map_step", "contrast"):
        assert found[name] == pytest.approx(0.75)
    assert found["inner_level"] == found["inside_mean"] == found["inside_grain"] == 1
    assert found["outer_level"] == found["outer_grain"] == pytest.approx(0.25)
    for name in ("weak_share", "touching_share", "weak_map_share"):
        assert found[name] == pytest.approx(0.25)
    assert found["step_sd"] == pytest.approx(np.sqrt(0.75 * 0.25))
    assert found["weakest_sector"] == found["weakest_map"] == pytest.approx(0, abs=0.2)
    assert found["step_median"] == pytest.approx(1, abs=0.025)
    assert found["step_q10"] == pytest.approx(0, abs=0.025)
    assert found["inside_core"] == pytest.approx(0.5)
    assert found["inside_rim"] == pytest.approx(0.5 * 100 / 40)
    assert found["outer_sd"] == pytest.approx(np.sqrt(0.25 * 0.75) / 0.75)
    assert found["half_height"] == pytest.approx((0.75 * 0.5 + 0.25 - 0.25) / 0.75)
    assert found["inside_sd"] == found["sd_to_step"] == 0
    assert found["grain_share"] == pytest.approx(film.mean())


def profiles(mask, image, first, last):
    """Grey levels across each pair of 4-neighbours in and out, by distance; and where it is."""
    height, width = mask.shape
    levels, places = [], []
    for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        for y, x in zip(*np.nonzero(mask), strict=True):
            v, u = y + dy, x + dx
            if not (0 <= v < height and 0 <= u < width) or mask[v, u]:
                continue
            at = np.arange(first, last + 1)
            rows, columns = np.clip(y + at * dy, 0, height - 1), np.clip(x + at * dx, 0, width - 1)
            levels.append(image[rows, columns])
            places.append((y, x))
    return np.array(levels, float).T, np.array(places, float)


def weakest_two(places, centre, value):
    angle = np.arctan2(*(places - centre).T)
    sector = np.round(angle / (np.pi / 4)).astype(int) % 8
    n = np.bincount(sector, minlength=8)
    means = [value[sector == s].mean() for s in range(8) if n[s] >= max(0.03 * n.sum(), 1)]
    return sorted(means)[:2]


def test_profiles_are_those_of_another_program(described, blob):
    """Every feature of the edge, from the definition, one pair of pixels after the other."""
    rng = np.random.default_rng(6)
    for _ in range(15):
        mask, film = blob(rng)
        film = (film + rng.normal(0, 0.05, film.shape)).astype(np.float32)
        grain = np.clip(film, 0, 1)
        found = described(mask, film, grain, grain**2)
        (i3, i2, i1, o1, o2, o3), places = profiles(mask, film, -2, 3)
        map_step = np.subtract(*profiles(mask, grain, -1, 2)[0][[0, 3]])
        coarse = cv2.GaussianBlur(film, (0, 0), 1.4)
        wide = np.subtract(*profiles(mask, coarse, -4, 5)[0][[0, 9]])
        step, outer = (i2 + i3 - o2 - o3) / 2, (o2 + o3) / 2
        drops = np.array([i3 - i2, i2 - i1, i1 - o1, o1 - o2, o2 - o3])
        sharpest = drops.argmax(axis=0) - 2
        scale = max(abs(step.mean()), 0.02)
        centre = np.argwhere(mask).mean(axis=0)
        noise = np.median(abs(film - coarse)) + 1e-3
        expected = {
            "sharp_step": (i1 - o1).mean(),
            "step": step.mean(),
            "step_sd": step.std(),
            "inner_level": (i2 + i3).mean() / 2,
            "outer_level": outer.mean(),
            "half_height": ((i1 + o1).mean() / 2 - outer.mean()) / scale,
            "edge_offset": sharpest.mean(),
            "edge_offset_sd": sharpest.std(),
            "steepest": drops.max(axis=0).mean(),
            "wide_step": wide.mean(),
            "map_step": map_step.mean(),
            "outer_sd": outer.std() / scale,
            "contrast": film[mask].mean() - outer.mean(),
            "inside_mean": film[mask].mean(),
            "inside_sd": film[mask].std(),
            "sd_to_step": film[mask].std() / scale,
            "inside_grain": grain[mask].mean(),
            "inside_core": (grain[mask] ** 2).mean(),
            "step_to_noise": step.mean() / noise,
            "noise": noise,
        }
        for name, value in (("sector", step), ("wide", wide), ("map", map_step)):
            both = weakest_two(places, centre, value)
            expected[f"weakest_{name}"], expected[f"second_{name}"] = both
        same(found, expected, expected)
        # Quantiles come from a histogram of cells 0.025 wide.
        assert found["step_median"] == pytest.approx(np.median(step), abs=0.03)
        assert found["weak_share"] == pytest.approx((step < 0.3 * step.mean()).mean(), abs=0.06)
        assert found["touching_share"] == pytest.approx(
            (profiles(mask, grain, 2, 2)[0][0] > 0.5).mean(), abs=1e-6
        )
        assert found["weak_map_share"] == pytest.approx((map_step < 0.2).mean(), abs=0.01)


@pytest.mark.parametrize("away", [-2, -1, 0, 1, 2])
def test_the_edge_offset_counts_the_pixels_to_the_sharpest_drop(described, away):
    grain = np.zeros((40, 40), bool)
    grain[10:28, 11:29] = True
    mask = np.zeros((40, 40), bool)
    mask[10 + away : 28 - away, 11 + away : 29 - away] = True
    found = described(mask, grain)
    corners = 8 * max(-away, 0) / (4 * (18 - 2 * away))  # beside a corner there is no drop
    assert found["edge_offset"] == pytest.approx(away * (1 - corners) - 2 * corners, abs=1e-6)
    assert found["steepest"] == pytest.approx(1 - corners)


def test_a_brighter_film_and_a_stronger_one(described, blob, rng):
    """Levels move with the film, steps grow with it, and what is relative stays."""
    mask, film = blob(rng)
    plain, bright, strong = (described(mask, f) for f in (film, film + 0.25, film * 2))
    relative = ("half_height", "weak_share", "edge_offset", "edge_offset_sd", "outer_sd")
    for name in ("step", "sharp_step", "step_sd", "weakest_sector", "contrast", "inside_sd"):
        assert bright[name] == pytest.approx(plain[name], abs=1e-5)
        assert strong[name] == pytest.approx(2 * plain[name], abs=1e-5)
    for name in ("inner_level", "outer_level", "inside_mean"):
        assert bright[name] == pytest.approx(plain[name] + 0.25, abs=1e-5)
        assert strong[name] == pytest.approx(2 * plain[name], abs=1e-5)
    for name in relative[:1] + relative[2:]:
        assert bright[name] == pytest.approx(plain[name], abs=1e-4)
        assert strong[name] == pytest.approx(plain[name], abs=1e-4)


# ---- what must not matter


def same(found, expected, names, tolerance=1e-4):
    assert [
        (name, found[name], expected[name])
        for name in names
        if abs(found[name] - expected[name]) > tolerance * (1 + abs(expected[name]))
    ] == []


TURNS = {
    "quarter": partial(np.rot90, k=1),
    "half": partial(np.rot90, k=2),
    "three quarters": partial(np.rot90, k=3),
    "left to right": np.fliplr,
    "upside down": np.flipud,
    "transposed": np.transpose,
}


def turned(described, turn, mask, film):
    maps = (film, np.clip(film, 0, 1), np.clip(film, 0, 1) ** 2)
    straight = described(mask, *maps)
    images = [np.ascontiguousarray(turn(image)) for image in (mask, *maps)]
    return straight, described(*images)


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
def test_turns_and_mirrors_change_no_feature_of_a_ragged_region(described, blob, turn):
    rng = np.random.default_rng(8)
    for _ in range(25):
        mask, film = blob(rng)
        noisy = (film + rng.normal(0, 0.1, film.shape)).astype(np.float32)
        straight, other = turned(described, turn, mask, noisy)
        same(other, straight, set(FEATURES) - set(OF_CELLS))


@pytest.mark.parametrize("turn", [np.flipud, np.fliplr], ids=["upside down", "left to right"])
def test_mirrors_change_no_feature_at_all(described, blob, turn):
    rng = np.random.default_rng(9)
    for _ in range(25):
        mask, film = blob(rng, 47)  # odd: every second row stays one in the mirror
        straight, other = turned(described, turn, mask, film)
        same(other, straight, FEATURES)


def test_quarter_turns_change_no_feature_at_all(described, blob):
    rng = np.random.default_rng(8)
    for _ in range(10):
        mask, film = blob(rng, 47)
        straight, other = turned(described, np.rot90, mask, film)
        same(other, straight, FEATURES, tolerance=0.03)  # a cell of the histogram is 0.025


def test_turns_change_no_sector_of_a_symmetric_region(described, rng):
    """Its centre is that of a pixel: no pixel may lie between two sectors."""
    film = disc(9, 61) * 0.5 + 2 * cv2.GaussianBlur(rng.random((61, 61)), (0, 0), 2)
    straight, other = turned(described, np.rot90, disc(9, 61), film.astype(np.float32))
    names = ("weakest_sector", "second_sector", "weakest_wide", "weakest_map", "second_map")
    same(other, straight, names, tolerance=2e-3)


def test_a_shift_changes_nothing(described, blob, rng):
    mask, film = blob(rng)
    film = np.pad(film * mask, 30)  # the same pixels around, far from the frame
    mask = np.pad(mask, 30)
    shifted = described(*(np.roll(image, (6, -9), (0, 1)) for image in (mask, film)))
    same(shifted, described(mask, film), FEATURES)


def test_the_other_candidates_do_not_matter(regions_of, blob, rng):
    masks = [blob(rng)[0] for _ in range(12)]
    film = blob(rng)[1]
    maps = (film, film, film * film)
    whole = describe_regions(regions_of(masks), *maps, 1)
    some = np.array([7, 2, 3])
    assert describe_regions(regions_of(masks).subset(some), *maps, 1).tobytes() == (
        whole[some].tobytes()
    )


@pytest.mark.parametrize("chunk", [1, 7, 100])
def test_threads_and_chunks_do_not_matter(regions_of, blob, rng, monkeypatch, chunk):
    masks = [blob(rng)[0] for _ in range(30)]
    film = blob(rng)[1]
    one = describe_regions(regions_of(masks), film, film, film * film, 1)
    monkeypatch.setattr(candidate_features, "_CHUNK", chunk)  # else all would be in one
    for n_threads in (1, 2, 5):
        found = describe_regions(regions_of(masks), film, film, film * film, n_threads)
        assert found.tobytes() == one.tobytes()


def test_images_that_may_not_be_written_are_read(regions_of, blob, rng):
    mask, film = blob(rng)
    writable = describe_regions(regions_of([mask]), film, film, film, 1)
    film.flags.writeable = False
    assert describe_regions(regions_of([mask]), film, film, film, 1).tobytes() == writable.tobytes()


# ---- any image


def awkward_films():
    rng = np.random.default_rng(5)
    noise = rng.normal(0, 1, (70, 64))
    hot = noise.copy()
    hot[30, 30] = 1e7
    yield "noise", noise
    yield "constant", np.full((70, 64), 3.0)
    yield "saturated", np.where(noise > 0.3, 255.0, 0.0)
    yield "almost all saturated", np.where(noise > 3, 0.0, 65535.0)
    yield "a hot pixel", hot
    yield "a step", np.where(np.arange(64) > 30, 1.0, 0.0) * np.ones((70, 1))
    yield "a ramp", np.indices((70, 64)).sum(axis=0)
    yield "one row", noise[:1]
    yield "one column", noise[:, :1]


@pytest.mark.parametrize(("name", "film"), list(awkward_films()))
def test_features_are_finite(name, film):
    film = scale_to_unit(film.astype(np.float32))
    rng = np.random.default_rng(0)
    for grain in (np.zeros_like(film), np.ones_like(film), rng.random(film.shape, np.float32)):
        core = grain * np.float32(0.5)
        regions = find_candidates(film, grain, core)
        found = describe_regions(regions, film, grain, core, 1)
        assert found.shape == (len(regions), len(FEATURES))
        assert np.isfinite(found).all()
    assert len(regions) > 0 or 1 in film.shape


def test_a_film_without_candidates_has_no_rows():
    blank = np.zeros((5, 6), np.float32)
    regions = find_candidates(blank, blank, blank)
    assert describe_regions(regions, blank, blank, blank).shape == (0, len(FEATURES))
