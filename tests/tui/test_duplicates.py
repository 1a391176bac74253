"""The queue of notes that may be one too many."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.tui.conftest import Open
from tests.tui.fake_proposals import pair
from tests.tui.fakes import FakeVault, fake_vault
from vecna_notes.tui.sides import aligned

COPY = "study/spacing 1.md"


def vault_with_pairs() -> FakeVault:
    vault = fake_vault()
    note = vault.notes["study/spacing.md"]
    vault.notes[COPY] = replace(note, path=COPY, text=note.text.replace("week", "month") + "\nOne more line.\n")
    vault.pairs = [
        pair(COPY, note.path, "same text", (note.title, note.title), "90% of one stands in the other"),
        pair(
            "pkm/progressive-summarisation.md",
            "pkm/reading-workflow.md",
            "rewritten",
            ("Progressive summarisation", "Reading workflow"),
            "number 1 and 1 among each other's nearest; they stand out 1.2 times as far as a nearest note does",
        ),
        pair("bio/sleep.md", "study/anki.md", "adjacent", ("Sleep and consolidation", "Anki setup"), "near"),
    ]
    return vault


async def test_three_verdicts_and_two_notes_side_by_side(stage: Open) -> None:
    async with stage(vault=vault_with_pairs()) as s:
        await s.press("down", "7", "d")
        await s.settle(0.2)
        for words in ("same text  1", "same idea rewritten  1", "merely adjacent  1", "1 of 3"):
            assert words in s.text
        assert "same text: 90% of one stands in the other" in s.text
        assert any("over a month" in line and "over a week" in line for line in s.lines)
        assert any(line.rstrip().endswith("<") and "One more line." in line for line in s.lines)


async def test_dismissing_is_remembered_and_taken_back(stage: Open) -> None:
    async with stage(vault=vault_with_pairs()) as s:
        await s.press("down", "7", "d")
        await s.settle(0.2)
        await s.press("-")
        await s.settle(0.2)
        assert s.vault.refused == {("pair", COPY, "study/spacing.md")} and "1 of 2" in s.text
        await s.press("u")
        await s.settle(0.2)
        assert not s.vault.refused and "of 3" in s.text


async def test_either_note_opens(stage: Open) -> None:
    for keys, title in ((("enter", "enter"), "Progressive summarisation"), (("enter", "l", "enter"), "Reading")):
        async with stage(vault=vault_with_pairs(), size=(80, 24)) as s:
            await s.press("down", "7", "d")
            await s.settle(0.2)
            await s.press("j")
            await s.settle(0.2)
            await s.press(*keys)
            await s.settle(0.3)
            assert "2 Note" in s.lines[0] and title in s.lines[1]


async def test_the_palette_leads_there_and_escape_out_again(stage: Open) -> None:
    async with stage() as s:
        await s.press("ctrl+p")
        await s.type("duplicates")
        await s.settle(0.4)
        await s.press("enter")
        await s.settle(0.3)
        assert "one note too many?" in s.text and "no two notes look like one too many" in s.text
        await s.press("escape")
        await s.settle()
        assert "recent notes" in s.text


@given(st.lists(st.sampled_from("abc"), max_size=9), st.lists(st.sampled_from("abcd"), max_size=9))
def test_every_line_of_both_stands_there_once_and_in_order(left: list[str], right: list[str]) -> None:
    rows = list(aligned(left, right))
    assert [row.left for row in rows if row.left_line] == left
    assert [row.right for row in rows if row.right_line] == right
    assert all(row.left == row.right for row in rows if row.sign == "=")
    assert all((row.left_line > 0, row.right_line > 0) == _SIDES[row.sign] for row in rows)


_SIDES = {"=": (True, True), "~": (True, True), "<": (True, False), ">": (False, True)}
