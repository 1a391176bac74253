"""`vecna boilerplate`: the list, and what the user says about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Vecna, live_in, write_notes
from tests.vaults import Home

NOTES = {
    f"day-{i}.md": f"# Day {i}\n\n## Gratitude\n\n- {word} made me glad\n\nSent from my balcony\n"
    for i, word in enumerate(["rain", "bread", "a letter", "sleep", "the sea", "music"])
}


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vecna: Vecna) -> Path:
    live_in(Home(tmp_path / "home"), monkeypatch)
    root = write_notes(tmp_path / "vault", NOTES)
    monkeypatch.setenv("VECNA_VAULT", str(root))
    assert vecna("index", root).code == 0
    return root


def lines(vecna: Vecna) -> dict[str, bool]:
    return {one["text"]: one["embedded"] for one in vecna("boilerplate", "--json").json["lines"]}


def test_the_list_says_which_lines_and_how_many_notes(vault: Path, vecna: Vecna) -> None:
    found = vecna("boilerplate", "--json").json
    assert found["schema"] == "vecna.boilerplate/1" and found["on"]
    listed = {(one["text"].rstrip("012345"), one["notes"], one["heading"]) for one in found["lines"]}
    assert listed == {("Day ", 6, True), ("Gratitude", 6, True), ("Sent from my balcony", 6, False)}
    shown = vecna("boilerplate").text
    assert "6 notes  # Gratitude" in shown


def test_keep_and_drop_by_line_and_by_number(vault: Path, vecna: Vecna) -> None:
    number = next(i for i, text in enumerate(lines(vecna), 1) if text == "Gratitude")
    assert vecna("boilerplate", "keep", str(number)).code == 0
    assert lines(vecna)["Gratitude"] is True
    assert vecna("boilerplate", "drop", "## Gratitude").code == 0
    assert lines(vecna)["Gratitude"] is False
    assert vecna("boilerplate", "drop", "bread made me glad").code == 0
    assert vecna("boilerplate", "--json").json["dropped"] == ["bread made me glad"]
    assert vecna("boilerplate", "keep", "bread made me glad").code == 0
    assert vecna("boilerplate", "--json").json["dropped"] == []


def test_the_next_index_embeds_what_was_kept(vault: Path, vecna: Vecna) -> None:
    def embedded() -> int:
        assert vecna("index", vault).code == 0
        return int(vecna("status", "--json").json["embedded_last_run"])

    assert embedded() == 0
    vecna("boilerplate", "keep", "Sent from my balcony")
    assert embedded() == 6
    vecna("boilerplate", "off")
    assert embedded() == 6 and vecna("boilerplate", "--json").json["on"] is False
    vecna("boilerplate", "on")
    assert embedded() == 0  # what was embedded once is kept a while


@pytest.mark.parametrize("line", ["no such line", "---", "99"])
def test_a_line_that_is_not_there_is_a_sentence(vault: Path, vecna: Vecna, line: str) -> None:
    answer = vecna("boilerplate", "keep", line)
    assert answer.code == 2 and answer.err.startswith("vecna: ")


def test_a_vault_without_boilerplate(root: Path, home: Home, vecna: Vecna, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VECNA_VAULT", str(root))
    answer = vecna("boilerplate")
    assert answer.code == 1 and "no line is repeated" in answer.err
