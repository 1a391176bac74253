"""Which note a person means by a path, a file, a title or an alias."""

from __future__ import annotations

import difflib
import os
from pathlib import Path, PurePath

from vecna_notes.errors import NoteNotFound
from vecna_notes.store import Store
from vecna_notes.text import normalise, safe_line

_NEAR = 3


def find_note(store: Store, root: Path, name: str) -> str:
    """The path of the note meant by `name`. Raises NoteNotFound with near names, or with all when it is ambiguous."""
    for path in (name, f"{name}.md", _inside(root, name)):
        if path and store.notes.by_path(path) is not None:
            return path
    ids = dict.fromkeys([*store.notes.titled(name), *store.notes.titled(PurePath(name).stem)])
    named = [note.note.path for id in ids if (note := store.notes.by_id(id)) is not None]
    if len(named) == 1:
        return named[0]
    if named:
        raise NoteNotFound(f"{safe_line(name)!r} names {len(named)} notes: {', '.join(sorted(named))}; give a path")
    near = _near(store, name)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; `vecna search` finds it by its words"
    raise NoteNotFound(f"no note is called {safe_line(name)!r}{hint}")


def _inside(root: Path, name: str) -> str:
    """`name` as a file seen from here, made relative to the vault; "" when it lies outside."""
    file, top = Path(os.path.abspath(Path(name).expanduser())), root.resolve()  # noqa: PTH100  links stay as they are
    return file.relative_to(top).as_posix() if file.is_relative_to(top) else ""


def _near(store: Store, name: str) -> list[str]:
    paths: dict[str, str] = {}
    for _id, path, title, aliases in store.notes.names():
        for known in (path, title, *aliases):
            paths.setdefault(normalise(known), path)
    found = difflib.get_close_matches(normalise(name), list(paths), n=_NEAR, cutoff=0.6)
    return [safe_line(paths[key]) for key in dict.fromkeys(found)]
