"""What the user said about pairs of notes outlives the index, and any process may say it."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from vecna_notes.errors import StoreTooNew
from vecna_notes.store.kept import FILE, Feedback, Kept


def said(kept: Kept, source: str | None = None) -> list[tuple[str, str, str, str]]:
    return [(one.source, one.anchor, one.target, one.verdict) for one in kept.verdicts(source)]


def test_the_last_verdict_on_the_same_words_of_a_pair_counts(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    assert kept.verdicts() == []
    kept.judge_pair("a.md", "b.md", "skip", "the words")
    kept.judge_pair("a.md", "b.md", "never")
    kept.judge_pair("a.md", "b.md", "accept", "the words")
    kept.judge_pair("b.md", "a.md", "not today")
    assert sorted(said(Kept(tmp_path))) == [
        ("a.md", "", "b.md", "never"),
        ("a.md", "the words", "b.md", "accept"),
        ("b.md", "", "a.md", "not today"),
    ]
    assert {one[0] for one in said(kept, "b.md")} == {"b.md"}


def test_a_verdict_can_be_taken_back(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.judge_pair("a.md", "b.md", "never")
    assert not kept.forget_pair("a.md", "b.md", "other words")
    assert kept.forget_pair("a.md", "b.md") and kept.verdicts() == []


def test_names_that_are_no_text_come_back_as_they_were(tmp_path: Path) -> None:
    odd = b"caf\xe9.md".decode("utf-8", "surrogateescape")
    Kept(tmp_path).judge_pair(odd, "b.md", "skip", "x")
    made = Kept(tmp_path).verdicts(odd)[0]
    assert made == Feedback(odd, "x", "b.md", "skip", made.made) and made.made > 0


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.judge("bread", "loaf.md", 1)
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as db:
        db.execute("PRAGMA user_version = 1000")
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(StoreTooNew, match="newer version"):
        kept.judgements()
    assert (tmp_path / FILE).read_bytes() == before
