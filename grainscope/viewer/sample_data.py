"""File → Open Sample → grainscope: the shipped films with their true grains."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grainscope.viewer.layers import LayerData


def broad() -> list[LayerData]:
    """Return the film with large grains and small ones between them."""
    return _film("broad_000")


def dense() -> list[LayerData]:
    """Return the film near closure."""
    return _film("dense_000")


def islands() -> list[LayerData]:
    """Return the film of separate islands."""
    return _film("islands_000")


def _film(stem: str) -> list[LayerData]:
    from grainscope import files
    from grainscope.records import Segmentation
    from grainscope.settings import Settings
    from grainscope.viewer.session import Session
    from grainscope.viewer.showing import session_layers

    folder, settings = files.shipped_folder("images"), Settings()
    image = folder / f"{stem}.tif"
    micrograph = files.read_micrograph(image, settings.input)
    labels = files.one_region_each(files.read_label_image(folder / "masks" / f"{stem}.tif"))
    grains = Segmentation(labels, micrograph.pixel_size, micrograph.frame)
    return session_layers(Session(micrograph, settings, grains, image))
