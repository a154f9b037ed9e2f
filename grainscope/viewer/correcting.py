"""What the Correct widget does to the film: each function makes one edit and applies it.

All raise ``ValueError`` in one line for what cannot be done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grainscope import edits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from grainscope.corrections import LiveFilm
    from grainscope.viewer.session import Session

    Place = tuple[float, float]


def merge_selected(session: Session) -> None:
    """Make the selected grains one."""
    session.apply(edits.merge(_film(session).labels, _selected(session, 2)))


def delete_selected(session: Session) -> None:
    """Make the selected grains film."""
    session.apply(edits.delete(_film(session).labels, _selected(session)))


def fill_selected(session: Session) -> None:
    """Fill the holes of the selected grains."""
    session.apply(edits.fill_holes(_film(session).labels, _selected(session)))


def split_along(session: Session, line_px: Sequence[Place]) -> None:
    """Cut the grain that a drawn line crosses most."""
    film = _film(session)
    grain = grain_along(film.labels, line_px)
    session.apply(edits.split_by_line(film.labels, grain, line_px, film.next_label))


def split_at(session: Session, seeds_px: Sequence[Place]) -> None:
    """Cut the grain under the first seed so that each seed has a part."""
    film = _film(session)
    grain = grain_along(film.labels, seeds_px[:1])
    session.apply(edits.split_by_seeds(film.labels, grain, seeds_px, film.next_label))


def draw_grain(session: Session, outline_px: Sequence[Place], to_selected: bool) -> None:
    """Make the film inside an outline a grain, or part of the selected one."""
    film, frame = _film(session), session.micrograph.frame
    grain = _selected(session, 1, most=1)[0] if to_selected else None
    session.apply(edits.draw(film.labels, outline_px, film.next_label, frame, grain))


def reclassify_at(session: Session, place_px: Place) -> None:
    """Turn the grain at a place to film, or the bright film there to a grain."""
    film, micrograph = _film(session), session.micrograph
    edit = edits.reclassify(
        film.labels, micrograph.intensity, place_px, film.next_label, micrograph.frame
    )
    session.apply(edit)


def take_painting(session: Session, painted: NDArray[np.int32]) -> None:
    """Take over what napari's own brush, fill or eraser did to the picture of the labels."""
    film = _film(session)
    edit = edits.painted(film.labels, painted, film.next_label, session.micrograph.frame)
    session.apply(edit)


def grain_along(labels: NDArray[np.int32], line_px: Sequence[Place]) -> int:
    """Return the grain that most of a line lies on.

    Raises
    ------
    ValueError
        It lies on film.

    Examples
    --------
    >>> grain_along(np.array([[7, 7, 7, 0, 2]], np.int32), [(0, 0), (0, 4)])
    7
    """
    points = np.asarray(line_px, float)
    steps = np.ceil(np.abs(np.diff(points, axis=0)).max(axis=1, initial=0) * 2).astype(int) + 1
    along = [points[-1:]] + [
        np.linspace(start, stop, step)
        for start, stop, step in zip(points[:-1], points[1:], steps, strict=True)
    ]
    row, column = np.round(np.concatenate(along)).astype(int).T
    height, width = labels.shape
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    met = labels[row[inside], column[inside]]
    if not met.any():
        raise ValueError("no grain there: begin and draw on a grain")
    return int(np.bincount(met[met > 0]).argmax())


def _film(session: Session) -> LiveFilm:
    if session.film is None:
        raise ValueError(f"{session.name} has no grains yet: segment it first")
    return session.film


def _selected(session: Session, least: int = 1, most: int | None = None) -> list[int]:
    ids = session.selected_ids.tolist()
    wanted = {1: "a grain", 2: "two grains or more"}[least]
    if len(ids) < least:
        raise ValueError(f"select {wanted} first: click, with Shift for more")
    if most is not None and len(ids) > most:
        raise ValueError(f"select {wanted}: {len(ids)} are selected")
    return list(ids)
