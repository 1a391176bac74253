"""A thousand queries across switches: every answer is wholly that of one Space."""

from __future__ import annotations

import threading
from pathlib import Path

from tests.train.vaults import fill, hear, opened
from tests.vaults import Home
from vecna_notes.train.tuned import Tuned
from vecna_notes.types import Found
from vecna_notes.vault import Vault

ASKED = 1_000


def answer(found: Found) -> list[tuple[str, float]]:
    return [(hit.passage.path, round(hit.score, 4)) for hit in found.hits]


def known(home: Home, root: Path, queries: list[str]) -> dict[str, list[list[tuple[str, float]]]]:
    """The right answers of the Space that is active."""
    with opened(home, root) as vault:
        found = [vault.search(query, "semantic") for query in queries]
        assert found[0].space is not None
        return {found[0].space.key: [answer(one) for one in found]}


def test_every_answer_is_of_one_space(root: Path, home: Home, tuned: Tuned) -> None:
    with opened(home, root) as vault:
        queries = [vault.note(f"{subject}-0.md").note.title for subject in range(10)]
    right = known(home, root, queries)
    with opened(home, root, write=True) as vault:
        vault.go_live(tuned.name)
        fill(vault)
    right |= known(home, root, queries)
    with opened(home, root, write=True) as vault:
        vault.rollback()
        for id, space in vault.store.vectors.spaces():
            if space.model == tuned.name:  # so that it is built once more while it is asked
                with vault.store.transaction():
                    vault.store.vectors.drop_space(id)
    assert len(right) == 2 and len({str(own) for own in right.values()}) == 2
    is_over = threading.Event()
    switching = threading.Thread(target=_switch, args=(home, root, tuned.name, is_over))
    with opened(home, root) as vault:
        vault.search(queries[0], "semantic")
        switching.start()
        try:
            seen = [_asked(vault, queries, turn, right) for turn in range(ASKED)]
        finally:
            is_over.set()
            switching.join()
    assert len(set(seen)) == 2, "no switch was seen"


def _asked(vault: Vault, queries: list[str], turn: int, right: dict[str, list[list[tuple[str, float]]]]) -> str:
    found = vault.search(queries[turn % len(queries)], "semantic")
    assert found.space is not None and not found.notice
    assert answer(found) == right[found.space.key][turn % len(queries)]
    return found.space.key


def _switch(home: Home, root: Path, name: str, is_over: threading.Event) -> None:
    with opened(home, root, write=True) as vault:
        while not is_over.wait(0.1):
            vault.go_live(name)
            sum(vault.ladder(hear).climb())
            is_over.wait(0.1)
            vault.rollback()
