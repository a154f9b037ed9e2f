"""Synthetic films: conserved volume, truth that holds what it promises, an honest microscope."""

import math

import numpy as np
import pytest

from grainscope.settings import FilmSettings, SemSettings
from grainscope.synthetic import Film, grow_film, image_film
from grainscope.synthetic.cap_shape import volume_factor
from grainscope.synthetic.coalescence import Caps, coalesce
from grainscope.synthetic.overlap_kernels import overlapping_pairs
from grainscope.synthetic.power_kernels import own_pixels

SMALL = FilmSettings(height_px=160, width_px=200, coalescence_radius_nm=80)


def random_caps(seed, n, longest):
    rng = np.random.default_rng(seed)
    return Caps(rng.random((n, 2)) * 100, longest * rng.random(n), np.arange(n, dtype=np.uint64))


def bare_film(shape, pixel_size_nm=5.0):
    nothing = np.empty(0)
    return Film(np.zeros(shape, int), np.zeros(shape), np.empty((0, 2)), nothing, pixel_size_nm)


@pytest.mark.parametrize(("angle", "volume"), [(90, 2 * math.pi / 3), (180, 4 * math.pi / 3)])
def test_volume_of_hemisphere_and_sphere(angle, volume):
    assert volume_factor(angle) == pytest.approx(volume)


def test_volume_of_a_flat_cap_agrees_with_its_height():
    height = math.tan(math.radians(15))  # a cap of base radius 1 is tan(θ/2) high
    assert volume_factor(30) == pytest.approx(math.pi * height * (3 + height**2) / 6)


@pytest.mark.parametrize(("height_px", "width_px"), [(40, 1500), (1500, 40)])
def test_a_narrow_film_has_as_many_grains_as_a_wide_one_of_its_area(height_px, width_px):
    """Nuclei must look for bare film where the caps are drawn, at the far end too."""
    narrow, wide = (
        sum(len(grow_film(film, np.random.default_rng(seed)).radii_nm) for seed in range(6))
        for film in (
            FilmSettings(height_px=height_px, width_px=width_px),
            FilmSettings(height_px=200, width_px=300),
        )
    )
    assert narrow == pytest.approx(wide, rel=0.12)


@pytest.mark.parametrize("seed", range(4))
def test_overlaps_agree_with_every_pair_tried(seed):
    caps = random_caps(seed, 60, 20)
    offset = caps.centres[:, None] - caps.centres[None]
    offset -= np.round(offset / 100) * 100
    meet = np.hypot(offset[..., 0], offset[..., 1]) < caps.radii[:, None] + caps.radii
    expected = {(i, j) for i, j in zip(*np.nonzero(np.triu(meet, 1)), strict=True)}
    first, second = overlapping_pairs(caps.centres, caps.radii, 100, 100)
    assert len(first) == len(expected)
    assert {tuple(sorted(pair)) for pair in zip(first, second, strict=True)} == expected


def test_coalescence_conserves_volume_and_leaves_no_overlap():
    caps = random_caps(0, 300, 5)
    merged = coalesce(caps, (100.0, 100.0), 1e9)
    assert len(merged.radii) < 300
    assert (merged.radii**3).sum() == pytest.approx((caps.radii**3).sum(), rel=1e-12)
    assert len(overlapping_pairs(merged.centres, merged.radii, 100, 100)[0]) == 0


def test_a_pair_across_the_edge_merges_at_the_edge():
    pair = Caps(np.array([[50.0, 1.0], [50.0, 99.0]]), np.full(2, 2.0), np.arange(2, dtype="u8"))
    merged = coalesce(pair, (100.0, 100.0), 1e9)
    assert merged.centres[0, 1] % 100 == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("radius", "share"), [(0.5, 16 / 17), (1.0, 1 / 2), (1.5, 16 / 97)])
