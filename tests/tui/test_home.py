"""Search before anything is typed: notes worth another look, and "not today"."""

from __future__ import annotations

from tests.tui.conftest import Open
from tests.tui.fakes import FakeVault, fake_vault
from vecna_notes.insight.resurface import Resurfaced

NEAR = "near to “Forgetting curve”, which you changed today; last changed 2 years ago"


def vault_with_old_notes() -> FakeVault:
    vault = fake_vault()
    vault.seen_again = [
        Resurfaced("bio/sleep.md", "Sleep and consolidation", "near", NEAR, "memory/forgetting-curve.md", "2023-01-01"),
        Resurfaced("travel/lisbon.md", "Lisbon 2024", "random", "drawn at random; last changed 3 years ago", "", ""),
    ]
    return vault


async def test_home_begins_with_notes_to_see_again_and_their_reasons(stage: Open) -> None:
    async with stage(vault=vault_with_old_notes(), size=(80, 24)) as s:
        await s.settle(0.2)
        assert s.lines[3].strip() == "worth another look" and "Sleep and consolidation" in s.lines[4]
        assert NEAR in s.text and "drawn at random" in s.text and "recent notes" in s.text
        assert s.text.count("Lisbon 2024") == 1


async def test_not_today_is_remembered_and_taken_back(stage: Open) -> None:
    async with stage(vault=vault_with_old_notes()) as s:
        await s.settle(0.2)
        await s.press("down", "-")
        await s.settle(0.3)
        assert s.vault.refused == {("again", "bio/sleep.md")} and NEAR not in s.text
        await s.press("u")
        await s.settle(0.3)
        assert not s.vault.refused and "near to “Forgetting curve”" in s.text


async def test_a_recent_note_is_not_put_off_but_steered_away_from(stage: Open) -> None:
    async with stage(vault=vault_with_old_notes()) as s:
        await s.settle(0.2)
        await s.press("down", "j", "j", "-")
        await s.settle(0.3)
        assert not s.vault.refused and s.vault.steered[-1][1] == ("memory/forgetting-curve.md",)


async def test_minus_types_in_the_box(stage: Open) -> None:
    async with stage(vault=vault_with_old_notes()) as s:
        await s.settle(0.2)
        await s.type("-")
        await s.settle(0.2)
        assert not s.vault.refused and "❯ -" in s.text


async def test_the_click_puts_off_too(stage: Open) -> None:
    async with stage(vault=vault_with_old_notes()) as s:
        await s.settle(0.2)
        await s.pilot.click("#notice", offset=(s.lines[-2].index("not today"), 0))
        await s.settle(0.3)
        assert s.vault.refused == {("again", "bio/sleep.md")}
