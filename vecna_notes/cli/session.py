"""One run of the command line: its shared options, where things are, and how it speaks."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from vecna_notes.cli.paint import Paint
from vecna_notes.config import Configuration, Folders, load, make_private, open_private
from vecna_notes.errors import VaultNotFound
from vecna_notes.text import safe_text

_LAST = "last-vault"


@dataclass(slots=True)
class Session:
    """Shared options as given, before or after the command's name."""

    data_dir: Path | None = None
    vault: Path | None = None
    color: str = "auto"
    is_quiet: bool = False
    is_verbose: bool = False
    may_ask: bool = True
    _out: TextIO | None = None
    _err: TextIO | None = None
    _links: str = "file"

    # ── where ───────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def folders(self) -> Folders:
        return Folders.standard(self.data_dir)

    def root(self, argument: Path | None = None) -> Path:
        """The vault meant: argument, --vault, VECNA_VAULT, the indexed folder we stand in, the last one used."""
        named = os.environ.get("VECNA_VAULT")
        chosen = argument or self.vault or (Path(named) if named else None)
        if chosen is not None:
            root = Path(os.path.abspath(chosen.expanduser()))  # noqa: PTH100  links in it stay as they are
            if not root.is_dir() and not self.folders.is_indexed(root):
                raise VaultNotFound(f"there is no folder {chosen}; name your notes folder: vecna index FOLDER")
        else:
            found = self._around() or self.last_vault()
            if found is None:
                raise VaultNotFound("no vault is chosen; name your notes folder once: vecna index FOLDER")
            root = found
        return root

    def _around(self) -> Path | None:
        """The innermost indexed vault that holds the current folder."""
        try:
            here = Path.cwd()
        except OSError:  # it was deleted under us
            return None
        return next((folder for folder in (here, *here.parents) if self.folders.is_indexed(folder)), None)

    def last_vault(self) -> Path | None:
        """The vault used last, if its folder or its index is still there."""
        try:
            raw = (self.folders.data / _LAST).read_bytes()
        except OSError:
            return None
        root = Path(os.fsdecode(raw.strip(b"\0")))
        return root if raw and root.is_absolute() and (root.is_dir() or self.folders.is_indexed(root)) else None

    def remember(self, root: Path) -> None:
        """Make `root` the vault that is meant when none is named. A data folder that is read-only forgets."""
        file = self.folders.data / _LAST
        fresh = file.with_name(f".{_LAST}.{os.getpid()}")
        with contextlib.suppress(OSError):
            if file.exists() and file.read_bytes() == os.fsencode(root):
                return
            make_private(file.parent)
            with open_private(fresh) as stream:
                stream.write(os.fsencode(root))
            fresh.replace(file)

    def configuration(self, root: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Configuration:
        """Read anew; from then on links open as it says."""
        configuration = load(self.folders, root, overrides)
        self._links = configuration.settings.screen.links
        return configuration

    # ── how it speaks ───────────────────────────────────────────────────────────────────────────────────────────

    @property
    def out(self) -> TextIO:
        return self._out or sys.stdout

    @property
    def err(self) -> TextIO:
        return self._err or sys.stderr

    @contextlib.contextmanager
    def speaking_to(self, out: TextIO, err: TextIO) -> Iterator[None]:
        before = self._out, self._err
        self._out, self._err = out, err
        try:
            yield
        finally:
            out.flush()
            err.flush()
            self._out, self._err = before

    @property
    def can_ask(self) -> bool:
        """Whether somebody is there to answer."""
        return self.may_ask and "CI" not in os.environ and sys.stdin.isatty() and self.err.isatty()

    def confirm(self, question: str) -> bool:
        """A yes to `question`; no when nobody is there to answer."""
        if not self.can_ask:
            return False
        print(f"{safe_text(question)} [y/N] ", end="", file=self.err, flush=True)
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    def write(self, text: str, end: str = "\n") -> None:
        """What was asked for, as it is: what a file name holds that is no text comes out as the bytes it was.

        A terminal gets no such bytes, and none that it would obey.
        """
        buffer = getattr(self.out, "buffer", None)
        self.out.flush()
        if buffer is None or self.out.isatty():
            self.out.write(text.encode("utf-8", "replace").decode() + end)
        else:
            buffer.write(_bytes(text + end))
        (buffer or self.out).flush()

    def say(self, text: str) -> None:
        """Narration: not heard under --quiet, never obeyed by a terminal."""
        if not self.is_quiet:
            self.warn(text)

    def warn(self, text: str) -> None:
        """Narration that --quiet does not silence."""
        with contextlib.suppress(ValueError):
            print(safe_text(text), file=self.err, flush=True)

    def paint(self, stream: TextIO | None = None) -> Paint:
        """How to draw on stdout, or on `stream`."""
        return Paint.on(stream or self.out, self.color, self._links)


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")
