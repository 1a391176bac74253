"""The folder of a vault's tuned models: names, what a run was about, and one run at a time."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from vecna_notes.config import make_private, open_private
from vecna_notes.errors import Busy
from vecna_notes.interfaces import Pair
from vecna_notes.store.lock import WriterLock, holder
from vecna_notes.text import digest
from vecna_notes.train.pairs import Mined

LOCK = "train.lock"


class Runs:
    """A model's folder is `tuned-1`; beside it `tuned-1.json` says what it is made from, before it is made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Raises Busy while another process tunes this vault."""
        make_private(self.folder)
        try:
            lock = WriterLock(self.folder / LOCK)
        except Busy as error:
            who = holder(self.folder / LOCK)
            raise Busy(f"process {who or '?'} is tuning this vault; wait until it is done, or stop it") from error
        try:
            yield
        finally:
            lock.release()

    def begin(self, mined: Mined, settings: Mapping[str, Any], done: Collection[str]) -> str:
        """The name of a new run, or of one that was about the very same, done or not; others not done are removed."""
        about = _about(mined, settings)
        same = [name for name in self._names() if self._is_about(name, about)]
        if same:
            return same[-1]
        for name in self._names():
            if name not in done:
                self.remove(name)
        name = f"tuned-{max((_number(one) for one in (*done, *self._names())), default=0) + 1}"
        make_private(self.folder / name)
        self._write(name, {"about": about, "settings": dict(settings), "held_out": [asdict(one) for one in mined.test]})
        return name

    def held_out(self, name: str) -> Sequence[Pair]:
        """The pairs that the model of that name has never seen."""
        return msgspec.convert(self._record(name).get("held_out", []), list[Pair])

    def remove(self, name: str) -> None:
        shutil.rmtree(self.folder / name, ignore_errors=True)
        (self.folder / f"{name}.json").unlink(missing_ok=True)

    def _is_about(self, name: str, about: str) -> bool:
        return (self.folder / name).is_dir() and self._record(name).get("about") == about

    def _names(self) -> list[str]:
        names = {file.stem for file in self.folder.glob("tuned-*") if _number(file.stem)}
        return sorted(names, key=_number)

    def _record(self, name: str) -> dict[str, Any]:
        try:
            found = json.loads((self.folder / f"{name}.json").read_bytes())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, name: str, record: Mapping[str, Any]) -> None:
        """Whole, or not at all."""
        file = self.folder / f"{name}.json"
        fresh = file.with_name(f".{file.name}")
        with open_private(fresh) as stream:
            stream.write(json.dumps(record).encode())
        fresh.replace(file)


def _about(mined: Mined, settings: Mapping[str, Any]) -> str:
    pairs = [[asdict(pair) for pair in part] for part in (mined.train, mined.dev, mined.test)]
    return digest(json.dumps([pairs, dict(settings)], sort_keys=True, default=str))


def _number(name: str) -> int:
    head, _, number = name.partition("-")
    return int(number) if head == "tuned" and number.isdecimal() else 0