def test_share_of_pairs_that_merge_follows_the_law(radius, share):
    """1/(1 + (r_min/R_c)⁴) of 2000 separate pairs, to 5 standard errors."""
    n = 2000
    apart = np.tile([5.0, 5.0 + 1.5 * radius], n)
    centres = np.stack([np.repeat(np.arange(n) * 10.0, 2) + 5, apart], 1)
    pairs = Caps(centres, np.full(2 * n, radius), np.arange(2 * n, dtype=np.uint64))
    merged = coalesce(pairs, (10.0 * n, 20.0), 1.0)
    error = math.sqrt(share * (1 - share) / n)
    assert (2 * n - len(merged.radii)) / n == pytest.approx(share, abs=5 * error)
    again = coalesce(merged, (10.0 * n, 20.0), 1.0)
    assert len(again.radii) == len(merged.radii)


def test_unequal_discs_share_the_line_through_their_crossings():
    rows, columns = np.indices((21, 41), dtype=np.float32)
    centres, radii = np.array([[10.0, 12.0], [10.0, 24.0]]), np.array([10.0, 6.0])
    owner, _ = own_pixels(centres, radii, rows, columns, 0.0)
    border = 12 + (12**2 + 10**2 - 6**2) / (2 * 12)
    assert owner[10, math.floor(border)] == 1
    assert owner[10, math.ceil(border)] == 2


@pytest.mark.parametrize("coverage", [0.3, 0.55, 0.75])
def test_coverage_is_the_one_asked_for(coverage):
    film = grow_film(SMALL.model_copy(update={"coverage": coverage}), np.random.default_rng(3))
    assert film.coverage == pytest.approx(coverage, abs=0.02)


@pytest.mark.parametrize("irregularity", [0.0, 1.0])
def test_grains_are_numbered_without_gaps_and_in_one_piece(irregularity):
    from skimage.measure import label

    film = grow_film(
        SMALL.model_copy(update={"irregularity": irregularity}), np.random.default_rng(5)
    )
    n = len(film.radii_nm)
    assert np.array_equal(np.unique(film.labels), np.arange(n + 1))
    assert label(film.labels, connectivity=2).max() == n
    assert not film.relief_px[film.labels == 0].any()


def test_relief_of_round_grains_is_that_of_their_spheres():
    settings = SMALL.model_copy(update={"irregularity": 0.0, "contact_angle_degrees": 90.0})
    film = grow_film(settings, np.random.default_rng(5))
    rows, columns = np.nonzero(film.labels)
    grain = film.labels[rows, columns] - 1
    radius = film.radii_nm[grain] / film.pixel_size_nm
    away = np.stack([rows, columns], 1) - film.centres_px[grain]
    squared = film.relief_px[rows, columns] ** 2 + (away**2).sum(axis=1)
    assert np.allclose(squared, radius**2, rtol=1e-3)


def test_equal_seeds_give_equal_images_and_others_do_not():
    def drawn(seed):
        rng = np.random.default_rng(seed)
        return image_film(grow_film(SMALL, rng), SemSettings(), rng)

    first, again, other = drawn(1), drawn(1), drawn(2)
    assert np.array_equal(first.intensity, again.intensity)
    assert np.array_equal(first.labels, again.labels)
    assert not np.array_equal(first.intensity, other.intensity)


def test_a_larger_coalescence_radius_leaves_fewer_touching_grains():
    def contact_share(radius_nm):
        settings = SMALL.model_copy(update={"coalescence_radius_nm": radius_nm})
        labels = grow_film(settings, np.random.default_rng(2)).labels
        left, right = labels[:, :-1], labels[:, 1:]
        return np.mean((left != right) & (left > 0) & (right > 0))

    assert contact_share(15.0) > 3 * contact_share(1e6)


def test_grains_are_brighter_than_the_film():
    rng = np.random.default_rng(4)
    film = grow_film(SMALL, rng)
    image = image_film(film, SemSettings(databar=False), rng)
    grains, bare = image.intensity[film.labels > 0], image.intensity[film.labels == 0]
    assert np.percentile(grains, 25) > np.percentile(bare, 75)


