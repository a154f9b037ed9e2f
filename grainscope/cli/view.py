"""``grainscope view``: a result or an image in napari."""

from pathlib import Path
from typing import Annotated

import typer


def view(
    path: Annotated[Path, typer.Argument(metavar="OUT/STEM", help="A result folder, or an image.")],
    *,
    image: Annotated[
        Path | None, typer.Option(help="The input image, if it is no longer where it was.")
    ] = None,
    settings: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="Settings for an image.")
    ] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="STAGE.KEY=VALUE", help="Change one of them; repeatable."),
    ] = None,
    pixel_size_nm: Annotated[
        float | None, typer.Option(help="Pixel size of an image; wins over all other sources.")
    ] = None,
) -> None:
    """See, judge and correct a result in a window (napari).

    An image instead of a result is segmented first.

    Corrections are saved as they are made (edits.jsonl); the automatic labels
    are kept beside them. Needs: pip install 'grainscope[viewer]'

    Example: grainscope view outputs/demo/broad_000
    """
    from grainscope.cli.run import chosen_settings
    from grainscope.viewer.window import check_window_possible

    check_window_possible()
    chosen = chosen_settings(settings, assignments or [], pixel_size_nm)
    from grainscope.viewer.opening import open_session
    from grainscope.viewer.window import read_and_open

    read_and_open(lambda: open_session(path, chosen, image), has_grains=path.is_dir())
    import napari

    napari.run()
