"""The film under correction: labels that a person edits, and what is measured from them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from grainscope.corrections.change import Change
from grainscope.corrections.edit_history import EditHistory, Step
from grainscope.corrections.edit_places import boxes_of_runs
from grainscope.corrections.live_sums import LiveSums, changed_labels
from grainscope.edits import apply_in_place, compact, reverted
from grainscope.grains import tabulate
from grainscope.network import (
    ZonedFilm,
    build_network,
    edges_of_boxes,
    ground_of,
    large_grains,
    loops_on,
    membership,
    network_of,
    network_spanning_gaps,
)
from grainscope.records import Segmentation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from grainscope.network.loop_shapes import LoopGround
    from grainscope.records import (
        Edit,
        GrainNetwork,
        GrainTable,
        LogEntry,
        LoopTable,
        Micrograph,
    )
    from grainscope.settings import NetworkSettings, Settings

T = TypeVar("T")

#: So many results are kept for settings that come back, as a slider does.
_KEPT_RESULTS = 32
#: Changes in more places than these are followed together.
_MANY = 64
_NO_IDS = np.zeros(0, np.int32)


class LiveFilm:
    """One film with labels that are edited and tables that follow every edit.

    Tables are exactly those of the pipeline for ``compact(labels)``, except that contours
    may be numbered otherwise: row i belongs to label ``ids[i]``. They are made when asked
    for and kept until the next edit. Confidence is that of the automatic labels, so
    corrected ones have none in the table; ``confidence`` still tells it for grains that
    were left alone.

    This is one of the few classes here that change, and it is not meant for two threads at
    a time. At 4096² pixels it holds some 300 MB.

    Parameters
    ----------
    micrograph : Micrograph
        The image.
    segmentation : Segmentation
        Its automatic labels, before any edit.
    settings : Settings
        ``grains`` and ``network`` are used.
    history : sequence of LogEntry
        What was done to these labels before.
    write : callable, optional
        Is given each later entry before it is done, to put it on a disk. When it
        raises, nothing is done.

    Raises
    ------
    ValueError
        The shapes differ, or the history is not one of these labels.

    Examples
    --------
    >>> from grainscope.edits import delete
    >>> from grainscope.records import Frame, Micrograph, PixelSize
    >>> from grainscope.settings import Settings
    >>> labels = np.array([[1, 1, 0, 2, 2, 0, 3]], np.int32)
    >>> size, frame = PixelSize(10.0, 0.0, "option"), Frame.whole(labels.shape)
    >>> film = LiveFilm(
    ...     Micrograph("film", labels, size, frame), Segmentation(labels, size, frame), Settings()
    ... )
    >>> film.apply(delete(film.labels, [2])).ids_removed.tolist()
    [2]
    >>> film.ids.tolist(), film.table.label.tolist(), film.network.gap_nm.tolist()
    ([1, 3], [1, 2], [44.0])
    >>> film.undo().ids_added.tolist(), len(film.history)
    ([2], 2)
    """

    def __init__(
        self,
        micrograph: Micrograph,
        segmentation: Segmentation,
        settings: Settings,
        history: Sequence[LogEntry] = (),
        write: Callable[[LogEntry], None] | None = None,
    ) -> None:
        if micrograph.intensity.shape != segmentation.labels.shape:
            raise ValueError(
                f"labels: got shape {segmentation.labels.shape}, "
                f"expected the image's {micrograph.intensity.shape}"
            )
        self.micrograph = micrograph
        self.settings = settings
        self._automatic = segmentation
        self._labels = np.array(segmentation.labels, np.int32, order="C")
        self._log = EditHistory(self._labels, write)
        for edit in self._log.go_on(history):
            self._make_again(edit)
        self._kept: dict[tuple[Any, ...], Any] = {}
        # Compiled code that lets others work meanwhile: a film opens a second sooner.
        with ThreadPoolExecutor(1) as pool:
            laying = pool.submit(self._lay_zones)
            self._sums = LiveSums(self._labels, micrograph.intensity, segmentation.frame)
            self._zoned: ZonedFilm | None = laying.result()

    @property
    def labels(self) -> NDArray[np.int32]:
        """Stable labels, shape (H, W): a read-only view of what the next edit changes."""
        view = self._labels.view()
        view.flags.writeable = False
        return view

    @property
    def ids(self) -> NDArray[np.int32]:
        """Labels in ascending order, shape (N,): that of each row of the tables."""
        return self._sums.ids

    @property
    def next_label(self) -> int:
        """First label that was never used."""
        return self._log.next_label

    @property
    def history(self) -> tuple[LogEntry, ...]:
        """Everything that was done, in order."""
        return tuple(self._log.entries)

    @property
    def can_undo(self) -> bool:
        """Whether an edit stands."""
        return bool(self._log.done)

    @property
    def can_redo(self) -> bool:
        """Whether an edit was taken back and none made since."""
        return bool(self._log.undone)

    def rows_of(self, ids: Sequence[int] | NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """Return the rows of some labels in the tables.

        Raises
        ------
        ValueError
            There is no such grain.
        """
        wanted = np.asarray(ids, np.int64)
        rows = np.searchsorted(self.ids, wanted)
        there = np.append(self.ids, -1)[rows] == wanted
        if not there.all():
            raise ValueError(f"there is no grain {wanted[~there][0]}")
        return rows

    def apply(self, edit: Edit) -> Change:
        """Make an edit; what was taken back before can no longer be made again.

        Raises
        ------
        ValueError
            The edit is not one of this film; nothing was changed.
        """
        self._check(edit)
        self._log.log("edit", edit)
        self._log.undone.clear()
        return self._put(edit)

    def undo(self) -> Change:
        """Take the last edit back.

        Raises
        ------
        ValueError
            There is none.
        """
        if not self._log.done:
            raise ValueError("nothing to undo")
        self._log.log("undo")
        step = self._log.done.pop()
        self._log.undone.append(step.edit)
        return self._change(step.back)._replace(action="undo")

    def redo(self) -> Change:
        """Make the edit again that was taken back last.

        Raises
        ------
        ValueError
            There is none.
        """
        if not self._log.undone:
            raise ValueError("nothing to redo")
        self._log.log("redo")
        return self._put(self._log.undone.pop())._replace(action="redo")

    def use(self, settings: Settings) -> None:
        """Measure by other settings from now on."""
        self.settings = settings

    @property
    def segmentation(self) -> Segmentation:
        """The film as it is saved: labels 1…N."""

        def made() -> Segmentation:
            confidence = None if self._log.done else self._automatic.confidence
            return replace(self._automatic, labels=compact(self._labels), confidence=confidence)

        return self._once(("segmentation",), made)

    @property
    def table(self) -> GrainTable:
        """The grains, with degree and component in the loop network of the settings."""

        def made() -> GrainTable:
            degree, component = self.membership()
            return replace(self._grains(), degree=degree, component=component)

        return self._once(("table", self.settings.grains, self.settings.network), made)

    @property
    def confidence(self) -> NDArray[np.float64] | None:
        """Confidence of each row; NaN for grains that were changed by hand."""
        known = self._automatic.confidence
        if known is None:
            return None
        changed = np.isin(self.ids, self._log.labels_changed())
        row = np.minimum(self.ids, len(known)) - 1
        return np.where(changed | (self.ids > len(known)), np.nan, known[row])

    @property
    def network(self) -> GrainNetwork:
        """All contacts, by the settings of the film."""
        return self.contacts(self.settings.network)

    def contacts(self, settings: NetworkSettings | None = None) -> GrainNetwork:
        """Return all contacts of the grains that count by some settings."""
        chosen = settings or self.settings.network
        if self._all_count(chosen):
            return self._once(("network", *self._counted(chosen)), self._all_contacts)
        return self._once(
            ("network", *self._counted(chosen)),
            lambda: build_network(self.segmentation, self._grains(), chosen),
        )

    def loops(self, settings: NetworkSettings | None = None) -> LoopTable:
        """Return the loops by some settings, those of the film if none are given."""
        chosen = settings or self.settings.network
        return self._once(
            ("loops", chosen),
            lambda: loops_on(self._ground(chosen), self.contacts(chosen), self._grains(), chosen),
        )

    def membership(
        self, settings: NetworkSettings | None = None
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return degree and component of each row, by some settings."""
        chosen = settings or self.settings.network
        return self._once(
            ("membership", chosen),
            lambda: membership(self.contacts(chosen), self._grains(), chosen),
        )

    def spanning_gaps(self, settings: NetworkSettings | None = None) -> tuple[float, float]:
        """Return the smallest gaps in nm at which a component spans in x, in y; NaN for never."""
        chosen = settings or self.settings.network

        def found() -> tuple[float, float]:
            frame = self._automatic.frame
            edges = edges_of_boxes(self._sums.boxes_in(frame), frame.shape_px)
            return network_spanning_gaps(self.contacts(chosen), self._grains(), edges, chosen)

        return self._once(("spanning", chosen), found)

    def _check(self, edit: Edit) -> None:
        """Refuse an edit that reaches out of the frame, or has numbers of another film."""
        frame, (rows, columns) = self._automatic.frame, edit.box_px
        above, below = rows.start < frame.row_start, rows.stop > frame.row_stop
        beside = columns.start < frame.column_start or columns.stop > frame.column_stop
        if len(edit.runs) and (above or below or beside):
            raise ValueError("the edit reaches outside the frame")
        self._log.check_numbers(edit)

    def _put(self, edit: Edit) -> Change:
        back = reverted(self._labels, edit)
        change = self._change(edit)
        self._log.stand(Step(edit, back, np.union1d(change.ids_changed, change.ids_removed)))
        return change

    def _make_again(self, edit: Edit) -> None:
        """Make an edit of the history, before anything is measured."""
        back = reverted(self._labels, edit)
        before = [(place, self._labels[place].copy()) for place in boxes_of_runs(edit.runs)]
        apply_in_place(self._labels, edit)
        ids = [changed_labels(there, self._labels[place]) for place, there in before]
        self._log.stand(Step(edit, back, np.unique(np.concatenate([_NO_IDS, *ids]))))

    def _change(self, edit: Edit) -> Change:
        places = boxes_of_runs(edit.runs)
        before = [self._labels[place].copy() for place in places]
        ids_before = self._sums.ids
        apply_in_place(self._labels, edit)
        self._kept.clear()
        changed = [
            self._sums.change(self._labels, place, there)
            for place, there in zip(places, before, strict=True)
        ]
        self._follow(places if len(places) <= _MANY else [edit.box_px])
        ids = np.unique(np.concatenate([_NO_IDS, *changed]))
        there = np.isin(ids, self.ids)
        present = ids[there]
        return Change(
            action="edit",
            box_px=edit.box_px,
            ids_changed=present,
            rows_changed=np.searchsorted(self.ids, present),
            ids_added=present[~np.isin(present, ids_before)],
            ids_removed=ids[~there & np.isin(ids, ids_before)],
        )

    def _follow(self, places: list[tuple[slice, slice]]) -> None:
        """Take the zones along; they are laid out anew should that break down."""
        if self._zoned is None:
            return
        frame = self._automatic.frame
        try:
            for rows, columns in places:
                corner = rows.start - frame.row_start, columns.start - frame.column_start
                self._zoned.change(corner, self._labels[rows, columns])
        except ValueError:  # a bug, but no reason to lose a person's work
            self._zoned = None

    def _lay_zones(self) -> ZonedFilm:
        return ZonedFilm(self._labels[self._automatic.frame.slices])

    def _grains(self) -> GrainTable:
        """Return the table without what the network says of grains."""

        def made() -> GrainTable:
            film = self._automatic
            table = tabulate(self._sums.sums, film.pixel_size, film.frame, self.settings.grains)
            return table if self._log.done else replace(table, confidence=film.confidence)

        return self._once(("grains", self.settings.grains), made)

    def _all_count(self, settings: NetworkSettings) -> bool:
        """Whether no grain is film to the others."""
        ignored = settings.small_grains == "ignore"
        return not ignored or bool(large_grains(self._grains(), settings).all())

    def _counted(self, settings: NetworkSettings) -> tuple[float, ...]:
        """Return what tells apart the settings that count different grains."""
        return () if self._all_count(settings) else (settings.min_grain_diameter_um,)

    def _all_contacts(self) -> GrainNetwork:
        self._zoned = self._zoned or self._lay_zones()
        facets, film = self._zoned.facets, self._automatic
        number = np.zeros(int(self.ids.max(initial=0)) + 1, np.int32)
        number[self.ids] = np.arange(1, len(self.ids) + 1)
        return network_of(facets, number[facets.own], film.pixel_size, film.frame)

    def _ground(self, settings: NetworkSettings) -> LoopGround:
        network, film = self.contacts(settings), self._automatic
        return self._once(
            ("ground", *self._counted(settings)),
            lambda: ground_of(
                network,
                self._grains(),
                self._sums.boxes_in(film.frame),
                film.frame,
                film.pixel_size,
            ),
        )

    def _once(self, key: tuple[Any, ...], made: Callable[[], T]) -> T:
        """Make a result unless it was made since the last edit."""
        if key not in self._kept:
            found = made()
            while len(self._kept) >= _KEPT_RESULTS:
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = found
        result: T = self._kept[key]
        return result
