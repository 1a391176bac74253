"""Reads plain text: the first line is no title, nothing is a link."""

from __future__ import annotations

from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import Reader
from vecna_notes.text import decode, digest
from vecna_notes.types import Note

from .names import name_of


@hookimpl
def vecna_readers() -> list[Offer[Reader]]:
    return [Offer("plaintext", "plain text", _make)]


def _make(options: Options) -> Reader:
    return PlainText()


class PlainText:
    suffixes: tuple[str, ...] = (".txt", ".text")

    def read(self, path: str, data: bytes) -> Note:
        text, problem = decode(data)
        return Note(path, name_of(path), text, digest(data), problems=(problem,) if problem else ())
