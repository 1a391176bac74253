"""A judged collection in BEIR's form: `corpus.jsonl`, `queries.jsonl` and `qrels.tsv`, or `qrels/SPLIT.tsv`."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from vecna_notes.config import Settings, make_private
from vecna_notes.errors import ConfigError
from vecna_notes.evaluate.ground import Ground, Rooms
from vecna_notes.evaluate.questions import Question, Run
from vecna_notes.evaluate.run import run
from vecna_notes.evaluate.systems import chosen, systems, usable
from vecna_notes.interfaces import Report
from vecna_notes.text import digest, safe_line

_LONGEST_NAME = 180
_WHOLE = ".complete"
"""Beside the notes once all are written."""


@dataclass(frozen=True, slots=True)
class Collection:
    """A corpus as notes, by file name, and the questions about it."""

    name: str
    notes: Mapping[str, str]
    questions: tuple[Question, ...]
    notices: tuple[str, ...] = ()


def read_collection(folder: Path, split: str = "test", most: int | None = None) -> Collection:
    """At most `most` of the questions, by chance but always the same. Raises ConfigError naming file and line."""
    notes = read_corpus(folder)
    texts = {id: row["text"] for id, row in _rows(folder / "queries.jsonl")}
    judged = _judged(_judgements(folder, split))
    asked = [id for id in texts if texts[id].strip() and any(judged.get(id, {}).values())]
    if not notes or not asked:
        raise ConfigError(f"{folder} holds no {'query with a right answer' if notes else 'notes'}: nothing to measure")
    if most is not None and most < len(asked):
        asked = sorted(random.Random(0).sample(asked, most), key=asked.index)
    absent = sum(id not in texts for id in judged)
    notices = [f"{absent} judged queries are not in queries.jsonl"] if absent else []
    absent = len({name for id in asked for name in judged[id]} - notes.keys())
    notices += [f"{absent} judged notes are not in corpus.jsonl, so they cannot be found"] if absent else []
    name = folder.resolve().name
    return Collection(name, notes, tuple(Question(texts[id], "question", judged[id]) for id in asked), tuple(notices))


def read_corpus(folder: Path) -> dict[str, str]:
    """The texts of a collection as notes, by file name."""
    return {_name(id): _note(row) for id, row in _rows(folder / "corpus.jsonl")}


def folder_of(notes: Mapping[str, str], name: str, settings: Settings, data: Path) -> Path:
    """Where the notes of a collection are kept: another place for another corpus, and for other embedders."""
    made = [sorted(notes.items()), settings.index.embedder, settings.embedders, settings.index.chunk_tokens]
    key = digest(json.dumps(made, sort_keys=True, default=str))[:10]
    plain = "".join(c if c.isalnum() else "-" for c in name.lower()).strip("-")[:40] or "collection"
    return data / "collections" / f"{plain}-{key}"


def write_notes(collection: Collection, root: Path) -> bool:
    """Write a note a text, all or none; False when they are there already."""
    if (root / _WHOLE).is_file():
        return False
    shutil.rmtree(root, ignore_errors=True)
    make_private(root)
    for name, text in collection.notes.items():
        (root / name).write_text(text, encoding="utf-8")
    (root / _WHOLE).touch()
    return True


def evaluate_collection(rooms: Rooms, collection: Collection, names: Sequence[str] | None, report: Report) -> Run:
    """Ask the indexed notes of a collection its questions."""
    active = rooms.store.vectors.active()
    found = systems(
        usable(rooms.store, rooms.models), active[1] if active else None, rooms.settings.search, rooms.recipe
    )
    return run(f"beir:{collection.name}", collection.questions, chosen(found, names), Ground(rooms), report)


def _note(row: Mapping[str, Any]) -> str:
    title = " ".join(str(row.get("title") or "").split())
    said: str = row["text"]
    return (f"---\ntitle: {json.dumps(title)}\n---\n" if title else "") + said + "\n"


def _name(id: str) -> str:
    """A file name for any id."""
    quoted = quote(id, safe=" ,;=@+()'!&$-_.")
    if len(quoted) > _LONGEST_NAME or quoted.startswith("."):
        quoted = f"{quoted.lstrip('.')[:100]}-{digest(id)}"
    return f"{quoted}.md"


def _rows(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    seen: set[str] = set()
    for number, line in _lines(file):
        try:
            row = json.loads(line)
            id, text = str(row["_id"]), row["text"]
        except (ValueError, KeyError, TypeError) as error:
            what = f"has no {error}" if isinstance(error, KeyError) else "is no JSON object"
            raise ConfigError(f'{file}, line {number} {what}; a line is {{"_id": …, "text": …}}') from error
        if not isinstance(text, str) or not id:
            raise ConfigError(f'{file}, line {number} has no text; a line is {{"_id": …, "text": …}}')
        if id in seen:
            raise ConfigError(f"{file}, line {number} repeats the _id {safe_line(id)!r}; every one must be its own")
        seen.add(id)
        yield id, row


def _judgements(folder: Path, split: str) -> Path:
    places = (folder / "qrels" / f"{split}.tsv", folder / "qrels.tsv")
    found = next((file for file in places if file.is_file()), None)
    if found is None:
        raise ConfigError(f"there is neither {places[0]} nor {places[1].name}; --split names another split")
    return found


def _judged(file: Path) -> dict[str, dict[str, int]]:
    """Query id → file name → grade."""
    judged: dict[str, dict[str, int]] = {}
    for number, line in _lines(file):
        parts = line.rstrip("\n").split("\t")
        try:
            query, note, grade = parts[0], parts[1], int(parts[2])
        except (IndexError, ValueError) as error:
            if number == 1:
                continue  # the header
            raise ConfigError(f"{file}, line {number} is not query, note and grade with tabs between") from error
        judged.setdefault(query, {})[_name(note)] = max(grade, 0)
    return judged


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    """Number and text of every line that is not empty."""
    try:
        with file.open(encoding="utf-8") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield number, line
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not UTF-8: {error.reason} at byte {error.start}") from error
    except OSError as error:
        raise ConfigError(
            f"{file} cannot be read: {(error.strerror or str(error)).lower()}; a collection is a folder with "
            "corpus.jsonl, queries.jsonl and qrels.tsv"
        ) from error
