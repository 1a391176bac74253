"""Opening a file without ever waiting for it: pipes, devices and sockets are refused, whatever they are called."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from vecna_notes.types import FileStamp

_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


@contextmanager
def opened(file: str) -> Iterator[BinaryIO]:
    """The bytes of a regular file. Raises OSError, with EINVAL for anything that is no regular file."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(file, flags | getattr(os, "O_CLOEXEC", 0))
    try:
        if why := irregular(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, why, file)
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            yield stream
    finally:
        os.close(descriptor)


def irregular(mode: int) -> str:
    """Why something with this mode is no regular file, or ""."""
    if stat.S_ISREG(mode):
        return ""
    return f"{_KINDS.get(stat.S_IFMT(mode), 'something')}, not a regular file"


def stamp_of(status: os.stat_result) -> FileStamp:
    return FileStamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
