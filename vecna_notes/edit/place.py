"""One note's file: read, and replaced in one step, never outside the vault."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from vecna_notes.errors import EditRefused, NoteChanged
from vecna_notes.ingest.regular import irregular
from vecna_notes.store.faultpoint import reach
from vecna_notes.text import safe_line

_PAGE = 1 << 20
_WRITTEN = (".md", ".markdown", ".mdown", ".mkd", ".txt", ".text")


@contextlib.contextmanager
def opened(root: Path, path: str) -> Iterator[Place]:
    """The file of a note inside the vault; symlinks are followed as long as they stay inside."""
    check_kind(path)
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\0" in path:
        raise EditRefused(f"{safe_line(path)!r} is no path inside the vault; nothing is written there")
    top = os.path.realpath(root)
    real = os.path.realpath(os.path.join(top, *parts))  # noqa: PTH118  a str keeps undecodable names exact
    if os.path.commonpath((top, real)) != top or real == top:
        raise EditRefused(f"{safe_line(path)} leads out of the vault; nothing is written there")
    above, name = os.path.split(real)
    try:
        folder = os.open(above, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise EditRefused(f"{safe_line(path)} cannot be written: {(error.strerror or '').lower()}") from error
    try:
        if os.path.realpath(above) != above or not os.path.samestat(os.fstat(folder), os.stat(above)):  # noqa: PTH116
            raise EditRefused(f"the folder of {safe_line(path)} was moved this very moment; try again")
        yield Place(path, folder, name)
    finally:
        os.close(folder)


def is_written(path: str) -> bool:
    """Whether we write files of its kind. The lines of all others are not those of the note that was made of them."""
    return path.lower().endswith(_WRITTEN)


def check_kind(path: str) -> None:
    """Raises EditRefused for what is neither Markdown nor plain text."""
    if not is_written(path):
        raise EditRefused(f"{safe_line(path)} is no Markdown and no plain text, so it is only read; change it by hand")


class Place:
    """A note's file, held by its folder, so that nobody can slip another folder under the name meanwhile."""

    def __init__(self, path: str, folder: int, name: str) -> None:
        self._path = path
        self._folder = folder
        self._name = name

    def read(self) -> bytes:
        return self._read()[0]

    def _read(self) -> tuple[bytes, os.stat_result]:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0)
        with self._refusing():
            descriptor = os.open(self._name, flags, dir_fd=self._folder)
            try:
                status = os.fstat(descriptor)
                self._check_writable(status)
                return b"".join(iter(lambda: os.read(descriptor, _PAGE), b"")), status
            finally:
                os.close(descriptor)

    def _check_writable(self, status: os.stat_result) -> None:
        why = irregular(status.st_mode)
        if not why and (not status.st_mode & 0o222 or not self._may_write()):
            why = "read-only"
        if not why and status.st_nlink > 1:
            why = f"one file under {status.st_nlink} names, and only one of them would change"
        if why:
            raise EditRefused(f"{safe_line(self._path)} is {why}; it is left as it is")

    def _may_write(self) -> bool:
        return os.access(self._name, os.W_OK, dir_fd=self._folder)

    def replace(self, id: str, old: bytes, new: bytes) -> None:
        """The file that holds `old` now holds `new`, in one step. Raises NoteChanged when it holds something else."""
        temporary = _temporary(id)
        try:
            with self._refusing():
                status = self._read()[1]
                self._write(temporary, new, status)
                reach("edit_temp")
                if self._read()[0] != old:
                    raise NoteChanged(f"{safe_line(self._path)} was changed this very moment; look at it again")
                reach("edit_rename")
                os.rename(temporary, self._name, src_dir_fd=self._folder, dst_dir_fd=self._folder)
                reach("edit_renamed")
                os.fsync(self._folder)
        except BaseException:
            self.forget(id)
            raise

    def create(self, id: str, new: bytes) -> None:
        """A file that holds `new` where there is none, in one step. Raises EditRefused where there is one."""
        temporary = _temporary(id)
        try:
            with self._refusing():
                self._write(temporary, new, None)
                reach("edit_temp")
                self._name_it(temporary)
                reach("edit_renamed")
                os.fsync(self._folder)
        except BaseException:
            self.forget(id)
            raise

    def _name_it(self, temporary: str) -> None:
        """A link fails where the name is taken; a file system without links is looked at just before."""
        here = self._folder
        try:
            os.link(temporary, self._name, src_dir_fd=here, dst_dir_fd=here, follow_symlinks=False)
            os.unlink(temporary, dir_fd=here)
        except FileExistsError:
            raise EditRefused(f"{safe_line(self._path)} is there already; it is left as it is") from None
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS):
                raise
            self.check_free()
            os.rename(temporary, self._name, src_dir_fd=here, dst_dir_fd=here)

    def check_free(self) -> None:
        """Raises EditRefused where the name is taken."""
        try:
            os.stat(self._name, dir_fd=self._folder, follow_symlinks=False)
        except FileNotFoundError:
            return
        except OSError as error:
            raise EditRefused(f"{safe_line(self._path)} cannot be written: {(error.strerror or '').lower()}") from error
        raise EditRefused(f"{safe_line(self._path)} is there already; it is left as it is")

    def is_free(self) -> bool:
        try:
            self.check_free()
        except EditRefused:
            return False
        return True

    def remove(self, old: bytes) -> None:
        """Take the file away again. Raises NoteChanged when it holds something else than `old`."""
        with self._refusing():
            if self._read()[0] != old:
                raise NoteChanged(f"{safe_line(self._path)} was changed this very moment; look at it again")
            os.unlink(self._name, dir_fd=self._folder)
            os.fsync(self._folder)

    def forget(self, id: str) -> None:
        with contextlib.suppress(OSError):
            os.unlink(_temporary(id), dir_fd=self._folder)

    def _write(self, name: str, data: bytes, like: os.stat_result | None) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(name, flags, 0o600, dir_fd=self._folder)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
                reach("edit_writing")
            if like is not None:
                self._dress(descriptor, like)
            else:
                os.fchmod(descriptor, 0o666 & ~_umask())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _dress(self, descriptor: int, like: os.stat_result) -> None:
        """Owner, mode and attributes of the old file, as far as we may give them."""
        with contextlib.suppress(PermissionError):
            os.fchown(descriptor, like.st_uid, like.st_gid)
        if hasattr(os, "listxattr"):
            self._dress_attributes(descriptor)
        os.fchmod(descriptor, stat.S_IMODE(like.st_mode))

    def _dress_attributes(self, descriptor: int) -> None:
        old = os.open(self._name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._folder)
        try:
            with contextlib.suppress(OSError):  # a file system without attributes
                for name in os.listxattr(old):
                    with contextlib.suppress(OSError):  # one that only the system sets
                        os.setxattr(descriptor, name, os.getxattr(old, name))
        finally:
            os.close(old)

    @contextlib.contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise EditRefused(f"{safe_line(self._path)} cannot be written: {reason}; it is left as it is") from error


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _temporary(id: str) -> str:
    return f".vecna-{id}.tmp"
