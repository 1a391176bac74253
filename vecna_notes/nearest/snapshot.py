"""The writer's side: save the graph so that readers need not build one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from vecna_notes.errors import NeedsRebuild, VecnaError
from vecna_notes.interfaces import IndexBuilder, VectorIndex
from vecna_notes.nearest.stamp import Manifest, Snapshots, recipe, sha256, sync
from vecna_notes.store import Store, VectorStamp
from vecna_notes.store.faultpoint import reach
from vecna_notes.types import Space, SpaceId, VectorId

MIN_NEW_ROWS = 500
NEW_SHARE = 0.02
"""A snapshot is written when so many rows are new; fewer are added by each reader in its own memory."""


def write_snapshot(
    store: Store, space_id: SpaceId, space: Space, builder: IndexBuilder | None, folder: Path, exact_below: int
) -> str:
    """Write the space's graph when that is due. Says what was done, or why it could not be: search works either way."""
    snapshots = Snapshots(folder, space)
    stamp = store.vectors.stamp(space_id)
    if builder is None or stamp.count <= exact_below:
        snapshots.forget(store)
        return f"{stamp.count} vectors are searched exactly"
    try:
        old = snapshots.current(store, builder)
        if old is not None and not _is_due(store, space_id, old, stamp):
            snapshots.sweep(keep=old)
            return f"the search index of {old.count} vectors is kept"
        manifest = _write(store, space_id, builder, snapshots, old)
    except NeedsRebuild as error:
        return f"the search index was not written: {error}"
    except (VecnaError, OSError, RuntimeError, MemoryError) as error:
        snapshots.sweep(keep=snapshots.current(store, builder))
        return f"the search index was not written, so searches are exact: {error}"
    return f"the search index of {manifest.count} vectors is written"


def _is_due(store: Store, space_id: SpaceId, old: Manifest, stamp: VectorStamp) -> bool:
    """Whether enough rows came or went since the old graph."""
    if stamp == old.stamp:
        return False
    stays = store.vectors.stamp(space_id, up_to=old.max_id).count
    changed = (old.count - stays) + (stamp.count - stays)
    return changed > max(MIN_NEW_ROWS, int(old.count * NEW_SHARE))


def _write(
    store: Store, space_id: SpaceId, builder: IndexBuilder, snapshots: Snapshots, old: Manifest | None
) -> Manifest:
    index, stamp = _index(store, space_id, builder, snapshots, old)
    generation = snapshots.recorded(store)[0] + 1
    file = snapshots.file(generation)
    temporary = file.with_name(file.name + ".tmp")
    with _removed_on_error(temporary):
        _touch(temporary)
        index.save(temporary)
        reach("snapshot_temp")
        manifest = Manifest(
            file=file.name,
            size=temporary.stat().st_size,
            sha256=sha256(temporary),
            generation=generation,
            count=stamp.count,
            max_id=stamp.max_id,
            checksum=stamp.checksum,
            space=snapshots.space.key,
            dim=snapshots.space.dim,
            metric=snapshots.space.metric,
            recipe=recipe(builder),
        )
        sync(temporary)
        temporary.rename(file)
    reach("snapshot_rename")
    _write_manifest(snapshots, manifest)
    reach("manifest_rename")
    snapshots.record(store, manifest)
    reach("snapshot_recorded")
    snapshots.sweep(keep=manifest)
    return manifest


def _write_manifest(snapshots: Snapshots, manifest: Manifest) -> None:
    temporary = snapshots.manifest_file.with_name(snapshots.manifest_file.name + ".tmp")
    with _removed_on_error(temporary):
        _touch(temporary)
        temporary.write_bytes(msgspec.json.encode(manifest))
        sync(temporary)
        temporary.rename(snapshots.manifest_file)
    sync(snapshots.folder)


def _index(
    store: Store, space_id: SpaceId, builder: IndexBuilder, snapshots: Snapshots, old: Manifest | None
) -> tuple[VectorIndex, VectorStamp]:
    """The last graph with the new rows added where nothing was removed since, else a new one."""
    space = snapshots.space
    stamp = store.vectors.stamp(space_id)
    if (
        old is not None
        and store.vectors.stamp(space_id, up_to=old.max_id) == old.stamp
        and stamp.count < old.count * 2
        and snapshots.is_intact(old)
    ):
        new = store.vectors.all(space_id, after=VectorId(old.max_id))
        if not new.bad:
            index = builder.load(snapshots.file(old.generation), space.dim, space.metric)
            index.add(new.ids.tolist(), new.rows)
            return index, stamp
    stored = store.vectors.all(space_id)
    if stored.bad:  # from now on their texts count as missing
        store.vectors.drop(stored.bad)
        stamp = store.vectors.stamp(space_id)
    return builder.build(stored.ids.tolist(), stored.rows, space.dim, space.metric), stamp


def _touch(file: Path) -> None:
    """Plugins open files with the umask's mode; one that exists keeps its own."""
    os.close(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, 0o600))


@contextlib.contextmanager
def _removed_on_error(file: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            file.unlink()
        raise
