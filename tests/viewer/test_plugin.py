"""What napari is told of the plugin, and what it writes."""

from __future__ import annotations

from importlib import import_module
from importlib.resources import files as resources

import numpy as np
import pytest
import tifffile
from napari.components import ViewerModel
from npe2 import PluginManifest

from grainscope.errors import OutputError
from grainscope.files import read_label_image
from grainscope.viewer import layers as made
from grainscope.viewer import sample_data
from grainscope.viewer.session import METADATA
from grainscope.viewer.showing import show
from grainscope.viewer.writer import write_labels


@pytest.fixture(scope="module")
def manifest():
    return PluginManifest.from_file(resources("grainscope.viewer") / "napari.yaml")


def test_every_entry_of_the_manifest_leads_somewhere(manifest):
    manifest.validate_imports()
    for command in manifest.contributions.commands:
        module, name = command.python_name.split(":")
        assert callable(getattr(import_module(module), name)), command.id
    used = {widget.command for widget in manifest.contributions.widgets}
    assert used <= {command.id for command in manifest.contributions.commands}


def test_the_manifest_is_found_where_grainscope_is_installed():
    found = PluginManifest.from_distribution("grainscope")
    assert found.name == "grainscope"


def test_sample_data_are_films_with_their_true_grains():
    model = ViewerModel()
    for data, shown, kind in sample_data.islands():
        getattr(model, f"add_{kind}")(data, **shown)
    assert len(np.unique(model.layers[made.GRAINS].data)) == 233 + 1
    assert model.layers[made.GRAINS].scale == pytest.approx((0.005, 0.005))
    assert model.layers[made.GRAINS].metadata[METADATA].image.name == "islands_000.tif"


def test_a_saved_layer_keeps_its_physical_size(session, tmp_path):
    model = ViewerModel()
    show(model, session)
    layer = model.layers[made.GRAINS]
    data, attributes, _ = layer.as_layer_data_tuple()
    path = tmp_path / "grains.tif"
    assert write_labels(str(path), data, attributes) == [str(path)]
    np.testing.assert_array_equal(read_label_image(path), session.film.labels)
    with tifffile.TiffFile(path) as stored:
        assert 'PhysicalSizeX="0.005"' in stored.ome_metadata


def test_a_layer_without_size_is_not_written_as_if_it_had_one(tmp_path):
    labels = np.ones((3, 3), np.int32)
    with pytest.raises(OutputError, match="expected square pixels in µm"):
        write_labels(str(tmp_path / "a.tif"), labels, {"scale": (1, 1), "units": ("pixel",) * 2})
    with pytest.raises(OutputError, match="not the grains of this result"):
        write_labels(str(tmp_path), labels, {"metadata": {}})
