"""Broken links with what they may mean, notes without a way in, pairs that belong together."""

from __future__ import annotations

from tests.insight.vaults import MakeSmall
from vecna_notes.insight.gaps import broken, missing, orphans
from vecna_notes.insight.narrow import Only
from vecna_notes.insight.related import related_notes
from vecna_notes.insight.relations import Relations
from vecna_notes.types import RelatedNote

NOTES = {
    "Forgetting curve.md": "# Forgetting curve\n\nSee [[Spacing efect]] and [[Nothing like it at all]].\n",
    "Spacing effect.md": "# Spacing effect\n\nBack to [[Forgetting curve|the curve]]. ![[Forgeting curve]]\n",
    "a/Plan.md": "# Plan\n\nHere.\n",
    "b/Plan.md": "# Plan\n\nThere.\n",
    "c.md": "| a | b |\n| - | - |\n| [[Plan]] | [x](Spacing%20efect.md#deep) |\n\n`[[Spacing efect]]`\n",
}


def test_broken_links_come_with_names_near_to_theirs(small: MakeSmall) -> None:
    made = small(NOTES)
    found = {(one.source, one.written): one for one in broken(made.lore)}
    slip = found["Forgetting curve.md", "Spacing efect"]
    assert slip.near[0] == "Spacing effect.md" and slip.fix.startswith("[[Spacing effect")
    text = NOTES["Forgetting curve.md"]
    assert slip.span is not None and text[slice(*slip.span)] == "[[Spacing efect]]" and slip.line == 3
    lost = found["Forgetting curve.md", "Nothing like it at all"]
    assert lost.near == () and lost.fix == ""
    several = found["c.md", "Plan"]
    assert several.state == "ambiguous" and set(several.near) == {"a/Plan.md", "b/Plan.md"} and several.fix == ""
    assert found["Spacing effect.md", "Forgeting curve"].fix == "", "what is embedded is mended by hand"
    assert found["c.md", "Spacing efect.md"].near[0] == "Spacing effect.md"
    assert len(found) == 5


def near_of(made, unlinked: bool = True):  # type: ignore[no-untyped-def]
    relations = Relations(made.store, None)

    def near(path: str) -> list[RelatedNote]:
        return related_notes(relations, made.store.notes.paths()[path], None, 10, Only(unlinked))

    return near


def test_orphans_come_with_their_best_home(small: MakeSmall) -> None:
    made = small(
        {
            "levain.md": "Feed the levain with rye flour every day.\n",
            "bread.md": "Rye flour and levain make bread. [[oven]]\n",
            "oven.md": "An oven of stone.\n",
            **{f"other{i}.md": f"Nothing of it, number {i}.\n" for i in range(8)},
        }
    )
    found = {one.path: one for one in orphans(made.lore, near_of(made), 50)}
    assert "oven.md" not in found and found["levain.md"].home == "bread.md" and found["bread.md"].links == 1
    assert next(iter(found)) in ("levain.md", "bread.md")


def test_missing_links_are_near_in_words_and_far_by_links(small: MakeSmall) -> None:
    chain = {f"step{i}.md": f"Stone {'abcdefgh'[i] * 4} [[step{i + 1}]]\n" for i in range(6)}
    made = small(
        {
            **chain,
            "step6.md": "The levain wants rye flour from the mill.\n",
            "bread.md": "Rye flour from the mill, with levain. [[step0]]\n",
            "mill.md": "The mill of rye flour and levain. [[bread]]\n",
        }
    )
    found = missing(made.lore, near_of(made), 10)
    assert ("bread.md", "step6.md") in {(one.one, one.other) for one in found}
    assert ("bread.md", "mill.md") not in {(one.one, one.other) for one in found}
    first = next(one for one in found if one.other == "step6.md" and one.one == "bread.md")
    assert "Rye" in first.one_text and "levain" in first.other_text and first.distance is None
    assert found == missing(made.lore, near_of(made), 10)
