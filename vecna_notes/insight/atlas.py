"""The map: every note a point, laid out once; new notes find their place on it, and the others stay where they are."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vecna_notes.config import open_private
from vecna_notes.insight.gathering import Gathered, gather, note_rows
from vecna_notes.insight.topics import Topics
from vecna_notes.interfaces import Labels, Plane, Report
from vecna_notes.store import Store
from vecna_notes.surveying import CheckedProjector
from vecna_notes.types import Progress, Rows

FORMAT = 1
MOST_NEW = 0.5
"""Where more than this share of the notes has no place yet, the map is drawn anew."""
NEIGHBOURS = 8
SHARPNESS = 0.05
"""How quickly a neighbour counts less than the nearest, in cosine: a point between two topics would belong to none."""
Marks = npt.NDArray[np.uint64]
MakeProjector = Callable[[], CheckedProjector]


@dataclass(frozen=True, slots=True)
class Point:
    """A note on the map; most lie between -1 and 1, y upwards."""

    path: str
    title: str
    x: float
    y: float
    topic: int | None
    """Id of its topic."""
    slot: int
    """Colour and shape of its topic; -1 for none."""
    links: int
    """Notes that link to it."""
    modified: float


@dataclass(frozen=True, slots=True)
class Map:
    """The notes that have vectors, by path, and the topics they are of."""

    projector: str
    space: str
    points: tuple[Point, ...]
    topics: Topics

    @property
    def plane(self) -> Plane:
        return np.array([(one.x, one.y) for one in self.points], dtype=np.float32).reshape(-1, 2)

    @property
    def slots(self) -> Labels:
        return np.array([one.slot for one in self.points], dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class _Laid:
    """What is kept of a map: where each note lies, by path and by what it says."""

    paths: tuple[str, ...]
    marks: Marks
    plane: Plane


def atlas(store: Store, topics: Topics, name: str, make: MakeProjector, report: Report, redraw: bool = False) -> Map:
    """The map as it was, with new notes placed on it; drawn when there is none, with `redraw` anew."""
    gathered = gather(store)
    file = _file(store, gathered, name)
    here, paths, marks = _here(gathered)
    kept = None if redraw else _load(file)
    plane, missing = _kept_places(kept, paths, marks)
    if missing.any() or kept is None or len(kept.paths) != len(paths):
        report(Progress("draw", 0, len(paths), name))
        started = time.monotonic()
        if missing.any():
            plane = _laid_out(make, note_rows(store, gathered)[here], plane, missing, is_new=kept is None)
        _save(file, _Laid(paths, marks, plane))
        report(Progress("draw", len(paths), len(paths), name, time.monotonic() - started))
    return Map(name, gathered.space.key, _points(store, gathered, here, plane, topics), topics)


def kept_atlas(store: Store, topics: Topics, name: str) -> tuple[Map, bool] | None:
    """The map as kept, without drawing anything, and whether all of it is as the notes are now.

    A note that has changed stands where it stood, a new one is left out.
    """
    gathered = gather(store)
    here, paths, marks = _here(gathered)
    kept = _load(_file(store, gathered, name))
    if kept is None:
        return None
    plane, missing = _kept_places(kept, paths, marks)
    is_current = not missing.any() and len(kept.paths) == len(paths)
    before = dict(zip(kept.paths, kept.plane, strict=True))
    for i in np.flatnonzero(missing):
        if paths[i] in before:
            plane[i], missing[i] = before[paths[i]], False
    shown = here.copy()
    shown[np.flatnonzero(here)[missing]] = False
    return Map(name, gathered.space.key, _points(store, gathered, shown, plane[~missing], topics), topics), is_current


def beside_neighbours(rows: Rows, plane: Plane, new_rows: Rows) -> Plane:
    """A place for each new row amid the nearest of the rows that have one."""
    count = min(NEIGHBOURS, len(rows))
    alike = new_rows @ rows.T
    near = np.argpartition(-alike, count - 1, axis=1)[:, :count]
    scores = np.take_along_axis(alike, near, axis=1)
    weights = np.exp((scores - scores.max(axis=1, keepdims=True)) / SHARPNESS)
    weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray((weights[:, :, None] * plane[near]).sum(axis=1), dtype=np.float32)


def _laid_out(make: MakeProjector, rows: Rows, plane: Plane, missing: npt.NDArray[np.bool_], is_new: bool) -> Plane:
    projector = make()
    if is_new or missing.mean() > MOST_NEW:
        return _scaled(projector.project(rows))
    place = projector.place if projector.can_place else beside_neighbours
    plane = plane.copy()
    plane[missing] = place(rows[~missing], plane[~missing], rows[missing])
    return plane


def _scaled(plane: Plane) -> Plane:
    """Between -1 and 1 both ways, but for far outliers, and round in the middle."""
    if not len(plane):
        return plane
    low, high = np.percentile(plane, [1, 99], axis=0)
    reach = max(float((high - low).max()) / 2, 1e-6)
    return np.asarray((plane - (low + high) / 2) / reach / 1.05, dtype=np.float32)


def _file(store: Store, gathered: Gathered, name: str) -> Path:
    return store.folder / f"map-{name}-{gathered.space.key}.npz"


def _here(gathered: Gathered) -> tuple[npt.NDArray[np.bool_], tuple[str, ...], Marks]:
    """Which notes have a vector; paths and marks of those."""
    here = np.array([bool(vectors) for vectors in gathered.vectors], dtype=np.bool_)
    paths = tuple(path for path, is_here in zip(gathered.paths, here, strict=True) if is_here)
    return here, paths, _marks(gathered)[here]


def _marks(gathered: Gathered) -> Marks:
    """A number for what each note says."""
    said = [np.array(vectors, dtype="<i8").tobytes() for vectors in gathered.vectors]
    return np.array([int.from_bytes(hashlib.blake2b(one, digest_size=8).digest()) for one in said], dtype=np.uint64)


def _kept_places(kept: _Laid | None, paths: tuple[str, ...], marks: Marks) -> tuple[Plane, npt.NDArray[np.bool_]]:
    """Places of the notes that have one, and which have none. A note that moved is known by what it says."""
    plane = np.zeros((len(paths), 2), dtype=np.float32)
    missing = np.ones(len(paths), dtype=np.bool_)
    if kept is None:
        return plane, missing
    by_path = {(path, int(mark)): i for i, (path, mark) in enumerate(zip(kept.paths, kept.marks, strict=True))}
    by_mark = {int(mark): i for i, mark in enumerate(kept.marks)}
    for i, (path, mark) in enumerate(zip(paths, marks, strict=True)):
        at = by_path.get((path, int(mark)), by_mark.get(int(mark)))
        if at is not None:
            plane[i], missing[i] = kept.plane[at], False
    return plane, missing


def _points(
    store: Store, gathered: Gathered, here: npt.NDArray[np.bool_], plane: Plane, topics: Topics
) -> tuple[Point, ...]:
    of, modified, links = topics.of(), store.notes.modified(gathered.ids), store.links.counts_to(gathered.ids)
    points = []
    for number, place in zip(np.flatnonzero(here), plane, strict=True):
        id, path = gathered.ids[number], gathered.paths[number]
        topic = of.get(path)
        points.append(
            Point(
                path=path,
                title=gathered.titles[number],
                x=float(place[0]),
                y=float(place[1]),
                topic=topic.id if topic else None,
                slot=topic.slot if topic else -1,
                links=links.get(id, 0),
                modified=modified.get(id, 0.0),
            )
        )
    return tuple(points)


def _load(file: Path) -> _Laid | None:
    """None for a file that is not there, or not whole: then the map is drawn anew."""
    try:
        with np.load(file, allow_pickle=False) as kept:
            if int(kept["format"]) != FORMAT:
                return None
            raw = kept["paths"].tobytes()
            paths = tuple(os.fsdecode(path) for path in raw.split(b"\0")) if raw else ()
            laid = _Laid(paths, kept["marks"].astype(np.uint64), kept["plane"].astype(np.float32))
    except Exception:  # a damaged zip can raise nearly anything
        return None
    is_whole = laid.plane.shape == (len(paths), 2) and laid.marks.shape == (len(paths),)
    return laid if is_whole and np.isfinite(laid.plane).all() else None


def _save(file: Path, laid: _Laid) -> None:
    """Whole or not at all; a folder that may not be written only costs the time to draw again."""
    paths = np.frombuffer(b"\0".join(os.fsencode(path) for path in laid.paths), dtype=np.uint8)
    content = io.BytesIO()
    np.savez(content, format=np.array(FORMAT), paths=paths, marks=laid.marks, plane=laid.plane)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        with open_private(fresh) as stream:
            stream.write(content.getvalue())
        fresh.replace(file)
