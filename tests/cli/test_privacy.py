"""What leaves is only what was allowed to, and it is told."""

from __future__ import annotations

import json
from pathlib import Path

import llm
import pytest

from tests.chat_server import saying, serving
from tests.cli.conftest import Vecna, write_notes
from tests.vaults import Home

NOTES = {
    "open.md": "# Levain\n\nFeed the levain every day with rye flour and water.\n",
    "private.md": "---\nprivate: true\n---\n# Levain diary\n\nThe levain and I, CANARY-ONE, feed on rye flour daily.\n",
    "journal/day.md": "# Levain day\n\nFed the levain with rye flour, CANARY-TWO, as every day.\n",
    "keys.md": "# Levain shop\n\nThe levain shop takes rye flour orders; password: CANARY-THREE-long.\n",
}
QUESTION = "What do I feed the levain with every day?"


@pytest.fixture
def root(tmp_path: Path, own_home: Home, vecna: Vecna, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = write_notes(tmp_path / "vault", NOTES)
    assert vecna("index", folder).code == 0
    monkeypatch.setenv("VECNA_VAULT", str(folder))
    monkeypatch.setenv("VECNA_ANSWER__EXCLUDE", '["journal/"]')
    monkeypatch.setenv("VECNA_GENERATORS__OPENAI__MODEL", "tiny")
    return folder


def test_what_must_stay_never_reaches_a_server(root: Path, vecna: Vecna, monkeypatch: pytest.MonkeyPatch) -> None:
    assert vecna("ask", QUESTION).code == 0  # answered here, from whatever there is
    with serving(saying("With rye flour and water [1].")) as server:
        monkeypatch.setenv("VECNA_GENERATORS__OPENAI__URL", server.url)
        done = vecna("ask", "-f", "--generator", "openai", QUESTION, "--json")
    assert done.code == 0 and done.json["held_back"] == 3 and done.json["sentences"][0]["supported"]
    assert "rye flour and water" in server.heard and "CANARY" not in server.heard
    told = vecna("privacy", "--json").json
    assert [one["paths"] for one in told["sent"]] == [["open.md"]] and told["sent"][0]["host"] in server.url
    assert "open.md" in vecna("privacy").text


def test_a_host_nobody_named_is_refused_before_anything_is_sent(
    root: Path, vecna: Vecna, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VECNA_GENERATORS__OPENAI__URL", "https://cloud.example/v1")
    done = vecna("ask", "--generator", "openai", QUESTION)
    assert done.code == 2 and 'answer.hosts = ["cloud.example"]' in done.err
    assert vecna("privacy", "--json").json["sent"] == []


def test_where_all_is_held_back_that_is_said(root: Path, vecna: Vecna, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VECNA_ANSWER__EXCLUDE", '["*"]')
    with serving(saying("never")) as server:
        monkeypatch.setenv("VECNA_GENERATORS__OPENAI__URL", server.url)
        done = vecna("ask", "--generator", "openai", QUESTION)
    assert done.code == 1 and "held back from openai" in done.err and not server.requests


def test_a_vault_may_not_say_where_answers_come_from(root: Path, vecna: Vecna) -> None:
    (root / ".vecna.toml").write_text('[answer]\ngenerator = "openai"\nhosts = ["evil.example"]\n')
    assert vecna("privacy", "--json").json["generator"] == "extractive"
    assert vecna("privacy", "--json").json["hosts"] == []


def test_a_model_of_llm_must_be_named_too_and_gets_nothing_private(
    root: Path, vecna: Vecna, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through llm's own OpenAI code, to a cloud and to a server on this machine."""
    monkeypatch.setenv("VECNA_GENERATORS__LLM__MODEL", "gpt-4o-mini")
    refused = vecna("ask", "--generator", "llm", QUESTION)
    assert refused.code == 2 and 'answer.hosts = ["api.openai.com"]' in refused.err
    with serving(saying("With rye flour and water [1].")) as server:
        mine = [{"model_id": "mine", "model_name": "tiny", "api_base": server.url}]
        (llm.user_dir() / "extra-openai-models.yaml").write_text(json.dumps(mine))
        monkeypatch.setenv("VECNA_GENERATORS__LLM__MODEL", "mine")
        done = vecna("ask", "--generator", "llm", QUESTION, "--json")
    assert done.code == 0 and done.json["sentences"][0]["supported"] and done.json["held_back"] == 3
    assert "rye flour and water" in server.heard and "CANARY" not in server.heard and "tools" not in server.requests[0]
    (sent,) = vecna("privacy", "--json").json["sent"]
    assert sent["generator"] == "llm" and sent["paths"] == ["open.md"] and sent["host"] in server.url
    assert not list(llm.user_dir().glob("*.db"))


def test_it_is_told_why_a_generator_is_given_nothing(root: Path, vecna: Vecna, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VECNA_ANSWER__GENERATOR", "llm")
    assert "llm is given nothing: no model is named" in vecna("privacy").text
    monkeypatch.setenv("VECNA_GENERATORS__LLM__MODEL", "gpt-4o-mini")
    told = vecna("privacy").text
    assert "llm is given nothing: llm would send your question" in told and "api.openai.com" in told
