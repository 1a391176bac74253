"""Finds what a written link points to, by the rules of the tools that wrote it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from vecna_notes.markup import NOTE_FILE
from vecna_notes.text import normalise
from vecna_notes.types import LinkState, LinkStyle, NoteId, WrittenLink

Names: TypeAlias = Iterable[tuple[NoteId, str, str, Sequence[str]]]
"""Id, path, title and aliases of every note."""
Resolver: TypeAlias = Callable[[WrittenLink, str], tuple[NoteId | None, LinkState]]

_DENDRON = re.compile(r"dendron://[^/]*/")
_NOTE_SUFFIX = re.compile(r"\.(?:md|markdown|mdown|mkd|txt|text|org)\Z", re.IGNORECASE)
_FOLDER_NOTES = ("index", "_index", "readme")
_DOTTED_SHARE = 0.3
"""A vault in which this share of the names has dots is Dendron's, where a link's label comes first."""
_HIERARCHY = re.compile(r"(?!v?[\d.]+\Z)[\w-]+(?:\.[\w-]+)+\Z")
"""a.b.c, but no date or version."""
_DATE = re.compile(r"(\d{4})[-_](\d\d)[-_](\d\d)\Z")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def resolver(names: Names) -> Resolver:
    """A function from (link, path of the note it stands in) to (target or None, state).

    In this order: exact path, path from the vault's root, path from the note (first for Markdown links), shortest
    unique name, alias, title. Case and Unicode form do not matter, nor does ".md"; of other kinds of file, such as PDF,
    the suffix belongs to the name, and where no note has it, the link is to an attachment.
    """
    directory = _Directory()
    for id, path, title, aliases in names:
        directory.add(id, path, title, aliases)
    return directory.resolve


@dataclass(slots=True)
class _Directory:
    """Every name a note goes by. Keys are normalised, and but for `exact` without suffix."""

    exact: dict[str, NoteId] = field(default_factory=dict)
    """Whole paths as they are."""
    paths: dict[str, NoteId] = field(default_factory=dict)
    tails: dict[str, list[tuple[NoteId, str]]] = field(default_factory=dict)
    """Last part, and last two parts, of each path: (id, folder)."""
    titles: dict[str, set[NoteId]] = field(default_factory=dict)
    file_titles: dict[str, set[NoteId]] = field(default_factory=dict)
    """Of what is no Markdown and no text: looked at last, since a book may be called like a note on it."""
    aliases: dict[str, set[NoteId]] = field(default_factory=dict)
    dotted: int = 0

    def add(self, id: NoteId, path: str, title: str, aliases: Sequence[str]) -> None:
        self.exact[path] = id
        key = normalise(path)
        bare = _NOTE_SUFFIX.sub("", key)
        if key.endswith(".md"):
            self.paths[bare] = id
        else:
            self.paths.setdefault(bare, id)
        folder, _, name = bare.rpartition("/")
        for tail in _tails(folder, name):
            self.tails.setdefault(tail, []).append((id, folder))
        self.dotted += bare != key and _HIERARCHY.match(name) is not None
        (self.titles if bare != key else self.file_titles).setdefault(_folded(title), set()).add(id)
        for alias in aliases:
            self.aliases.setdefault(_folded(alias), set()).add(id)

    def resolve(self, link: WrittenLink, source: str) -> tuple[NoteId | None, LinkState]:
        if not link.target:
            own = self.exact.get(source)
            return (own, "broken" if own is None else "resolved")
        found, state = self._target(link, source)
        if state == "broken" and NOTE_FILE.search(_cleaned(link.target)):
            return None, "outside"
        return found, state

    def _target(self, link: WrittenLink, source: str) -> tuple[NoteId | None, LinkState]:
        if link.style == "wiki" and link.label and self._is_dendron():
            return self._first_found((link.label, link.target), source)
        found, state = self._found(_cleaned(link.target), link.style, source)
        if state == "broken" and link.style == "wiki" and _is_hierarchy(link.label):
            return self._first_found((link.label,), source)
        return found, state

    def _is_dendron(self) -> bool:
        return self.dotted >= _DOTTED_SHARE * len(self.exact)

    def _first_found(self, written: Sequence[str], source: str) -> tuple[NoteId | None, LinkState]:
        """By path and name only: a label is often some other note's title."""
        for part in filter(None, map(_cleaned, written)):
            found = self._by_path(part, "wiki", source)
            if found is not None:
                return found, "resolved"
            found, state = self._by_name(normalise(part), source)
            if state != "broken":
                return found, state
        return None, "broken"

    def _found(self, written: str, style: LinkStyle, source: str) -> tuple[NoteId | None, LinkState]:
        found = self._by_path(written, style, source)
        if found is not None:
            return found, "resolved"
        key = normalise(written)
        for look in (self._by_name, self._by_alias, self._by_title):
            found, state = look(key, source)
            if state != "broken":
                return found, state
        return None, "broken"

    def _by_path(self, written: str, style: LinkStyle, source: str) -> NoteId | None:
        root, here = written.lstrip("/"), _joined(source.rpartition("/")[0], written)
        places = (root,) if written.startswith("/") else (here, root) if style == "markdown" else (root, here)
        for place in places:
            found = self._at(place, with_folder=style == "markdown" or written.endswith("/"))
            if found is not None:
                return found
        return None

    def _at(self, place: str, with_folder: bool) -> NoteId | None:
        """The note at a path, its case as written if there is one, or of the folder at that path."""
        if (found := self.exact.get(place, self.exact.get(f"{place}.md"))) is not None:
            return found
        bare = normalise(place).strip("/")
        found = self.paths.get(bare, self.paths.get(_NOTE_SUFFIX.sub("", bare)))
        if found is None and with_folder:
            notes = (self.paths.get(f"{bare}/{name}" if bare else name) for name in _FOLDER_NOTES)
            return next((note for note in notes if note is not None), None)
        return found

    def _by_name(self, key: str, source: str) -> tuple[NoteId | None, LinkState]:
        """The one note whose path ends so; of several the one in the source's own folder."""
        name = key.removeprefix("./").strip("/")
        for written in dict.fromkeys((name, _NOTE_SUFFIX.sub("", name))):
            *above, last = written.split("/")
            ending = "/".join([*above[-1:], last])
            fitting = self.tails.get(ending, [])
            if len(above) > 1:
                whole = "/" + "/".join(above)
                fitting = [(id, folder) for id, folder in fitting if f"/{folder}".endswith(whole)]
            if fitting:
                return _one_of(fitting, normalise(source).rpartition("/")[0])
        return None, "broken"

    def _by_alias(self, key: str, source: str) -> tuple[NoteId | None, LinkState]:
        return _only(self.aliases.get(_folded(key)))

    def _by_title(self, key: str, source: str) -> tuple[NoteId | None, LinkState]:
        folded = _folded(key)
        return _only(self.titles.get(folded) or self.file_titles.get(folded))


