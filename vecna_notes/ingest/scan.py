"""One look at a folder: which files are notes, which are kept out and why, and where we could not look."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from vecna_notes.ingest.ignore import Rules
from vecna_notes.ingest.regular import irregular, stamp_of
from vecna_notes.types import FileStamp


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found below a folder; paths are relative to the vault. Files of kinds that nobody reads are not seen."""

    files: dict[str, FileStamp]
    skipped: dict[str, str]
    """Files (and folders linked from outside) that a rule keeps out, with the rule."""
    failed: dict[str, str]
    """Folders and files that should have been seen, with the reason they were not."""
    unreachable: tuple[str, ...]
    """Folders nothing is known about now: what was below them is not gone."""
    pruned: dict[str, str] = field(default_factory=dict)
    """Folders that were not entered, with the rule."""


def scan(root: Path, rules: Rules, suffixes: Collection[str], subtree: str = "") -> Scan:
    """Look below `subtree` (all of the vault when it is reached through a symlink). Never raises for what is there."""
    top = os.path.realpath(root)
    walk = _Walk(top, rules, tuple(suffixes))
    start = subtree if os.path.realpath(f"{top}/{subtree}") == os.path.normpath(f"{top}/{subtree}") else ""
    inherited = rules.why(start, True) if start else None
    if inherited is None or rules.may_hold_included(start):
        walk.folders.append((start, inherited))
    while walk.folders or walk.links:
        walk.step()
    return Scan(walk.files, walk.skipped, walk.failed, tuple(walk.unreachable), walk.pruned)


class _Walk:
    """The state of one look. Real folders first; symlinks last, when it is clear what needs none."""

    def __init__(self, top: str, rules: Rules, suffixes: tuple[str, ...]) -> None:
        self.files: dict[str, FileStamp] = {}
        self.skipped: dict[str, str] = {}
        self.failed: dict[str, str] = {}
        self.unreachable: list[str] = []
        self.pruned: dict[str, str] = {}
        self.folders: list[tuple[str, str | None]] = []
        """Folders to enter, each with the rule that ignores it where only an `include` can let something in."""
        self.links: list[tuple[str, str | None]] = []
        self._top = top
        self._rules = rules
        self._suffixes = suffixes
        self._followed: set[tuple[int, int]] = set()

    def step(self) -> None:
        if self.folders:
            self._enter(*self.folders.pop())
        else:
            self.links.sort(reverse=True)
            self._follow(*self.links.pop())

    def _enter(self, folder: str, inherited: str | None) -> None:
        try:
            with os.scandir(f"{self._top}/{folder}") as found:
                entries = list(found)
        except OSError as error:
            self._miss(folder, error, is_folder=True)
            return
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            try:
                self._look(entry, path, inherited)
            except OSError as error:
                self._miss(path, error, is_folder=False)

    def _look(self, entry: os.DirEntry[str], path: str, inherited: str | None) -> None:
        if entry.is_symlink():
            self.links.append((path, inherited))
        elif entry.is_dir(follow_symlinks=False):
            self._consider(path, self._rules.judge(path, True, inherited))
        elif self._is_read(entry.name):
            why = self._rules.judge(path, False, inherited)
            self._keep(path, entry.stat(follow_symlinks=False), why)

    def _consider(self, folder: str, why: str | None) -> None:
        if why is not None:
            self.pruned[folder] = why
        if why is None or self._rules.may_hold_included(folder):
            self.folders.append((folder, why))

    def _keep(self, path: str, status: os.stat_result, why: str | None) -> None:
        if why := why or irregular(status.st_mode):
            self.skipped[path] = why
        else:
            self.files[path] = stamp_of(status)

    def _follow(self, link: str, inherited: str | None) -> None:
        """Into the vault only, and only to what is not indexed under its own name; each target once."""
        try:
            status = os.stat(f"{self._top}/{link}")  # noqa: PTH116
        except OSError as error:
            if self._is_read(link):
                self.skipped[link] = f"a symlink that leads nowhere ({(error.strerror or str(error)).lower()})"
            return
        is_dir = stat.S_ISDIR(status.st_mode)
        if not is_dir and not self._is_read(link):
            return
        why = self._rules.judge(link, is_dir, inherited)
        if why is None and (refusal := self._refusal(link, status, is_dir)):
            self.skipped[link] = refusal
        elif is_dir:
            self._consider(link, why)
        else:
            self._keep(link, status, why)

    def _refusal(self, link: str, status: os.stat_result, is_dir: bool) -> str:
        target = os.path.realpath(f"{self._top}/{link}")
        if target != self._top and not target.startswith(self._top.rstrip("/") + "/"):
            return "a symlink that leads out of the vault"
        inner = target[len(self._top) :].strip("/")
        if (is_dir or self._is_read(inner)) and (not inner or self._rules.why(inner, is_dir) is None):
            return f'a symlink to "{inner or "."}", which is indexed itself'
        identity = (status.st_dev, status.st_ino)
        if identity in self._followed:
            return f'a symlink to "{inner}", which another symlink leads to'
        self._followed.add(identity)
        return ""

    def _is_read(self, name: str) -> bool:
        return name.lower().endswith(self._suffixes)

    def _miss(self, path: str, error: OSError, is_folder: bool) -> None:
        """Something we could not look at: gone is gone, but for all else nothing may be concluded."""
        if isinstance(error, FileNotFoundError | NotADirectoryError) and path:
            return
        self.failed[path or "."] = f"cannot be {'listed' if is_folder else 'looked at'}: {error.strerror or error}"
        self.unreachable.append(path)
