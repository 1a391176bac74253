"""Runs are kept as they were, labels are asked, and two runs are told apart by their queries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.evaluate.making import indexed, opened, write
from tests.vaults import Home
from vecna_notes.errors import ConfigError
from vecna_notes.evaluate.diff import diff
from vecna_notes.evaluate.keeping import QueryAnswers
from vecna_notes.vault import Vault

BREAD = (
    "Feed the levain every day with rye flour and water, and bake when it has doubled in a warm kitchen corner. " * 3
)
NOTES = {
    "Levain feeding.md": f"{BREAD}\n",
    "Rye loaf.md": f"# Rye loaf\n\n{BREAD} See [[Levain feeding]] before the dough is kneaded and proofed overnight.\n",
    "Ferry timetable.md": "The last ferry to Lisbon leaves at nine in winter and at eleven in summer. " * 3,
}


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    folder = tmp_path_factory.mktemp("kept")
    root = write(folder / "vault", NOTES)
    with opened(indexed(Home(folder / "home"), root, "hash"), root) as vault:
        yield vault


def test_a_run_is_kept_with_every_query(vault: Vault) -> None:
    done = vault.evaluate_own(lambda progress: None)
    assert vault.evaluation(done.id) == done == vault.evaluations()[0]
    answers = vault.per_query(done.id)
    assert len(answers) == done.queries
    for row in done.rows:
        assert sum(one.ndcg[row.system] for one in answers) / len(answers) == pytest.approx(row.ndcg, abs=1e-5)
    with pytest.raises(ConfigError, match="no evaluation 999"):
        vault.per_query(999)


def test_labels_are_asked_and_their_notes_keep_their_names(vault: Vault) -> None:
    vault.judge("boats over the river", "Ferry timetable.md", 1)
    vault.judge("boats over the river", "Rye loaf.md", 0)
    try:
        done = vault.evaluate_own(lambda progress: None)
        asked = {one.query: one for one in vault.per_query(done.id)}
        assert asked["boats over the river"].kind == "label"
        assert asked["boats over the river"].expected == ("Ferry timetable.md",)
        assert not any("ferry" in query.lower() for query in asked)
        assert "label" in done.rows[0].by_kind
    finally:
        assert vault.forget_judgement("boats over the river", "Ferry timetable.md")
        assert vault.forget_judgement("boats over the river", "Rye loaf.md")


def test_a_vault_with_nothing_to_ask_says_so(tmp_path: Path) -> None:
    root = write(tmp_path / "vault", {"a.md": "Nothing.\n"})
    with (
        opened(indexed(Home(tmp_path / "home"), root, "hash"), root) as empty,
        pytest.raises(ConfigError, match="vecna eval label"),
    ):
        empty.evaluate_own(lambda progress: None)


def answers(**scores: float) -> list[QueryAnswers]:
    return [QueryAnswers(query, "title", ("a.md",), {"s": score}, {"s": None}) for query, score in scores.items()]


def test_a_difference_is_over_the_queries_that_both_were_asked() -> None:
    found = diff(answers(one=0.5, two=0.0, three=1.0), "s", answers(two=1.0, three=0.75, four=0.0), "s")
    assert (found.queries, found.before, found.after) == (2, 0.5, 0.875)
    assert [(moved.query, moved.change) for moved in found.moved] == [("two", 1.0), ("three", -0.25)]
    with pytest.raises(ConfigError, match="no query in common"):
        diff(answers(one=0.5), "s", answers(two=0.5), "s")
    with pytest.raises(ConfigError, match="did not ask 't'; it asked s"):
        diff(answers(one=0.5), "s", answers(one=0.5), "t")
