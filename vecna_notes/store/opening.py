"""Opening the index database: make it, judge it, move a damaged one aside, connect."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from pathlib import Path

from vecna_notes.config import make_private
from vecna_notes.errors import NotIndexed, StoreError, StoreTooNew
from vecna_notes.store import schema
from vecna_notes.store.connection import SUSPECT, Connection
from vecna_notes.store.faultpoint import reach

FILE = "index.db"
LOCK = "writer.lock"
BUSY_SECONDS = 5.0
_HEADER = b"SQLite format 3\0"


def make_folder(folder: Path) -> None:
    """The vault's own folder, for its user's eyes only."""
    try:
        make_private(folder)
        if folder.stat().st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be used for the index: {error.strerror}; --data-dir names another"
        ) from error


def connect_writer(file: Path) -> tuple[Connection, Path | None]:
    """A writing connection to a sound, up-to-date database, and the damaged file that was moved aside for it.

    The caller holds the writer's lock.
    """
    damaged = None
    if file.exists() and _damage(file):
        damaged = _move_aside(file)
        file.with_name(SUSPECT).unlink(missing_ok=True)
    if not file.exists():
        _create(file)
    _make_private(file)
    raw = _connect(f"file:{_quoted(file)}?mode=rw")
    connection = Connection(raw, file)
    try:
        for pragma in ("foreign_keys = ON", "synchronous = NORMAL", "journal_mode = WAL", "cache_size = -32000"):
            raw.execute(f"PRAGMA {pragma}").fetchall()
        raw.execute("PRAGMA journal_size_limit = 67108864").fetchall()
        _upgrade(connection)
    except sqlite3.Error as error:
        raw.close()
        raise connection.explained(error) from error
    except BaseException:
        raw.close()
        raise
    return connection, damaged


def connect_reader(file: Path) -> tuple[Connection, str]:
    """A reading connection and a notice, which is "" unless the folder is read-only. Raises NotIndexed, StoreTooNew."""
    absent = f"there is no index for this vault yet ({file.parent}); `vecna index` makes one"
    try:
        if file.stat().st_size == 0:
            raise NotIndexed(absent)
    except OSError as error:
        raise NotIndexed(absent) from error
    for mode, notice in (
        ("mode=ro", ""),
        ("mode=ro&immutable=1", "the index folder is read-only, so its newest part may be missing"),
    ):
        raw = _connect(f"file:{_quoted(file)}?{mode}")
        connection = Connection(raw, file)
        try:
            _check_version(raw, file)
            raw.execute("SELECT 1 FROM meta LIMIT 1").fetchall()
            return connection, notice
        except sqlite3.Error as error:
            raw.close()
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if (
                not notice
                and code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
                and not os.access(file.parent, os.W_OK)
            ):
                continue
            raise connection.explained(error) from error
        except BaseException:
            raw.close()
            raise
    raise NotIndexed(absent)


def open_damaged(file: Path) -> sqlite3.Connection:
    """Read what can be read of a file that was moved aside."""
    raw = _connect(f"file:{_quoted(file)}?mode=rw")
    raw.execute("PRAGMA writable_schema = ON")  # else SQLite reads nothing of a file whose end is missing
    return raw


def _connect(uri: str) -> sqlite3.Connection:
    raw = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    raw.text_factory = _decoded
    return raw


def _decoded(text: bytes) -> str:
    """A flipped bit in a text must not keep its row, or its neighbours, from being read."""
    return text.decode("utf-8", "replace")


def _quoted(file: Path) -> str:
    from urllib.parse import quote

    return quote(os.fsencode(file))


def _check_version(raw: sqlite3.Connection, file: Path) -> None:
    """Raises StoreTooNew, or NotIndexed when the tables are of an older version or of another program."""
    version = int(raw.execute("PRAGMA user_version").fetchone()[0])
    if int(raw.execute("PRAGMA application_id").fetchone()[0]) != schema.APPLICATION_ID:
        raise StoreError(f"{file} belongs to another program; `vecna index` moves it aside and builds an index")
    if version > schema.VERSION:
        raise StoreTooNew(
            f"{file} was written by a newer vecna (schema {version}, this one knows {schema.VERSION}); "
            "upgrade with: pip install -U vecna-notes"
        )
    if version < schema.VERSION:
        raise NotIndexed(f"{file} was written by an older vecna; `vecna index` brings it up to date")


def _create(file: Path) -> None:
    """A new database appears under its name only when it is whole, so a killed start leaves nothing to repair."""
    fresh = file.with_name(f"{FILE}.new")
    for leftover in (fresh, *(fresh.with_name(fresh.name + side) for side in ("-journal", "-wal", "-shm"))):
        leftover.unlink(missing_ok=True)
    os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    with contextlib.closing(_connect(f"file:{_quoted(fresh)}?mode=rw")) as raw:
        raw.execute(f"PRAGMA page_size = {schema.PAGE_BYTES}")
        connection = Connection(raw, fresh)
        _upgrade(connection)
        raw.execute("PRAGMA journal_mode = WAL").fetchall()
    reach("database_rename")
    fresh.rename(file)


def _upgrade(connection: Connection) -> None:
    if connection.value("PRAGMA user_version") == schema.VERSION:
        return
    from sqlite_utils import Database

    with connection.transaction():
        schema.migrate(Database(connection.raw, execute_plugins=False))
        reach("migrated")


def _make_private(file: Path) -> None:
    for part in (file, file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")):
        with contextlib.suppress(FileNotFoundError):
            if part.stat().st_mode & 0o077:
                part.chmod(0o600)


def _damage(file: Path) -> str:
    """Why this file cannot be our database, or "". A full check only where something gives cause for it."""
    wal = file.with_name(file.name + "-wal")
    has_wal = wal.exists() and wal.stat().st_size > 0
    size = file.stat().st_size
    with file.open("rb") as stream:
        header = stream.read(100)
    if len(header) < 100 or not header.startswith(_HEADER):
        return "it is no SQLite database"
    page = int.from_bytes(header[16:18], "big")
    is_short = size < int.from_bytes(header[28:32], "big") * (65536 if page == 1 else page)
    if is_short and not has_wal:
        return "its end is missing"
    with contextlib.closing(_connect(f"file:{_quoted(file)}?mode=rw")) as raw:
        try:
            return _foreign(raw, file) or _broken(raw, file, is_short)
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise Connection(raw, file).explained(error) from error
            return str(error)


def _foreign(raw: sqlite3.Connection, file: Path) -> str:
    try:
        _check_version(raw, file)
    except NotIndexed:  # an older version is no damage
        return ""
    except StoreTooNew:
        raise
    except StoreError:
        return "it belongs to another program"
    tables = {row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    absent = schema.TABLES - tables
    return f"tables are missing: {', '.join(sorted(absent))}" if absent else ""


def _broken(raw: sqlite3.Connection, file: Path, is_short: bool) -> str:
    if not is_short and not file.with_name(SUSPECT).exists():
        return ""
    first = str(raw.execute("PRAGMA quick_check(1)").fetchone()[0])
    return "" if first == "ok" else first


def _move_aside(file: Path) -> Path:
    """Rename the database and its side files, which may hold its newest rows."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    target = file.with_name(f"{file.name}.damaged-{stamp}")
    turn = 1
    while target.exists():
        turn += 1
        target = file.with_name(f"{file.name}.damaged-{stamp}-{turn}")
    for side in ("-wal", "-shm", ""):
        with contextlib.suppress(FileNotFoundError):
            file.with_name(file.name + side).rename(target.with_name(target.name + side))
    _make_private(target)
    reach("moved_aside")
    return target
