"""Print percolation thresholds against the literature, and how well the interval covers.

    python tests/validation/percolation.py [--share 1.0]

Four tables: probabilities to wrap a torus (Pinson 1994) by their formula; sites of
the square lattice and discs around points, by the gap at which a component wraps;
discs painted on pixels, through the whole route; the 68 % interval of the
threshold over films of discs. ``--share`` runs that part of each number of films.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from scipy.spatial import cKDTree
from scipy.stats import norm

from grainscope.network import build_network, percolate
from grainscope.network.gap_order import grow, in_order
from grainscope.records import Frame, GrainTable, Percolation, PixelSize, Segmentation
from grainscope.settings import NetworkSettings

#: Square lattice, sites: Newman & Ziff 2000, Jacobsen 2015.
SITE_THRESHOLD = 0.59274605
#: Overlapping discs: filling factor and covered area, Mertens & Moore 2012.
FILLING_THRESHOLD, COVERED_THRESHOLD = 1.12808737, 0.67634831
#: Probabilities at the threshold, square torus: wraps in x or y; in a given direction.
WRAPS_EITHER, WRAPS_ONE = 0.690473725, 0.521058290
SEED = 20261
NM_PER_PX = 5.0


def wraps_either_by_formula() -> float:
    """Return Pinson's probability for the square torus from its theta series.

    1 − [Z(8/3, 1) − Z(8/3, 1/2)] / 2, with Z(g, f) = f √g / η² Σ exp(−π g f² (m² + n²))
    and Dedekind's η(i) = Γ(1/4) / (2 π^(3/4)).
    """
    eta = 3.625609908221908 / (2 * np.pi**0.75)
    square = np.add.outer(np.arange(-20, 21) ** 2, np.arange(-20, 21) ** 2)

    def sums(f: float, g: float = 8 / 3) -> float:
        return float(f * np.sqrt(g) / eta**2 * np.exp(-np.pi * g * f**2 * square).sum())

    return 1 - (sums(1.0) - sums(0.5)) / 2


def site_thresholds(side: int, runs: int, rng: np.random.Generator) -> np.ndarray:
    """Return the share of sites occupied, one by one, when a component wraps either way."""
    site = np.arange(side**2).reshape(side, side)
    row, column = np.indices(site.shape)
    down, right = np.roll(site, -1, 0), np.roll(site, -1, 1)
    first = np.concatenate((site.ravel(), site.ravel()))
    second = np.concatenate((down.ravel(), right.ravel()))
    zero = np.zeros(side**2, np.int64)
    shift = np.concatenate(
        (
            np.column_stack(((row == side - 1).ravel(), zero)),
            np.column_stack((zero, (column == side - 1).ravel())),
        )
    )
    found = np.empty(runs)
    for run in range(runs):
        turn = rng.permutation(side**2)
        both = np.maximum(turn[first], turn[second]).astype(np.float64)
        states = grow(
            in_order(first, second, both, shift),
            np.arange(side**2, dtype=np.float64),
            np.zeros(side**2, np.uint8),
        )
        found[run] = (np.argmax(states.wraps_x | states.wraps_y) + 1) / side**2
    return found


def disc_thresholds(n_points: int, runs: int, rng: np.random.Generator) -> np.ndarray:
    """Return the filling factors at which discs around random points wrap either way."""
    widest = 2 * np.sqrt(1.6 * FILLING_THRESHOLD / (np.pi * n_points))
    found = np.empty(runs)
    for run in range(runs):
        place = rng.random((n_points, 2))
        pair = cKDTree(place, boxsize=1).query_pairs(widest, output_type="ndarray")
        way = place[pair[:, 1]] - place[pair[:, 0]]
        shift = -np.rint(way).astype(np.int64)
        distance = np.hypot(*(way + shift).T)
        contacts = in_order(pair[:, 0], pair[:, 1], distance, shift)
        states = grow(contacts, contacts.gap_nm, np.zeros(n_points, np.uint8))
        wraps = np.argmax(states.wraps_x | states.wraps_y)
        found[run] = n_points * np.pi * (contacts.gap_nm[wraps] / 2) ** 2
    return found


def free_number(values: np.ndarray, noise: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Convolve thresholds at a fixed number of things with the noise of a free number.

    The literature's probabilities are of an open number: Poisson for discs,
    binomial for sites. ``noise`` turns normal quantiles (201,) into factors.
    """
    return np.multiply.outer(values, noise(norm.ppf((np.arange(201) + 0.5) / 201)))