def _tails(folder: str, name: str) -> Iterator[str]:
    """Endings by which a path may be written."""
    yield name
    if folder:
        yield f"{folder.rpartition('/')[2]}/{name}"
    if "___" in name:
        yield name.replace("___", "/")  # Logseq's namespaces
    if date := _DATE.match(name):
        yield _logseq_date(int(date[1]), int(date[2]), int(date[3]))


def _logseq_date(year: int, month: int, day: int) -> str:
    """How Logseq writes the name of a journal page by default: "jan 5th, 2024"."""
    ending = "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{_MONTHS[month - 1] if 1 <= month <= 12 else month} {day}{ending}, {year}"


def _one_of(fitting: Sequence[tuple[NoteId, str]], folder: str) -> tuple[NoteId | None, LinkState]:
    if len(fitting) == 1:
        return fitting[0][0], "resolved"
    near = [id for id, own in fitting if own == folder]
    return (near[0], "resolved") if len(near) == 1 else (None, "ambiguous")


def _only(ids: Collection[NoteId] | None) -> tuple[NoteId | None, LinkState]:
    if not ids:
        return None, "broken"
    return (next(iter(ids)), "resolved") if len(ids) == 1 else (None, "ambiguous")


def _cleaned(written: str) -> str:
    """A target without heading and without Dendron's name of the vault."""
    return _DENDRON.sub("", written.partition("#")[0].strip())


def _folded(name: str) -> str:
    return " ".join(normalise(name).split())


def _is_hierarchy(label: str) -> bool:
    return label.startswith("dendron://") or _HIERARCHY.match(label.partition("#")[0]) is not None


def _joined(folder: str, key: str) -> str:
    """`key` seen from `folder`, with its "." and ".." carried out."""
    parts = folder.split("/") if folder else []
    for part in key.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
