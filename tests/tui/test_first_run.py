"""The first minute."""

from __future__ import annotations

from pathlib import Path

from tests.tui.conftest import Open
from tests.tui.fakes import FakeEngine, FakeWorker, fake_vault
from vecna_notes.errors import VaultNotFound
from vecna_notes.tui import Begun, Candidate, Choice, FirstRun, Meaning


class Desk:
    """Keeps what was chosen."""

    def __init__(self) -> None:
        self.choices: list[Choice] = []

    def begin(self, choice: Choice) -> Begun:
        if choice.folder == Path("/nowhere"):
            raise VaultNotFound("there is no folder /nowhere; name another one")
        self.choices.append(choice)
        return Begun(FakeEngine(fake_vault()), FakeWorker(), "notes")

    @property
    def first_run(self) -> FirstRun:
        return FirstRun(
            (Candidate(Path("/home/me/notes"), 3214, "Obsidian vault"), Candidate(Path("/srv/\x1b[31morg"), 9)),
            (
                Meaning("auto", "Start now", "trained on your notes", "0 MB", "20 s"),
                Meaning("sbert", "Better", "sentences", "91 MB", "1 min", missing="pip install 'vecna-notes[sbert]'"),
            ),
            self.begin,
            sample_count=120,
        )


async def test_enter_begins_with_the_first_folder(stage: Open) -> None:
    desk = Desk()
    async with stage(size=(80, 24), first_run=desk.first_run) as s:
        assert "Where are your notes?" in s.text and "Obsidian vault" in s.text
        await s.press("enter")
        await s.settle()
        assert desk.choices == [Choice(Path("/home/me/notes"), "auto")]
        assert "recent notes" in s.text or "Forgetting curve" in s.text


async def test_the_sample_vault(stage: Open) -> None:
    desk = Desk()
    async with stage(first_run=desk.first_run) as s:
        await s.press("s")
        await s.settle()
        assert desk.choices == [Choice(None, "auto")]


async def test_another_folder_is_typed_and_a_wrong_one_is_said(stage: Open) -> None:
    desk = Desk()
    async with stage(first_run=desk.first_run) as s:
        await s.press("G", "enter")
        await s.type("/nowhere")
        await s.press("enter")
        await s.settle()
        assert "there is no folder /nowhere" in s.text and not desk.choices
        await s.press("ctrl+u")
        await s.type("/tmp")
        await s.press("enter")
        await s.settle()
        assert desk.choices == [Choice(Path("/tmp"), "auto")]


async def test_what_is_not_installed_says_how_to_get_it(stage: Open) -> None:
    desk = Desk()
    async with stage(first_run=desk.first_run) as s:
        await s.press("tab", "j", "enter")
        await s.settle()
        assert "pip install 'vecna-notes[sbert]'" in s.text and not desk.choices


async def test_esc_leaves(stage: Open) -> None:
    desk = Desk()
    async with stage(first_run=desk.first_run) as s:
        await s.press("escape")
        await s.pilot.pause()
    assert s.app.return_code == 0 and not desk.choices