def crossing(
    values: np.ndarray, noise: Callable[[np.ndarray], np.ndarray], rng: np.random.Generator
) -> tuple[float, float]:
    """Return where the probability to wrap either way is the literature's, and its error."""
    noisy = free_number(values, noise)
    again = [
        np.quantile(noisy[rng.integers(0, len(values), len(values))], WRAPS_EITHER)
        for _ in range(100)
    ]
    return float(np.quantile(noisy, WRAPS_EITHER)), float(np.std(again))


def site_threshold(side: int, runs: int, rng: np.random.Generator) -> tuple[float, float]:
    """Return the threshold of the square lattice and its standard error."""
    p = SITE_THRESHOLD  # the width of the binomial only
    width = np.sqrt((1 - p) / p) / side
    return crossing(site_thresholds(side, runs, rng), lambda z: 1 + width * z, rng)


def disc_threshold(n_points: int, runs: int, rng: np.random.Generator) -> tuple[float, float]:
    """Return the threshold of overlapping discs and its standard error."""
    values = disc_thresholds(n_points, runs, rng)
    return crossing(values, lambda z: 1 / (1 + z / np.sqrt(n_points)), rng)


def painted(place_px: np.ndarray, radius_px: float, side_px: int, periodic: bool) -> np.ndarray:
    """Paint discs; a pixel within reach of several goes to the nearest centre."""
    nearest = np.full((side_px, side_px), np.inf)
    labels = np.zeros((side_px, side_px), np.int32)
    reach = int(radius_px) + 2
    box = np.arange(-reach, reach + 1)
    for label, (y, x) in enumerate(place_px, start=1):
        rows, columns = int(y) + box, int(x) + box
        square = (rows[:, None] - y) ** 2 + (columns - x) ** 2
        if periodic:
            rows, columns = rows % side_px, columns % side_px
        else:
            in_y, in_x = ((at >= 0) & (at < side_px) for at in (rows, columns))
            rows, columns, square = rows[in_y], columns[in_x], square[np.ix_(in_y, in_x)]
        at = np.ix_(rows, columns)
        closer = (square <= radius_px**2) & (square < nearest[at])
        nearest[at] = np.where(closer, square, nearest[at])
        labels[at] = np.where(closer, label, labels[at])
    return np.unique(np.append(0, labels), return_inverse=True)[1][1:].reshape(labels.shape)


def percolated(labels: np.ndarray, settings: NetworkSettings) -> Percolation:
    """Take a label image through the route."""
    size = PixelSize(NM_PER_PX, 0.0, "option")
    film = Segmentation(labels.astype(np.int32), size, Frame.whole(labels.shape))
    table = measured(film)
    return percolate(build_network(film, table), film, table, settings)


def measured(film: Segmentation) -> GrainTable:
    """Measure what the network reads of a grain table, and nothing else."""
    n, um = film.n_grains, film.pixel_size.um
    inside = np.flatnonzero(film.labels)
    of = film.labels.ravel()[inside] - 1
    area_px = np.bincount(of, minlength=n)
    row, column = np.divmod(inside, film.labels.shape[1])
    y_um, x_um = (np.bincount(of, at, n) / area_px * um for at in (row, column))
    area_um2, nothing = area_px * um**2, np.zeros(n)
    unread = ("perimeter_um", "major_axis_um", "minor_axis_um", "orientation_rad", "eccentricity")
    unread += ("solidity", "circularity", "feret_max_um", "feret_min_um", "mean_intensity")
    return GrainTable(
        label=np.arange(1, n + 1), y_um=y_um, x_um=x_um, area_px=area_px, area_um2=area_um2,
        log10_area_um2=np.log10(area_um2), equivalent_diameter_um=2 * np.sqrt(area_um2 / np.pi),
        touches_border=nothing > 0, edge_weight=nothing + 1, resolved=nothing == 0,
        degree=nothing, component=nothing, **dict.fromkeys(unread, nothing),
    )  # fmt: skip


