"""Take the pictures of docs/viewer.md: a real napari window on a virtual screen.

Run ``make picture``, or ``xvfb-run -s "-screen 0 1500x950x24" python docs/viewer_pictures.py``;
writes ``docs/viewer/*.png``.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep

import numpy as np
from napari import Viewer
from qtpy.QtCore import QSettings
from qtpy.QtWidgets import QApplication

from grainscope.batch import run_batch
from grainscope.files import shipped_folder
from grainscope.settings import Settings
from grainscope.viewer import layers as made
from grainscope.viewer.correcting import merge_selected
from grainscope.viewer.opening import open_session
from grainscope.viewer.session import Session
from grainscope.viewer.window import PLUGIN, open_window

FILM = "broad_000"
FOLDER = Path(__file__).parent / "viewer"


def main() -> None:
    """Run the first shipped film, open it, and take a picture of each widget."""
    image = shipped_folder("images") / f"{FILM}.tif"
    with TemporaryDirectory() as out:
        QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, out)
        run_batch([image], out, Settings())
        session = open_session(Path(out) / FILM)
        viewer = open_window(session)
        viewer.window.resize(1450, 900)
        wait(lambda: False, 0.5)
        viewer.reset_view()
        take_corrections(viewer, session)
        take_grains(viewer, session)
        take_loops(viewer, session)
        take_comparison(viewer, image.parent / "masks" / image.name)
        viewer.close()
        viewer = open_window(open_session(image, Settings()))
        viewer.window.resize(1450, 900)
        take_preview(viewer)
        viewer.close()


def take_corrections(viewer: Viewer, session: Session) -> None:
    """Show two neighbours merged, three grains selected."""
    viewer.layers[made.CONTACTS].visible = False
    network, table = session.film.network, session.film.table
    wide = table.equivalent_diameter_um[network.grain_a - 1] > 0.2
    pair = np.flatnonzero(wide & (network.gap_nm < 30))[0]
    session.select([network.grain_a[pair], network.grain_b[pair]])
    merge_selected(session)
    session.select(session.film.ids[np.argsort(-table.area_um2)[3:6]])
    save(viewer, "correct", on_top="Correct")


def take_grains(viewer: Viewer, session: Session) -> None:
    """Show the grains of a range of areas."""
    values = session.film.table.log10_area_um2
    session.select(session.film.ids[(values > -3.0) & (values < -2.0)])
    save(viewer, "grains", on_top="Grains")


def take_loops(viewer: Viewer, session: Session) -> None:
    """Show the loops of the larger grains, one selected."""
    session.select(())
    viewer.layers[made.GRAINS].visible = False
    viewer.layers[made.CONTACTS].visible = viewer.layers[made.LOOPS].visible = True
    viewer.reset_view()
    chosen = {"max_gap_nm": 90.0, "min_grain_diameter_um": 0.15}
    session.choose(session.settings.network.model_copy(update=chosen))
    session.select_loop(int(np.argmax(session.choice.loops.area_um2)))
    save(viewer, "loops", on_top="Network and loops")


def take_comparison(viewer: Viewer, truth: Path) -> None:
    """Show the true grains beside the film."""
    viewer.layers[made.GRAINS].visible = True
    for name in (made.CONTACTS, made.LOOPS, made.SELECTED_LOOPS):
        viewer.layers[name].visible = False
    _dock, widget = viewer.window.add_plugin_dock_widget(PLUGIN, "Compare", tabify=True)
    widget.compare_with(truth)
    save(viewer, "compare", on_top="Compare")


def take_preview(viewer: Viewer) -> None:
    """Show an image without grains, and the preview of a crop of it."""
    _dock, widget = viewer.window.add_plugin_dock_widget(PLUGIN, "Segment")
    widget.preview_now()
    wait(lambda: "preview" in viewer.layers)
    save(viewer, "segment", on_top="Segment")


def save(viewer: Viewer, name: str, on_top: str) -> None:
    """Take a picture of the whole window with one widget on top."""
    viewer.window.dock_widgets[f"{on_top} ({PLUGIN})"].parent().raise_()
    wait(lambda: False, 1.0)
    FOLDER.mkdir(exist_ok=True)
    viewer.screenshot(str(FOLDER / f"{name}.png"), canvas_only=False)
    print(f"wrote {FOLDER / name}.png")


def wait(reached, seconds: float = 60.0) -> None:
    """Let Qt run until something is reached, or for a while."""
    until = monotonic() + seconds
    while not reached() and monotonic() < until:
        QApplication.instance().processEvents()
        sleep(0.02)


if __name__ == "__main__":
    main()
