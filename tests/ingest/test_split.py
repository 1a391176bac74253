from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vecna_plugins.readers.markdown import Markdown

from tests.conftest import shared
from vecna_notes.ingest.split import split
from vecna_notes.text import estimate_tokens
from vecna_notes.types import Chunk, Note

LIMIT = 40


def count(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def note(text: str, path: str = "a.md") -> Note:
    return Markdown().read(path, text.encode("utf-8", "replace"))


def cut(text: str, limit: int = LIMIT) -> list[Chunk]:
    return split(note(text), count, limit)


def words(number: int, word: str = "word") -> str:
    return " ".join([word] * number)


def check_tiling(read: Note, chunks: list[Chunk]) -> None:
    lines = read.text.split("\n")
    body = "\n".join(lines[read.body_line - 1 :])
    assert "".join(chunk.text for chunk in chunks) == body
    place = sum(len(line) + 1 for line in lines[: read.body_line - 1])
    for chunk in chunks:
        assert chunk.first_line == read.text.count("\n", 0, place) + 1
        place += len(chunk.text)
        last = max(place - 1, 0) if chunk.text else place
        assert chunk.last_line == read.text.count("\n", 0, last) + 1


PIECES = ["# H\n", "## H2\n", "\n", "\n\n", "word ", "A sentence. ", "- item\n", "  deep\n", "> quote\n", "| a | b |\n"]
PIECES += [
    "```\n",
    "~~~\n",
    "===\n",
    "---\n",
    "%%",
    "<!--",
    "-->",
    "x" * 90,
    "日本語。",
    "`",
    "[[a|b]]",
    "$$\n",
    "\t",
    "\u2028",
]


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t"), max_size=300)


@given(st.lists(st.sampled_from(PIECES), max_size=80).map("".join) | TEXT, st.integers(1, 60))
@settings(max_examples=300)
def test_chunks_tile_the_body_exactly(text: str, limit: int) -> None:
    read = note(text)
    check_tiling(read, split(read, count, limit))


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join), st.integers(10, 60))
def test_no_chunk_says_more_than_the_limit(text: str, limit: int) -> None:
    read = replace(note(text), own_title="")
    for chunk in split(read, count, limit):
        assert count([chunk.embedded])[0] <= limit + sum(count(chunk.trail))


@given(TEXT)
def test_what_is_embedded_depends_on_content_alone(text: str) -> None:
    data = text.encode("utf-8", "replace")
    one, other = (Markdown().read(path, data) for path in ("a.md", "folder/Another name.md"))
    assert [c.embedded for c in split(one, count, LIMIT)] == [c.embedded for c in split(other, count, LIMIT)]


def test_a_note_without_a_body_has_one_empty_chunk() -> None:
    assert cut("") == [Chunk("", (), 1, 1, "")]
    assert cut("---\ntitle: Stub\n---\n") == [Chunk("", (), 4, 4, "Stub")]


def test_a_short_note_is_one_chunk() -> None:
    text = "# Title\n\nintro\n\n## One\n\nfirst\n\n## Two\n\nsecond\n"
    assert [chunk.text for chunk in cut(text)] == [text]


def test_full_sections_stay_apart_and_know_where_they_are() -> None:
    text = f"# T\n\n## One\n\n{words(30)}\n\n### Deep\n\n{words(30)}\n\n## Two\n\n{words(30)}\n"
    chunks = cut(text)
    assert [chunk.trail for chunk in chunks] == [(), ("One", "Deep"), ("Two",)]
    assert [chunk.first_line for chunk in chunks] == [1, 7, 11]
    assert chunks[1].embedded == f"T\nOne\nDeep\n{words(30)}"


def test_a_heading_is_never_left_without_its_text() -> None:
    text = f"# T\n\n{words(39)}\n\n## A\n\n{words(39)}\n\n## B\n\n### C\n\n{words(39)}\n"
    for chunk in cut(text):
        assert len(chunk.text.split()) > 5


def test_a_section_leaving_its_parent_starts_anew_unless_slight() -> None:
    text = f"# T\n\n## A\n\n{words(25)}\n\n### A1\n\n{words(12)}\n\n## B\n\n{words(10)}\n"
    assert [chunk.trail for chunk in cut(text)] == [(), ("A", "A1"), ("B",)]


