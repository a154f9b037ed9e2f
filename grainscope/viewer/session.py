"""What one film is while it is open: the tables that follow it, and who is told of a change.

Widgets and layers know a session and not each other. A session is found again by the
metadata of its layers, so that a result that was dropped into a window, opened from its
menu or from the command line is one and the same thing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from psygnal import Signal

from grainscope import files
from grainscope.corrections import LiveFilm
from grainscope.edits import edits_in_force
from grainscope.errors import OutputError, ResultError
from grainscope.network import loop_contacts
from grainscope.viewer.layers import COMPLETENESS, CONFIDENCE, grain_features

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from grainscope.corrections import Change
    from grainscope.files import StoredResult
    from grainscope.records import Edit, GrainNetwork, LogEntry, LoopTable, Micrograph, Segmentation
    from grainscope.settings import NetworkSettings, Settings

#: Where layers keep their session, and which of its layers they are, whatever their name is.
METADATA, ROLE = "grainscope", "grainscope layer"


class Choice(NamedTuple):
    """What the chosen contacts make of the film: which they are, and what hangs together."""

    contacts: GrainNetwork
    kept: NDArray[np.bool_]
    degree: NDArray[np.int32]
    component: NDArray[np.int32]
    loops: LoopTable
    spanning_gaps_nm: tuple[float, float]


class Session:
    """One film in the viewer.

    Parameters
    ----------
    micrograph : Micrograph
        The image.
    settings : Settings
        Those of the result.
    segmented : Segmentation, optional
        Its grains, of no result folder.
    image : Path, optional
        File of the image.

    Attributes
    ----------
    settings : Settings
        ``settings.network`` follows the sliders.
    film : LiveFilm or None
        The grains under correction; None for an image without a segmentation.
    stored : StoredResult or None
        The folder that it came from, as it was when it was opened.
    tables_are_old : bool
        Whether there are corrections that the tables of the folder do not know.
    selected_ids : ndarray of int32
        Labels of the selected grains, ascending.
    selected_loop : int or None
        Row of the selected loop.
    field_g : float or None
        Field that the loops are coloured for; None for the field of one quantum.
    tool : str
        What a click or a stroke means now: ``"select"``, or a tool of the Correct widget.
    film_changed : Signal
        An edit, an undo or a redo was made, with its `Change`.
    choice_changed, selection_changed, loop_changed, field_changed : Signal
        Other contacts count; other grains or another loop are selected; another field.
    """

    film_changed = Signal(object)
    choice_changed = Signal()
    selection_changed = Signal()
    loop_changed = Signal()
    field_changed = Signal()

    def __init__(
        self,
        micrograph: Micrograph,
        settings: Settings,
        segmented: Segmentation | None = None,
        image: Path | None = None,
    ) -> None:
        self.micrograph, self.settings, self.image = micrograph, settings, image
        self.film: LiveFilm | None = None
        if segmented is not None:
            self.film = LiveFilm(micrograph, segmented, settings)
        self.stored: StoredResult | None = None
        self.tables_are_old = False
        self.selected_ids: NDArray[np.int32] = np.zeros(0, np.int32)
        self.selected_loop: int | None = None
        self.field_g: float | None = None
        self.tool = "select"
        self._choice: Choice | None = None
        self._completeness: dict[int, float] = {}
        self._touched: set[int] = set()

    @classmethod
    def of_result(cls, stored: StoredResult, image: Path) -> Session:
        """Open a result folder, with every correction that was made in it.

        Raises
        ------
        UnreadableImageError
            The image cannot be read.
        ResultError
            It is not the image of this result.
        """
        settings = stored.record.read_settings()
        micrograph = files.read_micrograph(image, settings.input)
        edits = stored.edits
        automatic = stored.segmentation
        if edits is not None:
            automatic = replace(automatic, labels=edits.automatic, confidence=None)
        if automatic.labels.shape != micrograph.intensity.shape:
            raise ResultError(f"{image}: is not the image that {stored.folder} was made from")
        session = cls(micrograph, settings, image=image)
        history = () if edits is None else edits.entries
        write = _writer_of_log(stored)
        session.film = LiveFilm(micrograph, automatic, settings, history, write)
        session.stored, session.tables_are_old = stored, not stored.is_measured
        known = stored.completeness
        if known is not None and np.isfinite(known).any():
            session._completeness = dict(
                zip(session.film.ids.tolist(), known.tolist(), strict=True)
            )
        return session

    @property
    def name(self) -> str:
        """Name of the micrograph."""
        return self.micrograph.name

    @property
    def folder(self) -> Path | None:
        """OUT/STEM, where there is one."""
        return None if self.stored is None else self.stored.folder

    @property
    def choice(self) -> Choice:
        """The loop network of the film as it is now, worked out when first asked for."""
        if self._choice is None:
            film, settings = self._open_film(), self.settings.network
            degree, component = film.membership(settings)
            contacts = film.contacts(settings)
            self._choice = Choice(
                contacts=contacts,
                kept=loop_contacts(contacts, film.table, settings),
                degree=degree,
                component=component,
                loops=film.loops(settings),
                spanning_gaps_nm=film.spanning_gaps(settings),
            )
        return self._choice

    @property
    def features(self) -> pd.DataFrame:
        """All columns of ``grains.csv`` for the film as it is now, a row a grain."""
        film, choice = self._open_film(), self.choice
        network_columns = {"degree": choice.degree, "component": choice.component}
        return grain_features(film.table, film.ids, network_columns | self.shares)

    @property
    def shares(self) -> dict[str, NDArray[np.float64]]:
        """Confidence and completeness as stored; NaN for grains that were changed by hand."""
        film = self._open_film()
        found = {} if film.confidence is None else {CONFIDENCE: film.confidence}
        if self._completeness:
            of = self._completeness
            known = [np.nan if i in self._touched else of.get(i, np.nan) for i in film.ids.tolist()]
            found[COMPLETENESS] = np.array(known)
        return found

    @property
    def n_edits(self) -> int:
        """Number of corrections that stand."""
        return len(edits_in_force(self._open_film().history)[0])

    def choose(self, settings: NetworkSettings) -> None:
        """Let other contacts count."""
        if settings == self.settings.network:
            return
        self.settings = self.settings.model_copy(update={"network": settings})
        self._forget_choice()
        self.choice_changed.emit()

    def select(self, ids: Sequence[int] | NDArray[Any]) -> None:
        """Select the grains of these labels; those that do not exist are left out."""
        known = self._open_film().ids
        self.selected_ids = np.intersect1d(np.asarray(ids, np.int32), known)
        self.selection_changed.emit()

    def select_loop(self, row: int | None) -> None:
        """Select a loop by its row, or none."""
        self.selected_loop = row
        self.loop_changed.emit()

    def show_field(self, field_g: float | None) -> None:
        """Colour loops by their flux at a field, or by the field of one quantum."""
        self.field_g = field_g
        self.field_changed.emit()

    def apply(self, edit: Edit) -> None:
        """Correct the labels; the edit is on the disk before it is done.

        Raises
        ------
        OutputError, ResultError
            The log cannot be written: nothing was done, here as on the disk.
        """
        self._changed(self._open_film().apply(edit))

    def undo(self) -> None:
        """Take the last edit back.

        Raises
        ------
        ValueError
            There is none.
        OutputError, ResultError
            As of ``apply``.
        """
        self._changed(self._open_film().undo())

    def redo(self) -> None:
        """Do again what was taken back last.

        Raises
        ------
        ValueError
            There is nothing.
        OutputError, ResultError
            As of ``apply``.
        """
        self._changed(self._open_film().redo())

    def save_labels(self) -> None:
        """Write ``labels.tif`` as the labels are now; the tables are left as they are.

        Raises
        ------
        OutputError
            It cannot be written.
        """
        if self.folder is not None and self.film is not None:
            files.save_labels(self.folder, self.film.segmentation)

    def mark_tables_new(self) -> None:
        """Note that the tables of the folder are those of the labels as they are now."""
        self.tables_are_old = False

    def _changed(self, change: Change) -> None:
        film = self._open_film()
        self._forget_choice()
        self._touched |= set(change.ids_changed.tolist())
        self.selected_ids = np.intersect1d(self.selected_ids, film.ids)
        self.tables_are_old = True
        self.film_changed.emit(change)

    def _forget_choice(self) -> None:
        self._choice, self.selected_loop = None, None

    def _open_film(self) -> LiveFilm:
        if self.film is None:
            raise ValueError(f"{self.name} has no grains yet: segment it first")
        return self.film


def _writer_of_log(stored: StoredResult) -> Callable[[LogEntry], None]:
    """Return what writes to the log of a folder; where nothing can, each edit is refused."""
    try:
        return files.open_edit_log(stored).append
    except OutputError as error:
        reason = str(error)

    def refuse(_entry: LogEntry) -> None:
        raise OutputError(reason)

    return refuse
