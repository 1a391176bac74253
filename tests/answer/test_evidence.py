"""What is packed for a question: the best, each thing once, within its room, and never what must stay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from vecna_notes.answer.evidence import Packed, pack
from vecna_notes.answer.private import Private
from vecna_notes.store import Store
from vecna_notes.text import digest, estimate_tokens
from vecna_notes.types import Chunk, FileStamp, Found, Hit, Note, Property

LONG = " ".join(f"Sentence {i} speaks of thing number {i}." for i in range(60))
Pack = Callable[..., Packed]


@pytest.fixture
def packed(tmp_path: Path) -> Pack:
    """packed({path: paragraphs}, room, ...) → what is packed when the notes are found in this order."""

    def make(
        notes: dict[str, list[str]],
        room: int = 1000,
        rules: tuple[str, ...] | None = None,
        properties: dict[str, Property] | None = None,
        tags: tuple[str, ...] = (),
    ) -> Packed:
        with Store.open_writer(tmp_path / "index") as store, store.transaction():
            hits = []
            for place, (path, paragraphs) in enumerate(notes.items()):
                text = "\n\n".join(paragraphs)
                chunks = [Chunk(one, (), 2 * i + 1, 2 * i + 1, one) for i, one in enumerate(paragraphs)]
                note = Note(path, path, text, digest(text), tags=tags)
                note = replace(note, properties=properties) if properties else note
                id = store.notes.save(note, chunks, FileStamp(1, place + 1, 1, 1))
                passages = store.passages.of_note(id)
                hits.append(Hit(passages[-1], 1 - place / 10, others=tuple(passages[:-1])))
            held = Private(store, rules) if rules is not None else None
            return pack(store, Found("q", tuple(hits)), room, estimate_tokens, held)

    return make


def paths(found: Packed) -> list[str]:
    return [piece.passage.path for piece in found.pieces]


def test_the_best_comes_first_and_is_number_one(packed: Pack) -> None:
    found = packed({"a.md": ["Alpha beta gamma."], "b.md": ["Delta epsilon."]})
    assert [(piece.number, piece.passage.path) for piece in found.pieces] == [(1, "a.md"), (2, "b.md")]


def test_no_more_is_packed_than_there_is_room(packed: Pack) -> None:
    found = packed({"a.md": [LONG], "b.md": [LONG.replace("thing", "matter")]}, room=120)
    assert 60 < found.tokens <= 120
    assert sum(estimate_tokens([piece.text])[0] for piece in found.pieces) == found.tokens
    assert found.pieces[0].text.endswith(".")


def test_what_says_the_same_is_packed_once(packed: Pack) -> None:
    text = "Water runs downhill because the earth pulls at it with a steady force."
    assert paths(packed({"a.md": [text], "copy.md": [text.upper()], "c.md": ["Quite another thing."]})) == [
        "a.md",
        "c.md",
    ]


def test_a_passage_that_leans_on_the_one_before_brings_its_last_sentence(packed: Pack) -> None:
    found = packed({"a.md": ["Nothing here. The levain was fed at noon.", "It doubled by three."]})
    assert found.pieces[0].text == "The levain was fed at noon.It doubled by three."
    assert (found.pieces[0].first_line, found.pieces[0].last_line) == (1, 3)


@pytest.mark.parametrize("said", [True, "true", "Yes", 1])
def test_a_private_note_is_held_back_and_counted(packed: Pack, said: Property) -> None:
    found = packed({"a.md": ["Open words."]}, rules=(), properties={"Private": said})
    assert not found.pieces and found.held_back == 1
    assert packed({"a.md": ["Open words."]}, rules=(), properties={"Private": False}).pieces


@pytest.mark.parametrize("rule", ["journal/", "/journal/", "journal/*.md", "tag:secret", "TAG:#Secret"])
def test_rules_hold_back_by_folder_glob_and_tag(packed: Pack, rule: str) -> None:
    found = packed({"Journal/a.md": ["Open words."]}, rules=(rule,), tags=("secret/diary",))
    assert found.held_back == 1 and not found.pieces
    assert packed({"b.md": ["Open words."]}, rules=(rule,), tags=("open",)).pieces


@pytest.mark.parametrize(
    "secret",
    [
        "password: hunter2hunter2",
        "**API key** = abcdef123456",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_" + "a" * 36,
        "sk-proj-" + "b" * 24,
    ],
)
def test_what_looks_like_a_secret_is_held_back(packed: Pack, secret: str) -> None:
    assert packed({"a.md": [f"The shared account. {secret}"]}, rules=()).held_back == 1


def test_talk_of_secrets_is_not_a_secret(packed: Pack) -> None:
    assert packed({"a.md": ["A password should be long, and no secret: tell nobody."]}, rules=()).pieces