def test_blocks_are_kept_whole_when_they_fit() -> None:
    listing = "".join(f"- item {words(3)}\n" for _ in range(6))
    fence = "```py\n" + "".join(f"line {i}\n" for i in range(10)) + "```\n"
    table = "| a | b |\n|---|---|\n" + "| one | two |\n" * 8
    quote = "> said\n" * 20
    text = "\n".join([words(30), "", listing, fence, table, quote])
    chunks = cut(text)
    for block in (listing, fence, table, quote):
        assert any(block in chunk.text for chunk in chunks)


def test_a_long_list_is_cut_between_items_and_a_long_fence_between_lines() -> None:
    listing = "".join(f"- item {i}\n  {words(6)}\n" for i in range(20))
    assert all(chunk.text.startswith("- item") for chunk in cut(listing))
    fence = "```\n" + "".join(f"line {i}\n" for i in range(100)) + "```\n"
    assert all(chunk.text.endswith("\n") for chunk in cut(fence))


def test_a_long_paragraph_is_cut_between_sentences_about_evenly() -> None:
    text = " ".join(f"This is sentence number {i}." for i in range(9))
    chunks = cut(text)
    assert [len(chunk.text.split()) for chunk in chunks] == [25, 20]
    assert all(chunk.text.startswith("This") for chunk in chunks)


def test_a_text_without_any_place_to_cut_is_cut_all_the_same() -> None:
    chunks = split(note("日" * 1000), estimate_tokens, 100)
    assert len(chunks) >= 10
    assert max(estimate_tokens([chunk.text for chunk in chunks])) <= 100


SAID = [
    ("# T\n\ntext", "T\ntext"),
    ("---\ntitle: T\n---\ntext", "T\ntext"),
    ("---\ntitle: T\n---\n# T\n\ntext", "T\ntext"),
    ("---\ntitle: Other\n---\n# T\n\ntext", "Other\nT\ntext"),
    ("text only", "text only"),
    ("a %%hidden%% b <!-- x\ny --> c", "a b\nc"),
    ("```mermaid\ngraph TD\n```\nafter", "after"),
    ("```dataview\nLIST\n```\nafter", "after"),
    ("```python\nprint(1)\n```\nafter", "print(1)\nafter"),
    ("Setext\n======\n\ntext", "Setext\ntext"),
    ("see [[a|b]] ^id\n\n| x | y |\n|---|---|\n", "see b\nx y"),
    ("![](pic.png)\n\n---\n", ""),
]


@pytest.mark.parametrize(("text", "embedded"), SAID)
def test_what_is_embedded(text: str, embedded: str) -> None:
    assert [chunk.embedded for chunk in cut(text)] == [embedded]


def test_the_title_stands_once_and_long_heads_are_shortened() -> None:
    text = f"---\ntitle: {words(60, 'title')}\n---\n" + "".join(f"{'#' * i} {words(20, 'head')}\n" for i in range(1, 6))
    for chunk in split(note(text + words(300)), count, 100):
        assert count([chunk.embedded])[0] <= 100 + 60


def test_the_counter_is_called_a_few_times_only() -> None:
    calls: list[int] = []

    def counting(texts: Sequence[str]) -> list[int]:
        calls.append(len(texts))
        return count(texts)

    text = "".join(f"## H {i}\n\n{words(i % 90)} {'x' * 500}. {words(30)}.\n\n" for i in range(300))
    split(note(text), counting, LIMIT)
    assert len(calls) <= 8


@pytest.mark.parametrize(
    "text",
    [
        "word " * 200_000,
        "x" * 1_000_000,
        "- a\n" * 100_000,
        "# h\n" * 60_000,
        "| a " * 100_000,
        "```\n" + "y\n" * 200_000,
        *["\n" * 400_000, "> " * 200_000, "a. " * 200_000, "日本" * 100_000, "`a` " * 100_000],
    ],
    ids=["words", "one word", "list", "headings", "table", "fence", "blank", "quotes", "sentences", "cjk", "code"],
)
def test_huge_notes_are_cut_in_time(text: str) -> None:
    read = Note("a.md", "a", text, "")
    started = time.perf_counter()
    chunks = split(read, estimate_tokens, 200)
    assert time.perf_counter() - started < 5
    assert sum(len(chunk.text) for chunk in chunks) == len(text)
    assert max(len(chunk.text) for chunk in chunks) < 20_000


@pytest.mark.parametrize("vault", ["garden", "dendron"])
def test_real_notes_are_tiled_and_fit(vault: str) -> None:
    for file in sorted(shared(vault).rglob("*.md")):
        read = Markdown().read(file.name, file.read_bytes())
        chunks = split(read, estimate_tokens, 200)
        check_tiling(read, chunks)
        assert max(estimate_tokens([chunk.embedded for chunk in chunks])) <= 300
