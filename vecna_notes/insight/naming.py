"""Which note a person means by a path, a file, a title or an alias."""

from __future__ import annotations

import difflib
import os
from collections.abc import Collection
from pathlib import Path, PurePath

from vecna_notes.errors import NoteNotFound
from vecna_notes.store import Store
from vecna_notes.text import normalise, safe_line
from vecna_notes.types import NoteId

_NEAR = 3


def find_note(store: Store, root: Path | None, name: str, hidden: Collection[NoteId] = ()) -> str:
    """The path of the note meant by `name`. Raises NoteNotFound with near names, or with all when it is ambiguous.

    Without `root` a name is no file seen from here; `hidden` notes are as if they were not there.
    """
    for path in (name, f"{name}.md", _inside(root, name) if root else ""):
        if path and (found := store.notes.by_path(path)) is not None and found.id not in hidden:
            return path
    ids = dict.fromkeys([*store.notes.titled(name), *store.notes.titled(PurePath(name).stem)])
    named = [note.note.path for id in ids if id not in hidden and (note := store.notes.by_id(id))]
    if len(named) == 1:
        return named[0]
    if named:
        raise NoteNotFound(f"{safe_line(name)!r} names {len(named)} notes: {', '.join(sorted(named))}; give a path")
    near = _near(store, name, hidden)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; `vecna search` finds it by its words"
    raise NoteNotFound(f"no note is called {safe_line(name)!r}{hint}")


def _inside(root: Path, name: str) -> str:
    """`name` as a file seen from here, made relative to the vault; "" when it lies outside."""
    file, top = Path(os.path.abspath(os.path.expanduser(name))), root.resolve()  # noqa: PTH100, PTH111  links stay
    return file.relative_to(top).as_posix() if file.is_relative_to(top) else ""


def _near(store: Store, name: str, hidden: Collection[NoteId]) -> list[str]:
    paths: dict[str, str] = {}
    for id, path, title, aliases in store.notes.names():
        for known in (path, title, *aliases) if id not in hidden else ():
            paths.setdefault(normalise(known), path)
    found = difflib.get_close_matches(normalise(name), list(paths), n=_NEAR, cutoff=0.6)
    return list(dict.fromkeys(safe_line(paths[key]) for key in found))
