from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Vecna
from tests.vaults import Home


@pytest.fixture(autouse=True)
def _vault(root: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VECNA_VAULT", str(root))


def test_json_keeps_its_shape(vecna: Vecna) -> None:
    answer = vecna("why", "Levain", "kitchen/Rye bread.md", "--json")
    assert answer.code == 0 and answer.json["schema"] == "vecna.why/1"
    assert set(answer.json) >= {"notes", "closeness", "meetings", "words", "way", "tags", "signals"}
    assert set(answer.json["closeness"]) == {"level", "words", "probability"}
    meeting = answer.json["meetings"][0]
    assert set(meeting) == {"score", "source", "target"} and "rye flour" in meeting["source"]["text"]
    assert {"word": "rye", "notes": 2} in [{"word": one["word"], "notes": one["notes"]} for one in answer.json["words"]]


def test_passages_stand_side_by_side(vecna: Vecna) -> None:
    lines = vecna("why", "Levain", "Rye bread").text.splitlines()
    assert lines[0].startswith("Levain → Rye bread")
    assert any("kitchen/Levain.md:1" in line and "kitchen/Rye bread.md:1" in line for line in lines)
    assert any(line.startswith("words ") and "rye (2 of 5 notes)" in line for line in lines)


def test_the_way_by_links_is_told(vecna: Vecna) -> None:
    shown = vecna("why", "Forgetting curve", "Spacing").text
    assert "memory/Forgetting curve.md → memory/Spacing.md" in shown
    assert "no way by links" in vecna("why", "Levain", "Spacing").text


def test_an_unknown_note_is_a_sentence(vecna: Vecna) -> None:
    answer = vecna("why", "Levain", "Nobody")
    assert answer.code == 2 and "no note is called" in answer.err