def image_thresholds(
    images: int, n_discs: int, side_px: int, radius_px: float, rng: np.random.Generator
) -> np.ndarray:
    """Return filling factors at which painted films wrap in x and in y, shape (images, 2)."""
    settings = NetworkSettings(periodic=True, percolation_points=100_000)
    found = np.empty((images, 2))
    for image in range(images):
        place_px = rng.uniform(0, side_px, (n_discs, 2))
        curve = percolated(painted(place_px, radius_px, side_px, periodic=True), settings)
        for k, wraps in enumerate((curve.wraps_y, curve.wraps_x)):
            grown_px = radius_px + curve.gap_nm[np.argmax(wraps)] / NM_PER_PX / 2
            found[image, k] = n_discs * np.pi * grown_px**2 / side_px**2
    return found


def framed_film(
    n_discs: float, covered: float, rng: np.random.Generator, spacing_px: float = 28.0
) -> tuple[Percolation, float]:
    """Cut a frame out of an endless film of discs; return also that film's threshold in nm."""
    side_px = round(spacing_px * np.sqrt(n_discs))
    radius_px = spacing_px * np.sqrt(-np.log1p(-covered) / np.pi)
    margin = radius_px + 1
    number = rng.poisson((side_px + 2 * margin) ** 2 / spacing_px**2)
    place_px = rng.uniform(-margin, side_px + margin, (number, 2))
    curve = percolated(painted(place_px, radius_px, side_px, periodic=False), NetworkSettings())
    grown_px = spacing_px * np.sqrt(FILLING_THRESHOLD / np.pi)
    return curve, 2 * (grown_px - radius_px) * NM_PER_PX


def interval_quality(
    n_discs: float, covered: float, films: int, rng: np.random.Generator
) -> dict[str, float]:
    """Return coverage, width and how often there is an interval, over films of discs."""
    found = [framed_film(n_discs, covered, rng) for _ in range(films)]
    truth = found[0][1]
    low, high, x, y = np.array(
        [
            (c.threshold_low_nm, c.threshold_high_nm, c.threshold_gap_x_nm, c.threshold_gap_y_nm)
            for c, _ in found
        ]
    ).T
    known = np.isfinite(low)
    low, high, middle = low[known], high[known], (x + y)[known] / 2
    return {
        "known": float(known.mean()),
        "coverage": float(((low <= truth) & (truth <= high)).mean()),
        "width": float(np.median(high - low) / 2 / middle.std()),
        "bias": float((middle.mean() - truth) / middle.std()),
        "relative": float(np.median(high - low) / 2 / truth),
    }


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", type=float, default=1.0)
    share = parser.parse_args().share
    print(f"wraps in x or y: formula {wraps_either_by_formula():.9f}, used {WRAPS_EITHER}\n")
    print("| what | threshold | standard error | literature | off by |\n|---|---|---|---|---|")
    for what, truth, (value, error) in (
        (
            "square lattice, sites, 256²",
            SITE_THRESHOLD,
            site_threshold(256, int(3000 * share), np.random.default_rng(SEED)),
        ),
        (
            "10⁴ discs around points",
            FILLING_THRESHOLD,
            disc_threshold(10_000, int(3000 * share), np.random.default_rng(SEED)),
        ),
    ):
        off = f"{value / truth - 1:+.3%}"
        print(f"| {what} | {value:.5f} | {error:.5f} | {truth:.5f} | {off} |", flush=True)
    found = image_thresholds(int(150 * share), 1000, 1000, 6.0, np.random.default_rng(SEED))
    each = found.mean(axis=1)
    value, error = each.mean(), each.std(ddof=1) / np.sqrt(len(each))
    off = f"{value / FILLING_THRESHOLD - 1:+.3%}"
    print(f"| 1000 painted discs, mean of {len(each)} images | {value:.4f} | {error:.4f}", end="")
    print(f" | {FILLING_THRESHOLD:.4f} | {off} ({(value - FILLING_THRESHOLD) / error:+.1f} σ) |\n")
    print("68 % interval of the threshold of an endless film, from one frame of it\n")
    print("| discs in the frame | covered | films | with an interval | coverage |", end="")
    print(" half-width / scatter | bias / scatter | half-width / threshold |")
    print("|---|---|---|---|---|---|---|---|")
    for n_discs, films in ((150, 600), (500, 500), (2000, 400)):
        for covered in (0.15, 0.45):
            rng = np.random.default_rng(SEED + n_discs)
            count = int(films * share)
            found_ = interval_quality(n_discs, covered, count, rng)
            cells = [f"{found_[k]:.2f}" for k in ("known", "coverage", "width", "bias", "relative")]
            print(f"| {n_discs} | {covered} | {count} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
