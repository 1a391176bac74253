"""Links are suggested at the words that name a note, where a link may stand, and never what was refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.insight.vaults import MakeSmall
from vecna_notes.insight.prose import TAKEN, free, stemmer
from vecna_notes.insight.suggestion import Suggestion
from vecna_notes.markup import LINK, WIKI_LINK, hidden
from vecna_notes.store.kept import Feedback, Verdict

FILLER = {
    f"filler{i}.md": f"# Filler {i}\n\nNothing of note stands here, number {i} least of all.\n" for i in range(12)
}
CURVE = {
    **FILLER,
    "memory/Forgetting curve.md": "---\naliases: [Ebbinghaus]\n---\n# Forgetting curve\n\nSyllables fade in a day.\n",
    "memory/Spacing effect.md": "# Spacing effect\n\nReview after a day, then after a week.\n",
}


def only(small: MakeSmall, text: str, **more: str) -> list[Suggestion]:
    """Suggestions for a note of this text beside CURVE."""
    return small({**CURVE, "note.md": text, **{path.replace("__", "."): body for path, body in more.items()}}).suggest(
        "note.md"
    )


def targets(found: list[Suggestion]) -> set[str]:
    return {one.target for one in found if one.kind in ("title", "alias", "label")}


@pytest.mark.parametrize(
    ("text", "anchor", "kind"),
    [
        ("We lost it to the forgetting curve again.\n", "forgetting curve", "title"),
        ("THE FORGETTING CURVE is steep.\n", "FORGETTING CURVE", "title"),
        ("Two forgetting curves, side by side.\n", "forgetting curves", "title"),
        ("As Ebbinghaus found.\n", "Ebbinghaus", "alias"),
        ("_Forgetting curve_ it is called.\n", "Forgetting curve", "title"),
        ("- [ ] read on the forgetting-curve\n", "forgetting-curve", "title"),
        ("> [!tip] The forgetting curve\n> is steep.\n", "forgetting curve", "title"),
    ],
)
def test_a_note_that_is_named_is_suggested_at_its_name(small: MakeSmall, text: str, anchor: str, kind: str) -> None:
    found = [one for one in only(small, text) if one.target == "memory/Forgetting curve.md"]
    assert [(one.anchor, one.kind) for one in found] == [(anchor, kind)]
    one = found[0]
    assert text[slice(*one.span)] == anchor and one.before[one.column - 1 :].startswith(anchor)
    assert one.after == one.before.replace(anchor, one.new, 1) and one.new in one.preview()[-1]
    assert one.line == text.count("\n", 0, one.span[0]) + 1


@pytest.mark.parametrize(
    "text",
    [
        "```\nforgetting curve\n```\n",
        "~~~python\nforgetting curve\n",
        "Run `forgetting curve` now.\n",
        "    forgetting curve\n",
        "text\n\n\tforgetting curve\n",
        "# On the forgetting curve\n",
        "Forgetting curve\n================\n",
        "---\nabout: forgetting curve\n---\n",
        "[the forgetting curve](https://example.org)\n",
        "[[other|the forgetting curve]] and ![forgetting curve](x.png)\n",
        "[forgetting curve][1]\n\n[1]: https://example.org/forgetting%20curve\n",
        "https://example.org/forgetting-curve/index\n",
        "www.example.org/forgetting-curve\n",
        "<https://example.org/forgetting-curve>\n",
        "%% forgetting curve %%\n",
        "<!-- forgetting curve -->\n",
        "$forgetting curve$ and $$\nforgetting curve\n$$\n",
        "<a href='x'>forgetting curve</a> <img alt='forgetting curve'>\n",
        "#forgetting-curve\n",
        "text ^forgetting-curve\n",
        "{{ forgetting curve }}\n",
        "see notes/memory/forgetting-curve and forgetting_curve.py\n",
        "forgetting. Curve\n",
        "forgetting\n\ncurve\n",
        "unforgetting curve, forgetting curvature\n",
    ],
)
def test_nothing_is_suggested_where_no_link_may_stand(small: MakeSmall, text: str) -> None:
    assert "memory/Forgetting curve.md" not in targets(only(small, text))


def test_a_name_of_two_notes_is_not_suggested(small: MakeSmall) -> None:
    found = only(small, "On Mercury.\n", **{"a/Mercury__md": "A planet.\n", "b/Mercury__md": "A metal.\n"})
    assert not {one for one in found if one.anchor == "Mercury"}


def test_capitals_are_no_common_word(small: MakeSmall) -> None:
    notes = {"IT__md": "# IT\n\nComputers.\n", "DHT__md": "# DHT\n\nA table.\n"}
    assert targets(only(small, "It is what it is, in a dht.\n", **notes)) == set()
    assert targets(only(small, "Two DHTs.\n", **notes)) == {"DHT.md"}


def test_the_longer_name_wins(small: MakeSmall) -> None:
    found = only(small, "A spacing effect of review.\n", **{"Spacing__md": "# Spacing\n\nAir between letters.\n"})
    assert targets(found) == {"memory/Spacing effect.md"}


def test_words_that_link_elsewhere_link_here(small: MakeSmall) -> None:
    habit = {f"day{i}__md": f"Day {i} [[Spacing effect|spaced review]] again.\n" for i in range(3)}
    found = only(small, "Did some spaced reviews today.\n", **habit)
    assert [(one.target, one.anchor, one.kind) for one in found][:1] == [
        ("memory/Spacing effect.md", "spaced reviews", "label")
    ]


@pytest.mark.parametrize(
    "link", ["[[Forgetting curve]]", "[it](memory/Forgetting%20curve.md)", "![[Forgetting curve]]"]
)
def test_what_is_linked_is_not_suggested(small: MakeSmall, link: str) -> None:
    assert "memory/Forgetting curve.md" not in {one.target for one in only(small, f"Forgetting curve. {link}\n")}


@pytest.mark.parametrize(
    ("verdict", "anchor", "is_left_out"),
    [
        ("never", "", True),
        ("skip", "forgetting curve", True),
        ("skip", "Forgetting Curve", True),
        ("skip", "other words", False),
        ("accept", "forgetting curve", True),
        ("not today", "", False),
        ("never", "vecna:duplicates", False),
    ],
)
def test_what_was_said_of_a_suggestion_is_minded(
    small: MakeSmall, verdict: Verdict, anchor: str, is_left_out: bool
) -> None:
    made = small({**CURVE, "note.md": "The forgetting curve and the spacing effect.\n"})
    target = "memory/Forgetting curve.md"
    found = made.suggest("note.md", (Feedback("note.md", anchor, target, verdict),))
    assert (target not in {one.target for one in found}) == is_left_out
    assert "memory/Spacing effect.md" in {one.target for one in found}


def test_a_passage_that_meets_is_linked_at_words_that_both_say(small: MakeSmall) -> None:
    notes = {
        **FILLER,
        "sourdough.md": "# Breakfast\n\nThe levain ferments overnight with rye flour from the old mill.\n",
        "tools.md": "# Tools\n\nA levain wants rye flour, and the old mill grinds it; levain and rye go together.\n",
    }
    found = [one for one in small(notes).suggest("sourdough.md") if one.target == "tools.md"]
    assert [one.kind for one in found] == ["near"] and "levain" in found[0].why
    assert found[0].anchor and found[0].anchor.lower() in notes["sourdough.md"].lower()
    assert found[0].meets


def test_what_only_happens_to_be_nearest_is_not_suggested(small: MakeSmall) -> None:
    notes = {**FILLER, "a.md": "Clouds over Lisbon.\n", "b.md": "A guitar with six strings.\n"}
    assert small(notes).suggest("a.md") == []


def test_words_of_a_heading_link_to_its_section(small: MakeSmall) -> None:
    notes = {
        **FILLER,
        "oven.md": "The crust blisters when steam vents close late.\n",
        "bread.md": "---\ntitle: Loaf\n---\n"
        + "A loaf of rye is patient work. " * 40
        + "\n\n## Steam vents\n\nClose steam vents late and the crust blisters.\n",
    }
    found = next(one for one in small(notes).suggest("oven.md") if one.target == "bread.md")
    assert found.section == "Steam vents" and found.new.startswith("[[bread#Steam vents|")


def test_ids_outlive_changes_elsewhere_in_the_note(small: MakeSmall) -> None:
    made = small({**CURVE, "note.md": "The forgetting curve.\n"})
    before = made.suggest("note.md")
    made.save({"note.md": "New line.\n\nThe forgetting curve, moved.\n"})
    after = made.suggest("note.md")
    assert {one.id for one in before} <= {one.id for one in after} and before[0].digest != after[0].digest
    assert len({one.id for one in after}) == len(after)


def test_best_first_and_the_same_each_time(small: MakeSmall) -> None:
    text = "The forgetting curve, the spacing effect, Ebbinghaus; filler 3 and filler 4.\n"
    made = small({**CURVE, "note.md": text})
    found = made.suggest("note.md")
    assert [-one.score for one in found] == sorted(-one.score for one in found)
    assert all(0 <= one.score <= 1 for one in found) and found == made.suggest("note.md")
    assert made.suggest("note.md", limit=1) == found[:1] and made.suggest("note.md", limit=0) == []
    assert len({one.target for one in found}) == len(found)


def test_only_markdown_is_written(small: MakeSmall) -> None:
    made = small({**CURVE, "note.txt": "The forgetting curve.\n"})
    assert made.suggest("note.txt") == []


def test_names_in_scripts_without_spaces(small: MakeSmall) -> None:
    found = only(small, "昨日は忘却曲線について読んだ。\n", **{"忘却曲線__md": "# 忘却曲線\n\n記憶。\n"})
    assert ("忘却曲線.md", "忘却曲線") in {(one.target, one.anchor) for one in found}


PIECES = st.sampled_from(
    [
        "forgetting curve", "`", "```\n", "~~~\n", "\n", "\n\n", "    ", "[[", "]]", "](", "[", ")", "<", ">", "$",
        "%%", "<!--", "-->", "# ", "|", "https://x.y/", " ", "-", "#tag", "---\n", "a", "_", "\\(", "\\)", "{{", "}}",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join), st.integers(1, 3))
@settings(max_examples=300, deadline=None)
def test_no_free_character_is_code_or_link(text: str, body_line: int) -> None:
    left = free(text, body_line)
    assert len(left) == len(text) and [c == "\n" for c in left] == [c == "\n" for c in text]
    assert all(a in (b, TAKEN) for a, b in zip(left, text, strict=True))
    for span in hidden(text):
        assert not left[span.start : span.end].strip(TAKEN + "\n")
    for pattern in (LINK, WIKI_LINK):
        assert not pattern.search(left)


def test_stems_of_other_languages() -> None:
    assert stemmer("de")("häuser") == stemmer("de")("haus") and stemmer("xx")("houses") == stemmer("en")("house")


def test_a_large_note_takes_no_long_time() -> None:
    """Linear: patterns that look ahead look ahead so far only."""
    text = ("[" * 40 + "$a <a `x {{ forgetting curve " + "a.b/" * 30 + "\n") * 1500
    assert len(free(text, 1)) == len(text)
