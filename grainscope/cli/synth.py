"""``grainscope synth``: films or transport data of known truth, with the truth beside them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grainscope.cli.progress import say

if TYPE_CHECKING:
    from grainscope.settings import FilmSettings, SemSettings


def synth(
    *,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Output folder.")],
    count: Annotated[int, typer.Option(min=1, help="Number of films.")] = 1,
    size_px: Annotated[
        tuple[int, int], typer.Option(metavar="H W", help="Film's rows and columns.")
    ] = (768, 1024),
    pixel_size_nm: Annotated[float, typer.Option(help="Edge of a pixel of the film.")] = 5.0,
    seed: Annotated[int, typer.Option(min=0, help="Equal seeds give equal files.")] = 0,
    coverage: Annotated[
        float | None, typer.Option(help="Area fraction where growth stops.")
    ] = None,
    coalescence_radius_nm: Annotated[
        float | None, typer.Option(help="Larger pairs of grains stop halfway and stay touching.")
    ] = None,
    nucleation_density_per_um2: Annotated[
        float | None, typer.Option(help="First nuclei: fewer give larger grains.")
    ] = None,
    renucleation_per_um2_nm: Annotated[
        float | None, typer.Option(help="Later nuclei: more give more small grains.")
    ] = None,
    irregularity: Annotated[
        float | None, typer.Option(help="Outlines: 0 round, 1 strongly lobed.")
    ] = None,
    stem: Annotated[str, typer.Option(help="Files are STEM_000.tif, …")] = "film",
    databar: Annotated[bool, typer.Option(help="Draw an information strip.")] = True,
    transport: Annotated[
        bool, typer.Option("--transport", help="Tables of measured transport, and no films.")
    ] = False,
    noise: Annotated[
        float, typer.Option(min=0, max=0.5, help="With --transport: relative noise of readings.")
    ] = 0.01,
    points: Annotated[
        int, typer.Option(min=12, max=10_000, help="With --transport: points of a sweep.")
    ] = 120,
) -> int:
    """Make films, or measurements, whose truth is known.

    Images are DIR/STEM_NNN.tif, true grains DIR/masks/STEM_NNN.tif.

    Example: grainscope synth -o outputs/films --count 3 --seed 7

    With --transport, write measurements instead: DIR/*.csv, *.dat, their true values in
    DIR/truth.json, and DIR/settings.toml with the geometry of the bar. Options of films
    other than --seed have no effect then.

    Example: grainscope synth --transport -o measured --seed 3

    then: grainscope fit measured -o outputs/fit --settings measured/settings.toml
    """
    from grainscope.settings import SemSettings

    if transport:
        return _make_transport(out, noise, points, seed)
    film = _film_settings(
        height_px=size_px[0],
        width_px=size_px[1],
        pixel_size_nm=pixel_size_nm,
        coverage=coverage,
        coalescence_radius_nm=coalescence_radius_nm,
        nucleation_density_per_um2=nucleation_density_per_um2,
        renucleation_per_um2_nm=renucleation_per_um2_nm,
        irregularity=irregularity,
    )
    sem = SemSettings(databar=databar)
    for index in range(count):
        path = out / f"{stem}_{index:03d}.tif"
        say(f"film {index + 1} of {count}: {_make_film(path, (seed, index), film, sem)}")
    say(f"{count} film{'s' if count > 1 else ''} in {out}, true grains in {out / 'masks'}")
    return 0


def _film_settings(**given: float | None) -> FilmSettings:
    """Take what was given; the rest keeps its default."""
    from pydantic import ValidationError

    from grainscope.errors import SettingsError
    from grainscope.settings import FilmSettings

    try:
        return FilmSettings.model_validate({k: v for k, v in given.items() if v is not None})
    except ValidationError as error:
        first = error.errors()[0]
        option = "--" + str(first["loc"][0]).replace("_", "-")
        raise SettingsError(f"{option}: got {first['input']}: {first['msg']}") from error


def _make_transport(out: Path, noise: float, points: int, seed: int) -> int:
    from grainscope.files.synthetic_transport import write_transport
    from grainscope.synthetic.transport import Instrument, published_film

    written = write_transport(out, published_film(Instrument(relative_noise=noise)), points, seed)
    for path in written:
        say(str(path))
    say(f"{len(written)} tables in {out}, true values in {out / 'truth.json'}")
    return 0


def _make_film(path: Path, seeds: tuple[int, int], film: FilmSettings, sem: SemSettings) -> str:
    import numpy as np

    from grainscope.files.synthetic_films import write_film
    from grainscope.synthetic import grow_film, image_film

    rng = np.random.default_rng(seeds)
    grown = grow_film(film, rng)
    written = write_film(path.parent, path.stem, image_film(grown, sem, rng))
    return f"{written}, {len(grown.radii_nm)} grains, coverage {grown.coverage:.3f}"
