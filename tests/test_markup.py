from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vecna_notes.markup import blank, heading_text, hidden, plain

MARKUP = st.lists(
    st.sampled_from(
        ["`", "``", "```\n", "~~~\n", "%%", "<!--", "-->", "\n", "\n\n", "> ", "- ", "a", " ", "[[", "]]", "|"]
    ),
    max_size=60,
).map("".join)

HIDDEN = [
    ("a `b` c", ["`b`"]),
    ("``a ` b``", ["``a ` b``"]),
    ("`a\n\nb`", []),
    ("`a\nb`", ["`a\nb`"]),
    ("```py\nx\n```\ny", ["```py\nx\n```"]),
    ("````\n```\n````\ny", ["````\n```\n````"]),
    ("```\nnever closed", ["```\nnever closed"]),
    ("- ```\n  x\n  ```\ny", ["- ```\n  x\n  ```"]),
    ("> ```\n> x\ny", ["> ```\n> x"]),
    ("``` not a `fence\ntext", []),
    ("~~~ `x`\ny\n~~~~", ["~~~ `x`\ny\n~~~~"]),
    ("a %%b%% c", ["%%b%%"]),
    ("%%\n`b`\n%%", ["%%\n`b`\n%%"]),
    ("a <!-- b\n\nc --> d", ["<!-- b\n\nc -->"]),
    ("%% never closed `x`", ["`x`"]),
    ("<!-- never closed", []),
    ("```\n%%\n```\n%%a%%", ["```\n%%\n```", "%%a%%"]),
]


@pytest.mark.parametrize(("text", "spans"), HIDDEN)
def test_code_and_comments_are_found(text: str, spans: list[str]) -> None:
    assert [text[span.start : span.end] for span in hidden(text)] == spans


@given(MARKUP)
def test_hidden_spans_are_in_order_and_apart(text: str) -> None:
    places = [place for span in hidden(text) for place in (span.start, span.end)]
    assert places == sorted(places)
    assert all(0 <= place <= len(text) for place in places)


@given(MARKUP)
def test_blanking_keeps_every_line_and_length(text: str) -> None:
    blanked = blank(text, hidden(text), "fence", "code", "comment")
    assert [len(line) for line in blanked.split("\n")] == [len(line) for line in text.split("\n")]


PLAIN = [
    ("see [[a/Note#H|label]] and [[a/Note]]", "see label and Note"),
    ("[[Note.md]] [[#Heading]] [[Note\\|cell]]", "Note Heading cell"),
    ("[[A label|dendron.topic.x#h]]", "A label"),
    ("![[pic.png|300]] ![[Note]]", "Note"),
    ("[t](x.md) ![alt|300](y.png) [![in](p.png)](z.md)", "t alt in"),
    ("## Heading", "Heading"),
    ("> [!tip]- Title", "Title"),
    ("> > quoted", "quoted"),
    ("- [ ] task", "task"),
    ("  1. [x] done", "done"),
    ("**b** *i* _u_ __d__ ~~s~~ ==m== `c`", "b i u d s m c"),
    ("snake_case and 2 * 3 == 6", "snake_case and 2 * 3 == 6"),
    ("text ^block-1", "text"),
    ("^block-1", ""),
    ("note[^1] here", "note here"),
    ("[^1]: the foot", " the foot"),
    ("https://www.example.org/a/b?q=1&r=2#f end", "example.org/a/b end"),
    ("<https://example.org/x>", " example.org/x "),
    ("<b>bold</b> a < b > c", " bold a < b > c"),
    ("| a | b |", " a b "),
    ("|---|:-:|", ""),
    ("***", ""),
    ("#tag #a/b", "tag a/b"),
    ("C# and #1", "C# and #1"),
    ("a &amp; b &lt;x&gt; &nosuch;", "a & b <x> &nosuch;"),
    ("{{query (todo)}} {% raw %}", " "),
    ("id:: 6-7", ""),
    ("status:: open", "status: open"),
    ("\\*literal\\*", "*literal*"),
    ("data " + "QUJD" * 100, "data "),
]


@pytest.mark.parametrize(("text", "said"), PLAIN)
def test_what_a_line_says_without_its_marks(text: str, said: str) -> None:
    assert plain(text) == said


@given(MARKUP | st.text(max_size=200))
def test_plain_keeps_the_number_of_lines(text: str) -> None:
    assert plain(text).count("\n") == text.count("\n")


@pytest.mark.parametrize(("line", "words"), [("## A *b* ##", "A b"), ("# C#", "C#"), ("#", ""), ("Setext", "Setext")])
def test_the_words_of_a_heading(line: str, words: str) -> None:
    assert heading_text(line) == words


@pytest.mark.parametrize(
    "piece",
    ["[", "[[", "](", "`", "*", "_", "=", "<a", "https://", "&a", "{{", "~", "> ", "- ", "\\", "#", "^", "|", " "],
)
def test_plain_is_linear(piece: str) -> None:
    started = time.perf_counter()
    plain(piece * (400_000 // len(piece)))
    assert time.perf_counter() - started < 1.5


def test_nothing_of_a_link_is_left() -> None:
    assert not re.search(r"[\[\]()]", plain("[a](b.md) [[c]] ![d](e.png) [[f|g]] [h](<i j.md>)"))