def test_databar_has_a_bar_of_the_stated_length_and_no_grains():
    rng = np.random.default_rng(4)
    film = grow_film(SMALL, rng)
    image = image_film(film, SemSettings(), rng)
    strip = image.intensity[160:]
    number, unit = image.scale_bar_label.split()
    length_nm = float(number) * {"nm": 1, "µm": 1000}[unit]
    assert image.scale_bar_px == pytest.approx(length_nm / 5.0, abs=0.5)
    bar_row = strip[len(strip) // 2] == 255
    runs = np.diff(np.flatnonzero(np.diff(np.concatenate([[0], bar_row, [0]]))))[::2]
    assert image.scale_bar_px in runs
    assert not image.labels[160:].any()
    assert np.array_equal(image.labels[:160], film.labels)


def test_noise_of_a_flat_film_is_poisson():
    """Grey = counts · 255/dose, so the variance is mean · 255/dose (plus 1/12 of rounding)."""
    dose = 40.0
    from grainscope.synthetic.image_film import _counted

    grey = _counted(np.full((400, 400), 0.4, np.float32), dose, np.random.default_rng(0))
    assert grey.mean() == pytest.approx(0.4 * 255, rel=0.01)
    assert grey.var() == pytest.approx(grey.mean() * 255 / dose, rel=0.03)


@pytest.mark.parametrize("shape", [(1, 1), (3, 40), (16, 16)])
def test_a_bare_film_of_any_size_can_be_imaged(shape):
    image = image_film(bare_film(shape), SemSettings(), np.random.default_rng(0))
    assert image.intensity.shape[1] == shape[1]
    assert not image.labels.any()


def test_the_smallest_film_grows():
    film = grow_film(FilmSettings(height_px=16, width_px=16), np.random.default_rng(0))
    assert film.labels.shape == (16, 16)


def test_written_film_reads_back_with_its_pixel_size(tmp_path):
    from grainscope.files import inspect_image, read_label_image
    from grainscope.files.synthetic_films import write_film
    from grainscope.settings import InputSettings

    rng = np.random.default_rng(4)
    image = image_film(grow_film(SMALL, rng), SemSettings(), rng)
    path = write_film(tmp_path, "a", image)
    assert np.array_equal(read_label_image(tmp_path / "masks" / "a.tif"), image.labels)
    size = inspect_image(path, InputSettings()).pixel_size
    assert size is not None
    assert size.value_nm == pytest.approx(5.0)


def test_command_writes_films_and_refuses_an_impossible_coverage(tmp_path, capsys):
    from grainscope.cli import run_command_line

    options = ["synth", "-o", str(tmp_path), "--size-px", "64", "80", "--no-databar"]
    assert run_command_line([*options, "--count", "2"]) == 0
    assert sorted(p.name for p in tmp_path.glob("*.tif")) == ["film_000.tif", "film_001.tif"]
    assert run_command_line([*options, "--coverage", "1.5"]) == 2
    assert "--coverage: got 1.5" in capsys.readouterr().err


def test_a_cap_that_swallows_a_nucleus_stays_apart_from_what_it_stopped_against():
    kept = 0
    for first in range(0, 300, 3):
        names = np.arange(first, first + 3, dtype="u8")
        pair = Caps(np.array([[50.0, 40.0], [50.0, 78.0]]), np.full(2, 20.0), names[:2])
        stopped = coalesce(pair, (100.0, 100.0), 20.0)
        if len(stopped.radii) == 1:
            continue
        kept += 1
        nucleus = Caps(np.array([[50.0, 25.0]]), np.array([1.0]), names[2:])
        joined = Caps(*(np.concatenate(both) for both in zip(stopped, nucleus, strict=True)))
        assert len(coalesce(joined, (100.0, 100.0), 20.0).radii) == 2
    assert 25 < kept < 75  # half of the pairs of r = R_c stop
