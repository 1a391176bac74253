"""The pure parts: wrapping, marks, snippets, rows."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from vecna_notes.tui.found import marks_by_line, merged
from vecna_notes.tui.glyphs import ASCII, UNICODE, decimal, meter
from vecna_notes.tui.marks import Blocks, headings, line_marks, links_in, may_open, safe_marked
from vecna_notes.tui.phrases import age, duration, folder, plural, shown_path, size
from vecna_notes.tui.pieces import apart, crop, fit, plain, width_of
from vecna_notes.tui.snippet import snippet
from vecna_notes.tui.widgets.results import HitRow
from vecna_notes.tui.widgets.spans import cut
from vecna_notes.tui.wrap import Wrapped, wrap
from vecna_notes.types import Chunk, Hit, NoteId, Passage, PassageId

ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
SPACED = st.text(st.sampled_from("ab 漢e\u0301🧠👩‍👧"), max_size=120)


@given(SPACED, st.integers(1, 40), st.integers(0, 10))
def test_wrapping_loses_only_blanks_and_overflows_only_for_one_wide_character(
    text: str, width: int, indent: int
) -> None:
    parts = wrap(text, width, indent)
    assert "".join(text[start:end] for start, end in parts).replace(" ", "") == text.replace(" ", "")
    assert all(cell_len(text[start:end]) <= width or end - start <= 4 for start, end in parts)
    assert parts == sorted(parts)


@given(st.lists(st.integers(0, 300), min_size=1, max_size=900), st.integers(5, 80), st.randoms())
def test_rows_and_lines_agree_however_the_text_is_walked(lengths: list[int], width: int, chance: object) -> None:
    texts = ["x " * (length // 2) for length in lengths]
    wrapped = Wrapped([len(text) for text in texts], width, lambda line: wrap(texts[line], width))
    for _ in range(6):
        line = chance.randrange(len(texts))  # type: ignore[attr-defined]
        row = wrapped.row_of(line)
        place = wrapped.at(row)
        assert place is not None and place[:2] == (line, 0)
        wrapped.measure(row, row + 50)
    last = wrapped.row_of(len(texts) - 1)
    wrapped.measure(0, wrapped.height)
    assert wrapped.at(wrapped.height) is None
    assert wrapped.row_of(len(texts) - 1) + wrapped.rows_of(len(texts) - 1) == wrapped.height
    assert last <= sum(len(wrap(text, width)) for text in texts) + sum(lengths)


@given(ANYTHING, st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=4))
def test_a_safe_line_holds_no_control_character_and_its_marks_fit(raw: str, spans: list[tuple[int, int]]) -> None:
    marks = [(min(a, b), max(a, b), "match") for a, b in spans]
    safe = safe_marked(raw.replace("\n", " "), marks)
    assert not any(ord(sign) < 32 or 127 <= ord(sign) < 160 for sign in safe.text)
    assert all(0 <= start <= end <= len(safe.text) for start, end, _ in safe.marks)
    assert plain(cut(safe.text, safe.marks, (0, len(safe.text)))) == safe.text


def test_marks_move_with_what_was_removed_before_them() -> None:
    safe = safe_marked("a\x1b[31m\tword", [(7, 11, "match")])
    ((start, end, _),) = safe.marks
    assert safe.text[start:end] == "word"


@given(ANYTHING)
def test_any_line_can_be_marked(text: str) -> None:
    line = safe_marked(text.replace("\n", " ")).text
    assert all(0 <= start <= end <= len(line) for start, end, _ in line_marks(line))
    list(links_in(line))


def test_marks_of_markdown() -> None:
    inks = {ink: line[start:end] for line in LINES for start, end, ink in line_marks(line)}
    assert inks["heading h2"] == "## Why [[so]]"
    assert inks["link"] == "[a b](c%20d.md#e)" and inks["code"] == "`x == y`"
    assert inks["tag"] == "#a/b-c" and inks["callout"] == "[!tip] do" and inks["soft"] == "==marked=="
    assert inks["bold"] == "**b**" and inks["italic"] == "_i_" and inks["bullet"] == "[x] "


LINES = ("## Why [[so]]", "> [!tip] do", "- [x] done `x == y` ==marked== **b** _i_", "see #a/b-c and [a b](c%20d.md#e)")


def test_links() -> None:
    text = "[[A#H1#H2|b]] ![[p.png]] [t](<a b.md#x>) https://x.org/y. [j](javascript:a(1)) [[re:invent]] [[#here]]"
    found = [(link.target, link.heading, link.is_address) for link in links_in(text)]
    assert found == [
        ("A", "H1#H2", False),
        ("p.png", "", False),
        ("a b.md", "x", False),
        ("https://x.org/y", "", True),
        ("javascript:a(1)", "", True),
        ("re:invent", "", False),
        ("", "here", False),
    ]
    assert [may_open(target) for target in ("https://a.b", "mailto:a@b.c", "file:///x", "javascript:x")] == [
        *(True, True),
        *(False, False),
    ]


def test_code_and_front_matter_are_no_markdown() -> None:
    lines = ["---", "a: '#x'", "---", "# One", "```sh", "# no", "```", "## Two", "~~~", "# never closed"]
    blocks = Blocks(lines)
    assert [title for _, _, title in headings(lines, blocks)] == ["One", "Two"]
    assert [blocks.is_code(line) for line in range(10)] == [False] * 4 + [True] * 3 + [False] + [True] * 2


def hit(text: str, words: tuple[tuple[int, int], ...] = (), decisive: tuple[int, int] | None = None) -> Hit:
    passage = Passage(PassageId(1), NoteId(1), "a.md", "A", Chunk(text, ("A",), 3, 3 + text.count("\n"), text))
    return Hit(passage, 0.5, words=words, decisive=decisive)


def test_a_snippet_begins_at_the_decisive_sentence_and_marks_words() -> None:
    text = "# A\nNothing here. The **levain** is ripe\n- when it floats."
    word = text.index("levain")
    shown = snippet(hit(text, ((word, word + 6),), (text.index("The"), len(text))), 60)
    assert shown.text.startswith("…The levain is ripe when it floats.")
    assert [shown.text[start:end] for start, end, ink in shown.marks if ink == "match"] == ["levain"]


@given(ANYTHING, st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=3), st.integers(1, 90))
def test_any_passage_has_a_snippet(text: str, spans: list[tuple[int, int]], room: int) -> None:
    words = tuple(sorted((min(a, b, len(text)), min(max(a, b), len(text))) for a, b in spans))
    shown = snippet(hit(text, words, words[0] if words else None), room)
    assert not any(ord(sign) < 32 for sign in shown.text)
    assert all(0 <= start < end <= len(shown.text) for start, end, _ in shown.marks)


def test_marks_find_their_lines_in_the_whole_note() -> None:
    found = hit("one\ntwo words\n", ((4, 7),), (4, 13))
    assert marks_by_line(found, "a\nb\none\ntwo words\n") == {4: [(0, 9, "soft"), (0, 3, "match")]}
    assert marks_by_line(found, "a\nb\nsaved meanwhile") == {}


def test_merging_keeps_the_held_row_at_its_index() -> None:
    a, b, c, d = (HitRow(name, name) for name in "abcd")
    assert merged([a, b, c], [d, c, b, a], b) == [d, b, c, a]
    assert merged([a, b, c], [d, c], b) == [d, b, c]
    assert merged([a, b, c], [], c) == [c]
    assert merged([a], [b], None) == [b]


@given(SPACED, SPACED, st.integers(0, 60))
@example("", "\u200d\u200d漢a", 2)
def test_pieces_never_overflow(left: str, right: str, width: int) -> None:
    assert width_of(fit([(left, ""), (right, "")], width)) <= width
    assert width_of(apart([(left, "")], [(right, "")], width)) <= max(width, 0) + 1
    assert cell_len(crop(left, width)) <= width


def test_phrases() -> None:
    assert [age(0, seconds) for seconds in (-5, 30, 90, 7200, 3 * 86400, 15 * 86400, 70 * 86400, 800 * 86400)] == [
        *("now", "now", "1m", "2h", "3d", "2w", "2mo", "2y")
    ]
    assert (duration(19), duration(220), duration(3720)) == ("0:19", "3:40", "1:02:00")
    assert (size(512), size(41_200_000), size(5_300_000_000)) == ("512 B", "41 MB", "5.3 GB")
    assert (plural(1, "note"), plural(3214, "note")) == ("1 note", "3,214 notes")
    assert (folder("a.md"), folder("x/y/a.md"), shown_path("\udce9.md")) == ("", "x/y/", "\ufffd.md")
    assert meter(0.5, 8, ASCII) == ("====", "----") and meter(2, 4, UNICODE) == ("━━━━", "")
    assert (decimal(0.842), decimal(1.0), decimal(-1)) == (".84", "1.0", ".00")
