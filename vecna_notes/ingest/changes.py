"""What changed: the folder as scanned against the files as remembered. Stat says what to read, hashes decide later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vecna_notes.ingest.scan import Scan
from vecna_notes.types import FileRecord, FileStamp


@dataclass(frozen=True, slots=True)
class Changes:
    """What a scan means for the index."""

    to_read: tuple[str, ...]
    """New files and files whose stamp moved, newest first."""
    vanished: tuple[str, ...]
    """Indexed or waiting files that are on disk no longer."""
    excluded: tuple[str, ...]
    """Indexed or waiting files that a rule or an error now keeps out."""
    records: tuple[FileRecord, ...]
    """Skipped and failed files as they are to be remembered."""
    forgotten: tuple[str, ...]
    """Skipped or failed files that are on disk no longer."""

    def __bool__(self) -> bool:
        return bool(self.to_read or self.vanished or self.excluded or self.records or self.forgotten)


def compare(scan: Scan, known: Mapping[str, FileRecord], subtree: str = "", is_deep: bool = False) -> Changes:
    """`known` holds every remembered file; only those below `subtree` are judged. `is_deep` reads every file again."""
    kept_out = {path: FileRecord(path, "skipped", None, "", why) for path, why in scan.skipped.items()}
    kept_out |= {path: FileRecord(path, "failed", None, "", why) for path, why in scan.failed.items()}
    here = [record for path, record in known.items() if _below(path, (subtree,))]
    unseen = [r for r in here if r.path not in scan.files and not _below(r.path, scan.unreachable)]
    pruned = tuple(scan.pruned)
    out = {r.path for r in unseen if r.path in kept_out or _below(r.path, pruned)}
    gone = [r for r in unseen if r.path not in out]
    return Changes(
        to_read=_newest_first(
            [p for p, stamp in scan.files.items() if is_deep or _moved(stamp, known.get(p))], scan.files
        ),
        vanished=tuple(r.path for r in gone if r.state in ("indexed", "waiting")),
        excluded=tuple(r.path for r in unseen if r.path in out and r.state in ("indexed", "waiting")),
        records=tuple(record for path, record in kept_out.items() if not _same(known.get(path), record)),
        forgotten=tuple(r.path for r in unseen if r.path not in kept_out and r.state in ("skipped", "failed")),
    )


def _moved(stamp: FileStamp, record: FileRecord | None) -> bool:
    return record is None or record.stamp != stamp or record.state == "waiting"


def _same(old: FileRecord | None, new: FileRecord) -> bool:
    return old is not None and (old.state, old.reason) == (new.state, new.reason)


def _below(path: str, folders: tuple[str, ...]) -> bool:
    return any(folder == "" or path == folder or path.startswith(folder + "/") for folder in folders)


def _newest_first(paths: list[str], files: Mapping[str, FileStamp]) -> tuple[str, ...]:
    return tuple(sorted(paths, key=lambda path: (-files[path].mtime_ns, path)))
