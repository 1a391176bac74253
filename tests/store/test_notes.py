"""Notes come, change, move and go; what is stored equals what a fresh store would hold."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.store.making import embed_all, note, save, stamp
from vecna_notes.errors import NoteNotFound
from vecna_notes.store import Store
from vecna_notes.types import Chunk, FileRecord, FileStamp, Note, Problem, WrittenLink

HOSTILE = "caf\udce9/\udcff\x07 [b].md"


@pytest.fixture
def store(tmp_path: Path):  # type: ignore[no-untyped-def]
    with Store.open_writer(tmp_path / "v") as opened:
        yield opened
        assert opened.check(deep=True) == []


def test_what_goes_in_comes_out(store: Store) -> None:
    made = Note(
        path="a/b.md",
        title="Title",
        text="---\nx: 1\n---\nbody\0with nul\n",
        digest="d",
        body_line=4,
        own_title="Title",
        aliases=("Other name", "T"),
        tags=("x/y", "z"),
        properties={"x": 1, "list": ["a", 2.5, None, True]},
        problems=("tags are no list",),
    )
    chunk = Chunk("body\0with nul\n", ("One", "Two"), 4, 4, "One Two body")
    id = store.notes.save(made, [chunk], FileStamp(2**40, 9**25, -5, 2**64 - 1))
    stored = store.notes.by_path("a/b.md")
    assert stored is not None and stored == store.notes.by_id(id)
    assert stored.note == replace(made, text="")
    assert stored.stamp == FileStamp(2**40, 9**25, -5, 2**64 - 1) and stored.chunk_count == 1
    assert store.notes.text(id) == made.text
    (passage,) = store.passages.of_note(id)
    assert passage.chunk == chunk and (passage.path, passage.title) == ("a/b.md", "Title")
    assert store.notes.problems() == [Problem("a/b.md", "tags are no list")]
    assert store.files.all() == {"a/b.md": FileRecord("a/b.md", "indexed", stored.stamp, "d")}


def test_names_that_are_no_text_survive(store: Store) -> None:
    id = save(store, HOSTILE, "lone \ud800 surrogate", title="bad \udcff title")
    other = save(store, "caf\udce8/\udcff\x07 [b].md", "another name that shows the same")
    assert id != other
    assert set(store.notes.paths()) == {HOSTILE, "caf\udce8/\udcff\x07 [b].md"}
    (passage,) = store.passages.of_note(id)
    assert passage.path == HOSTILE and passage.chunk.text == "lone \N{REPLACEMENT CHARACTER} surrogate"
    assert passage.title == "bad \N{REPLACEMENT CHARACTER} title"
    assert store.keywords.search(["surrogate"])[0][0] == passage.id
    assert store.notes.remove([HOSTILE]) == 1
    assert HOSTILE not in store.files.all()


def test_ids_are_kept_by_what_stays(store: Store) -> None:
    id = save(store, "a.md", "one", "two", "three")
    before = {passage.chunk.text: passage.id for passage in store.passages.of_note(id)}
    embed_all(store)
    said = store.notes.save(*note("a.md", "new first", "one", "three", "three"), stamp(2))
    after = [(passage.chunk.text, passage.id) for passage in store.passages.of_note(id)]
    assert said == id and [text for text, _ in after] == ["new first", "one", "three", "three"]
    ids = dict(reversed(after))
    assert ids["three"] == before["three"], "an unchanged text under another heading is another passage"


def test_unchanged_chunks_keep_their_ids_when_lines_move(store: Store) -> None:
    made, chunks = note("a.md", "one", "two")
    id = store.notes.save(made, chunks, stamp())
    before = [passage.id for passage in store.passages.of_note(id)]
    lower = [replace(chunk, first_line=chunk.first_line + 5, last_line=chunk.last_line + 5) for chunk in chunks]
    store.notes.save(made, [Chunk("above", (), 1, 5, "above"), *lower], stamp(2))
    after = store.passages.of_note(id)
    assert [passage.id for passage in after[1:]] == before
    assert [passage.chunk.first_line for passage in after] == [1, 6, 9]


def test_ids_are_never_used_again(store: Store) -> None:
    first = save(store, "a.md", "one")
    passage = store.passages.of_note(first)[0].id
    store.notes.remove(["a.md"])
    second = save(store, "a.md", "one")
    assert second > first and store.passages.of_note(second)[0].id > passage


def test_a_move_keeps_ids_and_vectors(store: Store) -> None:
    id = save(store, "old name.md", "some words", "more words")
    space = embed_all(store)
    before = [passage.id for passage in store.passages.of_note(id)]
    moved, _ = note("dir/new name.md", "some words", "more words")
    store.notes.move("old name.md", "dir/new name.md", moved, stamp(5))
    assert store.notes.paths() == {"dir/new name.md": id}
    assert [passage.id for passage in store.passages.of_note(id)] == before
    assert store.vectors.missing(space, 10) == []
    assert store.notes.titled("NEW  name") == [id] and store.notes.titled("old name") == []
    assert store.keywords.search(["old"]) == [] and len(store.keywords.search(["new"])) == 2
    assert set(store.files.all()) == {"dir/new name.md"}


def test_a_move_onto_another_note_replaces_it(store: Store) -> None:
    id = save(store, "a.md", "one")
    save(store, "b.md", "two")
    store.notes.move("a.md", "b.md", note("b.md", "one")[0], stamp())
    assert store.notes.paths() == {"b.md": id} and store.keywords.search(["two"]) == []
    with pytest.raises(NoteNotFound):
        store.notes.move("a.md", "c.md", note("c.md", "one")[0], stamp())


def test_removal_leaves_skipped_files_alone(store: Store) -> None:
    save(store, "a.md", "one")
    store.files.put(
        [FileRecord("a.md", "skipped", None, "", "in .gitignore"), FileRecord("b.md", "failed", None, "", "?")]
    )
    assert store.notes.remove(["a.md", "b.md", "never.md"]) == 1
    assert store.files.counts() == {"indexed": 0, "waiting": 0, "skipped": 1, "failed": 1}
    assert store.files.skip_reasons() == {"in .gitignore": 1}
    store.files.remove(["a.md"])
    assert set(store.files.all()) == {"b.md"}


def test_names_are_found_in_any_spelling(store: Store) -> None:
    made, chunks = note("dir/File Stem.md", "x", title="Caf\u00e9 Straße", aliases=("Nick",))
    id = store.notes.save(made, chunks, stamp())
    for words in ("cafe\u0301  STRASSE", "nick", " file stem "):
        assert store.notes.titled(words) == [id]
    assert store.notes.titled("cafe") == store.notes.titled("") == []
    assert list(store.notes.names()) == [(id, "dir/File Stem.md", "Café Straße", ("Nick",))]


def test_recent_notes_come_first(store: Store) -> None:
    for i in (3, 1, 2):
        save(store, f"{i}.md", "x", at=i)
    assert [stored.note.path for stored in store.notes.recent(2)] == ["3.md", "2.md"]


def test_lines_find_their_passage(store: Store) -> None:
    id = save(store, "a.md", "one", "two")
    texts = {}
    for line in range(8):
        found = store.passages.at_line(id, line)
        texts[line] = found.chunk.text if found else None
    assert texts == {0: None, 1: "one", 2: "one", 3: "one", 4: "two", 5: "two", 6: "two", 7: None}


def test_the_corpus_is_each_text_once_in_an_order_of_its_own(tmp_path: Path) -> None:
    corpora = []
    for turn, order in enumerate((("a.md", "b.md"), ("b.md", "a.md"))):
        with Store.open_writer(tmp_path / str(turn)) as store:
            for path in order:
                save(store, path, "shared", path, "  ")
            corpora.append(list(store.passages.texts()))
    assert corpora[0] == corpora[1] and sorted(corpora[0]) == ["a.md", "b.md", "shared"]


TEXTS = st.sampled_from(["", "alpha", "beta gamma", "日本語", "alpha beta", "\ud800 odd\0", "[[x]]"])
PATHS = st.sampled_from(["a.md", "b.md", "dir/a.md", HOSTILE])


class NotesMachine(RuleBasedStateMachine):
    """A dictionary of what was saved, against the store that had it all happen to it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.model: dict[str, tuple[Note, list[Chunk], FileStamp]] = {}
        self.ids: dict[str, int] = {}

    @initialize()
    def begin(self) -> None:
        self.store = Store.open_writer(self.folder / "v")

    @rule(path=PATHS, texts=st.lists(TEXTS, max_size=4), title=st.sampled_from(["", "Own"]), at=st.integers(1, 9))
    def save(self, path: str, texts: list[str], title: str, at: int) -> None:
        links = tuple(WrittenLink(text) for text in texts if text == "[[x]]")
        made, chunks = note(path, *texts, title=title, links=links, tags=(title,) if title else ())
        id = self.store.notes.save(made, chunks, stamp(at))
        assert self.ids.setdefault(path, id) == id
        self.model[path] = made, chunks, stamp(at)

    @rule(old=PATHS, new=PATHS)
    def move(self, old: str, new: str) -> None:
        if old not in self.model:
            return
        made, chunks, when = self.model.pop(old)
        made = replace(made, path=new, title=new)
        self.store.notes.move(old, new, made, when)
        self.model[new] = made, chunks, when
        self.ids[new] = self.ids.pop(old)

    @rule(paths=st.lists(PATHS, max_size=2, unique=True))
    def remove(self, paths: list[str]) -> None:
        assert self.store.notes.remove(paths) == len([path for path in paths if path in self.model])
        for path in paths:
            self.model.pop(path, None)
            self.ids.pop(path, None)

    @rule()
    def fail_in_the_middle(self) -> None:
        with pytest.raises(KeyError), self.store.transaction():
            self.store.notes.remove(list(self.model))
            save(self.store, "never.md", "alpha")
            raise KeyError

    @rule()
    def embed(self) -> None:
        embed_all(self.store)

    @rule()
    def purge(self) -> None:
        self.store.purge_removed(0)

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = Store.open_writer(self.folder / "v")

    @invariant()
    def equals_a_fresh_store(self) -> None:
        if not hasattr(self, "store"):
            return
        assert self.store.check(deep=True) == []
        fresh_folder = Path(tempfile.mkdtemp(dir=self.folder))
        with Store.open_writer(fresh_folder) as fresh:
            for made, chunks, when in self.model.values():
                fresh.notes.save(made, chunks, when)
            assert facts(self.store) == facts(fresh)
        shutil.rmtree(fresh_folder)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
        shutil.rmtree(self.folder)


def facts(store: Store) -> object:
    """Everything a user could see, without ids."""
    notes = {}
    for path, id in store.notes.paths().items():
        stored = store.notes.by_id(id)
        assert stored is not None
        passages = [(passage.title, passage.chunk) for passage in store.passages.of_note(id)]
        links = [(link.written, link.state) for link in store.links.of(id)]
        notes[path] = (stored.note, stored.stamp, stored.chunk_count, store.notes.text(id), passages, links)
    found = {
        (table, word): sorted(
            (passage.path, passage.chunk.first_line)
            for passage in store.passages.by_ids(
                [id for id, _ in store.keywords.search([word], table=table)]  # type: ignore[arg-type]
            ).values()
        )
        for table in ("porter", "exact", "trigram")
        for word in ("alpha", "beta", "日本", "Own", "dir")
    }
    return notes, found, store.files.all(), list(store.passages.texts()), store.links.counts()


TestNotes = NotesMachine.TestCase
TestNotes.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
